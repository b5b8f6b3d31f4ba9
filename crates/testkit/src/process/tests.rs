use std::time::Duration;

use super::*;

const LIMIT: Duration = Duration::from_secs(20);

fn shell(script: &str) -> (tempfile::TempDir, Process) {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::debian("sh", "dash").args(["-c", script]);
    let process = program.start(folder.path().join("log")).unwrap();
    (folder, process)
}

fn runs(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.starts_with(" Z"))
}

#[tokio::test]
async fn a_line_is_waited_for_and_given_back_whole() {
    let (_folder, process) = shell("echo starting; echo ready at 7; exec sleep 600");
    let line = process.wait_for_line("ready", LIMIT).await.unwrap();
    assert_eq!(line, "ready at 7");
}

#[tokio::test]
async fn dropping_ends_the_program_and_what_it_started() {
    let (_folder, process) = shell("sleep 600 & echo child $!; wait");
    let line = process.wait_for_line("child", LIMIT).await.unwrap();
    let child = line.rsplit(' ').next().unwrap().to_owned();
    assert!(runs(&child));
    drop(process);
    eventually("the child's end", LIMIT, async || {
        if runs(&child) { Err("it runs") } else { Ok(()) }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn an_early_end_is_told_with_the_log_and_not_waited_out() {
    let (_folder, process) = shell("echo cannot read the configuration >&2; exit 3");
    let error = process.wait_for_line("ready", LIMIT).await.unwrap_err();
    assert!(matches!(&error, ProcessError::Ended { status, .. } if status.code() == Some(3)));
    assert!(
        error.to_string().contains("cannot read the configuration"),
        "{error}"
    );
}

#[tokio::test]
async fn a_port_that_nobody_opens_is_told_with_the_limit() {
    let (_folder, process) = shell("exec sleep 600");
    let refusing = crate::services::Refusing::bind().unwrap();
    let waiting = process.wait_for_port(refusing.address(), Duration::from_millis(50));
    let error = waiting.await.unwrap_err();
    assert!(matches!(error, ProcessError::NotReady { .. }), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn terminate_lets_the_program_say_good_bye() {
    let (_folder, process) =
        shell("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done");
    process.wait_for_line("up", LIMIT).await.unwrap();
    process.terminate();
    assert!(process.wait_for_end(LIMIT).await.unwrap().success());
    assert!(process.log().contains("bye"));
}

#[test]
fn a_missing_program_names_its_package() {
    let program = Program::debian("no-such-broker", "mosquitto");
    let error = program.start("/dev/null").unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot start no-such-broker: there is no such program on this machine; install the Debian package \"mosquitto\" (apt-get install mosquitto)"
    );
}
