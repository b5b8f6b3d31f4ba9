use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use super::*;
use crate::events;
use crate::fake_snapd::{Answer, FakeSnapd};

const MINUTE: Duration = Duration::from_secs(60);

/// A device with a hanging snapd, whose clocks the test turns.
struct Device {
    dir: tempfile::TempDir,
    snapd: FakeSnapd,
    changes: Arc<Mutex<Value>>,
    now: Arc<Mutex<Moment>>,
    config: WatchdogConfig,
}

fn change(id: &str, status: &str) -> Value {
    json!({
        "id": id, "kind": "configure-snap", "summary": format!("Change configuration {id}"), "status": status,
        "ready": status != "Doing", "spawn-time": "2026-11-20T10:00:00Z", "tasks": [],
    })
}

/// The moment at which the changes of these tests are made.
fn born() -> SystemTime {
    edgeward_snapd::parse_time("2026-11-20T10:00:00Z").unwrap()
}

impl Device {
    /// Its `reboot` is refused if there is something to refuse it with.
    fn new(cure: &[Cure], no_reboot: Option<&'static str>) -> Self {
        let changes = Arc::new(Mutex::new(json!([
            change("7", "Doing"),
            change("6", "Done")
        ])));
        let seen = Arc::clone(&changes);
        let snapd = FakeSnapd::start(move |asked, _| match asked {
            "GET /v2/changes?select=all" => Answer::Result(seen.lock().unwrap().clone()),
            "POST /v2/changes/7" => Answer::Result(change("7", "Doing")),
            "POST /v2/systems" => match no_reboot {
                Some(words) => Answer::Refused(words),
                None => Answer::Result(Value::Null),
            },
            _ => Answer::Refused("not known"),
        });
        let dir = tempfile::tempdir().unwrap();
        let touch = |name: &str| {
            let file = dir.path().join(name).display().to_string();
            vec!["touch".to_owned(), file]
        };
        let config = WatchdogConfig {
            cure: cure.to_vec(),
            restart_command: touch("restarted-device"),
            restart_snapd_command: touch("restarted-snapd"),
            ..WatchdogConfig::default()
        };
        let now = Moment {
            boot: "first".to_owned(),
            uptime: MINUTE,
            wall: born(),
        };
        Self {
            snapd,
            changes,
            now: Arc::new(Mutex::new(now)),
            config,
            dir,
        }
    }

    /// The watchdog of an agent that has just started.
    fn watchdog(&self) -> Watchdog {
        let database = events::open(self.dir.path()).unwrap();
        let outbox = Outbox::new(database.clone());
        let folder = self.dir.path().join("data");
        let config = self.config.clone();
        let mut watchdog = Watchdog::new(self.snapd.client(), config, folder, database, outbox);
        let now = Arc::clone(&self.now);
        watchdog.clock = Box::new(move || Ok(now.lock().unwrap().clone()));
        watchdog.tell_timeout = Duration::ZERO;
        watchdog.going_down = Duration::ZERO;
        watchdog
    }

    /// Both clocks go on.
    fn wait(&self, time: Duration) {
        let mut now = self.now.lock().unwrap();
        now.uptime += time;
        now.wall += time;
    }

    /// The device starts again.
    fn boot(&self, name: &str) {
        let mut now = self.now.lock().unwrap();
        now.boot = name.to_owned();
        now.uptime = MINUTE;
        now.wall += MINUTE;
    }

    fn set(&self, changes: Value) {
        *self.changes.lock().unwrap() = changes;
    }

    /// Looks every minute for this many minutes.
    async fn watch(&self, watchdog: &Watchdog, minutes: u32) {
        for _ in 0..minutes {
            self.wait(MINUTE);
            watchdog.round().await.unwrap();
        }
    }

    fn orders(&self) -> Vec<String> {
        let orders = self.snapd.orders().into_iter();
        orders
            .map(|(asked, body)| format!("{asked} {}", body["action"]))
            .collect()
    }

    fn exists(&self, name: &str) -> bool {
        self.dir.path().join(name).exists()
    }
}

/// The steps of all events that wait, which are taken as acknowledged.
async fn steps(outbox: &Outbox) -> Vec<String> {
    let mut steps = Vec::new();
    while let Some(event) = outbox.next().await.unwrap() {
        assert_eq!(event.kind, "watchdog");
        steps.push(event.data["step"].as_str().unwrap().to_owned());
        outbox.acknowledged(&event).await.unwrap();
    }
    steps
}

const REBOOT: &str = "POST /v2/systems \"reboot\"";

#[tokio::test]
async fn a_change_that_hangs_for_an_hour_is_written_down_told_and_the_device_restarted_once() {
    let device = Device::new(&[Cure::RestartDevice], None);
    let watchdog = device.watchdog();
    device.watch(&watchdog, 60).await;
    assert_eq!(device.orders(), Vec::<String>::new());
    device.watch(&watchdog, 1).await;
    assert_eq!(device.orders(), [REBOOT]);
    let document = std::fs::read_to_string(device.dir.path().join("data/snap_changes_7.json"));
    let document: Value = serde_json::from_str(&document.unwrap()).unwrap();
    assert_eq!(document["changes"].as_array().unwrap().len(), 2);
    let event = watchdog.outbox.next().await.unwrap().unwrap();
    assert_eq!(
        event.text,
        "snapd's change 7 (Change configuration 7) has been going on for more than 1h: the device is restarted"
    );
    assert!(
        event.data["document"]
            .as_str()
            .unwrap()
            .ends_with("/data/snap_changes_7.json")
    );

    // It goes on after the restart: nothing is left to be tried, and that is told once.
    device.boot("second");
    let watchdog = device.watchdog();
    device.watch(&watchdog, 200).await;
    assert_eq!(device.orders(), [REBOOT]);
    assert_eq!(
        steps(&watchdog.outbox).await,
        ["restart-device", "given-up"]
    );
}

#[tokio::test]
async fn mild_cures_come_first_and_each_has_time_to_show() {
    let ladder = [Cure::Abort, Cure::RestartSnapd, Cure::RestartDevice];
    let device = Device::new(&ladder, None);
    let watchdog = device.watchdog();
    device.watch(&watchdog, 61).await;
    assert_eq!(device.orders(), ["POST /v2/changes/7 \"abort\""]);
    device.watch(&watchdog, 4).await;
    assert!(!device.exists("restarted-snapd"));
    device.watch(&watchdog, 1).await;
    assert!(device.exists("restarted-snapd"));
    // It ends in time: the device is left alone.
    device.set(json!([change("7", "Error")]));
    device.watch(&watchdog, 60).await;
    assert_eq!(device.orders().len(), 1);
    assert_eq!(
        steps(&watchdog.outbox).await,
        ["abort", "restart-snapd", "ended"]
    );
}

#[tokio::test]
async fn setting_the_clock_restarts_nothing() {
    let device = Device::new(&[Cure::RestartDevice], None);
    let watchdog = device.watchdog();
    device.watch(&watchdog, 2).await;
    device.now.lock().unwrap().wall += 1000 * 24 * 60 * MINUTE;
    device.watch(&watchdog, 57).await;
    assert_eq!(device.orders(), Vec::<String>::new());
    // Set back behind the change's birth, it does not keep a change that hangs from being found.
    device.now.lock().unwrap().wall = born() - 60 * MINUTE;
    device.watch(&watchdog, 2).await;
    assert_eq!(device.orders(), [REBOOT]);
}

#[tokio::test]
async fn an_agent_that_restarts_goes_on_counting_and_one_start_of_the_device_gives_time() {
    let device = Device::new(&[Cure::RestartDevice], None);
    device.watch(&device.watchdog(), 30).await;
    // The agent was away for a while, the device was not.
    device.wait(25 * MINUTE);
    device.watch(&device.watchdog(), 3).await;
    device.boot("second");
    let watchdog = device.watchdog();
    device.watch(&watchdog, 5).await;
    assert_eq!(device.orders(), Vec::<String>::new());
    device.watch(&watchdog, 1).await;
    assert_eq!(device.orders(), [REBOOT]);
}

#[tokio::test]
async fn the_device_is_restarted_so_often_a_day_and_no_more() {
    let mut device = Device::new(&[Cure::RestartDevice], None);
    device.config.restarts_per_day = 2;
    // Each start brings a new change that hangs: a loop, if nothing stopped it.
    for round in 0..5 {
        device.boot(&round.to_string());
        device.set(json!([change(&(10 + round).to_string(), "Doing")]));
        device.watch(&device.watchdog(), 63).await;
    }
    assert_eq!(device.orders(), [REBOOT, REBOOT]);
    let outbox = device.watchdog().outbox;
    let told = [
        "restart-device",
        "restart-device",
        "withheld",
        "withheld",
        "withheld",
    ];
    assert_eq!(steps(&outbox).await, told);
    // The next day it may again, and the last change gets its turn.
    device.wait(24 * 60 * MINUTE);
    device.watch(&device.watchdog(), 1).await;
    assert_eq!(device.orders().len(), 3);
}

#[tokio::test]
async fn where_snapd_does_not_restart_the_device_the_command_does() {
    let device = Device::new(&[Cure::RestartDevice], Some("no such action"));
    let watchdog = device.watchdog();
    device.watch(&watchdog, 61).await;
    assert_eq!(device.orders(), [REBOOT]);
    assert!(device.exists("restarted-device"));
    assert_eq!(steps(&watchdog.outbox).await, ["restart-device"]);
}

/// It has agreed, and waits for the hook that hangs.
#[tokio::test]
async fn where_snapd_only_says_so_the_command_restarts_the_device() {
    let device = Device::new(&[Cure::RestartDevice], None);
    device.watch(&device.watchdog(), 61).await;
    assert_eq!(device.orders(), [REBOOT]);
    assert!(device.exists("restarted-device"));
}

#[tokio::test]
async fn a_cure_that_fails_is_told() {
    let mut device = Device::new(&[Cure::RestartDevice], Some("no such action"));
    device.config.restart_command = vec!["false".to_owned()];
    let watchdog = device.watchdog();
    device.watch(&watchdog, 67).await;
    assert_eq!(
        steps(&watchdog.outbox).await,
        ["restart-device", "failed", "given-up"]
    );
}

#[tokio::test]
async fn the_control_plane_hears_of_it_before_the_restart() {
    let device = Device::new(&[Cure::RestartDevice], None);
    let mut watchdog = device.watchdog();
    watchdog.tell_timeout = 1000 * MINUTE;
    device.watch(&watchdog, 60).await;
    device.wait(MINUTE);
    let outbox = watchdog.outbox.clone();
    let acknowledge = async {
        outbox.woken().await;
        assert_eq!(device.orders(), Vec::<String>::new());
        let event = outbox.next().await.unwrap().unwrap();
        outbox.acknowledged(&event).await.unwrap();
    };
    let (round, ()) = tokio::join!(watchdog.round(), acknowledge);
    round.unwrap();
    assert_eq!(device.orders(), [REBOOT]);
}

#[tokio::test]
async fn where_nothing_can_be_noted_nothing_is_done() {
    let device = Device::new(&[Cure::Abort, Cure::RestartDevice], None);
    let watchdog = device.watchdog();
    device.watch(&watchdog, 60).await;
    let spoil = |db: &rusqlite::Connection| db.execute_batch("DROP TABLE events");
    watchdog.records.0.write_now(spoil).unwrap();
    device.wait(MINUTE);
    let error = watchdog.round().await.unwrap_err();
    assert!(matches!(error, RoundError::Records(_)), "{error}");
    assert_eq!(device.orders(), Vec::<String>::new());
}
