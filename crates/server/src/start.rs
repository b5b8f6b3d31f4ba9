//! Wiring: keys → store → bus → concepts → listeners, and the way back. What comes of it is [`App`].

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use edgeward_broker::EmbeddedBroker;
use edgeward_bus::Bus;
use edgeward_bus::external::ExternalBus;
use edgeward_domain::Moment;
use edgeward_pki::tls::Acceptor;
use edgeward_pki::{SecretBox, ServerIdentity};
use edgeward_runtime::{Chain, Shutdown};
use edgeward_store::{AuditKey, Store};
use edgeward_wire::iot::topic::ALL_UP as ALL_IOT_UP;
use edgeward_wire::{enrol, topic};
use parking_lot::Mutex;
use tokio::net::TcpListener;

use crate::access::Access;
use crate::actions::{Actions, Courier, OldAgents};
use crate::agent_port::AgentPort;
use crate::agents::{Agents, Presence};
use crate::api_tokens::ApiTokens;
use crate::app::{App, LinkState, Shared};
use crate::bus::{Commander, Counted, Gate, Intake, Rates};
use crate::config::Config;
use crate::deliveries::Deliveries;
use crate::devices::{Devices, Keys, Lacking};
use crate::enrolment::{self, Enrolment};
use crate::events::Events;
use crate::first_start::FirstStart;
use crate::hosting::Hosting;
use crate::iot::{Directory, Iot};
use crate::keys::{Keys as KeyFiles, KeysError, OPERATOR_FILE, Rotation, write_private};
use crate::mail::Mail;
use crate::now;
use crate::rollouts::Rollouts;
use crate::services::{Credentials, DirectWay, HandOver, Networks, Services, Watched, Ways};
use crate::settings::{self, Settings, SettingsError};
use crate::sso::Sso;
use crate::templates::Templates;
use crate::tunnel::Tunnels;
use crate::twins::Twins;
use crate::web::listener;

/// How long the agent port's own certificate lasts; it is made anew at each start.
const SERVER_CERTIFICATE_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long the token of the machine's own operator lasts; it is made anew at each start.
const OPERATOR_TOKEN_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long what needs no time to stop may take for it.
const BACKGROUND_STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the control plane did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Rules between keys are broken.
    #[error("the configuration cannot be used:\n{}", .0.iter().map(|p| format!("  {p}")).collect::<Vec<_>>().join("\n"))]
    Config(Vec<crate::config::Problem>),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The agent port's certificate or the console's.
    #[error("cannot prepare TLS for {0}")]
    Tls(&'static str, #[source] edgeward_pki::PkiError),
    /// A file that the configuration names.
    #[error("cannot read {}", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] edgeward_store::OpenError),
    /// The database, once open.
    #[error("cannot prepare the database")]
    Prepare(#[from] edgeward_store::StoreError),
    /// A port.
    #[error(
        "cannot listen on {address} ({key}); if another program uses it, stop that, or set {key} to another port"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The configuration key.
        key: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The embedded broker.
    #[error("cannot start the embedded broker")]
    Broker(#[source] edgeward_broker::StartError),
    /// The operator's own broker.
    #[error("cannot use the mqtt settings")]
    ExternalBus(#[source] edgeward_bus::external::ConfigError),
    /// The key by which this installation is recognised at an address.
    #[error("cannot use secrets.key")]
    Proof,
    /// What administrators have set.
    #[error("cannot read the settings")]
    Settings(#[from] SettingsError),
    /// The first administrator's link.
    #[error("cannot prepare signing in")]
    Access(#[from] crate::access::AccessError),
}

/// A control plane that runs.
pub struct Running {
    /// Where the console is.
    pub console_url: String,
    /// Where the console listens.
    pub console_address: SocketAddr,
    /// Where the agent port listens.
    pub agent_address: SocketAddr,
    /// The link that makes the first administrator, until there is one.
    pub setup_url: Option<String>,
    /// SHA-256 of the CA certificate, hexadecimal.
    pub ca_fingerprint: String,
    /// Which database is in use.
    pub database: String,
    /// Which broker is in use.
    pub agent_service: String,
    /// The bearer token of the machine's own operator, also in `operator.json` of the data folder.
    pub operator_token: String,
    /// Where that file is.
    pub operator_file: PathBuf,
    app: Shared,
    /// What people and programs see; drained first.
    shutdown: Shutdown,
    /// What open requests still need: agents' connections, and whoever watches them.
    background: Shutdown,
    drain_timeout: Duration,
}

/// Starts a control plane; it is ready when this returns. A first start that fails leaves nothing in the data folder.
pub async fn start(config: Config, shutdown: Shutdown) -> Result<Running, StartError> {
    edgeward_pki::install_provider();
    crate::web::health::install_metrics();
    let problems = config.problems();
    if !problems.is_empty() {
        return Err(StartError::Config(problems));
    }
    let console = listen(config.console.listen, "console.listen").await?;
    let agents = listen(config.agent_port.listen, "agent_port.listen").await?;
    // After the ports: a second start beside a running one touches nothing.
    let first = FirstStart::look(&config.data_dir);
    let started = begin(config, console, agents, shutdown).await;
    if let (Err(_), Some(first)) = (&started, first) {
        first.undo();
    }
    started
}

/// Everything behind the two ports.
async fn begin(
    config: Config,
    console_listener: TcpListener,
    agent_listener: TcpListener,
    shutdown: Shutdown,
) -> Result<Running, StartError> {
    let console_address = local(&console_listener, "console.listen")?;
    let agent_address = local(&agent_listener, "agent_port.listen")?;
    let keys = KeyFiles::open(&config.data_dir, SystemTime::now())?;

    let store = Store::open(&config.database_url(), AuditKey::new(keys.audit)).await?;
    let installation = store.installation().installation(now()).await?;
    store.organisations().ensure_default(now()).await?;

    let events = Events::default();
    let presence = Arc::new(Presence::default());
    let intake = Arc::new(Intake::default());
    let directory = Arc::new(Directory::default());
    let gate = Arc::new(Gate::new(
        store.agents(),
        store.devices(),
        presence.clone(),
        events.clone(),
        directory.clone(),
    ));
    let (bus, broker) = bus(&config, agent_address, &gate, &intake).await?;
    let rates = Arc::new(Rates::default());
    let bus: Arc<dyn Bus> = Arc::new(Counted::new(bus, rates.clone()));
    let agent_service_kind = if broker.is_some() {
        "embedded"
    } else {
        "external"
    };

    let signer = Arc::new(keys.signer);
    let authority = Arc::new(keys.authority);
    let commander = Arc::new(Commander::new(bus.clone(), store.agents(), signer.clone()));
    let tunnels = Arc::new(Tunnels::new(
        bus.clone(),
        commander.clone(),
        edgeward_tunnel::Limits::default(),
    ));
    let enrolment_addresses = or_listened(&config.agent_port.addresses, agent_address);
    let mqtt = if broker.is_some() {
        enrolment_addresses.clone()
    } else {
        config.agent_port.broker_addresses.clone()
    };
    let tls = console_tls(&config)?;
    let secrets = SecretBox::new(&keys.secrets).map_err(KeysError::Make)?;
    let secrets = Arc::new(secrets);
    let settings = Settings::open(settings::Start {
        store: store.settings(),
        secrets: secrets.clone(),
        configured_url: config.console.public_url.clone(),
        listening_url: console_url(
            console_address,
            tls.is_some(),
            &config.console.services_domain,
        ),
        services_domain: config.console.services_domain.clone(),
    })
    .await?;
    let settings = Arc::new(settings);
    let fingerprint = authority.fingerprint().to_string();

    let iot = Arc::new(Iot::new(
        bus.clone(),
        store.devices(),
        presence.clone(),
        events.clone(),
        directory,
    ));
    let key_pairs = Arc::new(keys.edge_services);
    let ways = Arc::new(Ways::new(
        tunnels.clone(),
        presence.clone(),
        DirectWay::new(Networks::refusing(&config.direct_services.refused_networks)),
        Credentials::new(key_pairs.clone(), secrets.clone()),
    ));
    let link = LinkState {
        link: bus.link().borrow().clone(),
        since: now(),
    };
    let app = Arc::new(App {
        bus: bus.clone(),
        agent_service_kind,
        link: Mutex::new(link),
        actions: Actions::new(
            store.actions(),
            Courier::new(
                store.actions(),
                presence.clone(),
                commander.clone(),
                iot.clone(),
            ),
            events.clone(),
        ),
        twins: Twins::new(store.twins(), events.clone()),
        rollouts: Rollouts::new(store.rollouts(), events.clone()),
        templates: Templates::new(store.templates(), events.clone()),
        deliveries: Deliveries::new(store.deliveries(), secrets.clone(), events.clone()),
        hosting: Hosting::new(
            store.hosting(),
            store.agents(),
            secrets.clone(),
            presence.clone(),
            events.clone(),
        ),
        old_agents: OldAgents::default(),
        lacking: Lacking::default(),
        devices: Devices {
            store: store.devices(),
            presence: presence.clone(),
            gate: gate.clone(),
            bus: bus.clone(),
            tunnels: tunnels.clone(),
            iot: iot.clone(),
            events: events.clone(),
            authority: authority.clone(),
            mqtt: mqtt.clone(),
            keys: Keys::default(),
        },
        iot,
        agents: Agents {
            store: store.agents(),
            presence: presence.clone(),
            commander,
            tunnels: tunnels.clone(),
            bus: bus.clone(),
            gate,
            events: events.clone(),
            last_hello: Mutex::default(),
            last_event: Mutex::default(),
        },
        services: Services::new(
            store.services(),
            presence.clone(),
            ways.clone(),
            events.clone(),
            config.service_tags.limits(),
        ),
        ways,
        rotation: Rotation::new(key_pairs, store.services(), store.audit()),
        access: Access::new(&store, settings.rules()),
        api_tokens: ApiTokens::new(store.api_tokens()),
        hand_over: HandOver::new(keys.hand_over),
        events: events.clone(),
        public: settings.public(),
        mail: Mail::new(settings.clone()),
        settings,
        sso: Sso::new(secrets),
        proof: settings::reach::Proof::new(installation.id, &keys.secrets)
            .ok_or(StartError::Proof)?,
        rates,
        broker: broker.clone(),
        ca_pem: authority.certificate_pem().to_owned(),
        ca_fingerprint: fingerprint.clone(),
        ca_expires_at: Moment::from(authority.not_after()),
        enrolment_addresses: enrolment_addresses.clone(),
        shutdown: shutdown.token(),
        presence,
        tunnels,
        store: store.clone(),
    });
    app.devices.deny_disabled().await?;
    intake.serve(&app);
    app.iot.serve(&app);

    let identity = server_identity(&authority, &enrolment_addresses)?;
    let acceptor = Acceptor::agent_port(
        &identity,
        authority.certificate_pem(),
        &[enrol::ALPN, enrol::ALPN_MQTT],
    )
    .map_err(|e| StartError::Tls("the agent port", e))?;
    let enrolment = Enrolment {
        authority,
        signer,
        store: store.agents(),
        mqtt,
        rules: config.agents.clone(),
        events,
        app: Arc::downgrade(&app),
    };
    let port = Arc::new(AgentPort {
        acceptor,
        enrolment: enrolment::Service::new(Arc::new(enrolment)),
        broker,
    });
    let background = Shutdown::new();
    background.spawn("agent port", port.serve(agent_listener, background.clone()));
    let site = listener::Site {
        app: app.clone(),
        console: crate::api::router(app.clone()),
        tls,
    };
    shutdown.spawn(
        "console",
        listener::serve(site, console_listener, shutdown.clone()),
    );
    crate::tasks::start(&app, &background);
    for (name, watched, every_s) in [
        (
            "direct services",
            Watched::Direct,
            config.direct_services.look_every_s,
        ),
        (
            "agents' services",
            Watched::OfAgents,
            config.agent_services.look_every_s,
        ),
    ] {
        let every = Duration::from_secs(every_s);
        let watch = crate::services::watch(app.clone(), watched, every, background.clone());
        background.spawn(name, watch);
    }
    app.hail().await;

    let setup_url = app
        .access
        .new_setup_key()
        .await?
        .map(|key| format!("{}/setup#{}", app.public().console_url, key.0));
    let operator_token = app
        .access
        .begin_for_machine(OPERATOR_TOKEN_LIFETIME)
        .await?;
    let operator_file = config.data_file(OPERATOR_FILE);
    let operator = serde_json::json!({"url": app.public().console_url, "token": operator_token});
    write_private(&operator_file, operator.to_string().as_bytes())?;
    Ok(Running {
        console_url: app.public().console_url.clone(),
        console_address,
        agent_address,
        setup_url,
        ca_fingerprint: fingerprint,
        database: store.database_kind().to_string(),
        agent_service: agent_service_kind.to_owned(),
        operator_token,
        operator_file,
        shutdown,
        background,
        drain_timeout: Duration::from_secs(
            config
                .drain_timeout_s
                .unwrap_or(Config::DEFAULT_DRAIN_TIMEOUT_S),
        ),
        app,
    })
}

impl Running {
    /// Stops: no new connections, open requests finish within the drain time, then everything closes. Names whoever was late.
    pub async fn stop(self) -> Vec<String> {
        let mut late = self.shutdown.drain(self.drain_timeout).await;
        self.app.tunnels.end_all("the control plane stops");
        late.extend(self.background.drain(BACKGROUND_STOP_TIMEOUT).await);
        self.app.bus.close().await;
        if let Err(error) = self
            .app
            .store
            .agents()
            .record_heard(&self.app.presence.online())
            .await
        {
            tracing::warn!(error = %Chain(&error), "cannot write down who was heard");
        }
        self.app.store.close().await;
        late
    }
}

async fn bus(
    config: &Config,
    address: SocketAddr,
    gate: &Arc<Gate>,
    intake: &Arc<Intake>,
) -> Result<(Arc<dyn Bus>, Option<Arc<EmbeddedBroker>>), StartError> {
    match &config.mqtt {
        Some(block) => {
            let topics = vec![topic::ALL_UP.to_owned()];
            // A broker that was set up for our agents only refuses what existing ones say.
            let wishes = ALL_IOT_UP.map(str::to_owned).to_vec();
            let bus = ExternalBus::start_wishing(block.clone(), topics, wishes, intake.clone())
                .map_err(StartError::ExternalBus)?;
            Ok((Arc::new(bus), None))
        }
        None => {
            let limits = edgeward_broker::Limits {
                shown_address: address.to_string(),
                ..edgeward_broker::Limits::default()
            };
            let broker = EmbeddedBroker::start(limits, gate.clone(), intake.clone())
                .await
                .map_err(StartError::Broker)?;
            let broker = Arc::new(broker);
            Ok((broker.clone(), Some(broker)))
        }
    }
}

async fn listen(address: SocketAddr, key: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen {
            address,
            key,
            source,
        })
}

fn local(listener: &TcpListener, key: &'static str) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Listen {
        address: SocketAddr::from(([0, 0, 0, 0], 0)),
        key,
        source,
    })
}

fn or_listened(addresses: &[String], listened: SocketAddr) -> Vec<String> {
    if addresses.is_empty() {
        vec![listened.to_string()]
    } else {
        addresses.to_vec()
    }
}

fn server_identity(
    authority: &edgeward_pki::Authority,
    addresses: &[String],
) -> Result<ServerIdentity, StartError> {
    let mut names: Vec<String> = addresses
        .iter()
        .filter_map(|address| address.rsplit_once(':'))
        .map(|(host, _)| host.trim_matches(['[', ']']).to_owned())
        .chain(["localhost".into(), "127.0.0.1".into(), "::1".into()])
        .collect();
    names.sort();
    names.dedup();
    authority
        .issue_server(&names, SERVER_CERTIFICATE_LIFETIME, SystemTime::now())
        .map_err(|e| StartError::Tls("the agent port", e))
}

fn console_tls(config: &Config) -> Result<Option<Acceptor>, StartError> {
    let Some(files) = &config.console.tls else {
        return Ok(None);
    };
    let read = |file: &PathBuf| {
        std::fs::read_to_string(file).map_err(|e| StartError::File(file.clone(), e))
    };
    let acceptor = Acceptor::https(&read(&files.certificate_file)?, &read(&files.key_file)?);
    acceptor
        .map(Some)
        .map_err(|e| StartError::Tls("the console", e))
}

/// On a laptop, the name whose subdomains lead back to it; otherwise the address itself.
fn console_url(address: SocketAddr, tls: bool, services_domain: &str) -> String {
    let scheme = if tls { "https" } else { "http" };
    if address.ip().is_loopback() && services_domain == "localhost" {
        format!("{scheme}://localhost:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}
