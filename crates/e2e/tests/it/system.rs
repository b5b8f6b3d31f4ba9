//! A control plane in this process, and agents that join it.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

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
use edgeward_runtime::Shutdown;
use edgeward_server::Running;
use edgeward_server::config::Config;
use edgeward_server::keys::Keys;
use edgeward_testkit::eventually;
use edgeward_testkit::mosquitto::{Mosquitto, MosquittoOptions};
use edgeward_wire::token::JoinToken;
use http::{HeaderMap, Method};
use tempfile::TempDir;

/// How long anything may take that takes moments on an idle machine.
pub const LIMIT: Duration = Duration::from_secs(30);

/// What the control plane is called by an operator's own broker, and its password.
const BROKER_USER: &str = "control-plane";
const BROKER_PASSWORD: &str = "not secret";

/// Where records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Which broker agents connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broker {
    Embedded,
    Mosquitto,
}

/// A running control plane with the operator's client. Its folder, and an own broker, end with it.
pub struct System {
    pub running: Running,
    pub client: Client,
    pub folder: TempDir,
    _broker: Option<Mosquitto>,
}

/// An agent that has joined, in this process.
pub struct Joined {
    pub id: AgentId,
    pub handle: Handle,
    pub state_dir: PathBuf,
    pub config: AgentConfig,
}

impl System {
    /// Starts one with everything in place.
    pub async fn start(database: Database, broker: Broker) -> Self {
        Self::start_with(database, broker, |_| {}).await
    }

    /// Starts one whose configuration is changed first.
    pub async fn start_with(
        database: Database,
        broker: Broker,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        edgeward_pki::install_provider();
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            data_dir: folder.path().join("server"),
            drain_timeout_s: Some(1),
            ..Config::default()
        };
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        config.console.listen = free;
        config.agent_port.listen = free;
        if database == Database::Postgres {
            let made = tokio::task::spawn_blocking(edgeward_postgres_fixture::fresh_database);
            config.database_url = Some(made.await.unwrap().unwrap());
        }
        let broker = match broker {
            Broker::Embedded => None,
            Broker::Mosquitto => Some(own_broker(&mut config).await),
        };
        change(&mut config);
        let running = edgeward_server::start(config, Shutdown::new())
            .await
            .unwrap();
        let client = Client::new(Options {
            server: format!("http://{}", running.console_address),
            token: Some(running.operator_token.clone()),
            trust: Trust::PublicRoots,
        });
        Self {
            running,
            client: client.unwrap(),
            folder,
            _broker: broker,
        }
    }

    /// The text of a new join token.
    pub async fn token(&self, uses: u32, expires_in_s: u64) -> JoinToken {
        let request = JoinTokenRequest {
            uses,
            expires_in_s,
            project_id: None,
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
            let found = all
                .iter()
                .find(|s| s.agent_id == agent && s.offer.as_str() == offer);
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

/// A mosquitto that believes the control plane's CA, as an operator would set it up.
async fn own_broker(config: &mut Config) -> Mosquitto {
    let now = SystemTime::now();
    let authority = Keys::open(&config.data_dir, now).unwrap().authority;
    let names = [Ipv4Addr::LOCALHOST.to_string()];
    let identity = authority.issue_server(&names, Duration::from_secs(3600), now);
    let identity = identity.unwrap();
    let broker = Mosquitto::start(MosquittoOptions {
        client_ca_pem: authority.certificate_pem().to_owned(),
        certificate_pem: identity.certificate_pem,
        key_pem: identity.key_pem,
        control_plane_user: BROKER_USER.to_owned(),
        control_plane_password: BROKER_PASSWORD.to_owned(),
        address: Ipv4Addr::LOCALHOST,
    });
    let broker = broker.await.unwrap();
    let block = serde_json::json!({
        "addr": broker.plain_address().to_string(),
        "username": BROKER_USER,
        "password": BROKER_PASSWORD,
    });
    config.mqtt = Some(serde_json::from_value(block).unwrap());
    config.agent_port.broker_addresses = vec![broker.tls_address().to_string()];
    broker
}
