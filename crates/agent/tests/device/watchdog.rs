//! The watchdog against a configure hook that hangs, on the real snapd: the device restarts once, and is left alone after that.

use std::path::Path;

use edgeward_agent::changes;
use edgeward_ids::AgentId;
use edgeward_testkit::eventually;
use edgeward_testkit::netns::{Link, Namespace};
use edgeward_testkit::snapd::machine::{CORE, Machine, PRESS_1, Root};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::plane::{LIMIT, Plane};

const UNIT: &str = "\
[Service]
ExecStart=/opt/edgeward-agent run --config /etc/edgeward/agent.yaml --state-dir /var/lib/edgeward-agent
Restart=always
RestartSec=200ms

[Install]
WantedBy=multi-user.target
";

/// More than one restart a day is allowed: that there is only one is because one change is cured once. snapd itself would restart
/// the device only after the hook, and systemd would give snapd a minute and a half to stop.
const CONFIG: &str = "\
watchdog: {limit: 3s, patience: 5s, cure: [restart-device], restarts_per_day: 5, restart_command: [systemctl, reboot, --force]}
snaplogger: {duration: {between: {checks: 1s}}}
";

const STATE: &str = "/var/lib/edgeward-agent";

/// What the watchdog has noted about changes.
fn marks(machine: &Machine) -> Vec<(String, String)> {
    let file = machine.path(STATE).join("device.db");
    let Ok(db) = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY) else {
        return Vec::new();
    };
    let Ok(mut statement) = db.prepare("SELECT change, mark FROM marks ORDER BY at_us, mark")
    else {
        return Vec::new();
    };
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.map(|rows| rows.flatten().collect())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_hook_that_hangs_restarts_the_device_once() {
    let root = Root::in_folder(Path::new(env!("CARGO_TARGET_TMPDIR")).join("snapd-machine"));
    let namespace = Namespace::create("watchdog").unwrap();
    let link = Link::to_host(&namespace).unwrap();
    let plane = Plane::start_at(link.near_address()).await;
    let machine = Machine::new(&root.unwrap(), namespace).unwrap();
    let identity = serde_json::to_vec(&plane.identity(AgentId::generate())).unwrap();
    let put = |file: &str, text: &[u8], mode| machine.put(file, text, mode).unwrap();
    put(&format!("{STATE}/identity.json"), &identity, 0o600);
    put("/etc/edgeward/agent.yaml", CONFIG.as_bytes(), 0o644);
    let unit = "/etc/systemd/system/edgeward-agent.service";
    put(unit, UNIT.as_bytes(), 0o644);
    let program = Path::new(env!("CARGO_BIN_EXE_edgeward-agent"));
    machine.bind(program, "/opt/edgeward-agent");
    machine.boot().await.unwrap();
    machine.install(CORE).unwrap();
    machine.install(PRESS_1).unwrap();
    let change = machine
        .run(&["snap", "set", "--no-wait", "press", "delay=600"])
        .unwrap();
    let change = change.trim().to_owned();
    machine
        .run(&["systemctl", "enable", "--now", "edgeward-agent.service"])
        .unwrap();
    eventually("a restart", LIMIT, async || match machine.boots() {
        2.. => Ok(()),
        boots => Err(format!("{boots} boots, {:?}", marks(&machine))),
    })
    .await
    .unwrap();
    let document = machine
        .path(STATE)
        .join(format!("snap_changes_{change}.json"));
    let document: Value = serde_json::from_slice(&std::fs::read(document).unwrap()).unwrap();
    let known = document["changes"].as_array().unwrap();
    let hanging = known.iter().find(|one| one["id"] == *change).unwrap();
    assert_eq!(hanging["status"], "Doing");
    assert!(known.len() > 2, "{known:?}");

    // Either the restart has ended the hook, and snapd the change, so that nothing more is noted about it; or snapd runs the hook
    // again, and the watchdog has given up on this change. Never again does it restart the device for it.
    eventually(
        "the change's end, or that it is given up",
        LIMIT,
        async || {
            let kept = changes::read(&machine.path(STATE).join("changes.db"), None);
            let kept = kept.map_err(|error| error.to_string())?;
            let over = kept.iter().any(|one| one.id == change && one.ready);
            let marks = marks(&machine);
            let given_up = marks
                .iter()
                .any(|(id, mark)| *id == change && mark == "given-up");
            if (over && marks.is_empty()) || given_up {
                Ok(())
            } else {
                Err(format!("{marks:?}, {kept:?}"))
            }
        },
    )
    .await
    .unwrap();
    assert_eq!(machine.boots(), 2);
}
