//! Services that agents make on their devices, with a real Docker: made with their keys in place, stopped, upgraded, taken back, given up
//! and destroyed.

use std::time::Duration;

use edgeward_api::agent::Presence;
use edgeward_api::service::{
    Hosted, HostedRequest, HostedSpec, HostedState, HostedVolume, HostingFilter, Operated,
    Operation, OperationRequest, ServiceAuthentication, ServiceKind, ServiceWay,
};
use edgeward_ids::{AgentId, ServiceId};
use edgeward_testkit::docker::{Docker, Image, WEB_PORT};
use edgeward_testkit::eventually;
use edgeward_testkit::netns::Link;
use http::StatusCode;

use crate::system::{Device, EMBEDDED, Parts, System, with_both_parts};

with_both_parts! {
    a_service_is_made_upgraded_taken_back_and_destroyed,
}

/// How long anything may take that an agent does with Docker.
const MAKING_LIMIT: Duration = Duration::from_secs(90);

/// How long an image may take until it answers, in seconds.
const HEALTHY_WITHIN_S: u32 = 30;

/// A web server that says which it is, what key was there before it began, and who has made its data; it answers after so many seconds.
fn web(version: &str, after_s: u32) -> Image {
    Image::web(&format!(
        "cp /keys/edgeward.pub /first-key\ntest -e /data/made-by || echo {version} > /data/made-by\necho {version} > /version\nsleep {after_s}"
    ))
}

/// A plant's network with a Docker and an agent that may use it.
struct Plant {
    docker: Docker,
    _link: Link,
    system: System,
}

impl Plant {
    async fn start(parts: Parts) -> Self {
        let docker = Docker::start().await.unwrap();
        docker.make("edge/web:1", &web("one", 0)).unwrap();
        docker.make("edge/web:2", &web("two", 0)).unwrap();
        let broken = Image::script("echo there is no room >&2; exit 3");
        docker.make("edge/broken:1", &broken).unwrap();
        docker.make("edge/slow:1", &web("three", 5)).unwrap();
        let link = Link::to_host(docker.namespace()).unwrap();
        let system = System::plan(parts).at(link.near_address()).start().await;
        Self {
            docker,
            _link: link,
            system,
        }
    }

    async fn device(&self) -> Device<'_> {
        let config = format!(
            "hosting:\n  engine: {}\n  images: [\"edge/\"]\n",
            self.docker.socket().display()
        );
        Device::join_as(&self.system, &config, Some(self.docker.namespace())).await
    }

    async fn adopted(&self) -> AgentId {
        let agents = self.system.client.agents(&Default::default()).await;
        let id = agents.unwrap().items[0].id;
        self.system.wait_presence(id, Presence::Online).await;
        self.system.adopt(id, "press").await;
        let filter = HostingFilter::default();
        let hosts = async || match self.system.client.hosting_agents(&filter).await {
            Ok(found) if found.items.iter().any(|agent| agent.engine.is_some()) => Ok(found),
            other => Err(format!("{other:?}")),
        };
        let hosts = eventually("an agent that hosts", MAKING_LIMIT, hosts).await;
        let engine = hosts.unwrap().items[0].engine.clone().unwrap();
        assert!(engine.starts_with("docker "), "{engine}");
        id
    }

    async fn is(&self, service: ServiceId, state: HostedState) -> Hosted {
        let seen = async || {
            let hosted = self.system.client.hosted_service(service).await;
            let hosted = hosted.map_err(|error| error.to_string())?;
            if hosted.progress.state == state {
                Ok(hosted)
            } else {
                Err(format!("{:?}", hosted.progress))
            }
        };
        let what = format!("a hosted service that is {state:?}");
        eventually(&what, MAKING_LIMIT, seen).await.unwrap()
    }

    async fn operate(
        &self,
        operation: Operation,
        service: ServiceId,
        to: Option<&str>,
    ) -> Operated {
        let request = OperationRequest {
            operation,
            services: vec![service],
            to: to.map(str::to_owned),
        };
        let done = self.system.client.operate_services(&request).await.unwrap();
        done.items.into_iter().next().unwrap()
    }

    /// What the service says at this path, once it answers with this.
    async fn says(&self, service: ServiceId, path: &str, wanted: &str) {
        let asked = async || {
            let answer = self.system.get(service, path).await;
            let answer = answer.map_err(|error| error.to_string())?;
            let status = answer.status;
            let text = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
            if status == StatusCode::OK && text.trim() == wanted.trim() {
                Ok(())
            } else {
                Err(format!("{status} {text}"))
            }
        };
        let what = format!("{wanted:?} at {path}");
        eventually(&what, MAKING_LIMIT, asked).await.unwrap();
    }
}

fn request(agents: Vec<AgentId>, name: &str) -> HostedRequest {
    HostedRequest {
        agents,
        name: name.parse().unwrap(),
        kind: ServiceKind::Http,
        description: "made here".to_owned(),
        tags: vec!["hall-1".to_owned()],
        spec: HostedSpec {
            image: Some("edge/web:1".to_owned()),
            port: Some(WEB_PORT),
            healthy_within_s: Some(HEALTHY_WITHIN_S),
            volumes: vec![HostedVolume {
                name: "data".to_owned(),
                path: "/data".to_owned(),
            }],
            ..HostedSpec::default()
        },
        authentication: ServiceAuthentication::Token,
        key_folder: Some("/keys".to_owned()),
    }
}

async fn a_service_is_made_upgraded_taken_back_and_destroyed(parts: Parts) {
    let plant = Plant::start(parts).await;
    let (system, docker) = (&plant.system, &plant.docker);
    let device = plant.device().await;
    let process = device.run();
    let agent = plant.adopted().await;

    let made = system
        .client
        .host_services(&request(vec![agent], "Web"))
        .await;
    let made = made.unwrap();
    assert_eq!(made.refused, []);
    let service = made.services[0].id;
    assert_eq!(made.services[0].way, ServiceWay::Hosted);
    let running = plant.is(service, HostedState::Running).await;
    assert_eq!(running.progress.present.as_deref(), Some("edge/web:1"));
    plant.says(service, "/version", "one").await;
    let key = system.client.key(1).await.unwrap().pem;
    plant.says(service, "/first-key", &key).await;

    assert!(plant.operate(Operation::Stop, service, None).await.done);
    plant.is(service, HostedState::Stopped).await;
    assert_eq!(docker.lines(&["ps", "--quiet"]).unwrap().len(), 0);
    assert!(plant.operate(Operation::Start, service, None).await.done);
    plant.is(service, HostedState::Running).await;
    plant.says(service, "/version", "one").await;

    let upgraded = plant.operate(Operation::Upgrade, service, Some("edge/web:2"));
    assert!(upgraded.await.done);
    plant.says(service, "/version", "two").await;
    plant.says(service, "/data/made-by", "one").await;

    let upgraded = plant.operate(Operation::Upgrade, service, Some("edge/broken:1"));
    assert!(upgraded.await.done);
    let returned = plant.is(service, HostedState::Returned).await;
    let why = returned.progress.message.unwrap();
    assert!(
        why.contains("there is no room") && why.contains("the container has ended"),
        "{why}"
    );
    assert_eq!(returned.progress.present.as_deref(), Some("edge/web:2"));
    plant.says(service, "/version", "two").await;

    // The agent dies in the midst of an upgrade.
    let upgraded = plant.operate(Operation::Upgrade, service, Some("edge/slow:1"));
    assert!(upgraded.await.done);
    plant.is(service, HostedState::UnderWay).await;
    process.kill();
    let _process = device.run();
    plant.says(service, "/version", "three").await;
    plant.is(service, HostedState::Running).await;
    plant.says(service, "/data/made-by", "one").await;
    assert_eq!(docker.lines(&["ps", "--quiet", "--all"]).unwrap().len(), 1);

    // An image that the agent's configuration does not allow.
    let upgraded = plant.operate(Operation::Upgrade, service, Some("elsewhere/web:1"));
    assert!(upgraded.await.done);
    let refused = async || {
        let hosted = system.client.hosted_service(service).await.unwrap();
        let said = hosted.progress.message.clone().unwrap_or_default();
        if said.contains("edge/") {
            Ok(())
        } else {
            Err(format!("{:?}", hosted.progress))
        }
    };
    eventually("the agent's refusal", MAKING_LIMIT, refused)
        .await
        .unwrap();
    plant.says(service, "/version", "three").await;

    system.client.delete_service(service).await.unwrap();
    let gone = async || {
        let left = docker.lines(&["ps", "--quiet", "--all"]).unwrap();
        let volumes = docker.lines(&["volume", "ls", "--quiet"]).unwrap();
        if left.is_empty() && volumes.is_empty() {
            Ok(())
        } else {
            Err(format!("{left:?} {volumes:?}"))
        }
    };
    eventually("nothing left", MAKING_LIMIT, gone)
        .await
        .unwrap();
    let error = system.client.hosted_service(service).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_released_goes_on_and_is_nobodys() {
    let plant = Plant::start(EMBEDDED).await;
    let (system, docker) = (&plant.system, &plant.docker);
    let device = plant.device().await;
    let _process = device.run();
    let agent = plant.adopted().await;
    let unknown = AgentId::generate();
    let made = system
        .client
        .host_services(&request(vec![agent, unknown], "Hall"))
        .await;
    let made = made.unwrap();
    assert_eq!(made.refused.len(), 1);
    assert_eq!(made.refused[0].agent_id, unknown);
    let service = made.services[0].id;
    plant.is(service, HostedState::Running).await;
    assert!(plant.operate(Operation::Release, service, None).await.done);
    let error = system.client.hosted_service(service).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
    let forgotten = async || {
        let hosts = system
            .client
            .hosting_agents(&HostingFilter::default())
            .await;
        let hosts = hosts.unwrap();
        if hosts.items[0].services == 0 {
            Ok(())
        } else {
            Err(format!("{hosts:?}"))
        }
    };
    eventually("an agent that hosts nothing", MAKING_LIMIT, forgotten)
        .await
        .unwrap();
    assert_eq!(docker.lines(&["ps", "--quiet"]).unwrap().len(), 1);
    assert_eq!(
        system
            .client
            .services(&Default::default())
            .await
            .unwrap()
            .total,
        0
    );
}
