//! The configure hook of the packed agent, under the real snapd: what `snap set` says arrives, and what is wrong changes nothing.
//!
//! The agent itself cannot run on the base that the machine has; in its place stands a shell that takes down what the hook hands
//! it, and the real program reads that afterwards, outside.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use edgeward_testkit::eventually;
use edgeward_testkit::netns::Namespace;
use edgeward_testkit::process::Program;
use edgeward_testkit::snapd::machine::{CORE, Machine, Root};
use serde_json::Value;

use crate::plane::LIMIT;

const HOOK: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../packaging/snap/hooks/configure"
);

const SNAP: &str = "/opt/edgeward-agent.snap";

const YAML: &str = "\
name: edgeward-agent
version: '1'
summary: stands for the agent
description: the hook is the real one
architectures: [all]
apps:
  agent:
    command: bin/edgeward-agent run
    daemon: simple
";

/// Runs as the service, or takes options down; a `keep` of 0 is what it finds wrong.
const STAND_IN: &str = "\
#!/bin/sh
if [ \"$1\" = run ]; then
    echo start >>\"$SNAP_COMMON/starts\"
    exec sleep 1000000
fi
options=$(cat)
case \"$options\" in *'\"keep\": 0'*) echo 'keep: 0 is out of range' >&2; exit 2;; esac
echo \"$options\" >\"$SNAP_COMMON/options.json\"
";

fn pack(folder: &Path) -> Vec<u8> {
    let prime = folder.join("prime");
    let put = |path: &str, bytes: &[u8]| {
        use std::os::unix::fs::PermissionsExt as _;
        let file = prime.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, bytes).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    };
    put("meta/snap.yaml", YAML.as_bytes());
    put("meta/hooks/configure", &fs::read(HOOK).unwrap());
    put("bin/edgeward-agent", STAND_IN.as_bytes());
    let snap = folder.join("agent.snap");
    Program::debian("mksquashfs", "squashfs-tools")
        .arg(prime)
        .arg(&snap)
        .args(["-noappend", "-comp", "xz", "-no-fragments", "-all-root"])
        .args(["-no-xattrs", "-quiet"])
        .output()
        .unwrap();
    fs::read(snap).unwrap()
}

#[tokio::test]
async fn snap_options_arrive_and_wrong_ones_change_nothing() {
    let root = Root::in_folder(Path::new(env!("CARGO_TARGET_TMPDIR")).join("snapd-machine"));
    let namespace = Namespace::create("packed").unwrap();
    let machine = Machine::new(&root.unwrap(), namespace).unwrap();
    let folder = tempfile::tempdir().unwrap();
    machine.put(SNAP, &pack(folder.path()), 0o644).unwrap();
    machine.boot().await.unwrap();
    machine.install(CORE).unwrap();
    machine.install(SNAP).unwrap();
    let common = |file: &str| {
        let file = machine.path("/var/snap/edgeward-agent/common").join(file);
        fs::read_to_string(file).unwrap_or_default()
    };
    let started = async |times: usize| {
        eventually("the service", LIMIT, async || {
            let starts = common("starts").lines().count();
            if starts == times { Ok(()) } else { Err(starts) }
        })
        .await
        .unwrap();
    };
    // snapd runs the hook at the end of installing, when the service runs already.
    started(2).await;
    let set = [
        "snap",
        "set",
        "edgeward-agent",
        "url=https://identity.example.com",
        "snaplogger.maximum.changes.keep=7",
        "snaplogger.log.changes.startup=false",
        "nats.snapd.password=a very long password indeed",
        "control-plane.verify-broker=false",
        "services=[{\"name\": \"neuron\", \"url\": \"http://127.0.0.1:7000\"}]",
    ];
    machine.run(&set).unwrap();
    started(3).await;

    // What the real program makes of what the hook has handed over.
    let options = folder.path().join("options.json");
    fs::write(&options, common("options.json")).unwrap();
    let file = folder.path().join("agent.yaml");
    let state = folder.path().join("state");
    let configured = Command::new(env!("CARGO_BIN_EXE_edgeward-agent"))
        .args(["configure", "--snap-options", "--config"])
        .arg(&file)
        .arg("--state-dir")
        .arg(&state)
        .stdin(Stdio::from(fs::File::open(&options).unwrap()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&configured.stderr);
    assert!(configured.status.success(), "{said}");
    let written: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written["snaplogger"]["maximum"]["changes"]["keep"], 7);
    assert_eq!(written["snaplogger"]["log"]["changes"]["startup"], false);
    assert_eq!(written["control_plane"]["verify_broker"], false);
    assert_eq!(written["services"][0]["name"], "neuron");
    assert!(state.join("params").exists());

    let wrong = machine.run(&[
        "snap",
        "set",
        "edgeward-agent",
        "snaplogger.maximum.changes.keep=0",
    ]);
    let error = wrong.unwrap_err().to_string();
    assert!(error.contains("keep: 0 is out of range"), "{error}");
    let keep = [
        "snap",
        "get",
        "edgeward-agent",
        "snaplogger.maximum.changes.keep",
    ];
    assert_eq!(machine.run(&keep).unwrap().trim(), "7");
}
