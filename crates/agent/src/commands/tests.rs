use std::sync::Arc;
use std::time::{Duration, SystemTime};

use edgeward_ids::{AgentId, OrganisationId, ProjectId};
use edgeward_pki::{CommandSigner, CommandVerifier};
use edgeward_wire::command::{Body, Command, MAX_COMMAND_BYTES, SignedCommand};
use edgeward_wire::hosting::{Container, Order, Software, Spec, Wish};
use edgeward_wire::report::{Membership, Outcome};

use super::{Effect, Executor, Handled};
use crate::actions::Actions;
use crate::config::{Config, HostingConfig, ServiceConfig, ServiceTarget};
use crate::hosting::Hosting;
use crate::key_files::KeyFiles;
use crate::reports::Reports;
use crate::services::Services;
use crate::state::{Claim, StateDir};

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

struct Device {
    agent: AgentId,
    signer: CommandSigner,
    dir: tempfile::TempDir,
    hosting: Option<HostingConfig>,
}

impl Device {
    fn new() -> Self {
        Self {
            agent: AgentId::generate(),
            signer: CommandSigner::generate().unwrap(),
            dir: tempfile::tempdir().unwrap(),
            hosting: None,
        }
    }

    fn claim(&self) -> Arc<Claim> {
        Arc::new(StateDir::new(self.dir.path()).claim().unwrap())
    }

    fn executor(&self) -> Executor {
        let verifier = CommandVerifier::from_base64(&self.signer.public_key_base64()).unwrap();
        let reports = Arc::new(Reports::new());
        let actions =
            Actions::open(self.dir.path(), self.agent, None, Arc::clone(&reports)).unwrap();
        let config = self.config();
        let key_files = KeyFiles::new(&config);
        let actions = Arc::new(actions);
        let claim = self.claim();
        let services = Arc::new(Services::new(&config));
        let hosting = Hosting::new(self.agent, &config, Arc::clone(&claim), services, reports);
        let hosting = Arc::new(hosting);
        Executor::new(self.agent, verifier, claim, actions, key_files, hosting).unwrap()
    }

    /// One service, whose keys are in the state directory.
    fn config(&self) -> Config {
        let target = ServiceTarget::new("127.0.0.1", 7000);
        let mut service = ServiceConfig::new("neuron".parse().unwrap(), target);
        service.key_folder = Some(self.dir.path().to_owned());
        Config {
            services: vec![service],
            hosting: self.hosting.clone(),
            ..Config::default()
        }
    }

    fn message(&self, number: u64, body: Body) -> Vec<u8> {
        self.message_for(self.agent, number, 1_000_000, body)
    }

    fn message_for(&self, agent: AgentId, number: u64, expires_at_us: i64, body: Body) -> Vec<u8> {
        let payload = serde_json::to_vec(&Command {
            agent,
            number,
            expires_at_us,
            body,
        })
        .unwrap();
        let signature = self.signer.sign(&SignedCommand::signed_bytes(&payload));
        serde_json::to_vec(&SignedCommand { payload, signature }).unwrap()
    }
}

fn membership() -> Membership {
    Membership {
        organisation: OrganisationId::generate(),
        project: ProjectId::generate(),
        name: "Gateway 3".parse().unwrap(),
        services: [].into(),
    }
}

fn reason(handled: &Handled) -> &str {
    match &handled.outcome {
        Some((_, Outcome::Refused { reason })) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

fn done(number: u64, effect: Effect) -> Handled {
    Handled {
        outcome: Some((number, Outcome::Done)),
        effect,
    }
}

const NOTHING: Handled = Handled {
    outcome: None,
    effect: Effect::Nothing,
};

#[test]
fn adoption_is_recorded_and_survives_a_restart() {
    let device = Device::new();
    let executor = device.executor();
    let membership = membership();
    let adopt = device.message(4, Body::Adopt(membership.clone()));
    assert_eq!(
        executor.handle(&adopt, NOW),
        done(4, Effect::MembershipChanged)
    );
    drop(executor);

    let executor = device.executor();
    assert_eq!(executor.ledger().membership, Some(membership.clone()));
    assert_eq!(executor.ledger().last_command, 4);
    let again = executor.handle(&adopt, NOW);
    assert_eq!(
        reason(&again),
        "command 4 is not newer than command 4, which was seen already"
    );
    assert_eq!(again.effect, Effect::Nothing);
    // The same membership under a new number changes nothing and is done.
    assert_eq!(
        executor.handle(&device.message(5, Body::Adopt(membership)), NOW),
        done(5, Effect::Nothing)
    );
    assert_eq!(
        executor.handle(&device.message(6, Body::Release), NOW),
        done(6, Effect::MembershipChanged)
    );
    assert_eq!(executor.ledger().membership, None);
}

#[test]
fn the_number_is_on_the_disk_before_a_tunnel_opens() {
    let device = Device::new();
    let executor = device.executor();
    executor.handle(&device.message(1, Body::Adopt(membership())), NOW);
    let opened = executor.handle(&device.message(2, Body::OpenTunnel { session: 77 }), NOW);
    assert_eq!(opened, done(2, Effect::OpenTunnel(77)));
    let on_disk = StateDir::new(device.dir.path())
        .read_ledger(device.agent)
        .unwrap();
    assert_eq!(on_disk.last_command, 2);
}

#[test]
fn nothing_is_done_that_cannot_be_written_down() {
    let device = Device::new();
    let executor = device.executor();
    // A directory in the place of the file cannot be replaced by one, not even by root.
    std::fs::create_dir_all(device.dir.path().join("ledger.json/x")).unwrap();
    let handled = executor.handle(&device.message(1, Body::Adopt(membership())), NOW);
    assert!(reason(&handled).starts_with("cannot write "), "{handled:?}");
    assert_eq!(handled.effect, Effect::Nothing);
    assert_eq!(
        (executor.ledger().last_command, executor.ledger().membership),
        (0, None)
    );
}

#[test]
fn only_an_adopted_agent_opens_tunnels() {
    let device = Device::new();
    let executor = device.executor();
    let handled = executor.handle(&device.message(1, Body::OpenTunnel { session: 1 }), NOW);
    assert!(
        reason(&handled).contains("has not been adopted"),
        "{handled:?}"
    );
    assert_eq!(handled.effect, Effect::Nothing);
}

#[test]
fn a_command_that_is_delivered_twice_is_done_once_and_reported_the_same() {
    let device = Device::new();
    let executor = device.executor();
    executor.handle(&device.message(1, Body::Adopt(membership())), NOW);
    let open = device.message(2, Body::OpenTunnel { session: 1 });
    assert_eq!(executor.handle(&open, NOW), done(2, Effect::OpenTunnel(1)));
    assert_eq!(executor.handle(&open, NOW), done(2, Effect::Nothing));
}

#[test]
fn forged_commands_are_passed_over_in_silence() {
    let (device, stranger) = (Device::new(), Device::new());
    let executor = device.executor();
    let forged = stranger.message_for(device.agent, 1, 1_000_000, Body::Release);
    assert_eq!(executor.handle(&forged, NOW), NOTHING);

    let good = device.message(1, Body::Release);
    let mut signed: SignedCommand = serde_json::from_slice(&good).unwrap();
    let text = String::from_utf8(signed.payload).unwrap();
    signed.payload = text.replace("\"number\":1", "\"number\":9").into_bytes();
    assert_eq!(
        executor.handle(&serde_json::to_vec(&signed).unwrap(), NOW),
        NOTHING
    );

    // Signed by the right key, but not as a command.
    let payload = text.into_bytes();
    let signature = device.signer.sign(&payload);
    let bare = serde_json::to_vec(&SignedCommand { payload, signature }).unwrap();
    assert_eq!(executor.handle(&bare, NOW), NOTHING);
    assert_eq!(executor.ledger().last_command, 0);
}

#[test]
fn commands_for_another_device_are_passed_over_in_silence() {
    let device = Device::new();
    let executor = device.executor();
    let other = device.message_for(AgentId::generate(), 1, 1_000_000, Body::Release);
    assert_eq!(executor.handle(&other, NOW), NOTHING);
}

#[test]
fn an_expired_command_is_refused_with_both_clocks_and_uses_up_no_number() {
    let device = Device::new();
    let executor = device.executor();
    let message = device.message_for(device.agent, 3, 60_000_000, Body::Release);
    let handled = executor.handle(&message, NOW + Duration::from_secs(24 * 3600));
    assert_eq!(
        reason(&handled),
        "command 3 expired at 1970-01-01 00:01:00 UTC by the control plane's clock, and this device's clock says \
         1970-01-02 00:00:00 UTC; if they differ, set the device's clock"
    );
    assert_eq!(
        executor.handle(&message, NOW + Duration::from_secs(59)),
        done(3, Effect::Nothing)
    );
}

#[test]
fn older_numbers_are_refused() {
    let device = Device::new();
    let executor = device.executor();
    executor.handle(&device.message(7, Body::Release), NOW);
    let handled = executor.handle(&device.message(6, Body::Release), NOW);
    assert_eq!(
        reason(&handled),
        "command 6 is not newer than command 7, which was seen already"
    );
}

#[test]
fn what_is_no_command_is_passed_over_in_silence() {
    let device = Device::new();
    let executor = device.executor();
    let huge = vec![b' '; MAX_COMMAND_BYTES + 1];
    let payload = b"{\"unknown\":1}".to_vec();
    let signature = device.signer.sign(&SignedCommand::signed_bytes(&payload));
    let unknown = serde_json::to_vec(&SignedCommand { payload, signature }).unwrap();
    for bad in [&b""[..], b"{}", b"\xff\xff", b"[1,2,3]", &huge, &unknown] {
        assert_eq!(executor.handle(bad, NOW), NOTHING);
    }
}

#[test]
fn a_key_file_is_placed_by_an_adopted_agent_and_what_is_in_the_way_is_said() {
    let device = Device::new();
    let executor = device.executor();
    let place = |number, service: &str| {
        let body = Body::PlaceKey {
            service: service.parse().unwrap(),
            file_name: "edgeward-2.pub".into(),
            pem: "-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----\n".into(),
        };
        device.message(number, body)
    };
    let file = device.dir.path().join("edgeward-2.pub");
    let handled = executor.handle(&place(1, "neuron"), NOW);
    assert!(reason(&handled).contains("not been adopted"), "{handled:?}");
    assert!(!file.exists());
    executor.handle(&device.message(2, Body::Adopt(membership())), NOW);
    let handled = executor.handle(&place(3, "flows"), NOW);
    assert!(reason(&handled).contains("no service"), "{handled:?}");
    let handled = executor.handle(&place(4, "neuron"), NOW);
    assert_eq!(handled, done(4, Effect::Nothing));
    std::fs::remove_file(&file).unwrap();
    let again = executor.handle(&place(4, "neuron"), NOW);
    assert_eq!(again, done(4, Effect::Nothing));
    assert!(!file.exists(), "it is not written again");
}

#[test]
fn a_command_of_the_future_is_answered() {
    let device = Device::new();
    let executor = device.executor();
    let payload = |agent| {
        format!(
            r#"{{"agent":"{agent}","number":3,"expires_at_us":9,"body":{{"do":"make_tea","milk":1}}}}"#
        )
    };
    let message = |payload: String| {
        let payload = payload.into_bytes();
        let signature = device.signer.sign(&SignedCommand::signed_bytes(&payload));
        serde_json::to_vec(&SignedCommand { payload, signature }).unwrap()
    };
    let handled = executor.handle(&message(payload(device.agent)), NOW);
    assert!(reason(&handled).contains("\"make_tea\""), "{handled:?}");
    assert!(reason(&handled).contains("update the agent"), "{handled:?}");
    assert_eq!(executor.ledger().last_command, 0);
    let elsewhere = message(payload(AgentId::generate()));
    assert_eq!(executor.handle(&elsewhere, NOW), NOTHING);
}

fn order(service: &str, generation: u64, wish: Wish) -> Body {
    Body::Host(Order {
        service: service.parse().unwrap(),
        generation,
        wish,
    })
}

fn container(image: &str) -> Wish {
    Wish::Present {
        spec: Box::new(Spec {
            kind: "http".to_owned(),
            description: String::new(),
            software: Software::Container(Container {
                image: image.to_owned(),
                ..Container::default()
            }),
            port: 8080,
            healthy_within_s: 60,
            keys: None,
        }),
        running: true,
        restarts: 0,
    }
}

#[test]
fn an_order_to_host_is_on_the_disk_before_it_is_done_and_refused_with_words() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut device = Device::new();
    let host = |device: &Device, number, service, generation, image| {
        device.message(number, order(service, generation, container(image)))
    };
    let executor = device.executor();
    let handled = executor.handle(&host(&device, 1, "a", 1, "web:1"), NOW);
    assert!(reason(&handled).contains("not been adopted"), "{handled:?}");
    executor.handle(&device.message(2, Body::Adopt(membership())), NOW);
    let handled = executor.handle(&host(&device, 3, "a", 1, "web:1"), NOW);
    assert!(reason(&handled).contains("add \"hosting\""), "{handled:?}");
    drop(executor);

    device.hosting = Some(HostingConfig {
        engine: Some(device.dir.path().join("no.sock")),
        max_services: 1,
        ..HostingConfig::default()
    });
    let executor = device.executor();
    let handled = executor.handle(&host(&device, 4, "neuron", 1, "web:1"), NOW);
    assert!(
        reason(&handled).contains("own configuration offers"),
        "{handled:?}"
    );
    let handled = executor.handle(&host(&device, 5, "a", 7, "web:1"), NOW);
    assert_eq!(handled, done(5, Effect::Nothing));
    let file = device.dir.path().join("hosting/a.json");
    let written = || std::fs::read_to_string(&file).unwrap();
    assert!(written().contains("web:1"));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let handled = executor.handle(&host(&device, 6, "b", 1, "web:1"), NOW);
    assert!(
        reason(&handled).contains("hosts 1 services already"),
        "{handled:?}"
    );
    // What is older is passed over.
    let handled = executor.handle(&host(&device, 7, "a", 6, "web:0"), NOW);
    assert_eq!(handled, done(7, Effect::Nothing));
    assert!(written().contains("web:1"));
    // What cannot be written down is not done.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir_all(file.join("x")).unwrap();
    let handled = executor.handle(&host(&device, 8, "a", 8, "web:2"), NOW);
    assert!(reason(&handled).starts_with("cannot write "), "{handled:?}");
    std::fs::remove_dir_all(&file).unwrap();
    // A released agent hosts nothing any more.
    executor.handle(&host(&device, 9, "a", 9, "web:3"), NOW);
    assert!(written().contains("web:3"));
    executor.handle(&device.message(10, Body::Release), NOW);
    assert!(!file.exists());
}
