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
