//! Against the real Docker, in a network namespace of its own.

use std::net::SocketAddr;

use edgeward_testkit::docker::{Docker, Image, WEB_PORT};
use edgeward_testkit::netns::Inside;
use edgeward_testkit::{ask, eventually};
use edgeward_wire::hosting::{Container, Keys, Port, Software, Volume};
use http::Request;
use tokio::task::JoinHandle;

use super::*;
use crate::state::StateDir;

const LIMIT: Duration = Duration::from_secs(60);

const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";

/// Serves; what its key folder held when it started can be read at `/tmp/keys`. Each start adds a line to `/data/starts`.
const WEB: &str = "cp -r /etc/keys /tmp/keys; echo once >> /data/starts";

/// A device with Docker, and the part of an agent that hosts.
struct Device {
    // Dropped in this order: the agent, then the way back outside, then Docker.
    agent: Option<(Arc<Hosting>, JoinHandle<()>)>,
    _inside: Inside,
    docker: Docker,
    dir: tempfile::TempDir,
    id: AgentId,
    config: HostingConfig,
    reports: Arc<Reports>,
    services: Arc<Services>,
    status: watch::Sender<Status>,
    generation: u64,
}

impl Device {
    async fn start() -> Self {
        let docker = Docker::start().await.unwrap();
        docker.make("test/web:1", &Image::web(WEB)).unwrap();
        docker
            .make(
                "test/web:2",
                &Image::web(&format!("{WEB}; echo 2 > /tmp/two")),
            )
            .unwrap();
        docker
            .make("test/ends:1", &Image::script("echo no licence; exit 3"))
            .unwrap();
        docker
            .make("test/silent:1", &Image::script("sleep 100000"))
            .unwrap();
        let id = AgentId::generate();
        let config = HostingConfig {
            engine: Some(docker.socket()),
            images: vec!["test/".to_owned()],
            open_ports: true,
            ..HostingConfig::default()
        };
        let status = Status {
            agent: id,
            link: LinkState::Online {
                address: "x:1".to_owned(),
            },
            since_us: 1,
            membership: None,
        };
        let inside = docker.namespace().enter().unwrap();
        let mut device = Self {
            agent: None,
            _inside: inside,
            docker,
            dir: tempfile::tempdir().unwrap(),
            id,
            config,
            reports: Arc::new(Reports::new()),
            services: Arc::new(Services::new(&Config::default())),
            status: watch::Sender::new(status),
            generation: 0,
        };
        device.start_agent();
        device
    }

    fn start_agent(&mut self) {
        let config = Config {
            hosting: Some(self.config.clone()),
            ..Config::default()
        };
        let claim = Arc::new(StateDir::new(self.dir.path()).claim().unwrap());
        self.services = Arc::new(Services::new(&config));
        let hosting = Arc::new(Hosting::new(
            self.id,
            &config,
            claim,
            Arc::clone(&self.services),
            Arc::clone(&self.reports),
        ));
        let run = tokio::spawn(Arc::clone(&hosting).run(self.status.subscribe()));
        self.agent = Some((hosting, run));
    }

    /// As `kill -9` would: in the midst of whatever it does.
    async fn kill_agent(&mut self) {
        let (hosting, run) = self.agent.take().unwrap();
        run.abort();
        let _aborted = run.await;
        let weak = Arc::downgrade(&hosting);
        drop(hosting);
        let gone = async || weak.upgrade().map_or(Ok(()), |_| Err("somebody has it"));
        eventually("the end of the agent", LIMIT, gone)
            .await
            .unwrap();
    }

    fn hosting(&self) -> &Arc<Hosting> {
        &self.agent.as_ref().unwrap().0
    }

    fn order(&mut self, service: &str, wish: Wish) -> u64 {
        self.generation += 1;
        let order = Order {
            service: service.parse().unwrap(),
            generation: self.generation,
            wish,
        };
        self.hosting().accept(order).unwrap();
        self.generation
    }

    fn hosted(&self, service: &str) -> Option<Hosted> {
        let all = self.hosting().state().services;
        all.into_iter().find(|one| one.service.as_str() == service)
    }

    /// Waits until the service's report is like that.
    async fn until(&self, service: &str, what: &str, like: impl Fn(&Hosted) -> bool) -> Hosted {
        eventually(what, LIMIT, async || {
            let hosted = self.hosted(service);
            let found = hosted.clone().filter(|hosted| like(hosted));
            found.ok_or_else(|| format!("{hosted:?}"))
        })
        .await
        .unwrap()
    }

    /// Waits until the newest order has ended.
    async fn end(&self, service: &str) -> Hosted {
        let ended =
            |hosted: &Hosted| hosted.generation == self.generation && hosted.step != Step::UnderWay;
        self.until(service, "the end of the order", ended).await
    }

    async fn until_gone(&self, service: &str) {
        eventually("its end", LIMIT, async || match self.hosted(service) {
            None => Ok(()),
            Some(hosted) => Err(format!("{hosted:?}")),
        })
        .await
        .unwrap();
    }

    /// What the service answers, at the place where it is offered.
    async fn get(&self, service: &str, path: &str) -> String {
        eventually("an answer", LIMIT, async || {
            let port = self.services.port_of(&service.parse().unwrap());
            let port = port.ok_or("it is not offered")?;
            let request = Request::get(path).body("").unwrap();
            let answer = ask(SocketAddr::from(([127, 0, 0, 1], port)), request).await;
            let answer = answer.map_err(|_| "no answer")?;
            if !answer.status().is_success() {
                return Err("it has no such file");
            }
            Ok(String::from_utf8_lossy(answer.body()).into_owned())
        })
        .await
        .unwrap()
    }

    fn containers(&self) -> Vec<String> {
        let format = [
            "ps",
            "--all",
            "--format",
            "{{.Names}} {{.Image}} {{.State}}",
        ];
        let mut lines = self.docker.lines(&format).unwrap();
        lines.sort();
        lines
    }

    fn volumes(&self) -> Vec<String> {
        self.docker.lines(&["volume", "ls", "--quiet"]).unwrap()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        if let Some((_, run)) = self.agent.take() {
            run.abort();
        }
    }
}

fn spec(image: &str) -> Spec {
    Spec {
        kind: "http".to_owned(),
        description: "a test".to_owned(),
        software: Software::Container(Container {
            image: image.to_owned(),
            volumes: vec![Volume {
                name: "data".to_owned(),
                path: "/data".to_owned(),
            }],
            ..Container::default()
        }),
        port: WEB_PORT,
        healthy_within_s: 30,
        keys: Some(Keys {
            folder: "/etc/keys".to_owned(),
            files: vec![KeyFile {
                name: "edgeward.pub".to_owned(),
                pem: KEY.to_owned(),
            }],
        }),
    }
}

fn container(spec: &mut Spec) -> &mut Container {
    match &mut spec.software {
        Software::Container(container) => container,
        Software::Snap(_) => panic!("a snap"),
    }
}

fn present(spec: &Spec, running: bool, restarts: u64) -> Wish {
    Wish::Present {
        spec: Box::new(spec.clone()),
        running,
        restarts,
    }
}

#[tokio::test]
async fn a_service_is_made_with_its_keys_and_limits_offered_and_destroyed_with_its_data() {
    let mut device = Device::start().await;
    let mut spec = spec("test/web:1");
    container(&mut spec).memory_bytes = Some(64 * 1024 * 1024);
    container(&mut spec).cpu_millis = Some(500);
    container(&mut spec).environment = [("A".to_owned(), "b c".to_owned())].into();
    container(&mut spec).ports = vec![Port {
        container: WEB_PORT,
        host: 9090,
        udp: false,
    }];
    device.order("web", present(&spec, true, 0));
    let hosted = device.end("web").await;
    assert_eq!((hosted.step, hosted.message.as_str()), (Step::Settled, ""));
    assert!(hosted.running);
    assert_eq!(hosted.present, "test/web:1");
    assert_eq!(device.get("web", "/tmp/keys/edgeward.pub").await, KEY);
    let offers = device.services.reports();
    let offers: Vec<_> = offers
        .iter()
        .map(|offer| {
            (
                offer.name.as_str(),
                offer.kind.as_str(),
                offer.description.as_str(),
            )
        })
        .collect();
    assert_eq!(offers, [("web", "http", "a test")]);
    let format = "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.Privileged}} {{.HostConfig.SecurityOpt}} {{.HostConfig.RestartPolicy.Name}} {{.Config.Env}}";
    let inspected = device
        .docker
        .run(&["inspect", "--format", format, "edgeward-web"]);
    let inspected = inspected.unwrap();
    assert!(
        inspected.starts_with("67108864 500000000 false [no-new-privileges] unless-stopped [A=b c"),
        "{inspected}"
    );
    let ports = device.docker.lines(&["port", "edgeward-web"]).unwrap();
    let own = device.services.port_of(&"web".parse().unwrap()).unwrap();
    assert!(
        ports.contains(&format!("8080/tcp -> 127.0.0.1:{own}")),
        "{ports:?}"
    );
    assert!(
        ports.contains(&"8080/tcp -> 0.0.0.0:9090".to_owned()),
        "{ports:?}"
    );

    // Said to the control plane, the newest only.
    let waiting = device.reports.next().await;
    assert_eq!(waiting.about, About::Hosting);

    device.order("web", Wish::Destroyed);
    device.until_gone("web").await;
    assert_eq!(device.containers(), [""; 0]);
    assert_eq!(device.volumes(), [""; 0]);
    assert_eq!(device.services.reports(), []);
    assert!(!device.dir.path().join("hosting/web.json").exists());
}

#[tokio::test]
async fn a_service_is_stopped_started_and_started_again_once_for_each_time_that_it_is_asked() {
    let mut device = Device::start().await;
    let spec = spec("test/web:1");
    device.order("web", present(&spec, true, 0));
    device.end("web").await;
    device.order("web", present(&spec, false, 0));
    let hosted = device.end("web").await;
    assert_eq!((hosted.step, hosted.running), (Step::Settled, false));
    assert_eq!(device.services.reports(), []);
    assert_eq!(device.containers(), ["edgeward-web test/web:1 exited"]);
    device.order("web", present(&spec, true, 0));
    assert!(device.end("web").await.running);
    assert_eq!(device.get("web", "/data/starts").await, "once\nonce\n");
    device.order("web", present(&spec, true, 1));
    assert_eq!(device.end("web").await.step, Step::Settled);
    assert_eq!(device.get("web", "/data/starts").await, "once\n".repeat(3));
    // The same again, for another reason, and after a restart of the agent.
    device.kill_agent().await;
    device.start_agent();
    device.order("web", present(&spec, true, 1));
    device.end("web").await;
    assert_eq!(device.get("web", "/data/starts").await, "once\n".repeat(3));
    assert_eq!(device.volumes(), ["edgeward-web-data"]);

    // What ends by itself is said, and back as soon as the engine has started it again.
    device.docker.run(&["stop", "edgeward-web"]).unwrap();
    let down = |hosted: &Hosted| !hosted.running && hosted.message.contains("exit code");
    let hosted = device.until("web", "that it has ended", down).await;
    assert_eq!(hosted.step, Step::Settled);
    assert_eq!(device.services.reports(), []);
    device.docker.run(&["start", "edgeward-web"]).unwrap();
    device
        .until("web", "that it runs", |hosted| hosted.running)
        .await;
    assert_eq!(device.get("web", "/data/starts").await, "once\n".repeat(4));
}

#[tokio::test]
async fn an_upgrade_takes_the_data_along_and_returns_if_the_new_one_is_no_good() {
    let mut device = Device::start().await;
    device.order("web", present(&spec("test/web:1"), true, 0));
    device.end("web").await;
    device.order("web", present(&spec("test/web:2"), true, 0));
    let hosted = device.end("web").await;
    assert_eq!(
        (hosted.step, hosted.present.as_str()),
        (Step::Settled, "test/web:2")
    );
    assert_eq!(device.get("web", "/tmp/two").await, "2\n");
    assert_eq!(device.get("web", "/data/starts").await, "once\nonce\n");
    assert_eq!(device.get("web", "/tmp/keys/edgeward.pub").await, KEY);
    assert_eq!(device.containers(), ["edgeward-web test/web:2 running"]);

    device.order("web", present(&spec("test/ends:1"), true, 0));
    let hosted = device.end("web").await;
    assert_eq!(
        (hosted.step, hosted.present.as_str()),
        (Step::Returned, "test/web:2")
    );
    assert!(hosted.running);
    assert!(
        hosted.message.contains("the container has ended"),
        "{hosted:?}"
    );
    assert!(hosted.message.contains("no licence"), "{hosted:?}");
    assert_eq!(device.get("web", "/data/starts").await, "once\n".repeat(3));
    assert_eq!(device.containers(), ["edgeward-web test/web:2 running"]);

    let mut silent = spec("test/silent:1");
    silent.healthy_within_s = 2;
    device.order("web", present(&silent, true, 0));
    let hosted = device.end("web").await;
    assert_eq!(hosted.step, Step::Returned);
    assert!(
        hosted
            .message
            .contains("not become healthy within 2 seconds"),
        "{hosted:?}"
    );
    assert_eq!(device.get("web", "/data/starts").await, "once\n".repeat(4));

    // An image that cannot be had: what is there is not even touched.
    device.order("web", present(&spec("test/nowhere:1"), true, 0));
    let hosted = device.end("web").await;
    assert_eq!(hosted.step, Step::Returned);
    assert!(
        hosted
            .message
            .contains("cannot fetch the image test/nowhere:1"),
        "{hosted:?}"
    );
    assert_eq!(device.get("web", "/data/starts").await, "once\n".repeat(4));
}

#[tokio::test]
async fn what_cannot_be_made_leaves_nothing_and_says_why() {
    let mut device = Device::start().await;
    device.order("web", present(&spec("test/ends:1"), true, 0));
    let hosted = device.end("web").await;
    assert_eq!((hosted.step, hosted.running), (Step::Failed, false));
    assert!(
        hosted.message.contains("the container has ended"),
        "{hosted:?}"
    );
    assert_eq!(hosted.present, "");
    assert_eq!(device.containers(), [""; 0]);
    assert_eq!(device.volumes(), [""; 0]);
    // Another order, and it is tried again.
    device.order("web", present(&spec("test/web:1"), true, 0));
    assert_eq!(device.end("web").await.step, Step::Settled);

    let mut checked = spec("test/sick:1");
    checked.healthy_within_s = 2;
    let sick = Image::web(WEB).with("HEALTHCHECK --interval=200ms --retries=1 CMD test -e /never");
    device.docker.make("test/sick:1", &sick).unwrap();
    device.order("sick", present(&checked, true, 0));
    let hosted = device.end("sick").await;
    assert_eq!(hosted.step, Step::Failed);
    assert!(hosted.message.contains("its own check"), "{hosted:?}");

    // Somebody else's container is not touched.
    device
        .docker
        .run(&[
            "run",
            "--detach",
            "--name",
            "edgeward-mine",
            "test/silent:1",
        ])
        .unwrap();
    device.order("mine", present(&spec("test/web:1"), true, 0));
    let hosted = device.end("mine").await;
    assert_eq!(hosted.step, Step::Failed);
    assert!(hosted.message.contains("has not made"), "{hosted:?}");
    device.order("mine", Wish::Destroyed);
    device.until_gone("mine").await;
    assert!(
        device
            .containers()
            .contains(&"edgeward-mine test/silent:1 running".to_owned())
    );
}

#[tokio::test]
async fn keys_go_into_what_runs_and_what_is_released_stays() {
    let mut device = Device::start().await;
    let mut spec = spec("test/web:1");
    device.order("web", present(&spec, true, 0));
    device.end("web").await;
    let hosting = Arc::clone(device.hosting());
    let (service, text) = ("web".parse().unwrap(), KEY.replace("MIIB", "AAAA"));
    let placed = {
        let text = text.clone();
        tokio::task::spawn_blocking(move || hosting.place(&service, "edgeward-2.pub", &text))
    };
    placed.await.unwrap().unwrap().unwrap();
    assert_eq!(device.get("web", "/etc/keys/edgeward-2.pub").await, text);
    assert_eq!(device.get("web", "/data/starts").await, "once\n");
    // By an order that changes nothing else.
    spec.keys.as_mut().unwrap().files.push(KeyFile {
        name: "edgeward-3.pub".to_owned(),
        pem: KEY.to_owned(),
    });
    device.order("web", present(&spec, true, 0));
    device.end("web").await;
    assert_eq!(device.get("web", "/etc/keys/edgeward-3.pub").await, KEY);
    assert_eq!(device.get("web", "/data/starts").await, "once\n");

    device.order("web", Wish::Released);
    device.until_gone("web").await;
    assert_eq!(device.containers(), ["edgeward-web test/web:1 running"]);
    assert_eq!(device.services.reports(), []);
    // It can be taken on again as it is.
    device.order("web", present(&spec, true, 7));
    assert_eq!(device.end("web").await.step, Step::Settled);
    assert_eq!(device.get("web", "/data/starts").await, "once\n");
}

#[tokio::test]
async fn an_agent_that_dies_at_any_point_of_an_upgrade_ends_it_well_when_it_is_back() {
    let mut device = Device::start().await;
    device.order("web", present(&spec("test/web:1"), true, 0));
    device.end("web").await;
    for (image, step, present_then) in [
        ("test/web:2", Step::Settled, "test/web:2"),
        ("test/ends:1", Step::Returned, "test/web:2"),
        ("test/web:1", Step::Settled, "test/web:1"),
    ] {
        device.order("web", present(&spec(image), true, 0));
        // Killed again and again, a little later each time, for as long as it is at work.
        let mut wait = Duration::from_millis(20);
        while wait < Duration::from_secs(2) {
            let ended = timeout(wait, device.end("web")).await;
            if ended.is_ok() {
                break;
            }
            device.kill_agent().await;
            device.start_agent();
            wait += wait / 4;
        }
        let hosted = device.end("web").await;
        assert_eq!((hosted.step, hosted.present.as_str()), (step, present_then));
        let line = format!("edgeward-web {present_then} running");
        assert_eq!(device.containers(), [line]);
        assert!(
            device
                .get("web", "/data/starts")
                .await
                .starts_with("once\n")
        );
    }
}

#[tokio::test]
async fn an_engine_that_is_away_is_said_and_what_was_wished_meanwhile_is_done_when_it_is_back() {
    let mut device = Device::start().await;
    device.order("web", present(&spec("test/web:1"), true, 0));
    device.end("web").await;
    let engine = async |device: &Device, there: bool| {
        eventually("word of the engine", LIMIT, async || {
            let state = device.hosting().state();
            let is_so = state.engine.is_some() == there && state.problem.is_empty() == there;
            if is_so {
                Ok(state)
            } else {
                Err(format!("{state:?}"))
            }
        })
        .await
        .unwrap()
    };
    let state = engine(&device, true).await;
    assert_eq!(state.engine.unwrap().name, "docker");
    device.docker.end().await.unwrap();
    let state = engine(&device, false).await;
    assert!(
        state
            .problem
            .contains("nothing that runs containers answers"),
        "{state:?}"
    );
    device
        .until("web", "that it does not run", |hosted| !hosted.running)
        .await;
    device.order("more", present(&spec("test/web:2"), true, 0));
    let waits = |hosted: &Hosted| hosted.message.contains("nothing that runs containers");
    let hosted = device.until("more", "why nothing happens", waits).await;
    assert_eq!(hosted.step, Step::UnderWay);
    device.docker.begin().await.unwrap();
    engine(&device, true).await;
    assert_eq!(device.end("more").await.step, Step::Settled);
    device
        .until("web", "that it runs again", |hosted| hosted.running)
        .await;
    assert_eq!(device.get("web", "/data/starts").await, "once\nonce\n");
}

#[tokio::test]
async fn another_order_does_not_wait_for_the_one_before() {
    let mut device = Device::start().await;
    let mut silent = spec("test/silent:1");
    silent.healthy_within_s = 3600;
    device.order("web", present(&silent, true, 0));
    let waits = |hosted: &Hosted| hosted.message.contains("waiting for test/silent:1");
    device.until("web", "what it waits for", waits).await;
    device.order("web", present(&spec("test/web:1"), true, 0));
    let hosted = device.end("web").await;
    assert_eq!(
        (hosted.step, hosted.present.as_str()),
        (Step::Settled, "test/web:1")
    );
    device.order("web", present(&silent, true, 0));
    device.until("web", "what it waits for", waits).await;
    device.order("web", Wish::Destroyed);
    device.until_gone("web").await;
    assert_eq!(device.containers(), [""; 0]);
    assert_eq!(device.volumes(), [""; 0]);
}
