//! A control plane with its parts, and agents that join it.

mod device;
mod parts;
mod plane;

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use edgeward_agent::config::{Config as AgentConfig, ServiceConfig, ServiceTarget};
use edgeward_agent::enrolment::{self, Target};
use edgeward_agent::{Agent, AgentOptions, Handle};
use edgeward_api::agent::{AdoptRequest, Agent as AgentView, Presence};
use edgeward_api::organisation::Organisation;
use edgeward_api::service::{Service as ServiceView, ServiceFilter, ServiceState};
use edgeward_api::token::JoinTokenRequest;
use edgeward_client::{Client, ClientError, Options, ProxyAnswer, ProxyRequest};
use edgeward_ids::{AgentId, ServiceId};
use edgeward_pki::tls::Trust;
use edgeward_server::config::Config;
use edgeward_testkit::eventually;
use edgeward_testkit::faults::FaultProxy;
use edgeward_testkit::mosquitto::Mosquitto;
use edgeward_wire::token::JoinToken;
use http::{HeaderMap, Method};
use tempfile::TempDir;

pub use device::{Device, adopted};
pub(crate) use parts::with_both_parts;
pub use parts::{Broker, Database, EMBEDDED, OPERATORS_OWN, Parts};
pub use plane::Plane;

/// How long anything may take that takes moments on an idle machine.
pub const LIMIT: Duration = Duration::from_secs(30);

/// A running control plane with the operator's client. Its folder, and an own broker, end with it.
pub struct System {
    pub plane: Plane,
    pub client: Client,
    /// The machine's own operator's.
    pub operator_token: String,
    pub folder: TempDir,
    /// Where the console is.
    pub console: SocketAddr,
    /// The link that makes the first administrator.
    pub setup_url: Option<String>,
    /// The operator's own broker.
    pub broker: Option<Mosquitto>,
    /// Where devices enrol.
    pub agent_port: SocketAddr,
    /// Where agents have their MQTT connection.
    pub mqtt: SocketAddr,
}

/// What is to be started.
pub struct Plan {
    parts: Parts,
    address: Ipv4Addr,
    link: Option<SocketAddr>,
    change: Box<dyn FnOnce(&mut Config) + Send>,
}

/// An agent that has joined, in this process.
pub struct Joined {
    pub id: AgentId,
    pub handle: Handle,
    pub state_dir: PathBuf,
    pub config: AgentConfig,
}

impl Plan {
    /// Agents connect to this address of this machine instead of 127.0.0.1.
    pub fn at(mut self, address: Ipv4Addr) -> Self {
        self.address = address;
        self
    }

    /// Agents have their MQTT connection over this link, which is led there at the start.
    pub async fn start_behind(mut self, link: &FaultProxy) -> System {
        self.link = Some(link.address());
        let system = self.start().await;
        link.retarget(system.mqtt);
        system
    }

    /// Changes the configuration first.
    pub fn with(mut self, change: impl FnOnce(&mut Config) + Send + 'static) -> Self {
        self.change = Box::new(change);
        self
    }

    /// Starts the control plane in this process.
    pub async fn start(self) -> System {
        self.begin(async |config, _| Plane::inside(config).await)
            .await
    }

    /// Starts the control plane as the program `edgeward`.
    pub async fn start_program(self) -> System {
        self.begin(async |config, broker| {
            Plane::program(&config, broker.map(parts::mqtt_block)).await
        })
        .await
    }

    async fn begin(
        self,
        start: impl AsyncFnOnce(Config, Option<&Mosquitto>) -> (Plane, plane::Whereabouts),
    ) -> System {
        edgeward_pki::install_provider();
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            data_dir: folder.path().join("server"),
            drain_timeout_s: Some(1),
            ..Config::default()
        };
        config.console.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        config.agent_port.listen = SocketAddr::from((self.address, 0));
        if self.parts.database == Database::Postgres {
            let made = tokio::task::spawn_blocking(edgeward_postgres_fixture::fresh_database);
            config.database_url = Some(made.await.unwrap().unwrap());
        }
        let broker = match self.parts.broker {
            Broker::Embedded => None,
            Broker::Mosquitto => Some(parts::own_broker(&mut config, self.address).await),
        };
        if let Some(link) = self.link {
            let way = vec![link.to_string()];
            match broker {
                Some(_) => config.agent_port.broker_addresses = way,
                None => config.agent_port.addresses = way,
            }
        }
        (self.change)(&mut config);
        let (plane, at) = start(config, broker.as_ref()).await;
        let client = Client::new(Options {
            server: format!("http://{}", at.console),
            token: Some(at.operator_token.clone()),
            trust: Trust::PublicRoots,
        });
        System {
            plane,
            client: client.unwrap(),
            operator_token: at.operator_token,
            folder,
            console: at.console,
            agent_port: at.agent_port,
            setup_url: at.setup_url,
            mqtt: broker
                .as_ref()
                .map_or(at.agent_port, Mosquitto::tls_address),
            broker,
        }
    }
}

impl System {
    /// Starts one in this process with everything in place.
    pub async fn start(parts: Parts) -> Self {
        Self::plan(parts).start().await
    }

    /// One that is still to be started.
    pub fn plan(parts: Parts) -> Plan {
        Plan {
            parts,
            address: Ipv4Addr::LOCALHOST,
            link: None,
            change: Box::new(|_| {}),
        }
    }

    /// The text of a new join token.
    pub async fn token(&self, uses: u32, expires_in_s: u64) -> JoinToken {
        let request = JoinTokenRequest {
            uses,
            expires_in_s,
            project_id: None,
            organisation_id: None,
        };
        let made = self.client.create_join_token(&request).await.unwrap();
        made.text.parse().unwrap()
    }

    /// A device joins with a new token, offers these services, and is online.
    pub async fn join(&self, services: &[(&str, SocketAddr)]) -> Joined {
        self.join_with(agent_config(services)).await
    }

    /// The same with a configuration of the caller's.
    pub async fn join_with(&self, config: AgentConfig) -> Joined {
        let token = self.token(1, 600).await;
        let state_dir = self
            .folder
            .path()
            .join(edgeward_pki::random_text())
            .join("agent");
        let target = Target {
            state_dir: state_dir.clone(),
            config: config.clone(),
            replace: false,
        };
        let id = enrolment::join(&token, &target).await.unwrap().agent;
        let handle = start_agent(&state_dir, &config);
        self.wait_presence(id, Presence::Online).await;
        Joined {
            id,
            handle,
            state_dir,
            config,
        }
    }

    /// Waits until the REST API shows this agent so.
    pub async fn wait_presence(&self, id: AgentId, presence: Presence) -> AgentView {
        eventually(&format!("agent {presence:?}"), LIMIT, async || {
            let agent = self.client.agent(id).await.map_err(|e| e.to_string())?;
            if agent.presence == presence {
                Ok(agent)
            } else {
                Err(format!("{:?}", agent.presence))
            }
        })
        .await
        .unwrap()
    }

    /// The organisation that is there from the beginning, with its project.
    pub async fn organisation(&self) -> Organisation {
        let organisations = self.client.organisations().await.unwrap();
        organisations.items.into_iter().next().unwrap()
    }

    /// Adopts into the first project, and waits until the device has confirmed it.
    pub async fn adopt(&self, id: AgentId, name: &str) -> AgentView {
        let organisation = self.organisation().await;
        let request = AdoptRequest {
            name: name.parse().unwrap(),
            organisation_id: organisation.id,
            project_id: organisation.projects[0].id,
        };
        self.client.adopt(id, &request).await.unwrap();
        eventually("a confirmed adoption", LIMIT, async || {
            let agent = self.client.agent(id).await.map_err(|e| e.to_string())?;
            match &agent.membership {
                Some(membership) if membership.confirmed => Ok(agent),
                other => Err(format!("{other:?}")),
            }
        })
        .await
        .unwrap()
    }

    /// Joins, adopts, and gives the ids of the services in the order of `services`.
    pub async fn managed(
        &self,
        name: &str,
        services: &[(&str, SocketAddr)],
    ) -> (Joined, Vec<ServiceId>) {
        let joined = self.join(services).await;
        self.adopt(joined.id, name).await;
        let mut ids = Vec::new();
        for (offer, _) in services {
            ids.push(self.online_service(joined.id, offer).await.id);
        }
        (joined, ids)
    }

    /// Waits until this offer of the agent's is an edge service that can be reached.
    pub async fn online_service(&self, agent: AgentId, offer: &str) -> ServiceView {
        eventually("an online service", LIMIT, async || {
            let all = self.client.services(&ServiceFilter::default()).await;
            let all = all.map_err(|e| e.to_string())?.items;
            let found = all.iter().find(|s| {
                s.agent_id == Some(agent) && s.offer.as_ref().is_some_and(|o| o.as_str() == offer)
            });
            match found {
                Some(service) if service.state == ServiceState::Online => Ok(service.clone()),
                other => Err(format!("{other:?}")),
            }
        })
        .await
        .unwrap()
    }

    /// A `GET` through the REST API's way for programs.
    pub async fn get(&self, service: ServiceId, path: &str) -> Result<ProxyAnswer, ClientError> {
        let request = ProxyRequest {
            method: Method::GET,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: None,
        };
        self.client.proxy(service, request).await
    }
}

/// Starts the agent of a state directory.
pub fn start_agent(state_dir: &Path, config: &AgentConfig) -> Handle {
    let options = AgentOptions {
        state_dir: state_dir.to_owned(),
        config: config.clone(),
    };
    Agent::start(options).unwrap()
}

/// The configuration of an agent that offers these services.
pub fn agent_config(services: &[(&str, SocketAddr)]) -> AgentConfig {
    let service = |(name, address): &(&str, SocketAddr)| {
        let target = ServiceTarget::new(address.ip().to_string(), address.port());
        ServiceConfig::new(name.parse().unwrap(), target)
    };
    AgentConfig {
        services: services.iter().map(service).collect(),
        ..AgentConfig::default()
    }
}

/// The value of this future, which must be there in time.
pub async fn within<T>(what: &str, limit: Duration, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(limit, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {limit:?} for {what}"),
    }
}
