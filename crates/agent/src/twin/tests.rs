use edgeward_assertion::sign::{Brand, SigningKey};
use edgeward_ids::AgentId;
use edgeward_testkit::snapd::{Device as SimDevice, SimSnap, SimulatedSnapd};
use serde_json::{Value, json};

use super::*;

const LIMIT: Duration = Duration::from_secs(10);

struct Rig {
    status: watch::Sender<Status>,
    ended: watch::Sender<u64>,
    reports: Arc<Reports>,
    task: tokio::task::JoinHandle<()>,
}

impl Rig {
    fn new(snapd: Option<Snapd>) -> Self {
        let reports = Arc::new(Reports::new());
        let status = watch::Sender::new(Status {
            agent: AgentId::generate(),
            link: LinkState::Connecting,
            since_us: 0,
            membership: None,
        });
        let ended = watch::Sender::new(0);
        let twin = Twin::new(snapd, Arc::clone(&reports));
        let task = tokio::spawn(twin.keep(status.subscribe(), ended.subscribe()));
        Self {
            status,
            ended,
            reports,
            task,
        }
    }

    fn online(&self, since_us: u64) {
        self.status.send_modify(|status| {
            status.link = LinkState::Online {
                address: "x:1".into(),
            };
            status.since_us = since_us;
        });
    }

    async fn next(&self) -> (String, Value) {
        let waiting = tokio::time::timeout(LIMIT, self.reports.next())
            .await
            .unwrap();
        self.reports.deliver(&waiting);
        let Report::Twin { sections } = waiting.report else {
            panic!("another report")
        };
        assert_eq!(sections.len(), 1);
        sections.into_iter().next().unwrap()
    }

    async fn next_names(&self, count: usize) -> Vec<String> {
        let mut names = Vec::new();
        for _ in 0..count {
            names.push(self.next().await.0);
        }
        names
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn everything_is_told_after_each_connect_and_then_what_changes() {
    let brand = Brand::new("acme").unwrap();
    let key = SigningKey::generate().unwrap();
    let serial = brand.serial("gateway", "A-7", key.public()).unwrap();
    let text = |bytes: Vec<u8>| Some(String::from_utf8(bytes).unwrap());
    let simulated = SimulatedSnapd::start(SimDevice {
        model: text(brand.model("gateway", Some("shop")).unwrap().encoded()),
        serial: None,
        snaps: vec![
            SimSnap::new("alpha")
                .with_service("daemon")
                .with_conf("port", 80),
        ],
    })
    .unwrap();
    let control = simulated.control();
    let rig = Rig::new(Some(Snapd::new(simulated.socket())));
    rig.online(1);
    let (name, agent) = rig.next().await;
    assert_eq!(name, "agent");
    assert_eq!(
        agent,
        json!({"version": crate::VERSION, "dialect": "edgeward"})
    );
    let (name, os) = rig.next().await;
    assert_eq!(name, "os");
    let expected = json!({
        "id": "ubuntu-core", "version_id": "22", "kernel": "5.15.0-100-generic", "series": "16", "on_classic": false,
        "snapd": "2.63",
    });
    assert_eq!(os, expected);
    let (name, device) = rig.next().await;
    assert_eq!(name, "device");
    let expected = json!({"brand": "acme", "model": "gateway", "serial": "", "store": "shop", "device_key": ""});
    assert_eq!(device, expected);
    let (name, snaps) = rig.next().await;
    assert_eq!(name, "snaps");
    let expected = json!({"alpha": {
        "version": "1.0", "revision": "1", "channel": "latest/stable", "tracking": "latest/stable",
        "confinement": "strict", "status": "active", "devmode": false, "installed_size": 4096,
        "installed_at": "2026-11-20T10:00:00.123456789+01:00",
        "services": {"daemon": {"daemon": "simple", "enabled": true, "active": true}}, "config": {"port": 80},
    }});
    assert_eq!(snaps, expected);

    control.put(SimSnap::new("beta"));
    rig.ended.send_modify(|count| *count += 1);
    let (name, snaps) = rig.next().await;
    assert_eq!(
        (name.as_str(), snaps.as_object().unwrap().len()),
        ("snaps", 2)
    );
    control.set_serial(text(serial.encoded()));
    rig.ended.send_modify(|count| *count += 1);
    let (name, device) = rig.next().await;
    assert_eq!(
        (name.as_str(), &device["serial"]),
        ("device", &json!("A-7"))
    );
    assert_eq!(device["device_key"], key.public().to_base64());

    rig.online(2);
    assert_eq!(rig.next_names(4).await, ["agent", "os", "device", "snaps"]);
}

#[tokio::test(start_paused = true)]
async fn it_looks_every_minute_while_it_is_connected() {
    let simulated = SimulatedSnapd::start(SimDevice::default()).unwrap();
    let rig = Rig::new(Some(Snapd::new(simulated.socket())));
    rig.online(1);
    rig.next_names(4).await;
    simulated.control().put(SimSnap::new("beta"));
    let (name, snaps) = tokio::time::timeout(LOOK_INTERVAL * 2, rig.reports.next())
        .await
        .map(|waiting| match waiting.report {
            Report::Twin { sections } => sections.into_iter().next().unwrap(),
            other => panic!("{other:?}"),
        })
        .unwrap();
    assert_eq!(
        (name.as_str(), &snaps["beta"]["version"]),
        ("snaps", &json!("1.0"))
    );
}

#[tokio::test]
async fn a_device_without_snapd_tells_its_system() {
    for snapd in [None, Some(Snapd::new("/nowhere/snapd.socket"))] {
        let rig = Rig::new(snapd);
        rig.online(1);
        assert_eq!(rig.next_names(2).await, ["agent", "os"]);
    }
}

#[tokio::test]
async fn while_snapd_is_away_nothing_is_unsaid() {
    let mut simulated = SimulatedSnapd::start(SimDevice::default()).unwrap();
    let rig = Rig::new(Some(Snapd::new(simulated.socket())));
    rig.online(1);
    rig.next_names(4).await;
    let socket = simulated.socket().to_owned();
    simulated.stop().await;
    // as a socket of systemd's, behind which nobody answers
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    rig.online(2);
    assert_eq!(rig.next().await.0, "agent");
    std::fs::remove_file(&socket).unwrap();
    simulated.start_again().unwrap();
    rig.ended.send_modify(|count| *count += 1);
    assert_eq!(rig.next_names(3).await, ["os", "device", "snaps"]);
}

#[tokio::test]
async fn everything_is_told_again_to_who_adopts_the_device() {
    let rig = Rig::new(None);
    rig.online(1);
    assert_eq!(rig.next_names(2).await, ["agent", "os"]);
    rig.status.send_modify(|status| {
        status.membership = Some(edgeward_wire::report::Membership {
            organisation: edgeward_ids::OrganisationId::generate(),
            project: edgeward_ids::ProjectId::generate(),
            name: "press".parse().unwrap(),
            services: BTreeMap::new(),
        });
    });
    assert_eq!(rig.next_names(2).await, ["agent", "os"]);
}
