use std::path::Path;

use serde_json::{Value, json};

use super::database::{ChangeDatabase, News, read};

fn change(number: u32, status: &str) -> Value {
    json!({
        "id": number.to_string(), "kind": "install-snap", "summary": format!("Install {number}"), "status": status,
        "ready": status != "Doing", "spawn-time": "2026-11-20T19:35:31.883718491Z",
        "tasks": [{"id": "1", "kind": "download-snap", "summary": "Download", "status": status, "log": ["line"]}],
    })
}

async fn record(file: &Path, changes: Vec<Value>, keep: u32) -> (bool, Vec<(String, News)>) {
    let database = ChangeDatabase::open(file).unwrap();
    let recorded = database.record(changes, keep).await.unwrap();
    let news = recorded.changes.into_iter();
    (
        recorded.first_ever,
        news.map(|(entry, news)| (entry.id, news)).collect(),
    )
}

fn ids(file: &Path, last: Option<u32>) -> Vec<String> {
    let entries = read(file, last).unwrap();
    entries.into_iter().map(|entry| entry.id).collect()
}

#[tokio::test]
async fn changes_are_news_once_and_again_when_they_move_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("changes.db");
    assert_eq!(read(&file, None).unwrap(), []);
    // In the order of their numbers, whatever order they come in.
    let first = vec![change(10, "Doing"), change(9, "Done")];
    let (first_ever, news) = record(&file, first.clone(), 1000).await;
    assert!(first_ever);
    assert_eq!(news, [("9".into(), News::New), ("10".into(), News::New)]);
    let (first_ever, news) = record(&file, first, 1000).await;
    assert!(!first_ever);
    assert_eq!(news, [("9".into(), News::Same), ("10".into(), News::Same)]);
    let mut failed = change(10, "Error");
    failed["err"] = "cannot do it".into();
    let (_, news) = record(&file, vec![failed, json!({"no": "change"})], 1000).await;
    assert_eq!(news, [("10".into(), News::Moved)]);
    let entries = read(&file, None).unwrap();
    let last = &entries[1];
    assert_eq!((entries.len(), last.status.as_str()), (2, "Error"));
    assert_eq!(last.err, "cannot do it");
    assert_eq!(last.tasks[0]["log"][0], "line");
    assert_eq!(ids(&file, Some(1)), ["10"]);
}

#[tokio::test]
async fn the_newest_are_kept_and_the_old_do_not_come_back_as_news() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("changes.db");
    let all: Vec<_> = (1..=20).map(|number| change(number, "Done")).collect();
    record(&file, all.clone(), 5).await;
    assert_eq!(ids(&file, None), ["16", "17", "18", "19", "20"]);
    let (_, news) = record(&file, all, 5).await;
    assert!(news.iter().all(|(_, news)| *news == News::Same), "{news:?}");
    // snapd begins anew: the same numbers are other changes.
    let mut anew = change(16, "Done");
    anew["spawn-time"] = "2027-01-01T00:00:00Z".into();
    let (_, news) = record(&file, vec![anew], 5).await;
    assert_eq!(news, [("16".into(), News::New)]);
    assert_eq!(ids(&file, None), ["17", "18", "19", "20", "16"]);
}

#[tokio::test]
async fn a_change_without_end_is_kept_without_its_steps() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("changes.db");
    let mut huge = change(1, "Done");
    huge["tasks"][0]["log"] = vec!["x".repeat(1000); 300].into();
    record(&file, vec![huge], 5).await;
    let entries = read(&file, None).unwrap();
    assert_eq!(
        (entries[0].summary.as_str(), &entries[0].tasks),
        ("Install 1", &Value::Null)
    );
}
