use std::time::Duration;

use edgeward_testkit::snapd::{Behaviour, Device, LogEntry, SimSnap, SimulatedSnapd};
use http_body_util::BodyExt as _;
use serde_json::{Map, json};

use super::*;

const LIMIT: Duration = Duration::from_secs(10);

fn device() -> Device {
    Device {
        model: Some("type: model\nmodel: m\n\nAQ==\n".into()),
        serial: None,
        snaps: vec![
            SimSnap::new("alpha")
                .with_service("daemon")
                .with_conf("port", 80),
            SimSnap::new("beta"),
        ],
    }
}

fn simulated() -> (SimulatedSnapd, Snapd) {
    let simulated = SimulatedSnapd::start(device()).unwrap();
    let snapd = Snapd::new(simulated.socket());
    (simulated, snapd)
}

async fn ended(snapd: &Snapd, id: &ChangeId) -> End {
    edgeward_testkit::eventually("the end of the change", LIMIT, async || {
        let change = snapd.change(id).await.map_err(|error| error.to_string())?;
        change.end().ok_or_else(|| format!("{:?}", change.status))
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn what_the_device_is_and_has_is_read() {
    let (_simulated, snapd) = simulated();
    let info = snapd.system_info().await.unwrap();
    assert_eq!(
        (&*info.os_release.id, info.on_classic),
        ("ubuntu-core", false)
    );
    let snaps = snapd.snaps(Which::Current).await.unwrap();
    assert_eq!(snaps.len(), 2);
    let alpha = snapd.snap("alpha").await.unwrap();
    assert_eq!(alpha, snaps[0]);
    assert_eq!(alpha.tracking_channel, "latest/stable");
    assert!(alpha.apps[0].is_service() && alpha.apps[0].active);
    assert_eq!(snapd.conf("alpha").await.unwrap()["port"], 80);
    assert_eq!(snapd.conf("beta").await.unwrap(), Map::new());
    let models = snapd.assertions("model").await.unwrap();
    assert_eq!(
        (models.count, models.text.as_str()),
        (1, &*snapd.model().await.unwrap())
    );
    assert_eq!(
        snapd.assertions("serial").await.unwrap(),
        Assertions::default()
    );
    assert!(snapd.serial().await.unwrap_err().is_missing());
}

#[tokio::test]
async fn a_change_is_followed_to_its_end() {
    let (simulated, snapd) = simulated();
    let control = simulated.control();
    control.publish("gamma", "latest/edge", "2.0", "7");
    control.on("install", Behaviour::Held);
    let channel = Some("latest/edge".to_owned());
    let id = snapd
        .snap_op("gamma", &SnapOp::Install { channel })
        .await
        .unwrap();
    let change = snapd.change(&id).await.unwrap();
    assert_eq!((change.end(), &*change.kind), (None, "install-snap"));
    assert_eq!(change.snap_names(), ["gamma"]);
    assert!(change.spawned().is_some());
    let progress = change.progress();
    assert_eq!(
        (&*progress.label, progress.done, progress.total),
        ("downloading", 512, 1024)
    );
    assert_eq!(snapd.changes(Select::InProgress).await.unwrap(), [change]);
    control.finish(id.number().unwrap());
    assert_eq!(ended(&snapd, &id).await, End::Done);
    assert_eq!(snapd.changes(Select::InProgress).await.unwrap(), []);
    assert_eq!(snapd.changes(Select::All).await.unwrap().len(), 1);
    assert_eq!(snapd.newest_change().await.unwrap(), id.number());
    let gamma = snapd.snap("gamma").await.unwrap();
    assert_eq!((&*gamma.revision, &*gamma.channel), ("7", "latest/edge"));
    assert_eq!(control.carried_out("install", "gamma"), 1);
}

#[tokio::test]
async fn a_change_fails_in_snapds_words_or_is_undone() {
    let (simulated, snapd) = simulated();
    let control = simulated.control();
    control.on("remove", Behaviour::Fails("the hook said no".into()));
    let id = snapd.snap_op("alpha", &SnapOp::Remove).await.unwrap();
    let End::Failed(words) = ended(&snapd, &id).await else {
        panic!("it did not fail")
    };
    assert!(words.contains("the hook said no"), "{words}");
    control.on("disable", Behaviour::Held);
    let id = snapd.snap_op("alpha", &SnapOp::Disable).await.unwrap();
    snapd.abort(&id).await.unwrap();
    assert_eq!(ended(&snapd, &id).await, End::Undone);
    let error = snapd.abort(&id).await.unwrap_err();
    assert!(
        error.to_string().contains("with nothing pending"),
        "{error}"
    );
    assert_eq!(control.carried_out("disable", "alpha"), 0);
}

#[tokio::test]
async fn a_refusal_has_snapds_words_and_kind() {
    let (simulated, snapd) = simulated();
    let install = SnapOp::Install { channel: None };
    let no_update = SnapOp::Refresh { channel: None };
    for (name, op, kind) in [
        ("gamma", &install, "snap-not-found"),
        ("alpha", &install, "snap-already-installed"),
        ("alpha", &no_update, "snap-no-update-available"),
        ("gamma", &SnapOp::Remove, "snap-not-installed"),
    ] {
        let error = snapd.snap_op(name, op).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!error.is_away() && !error.is_unsure());
    }
    simulated.control().on("remove", Behaviour::Held);
    snapd.snap_op("alpha", &SnapOp::Remove).await.unwrap();
    let error = snapd.snap_op("alpha", &SnapOp::Disable).await.unwrap_err();
    assert!(error.is_conflict());
    assert_eq!(
        error.to_string(),
        "snap \"alpha\" has \"remove-snap\" change in progress"
    );
    for bad in ["", "../system-info", "a b", "a/b", "a?x"] {
        let error = snapd.snap(bad).await.unwrap_err();
        assert!(matches!(error, SnapdError::Name(_)), "{error}");
    }
}

#[tokio::test]
async fn what_changes_nothing_is_asked_again_until_snapd_is_back() {
    let (mut simulated, snapd) = simulated();
    simulated.stop().await;
    assert!(!snapd.is_installed());
    let impatient = snapd.clone().with_patience(Duration::ZERO);
    assert!(impatient.system_info().await.unwrap_err().is_away());
    let asked = tokio::spawn(async move { snapd.snaps(Which::Current).await });
    tokio::task::yield_now().await;
    simulated.start_again().unwrap();
    assert_eq!(asked.await.unwrap().unwrap().len(), 2);
}

#[tokio::test]
async fn what_changes_something_is_sent_once() {
    let (mut simulated, snapd) = simulated();
    let control = simulated.control();
    control.on("remove", Behaviour::Unanswered);
    let error = snapd.snap_op("beta", &SnapOp::Remove).await.unwrap_err();
    assert!(error.is_unsure() && !error.is_away(), "{error:?}");
    let changes = snapd.changes_for("beta").await.unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(control.carried_out("remove", "beta"), 1);
    // before it is sent, it may be tried again
    simulated.stop().await;
    let begun = tokio::spawn(async move { snapd.snap_op("alpha", &SnapOp::Disable).await });
    tokio::task::yield_now().await;
    simulated.start_again().unwrap();
    begun.await.unwrap().unwrap();
    assert_eq!(control.carried_out("disable", "alpha"), 1);
}

#[tokio::test]
async fn changes_are_found_by_snap_also_where_they_do_not_say() {
    let (_simulated, snapd) = simulated();
    let values = Map::from_iter([
        ("a.b".to_owned(), json!(1)),
        ("port".to_owned(), json!(null)),
    ]);
    let id = snapd.set_conf("alpha", &values).await.unwrap();
    ended(&snapd, &id).await;
    assert_eq!(
        serde_json::Value::Object(snapd.conf("alpha").await.unwrap()),
        json!({"a": {"b": 1}})
    );
    let names = ["alpha.daemon".to_owned()];
    let id = snapd.apps_op(AppsAction::Stop, &names).await.unwrap();
    ended(&snapd, &id).await;
    assert!(!snapd.snap("alpha").await.unwrap().apps[0].active);
    let found = snapd.changes_for("alpha").await.unwrap();
    let kinds: Vec<_> = found.iter().map(|change| &*change.kind).collect();
    assert_eq!(kinds, ["configure-snap", "service-control"]);
    assert!(found.iter().all(|change| change.snap_names().is_empty()));
    assert_eq!(snapd.changes_for("beta").await.unwrap(), []);
}

#[tokio::test]
async fn snapshots_are_taken_exported_and_forgotten() {
    let (simulated, snapd) = simulated();
    let control = simulated.control();
    control.export_bytes(300_000);
    let (id, set) = snapd.save_snapshot(&["alpha".to_owned()]).await.unwrap();
    ended(&snapd, &id).await;
    let sets = snapd.snapshot_sets().await.unwrap();
    assert_eq!((sets[0].id, &*sets[0].snapshots[0].snap), (set, "alpha"));
    let export = snapd.export_snapshot(set).await.unwrap();
    assert_eq!(export.size_bytes, Some(300_000));
    let bytes = export.body.collect().await.unwrap().to_bytes();
    assert_eq!(bytes, control.export_of(set.0));
    let id = snapd.forget_snapshot(set).await.unwrap();
    ended(&snapd, &id).await;
    assert_eq!(control.sets(), [0_u64; 0]);
    let error = snapd.export_snapshot(set).await.map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("cannot export"), "{error}");
}

#[tokio::test]
async fn log_lines_come_one_after_the_other() {
    let (simulated, snapd) = simulated();
    let lines: Vec<LogEntry> = (0..2000)
        .map(|number| LogEntry {
            timestamp: "2026-11-20T19:35:31Z".into(),
            message: format!("line {number} \"quoted\""),
            sid: "alpha.daemon".into(),
            pid: "77".into(),
        })
        .collect();
    simulated.control().log(lines.clone());
    let mut read = snapd.logs(1500, &[]).await.unwrap();
    let mut messages = Vec::new();
    while let Some(line) = read.next().await.unwrap() {
        assert_eq!((&*line.sid, &*line.pid), ("alpha.daemon", "77"));
        messages.push(line.message);
    }
    let expected: Vec<_> = lines[500..]
        .iter()
        .map(|line| line.message.clone())
        .collect();
    assert_eq!(messages, expected);
}

#[tokio::test]
async fn users_assertions_and_restarts() {
    let (simulated, snapd) = simulated();
    let control = simulated.control();
    let user = NewUser {
        email: "ann@example.com".into(),
        sudoer: true,
        force_managed: false,
    };
    snapd.create_user(&user).await.unwrap();
    assert_eq!(control.users(), ["ann"]);
    snapd.create_user(&user).await.unwrap_err();
    snapd.remove_user("ann").await.unwrap();
    assert_eq!(control.users(), [""; 0]);
    snapd.ack("type: account\n\nAQ==\n").await.unwrap();
    assert_eq!(control.acked().len(), 1);
    snapd.ack("nonsense").await.unwrap_err();
    snapd.reboot().await.unwrap();
    assert_eq!(control.reboots(), 1);
}

/// Answers once with these bytes.
async fn answers_with(bytes: Vec<u8>) -> (tempfile::TempDir, Snapd) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("s");
    let listener = tokio::net::UnixListener::bind(&socket).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _question = stream.read(&mut [0; 4096]).await;
        let _gone = stream.write_all(&bytes).await;
    });
    (dir, Snapd::new(socket).with_patience(Duration::ZERO))
}

#[tokio::test]
async fn an_answer_has_a_largest_size_and_a_form() {
    let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    let mut large = head.to_vec();
    large.resize(MAX_ANSWER_BYTES + 4096, b' ');
    let (_dir, snapd) = answers_with(large).await;
    let error = snapd.system_info().await.unwrap_err();
    assert!(matches!(error, SnapdError::TooLarge { .. }), "{error:?}");
    let (_dir, snapd) = answers_with([&head[..], b"[]"].concat()).await;
    let error = snapd.system_info().await.unwrap_err();
    assert!(matches!(error, SnapdError::Answer { .. }), "{error:?}");
    let (_dir, snapd) =
        answers_with(b"HTTP/1.1 503 Busy\r\nconnection: close\r\n\r\n".to_vec()).await;
    let error = snapd.system_info().await.unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_snapd_is_not_waited_for_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("s");
    let _silent = tokio::net::UnixListener::bind(&socket).unwrap();
    let begun = tokio::time::Instant::now();
    let error = Snapd::new(&socket).system_info().await.unwrap_err();
    assert!(matches!(error, SnapdError::TimedOut { .. }), "{error:?}");
    assert_eq!(begun.elapsed(), ANSWER_TIMEOUT);
}
