//! The program as a person meets it: exit codes, messages, and what is left behind.

#![allow(clippy::unwrap_used)] // a test that cannot go on ends

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use edgeward_wire::token::JoinToken;

const PROGRAM: &str = env!("CARGO_BIN_EXE_edgeward-agent");

fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(args)
        .args(["--state-dir", dir.join("state").to_str().unwrap()])
        .output()
        .unwrap()
}

fn expect(output: &Output, code: i32, texts: &[&str]) {
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    for text in texts {
        assert!(
            out.contains(text) || err.contains(text),
            "{text} in\n{out}{err}"
        );
    }
}

fn token(address: &str) -> String {
    JoinToken {
        addresses: vec![address.into()],
        ca_fingerprint: "ab".repeat(32),
        secret: "s3cret".into(),
    }
    .to_string()
}

fn closed_port() -> String {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string()
}

#[test]
fn help_and_version_are_printed() {
    let dir = tempfile::tempdir().unwrap();
    expect(
        &run(dir.path(), &["--help"]),
        0,
        &["Usage: edgeward-agent", "join <token>"],
    );
    expect(&run(dir.path(), &["--version"]), 0, &["edgeward-agent 0."]);
}

#[test]
fn wrong_usage_ends_with_2() {
    let dir = tempfile::tempdir().unwrap();
    expect(
        &run(dir.path(), &[]),
        2,
        &["what is to be done is missing", "--help"],
    );
    expect(
        &run(dir.path(), &["join", "hello"]),
        2,
        &["this is not a join token"],
    );
    let token = token("127.0.0.1:1");
    let cut = &token[..token.len() - 10];
    expect(
        &run(dir.path(), &["join", cut]),
        2,
        &["the join token is damaged"],
    );
    let missing_reason = run(dir.path(), &["enrol", "--server", "127.0.0.1:1"]);
    expect(&missing_reason, 2, &["--ca-fingerprint"]);
    let bad_fingerprint = [
        "enrol",
        "--server",
        "127.0.0.1:1",
        "--ca-fingerprint",
        "abc",
    ];
    expect(
        &run(dir.path(), &bad_fingerprint),
        2,
        &["64 hexadecimal digits"],
    );
    assert!(!dir.path().join("state").exists());
}

#[test]
fn a_wrong_configuration_ends_with_2_and_all_its_lines() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("agent.yaml");
    fs::write(
        &config,
        "colour: blue\nservices:\n  - name: a\n    url: 7\n",
    )
    .unwrap();
    let config = config.to_str().unwrap();
    for command in [&["run"][..], &["join", &token("127.0.0.1:1")]] {
        let args = [command, &["--config", config]].concat();
        expect(
            &run(dir.path(), &args),
            2,
            &["agent.yaml:1:1: colour: unknown key"],
        );
    }
    let absent = dir.path().join("absent.yaml");
    let args = ["run", "--config", absent.to_str().unwrap()];
    expect(
        &run(dir.path(), &args),
        2,
        &["cannot read the configuration file", "absent.yaml"],
    );
}

#[test]
fn a_control_plane_that_is_away_ends_with_3_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let address = closed_port();
    let joined = run(dir.path(), &["join", &token(&address)]);
    expect(&joined, 3, &["cannot connect to", &address, "refused"]);
    assert!(!dir.path().join("state").exists());
}

#[test]
fn a_device_that_has_not_joined_is_told_how() {
    let dir = tempfile::tempdir().unwrap();
    expect(
        &run(dir.path(), &["run"]),
        1,
        &["has not joined", "edgeward-agent join <token>"],
    );
    expect(
        &run(dir.path(), &["status"]),
        1,
        &["has not joined", "edgeward-agent join <token>"],
    );
    expect(
        &run(dir.path(), &["check"]),
        1,
        &["FAILED", "identity", "edgeward-agent join <token>"],
    );
    let status = run(dir.path(), &["status", "--output", "json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["joined"], false);
    let check = run(dir.path(), &["check", "--output", "json"]);
    let check: serde_json::Value = serde_json::from_slice(&check.stdout).unwrap();
    assert!(
        check
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["verdict"] == "failed")
    );
    assert!(!dir.path().join("state").exists());
}

/// A limit on the size of files stands for a disk that is full: nothing is written, nobody is asked, nothing is left.
#[test]
fn a_disk_without_room_is_noticed_before_the_token_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let state: PathBuf = dir.path().join("state");
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args([
            "-c",
            script,
            PROGRAM,
            "join",
            &token(&listener.local_addr().unwrap().to_string()),
        ])
        .args(["--state-dir", state.to_str().unwrap()])
        .output()
        .unwrap();
    expect(&output, 1, &["cannot write to ", state.to_str().unwrap()]);
    assert!(!state.exists());
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
}

/// The program as a snap's hook and its apps run it, with a `snapctl` of the test's own.
fn in_a_snap(dir: &Path, args: &[&str], stdin: &str) -> Output {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    for folder in ["current", "7", "common/edgeward-agent", "bin"] {
        fs::create_dir_all(dir.join(folder)).unwrap();
    }
    let snapctl = dir.join("bin/snapctl");
    let log = dir.join("snapctl.log");
    let script = format!(
        "#!/bin/sh\necho \"$@\" >>{}\necho 'Service  Startup  Current  Notes'\necho \"$2  enabled  active  -\"\n",
        log.display()
    );
    fs::write(&snapctl, script).unwrap();
    fs::set_permissions(&snapctl, fs::Permissions::from_mode(0o755)).unwrap();
    let mut child = Command::new(PROGRAM)
        .args(args)
        .env("SNAP_DATA", dir.join("7"))
        .env("SNAP_COMMON", dir.join("common"))
        .env("SNAP_NAME", "edgeward-agent")
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", dir.join("bin").display()),
        )
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(stdin.as_bytes()).unwrap();
    drop(input);
    child.wait_with_output().unwrap()
}

#[test]
fn the_options_of_a_snap_become_the_configuration_or_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let configure =
        |options: &str| in_a_snap(dir.path(), &["configure", "--snap-options"], options);
    let options = r#"{"url": "https://identity.example.com/base", "host-name": "press-3", "services": "", "nats": {"snapd":
        {"password": "a very long password indeed"}}, "snaplogger": {"maximum": {"changes": {"keep": 500}}},
        "watchdog": {"restarts-per-day": 1}}"#;
    expect(&configure(options), 0, &["7/agent.yaml"]);
    let file = dir.path().join("7/agent.yaml");
    let written = fs::read_to_string(&file).unwrap();
    for part in [
        "\"host_name\": \"press-3\"",
        "\"keep\": 500",
        "\"restarts_per_day\": 1",
    ] {
        assert!(written.contains(part), "{part} in {written}");
    }
    let params = fs::read_to_string(dir.path().join("current/params")).unwrap();
    assert!(
        params.starts_with(r#"{"url":"https://identity.example.com/base","path":"#),
        "{params}"
    );

    let wrong = r#"{"url": "http://other", "snaplogger": {"maximum": {"changes": {"keep": 0}}}}"#;
    expect(
        &configure(wrong),
        2,
        &["snaplogger.maximum.changes.keep: 0 is out of range"],
    );
    expect(
        &configure(r#"{"url": "ftp://x"}"#),
        2,
        &["no address of an identity service"],
    );
    expect(
        &configure(r#"{"colour": "red"}"#),
        2,
        &["colour: unknown key"],
    );
    expect(&configure("no JSON"), 2, &["no JSON object"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    assert_eq!(
        fs::read_to_string(dir.path().join("current/params")).unwrap(),
        params
    );
    // The program reads what the hook wrote.
    expect(
        &in_a_snap(dir.path(), &["changes"], ""),
        0,
        &["No changes are noted in", "7/changes.db"],
    );
}

#[test]
fn unregister_stops_the_agent_forgets_and_starts_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let unregister = |args: &[&str]| in_a_snap(dir.path(), &[&["unregister"], args].concat(), "");
    expect(&unregister(&[]), 0, &["not registered anywhere"]);
    let url = ["configure", "--url", "http://identity.local:8030/"];
    expect(&in_a_snap(dir.path(), &url, ""), 0, &["current/params"]);
    let status = in_a_snap(dir.path(), &["status"], "");
    expect(
        &status,
        0,
        &[
            "the agent is not running",
            "Identity      http://identity.local:8030/",
        ],
    );
    fs::write(dir.path().join("current/.secret"), "{}").unwrap();
    expect(
        &unregister(&[]),
        0,
        &[
            "Stopping edgeward-agent.agent",
            "Removed",
            "Starting edgeward-agent.agent",
        ],
    );
    assert_eq!(fs::read_dir(dir.path().join("current")).unwrap().count(), 0);
    let log = fs::read_to_string(dir.path().join("snapctl.log")).unwrap();
    let orders: Vec<_> = log.lines().collect();
    assert_eq!(
        orders,
        [
            "services edgeward-agent.agent",
            "stop edgeward-agent.agent",
            "start edgeward-agent.agent"
        ]
    );
}

/// The identity is kept until the control plane knows, and the agent runs again in any case.
#[test]
fn unregister_without_a_control_plane_removes_nothing_unless_forced() {
    let dir = tempfile::tempdir().unwrap();
    let identity = dir.path().join("common/edgeward-agent/identity.json");
    fs::create_dir_all(identity.parent().unwrap()).unwrap();
    let text = format!(
        r#"{{"agent": "0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d", "certificate": "", "key": "", "trust": "public_roots",
        "mqtt": ["{}"], "enrolment": [], "command_key": ""}}"#,
        closed_port()
    );
    fs::write(&identity, text).unwrap();
    let unregister = |args: &[&str]| in_a_snap(dir.path(), &[&["unregister"], args].concat(), "");
    expect(
        &unregister(&[]),
        3,
        &["could not be told", "Nothing was removed", "Starting"],
    );
    assert!(identity.exists());
    expect(
        &unregister(&["--force"]),
        0,
        &["forgetting all the same", "identity.json"],
    );
    assert!(!identity.exists());
}

/// Outside of a snap the agent is a unit of systemd's; with a `systemctl` of the test's own, which says whether it runs.
#[test]
fn unregister_outside_of_a_snap_asks_systemd() {
    use std::os::unix::fs::PermissionsExt as _;

    for (is_active, expected) in [
        (0, &["is-active", "stop", "start"][..]),
        (3, &["is-active"][..]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let url = ["configure", "--url", "https://identity.example.com"];
        expect(&run(dir.path(), &url), 0, &["state/params"]);
        let (systemctl, log) = (dir.path().join("systemctl"), dir.path().join("log"));
        let script = format!(
            "#!/bin/sh\necho \"$1\" >>{}\n[ \"$1\" != is-active ] || exit {is_active}\n",
            log.display()
        );
        fs::write(&systemctl, script).unwrap();
        fs::set_permissions(&systemctl, fs::Permissions::from_mode(0o755)).unwrap();
        let output = Command::new(PROGRAM)
            .args(["unregister", "--state-dir"])
            .arg(dir.path().join("state"))
            .env("PATH", format!("{}:/usr/bin:/bin", dir.path().display()))
            .output()
            .unwrap();
        expect(&output, 0, &["Removed", "state/params"]);
        let log = fs::read_to_string(log).unwrap();
        assert_eq!(log.lines().collect::<Vec<_>>(), expected);
    }
}

/// Two at once would use one identity.
#[test]
fn unregister_waits_for_no_agent_that_it_cannot_stop() {
    let dir = tempfile::tempdir().unwrap();
    let url = ["configure", "--url", "https://identity.example.com"];
    expect(&run(dir.path(), &url), 0, &["state/params"]);
    let held = fs::File::open(dir.path().join("state")).unwrap();
    held.lock().unwrap();
    expect(
        &run(dir.path(), &["unregister"]),
        1,
        &["another edgeward-agent uses"],
    );
    assert!(dir.path().join("state/params").exists());
}
