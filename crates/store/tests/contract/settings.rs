use edgeward_domain::access::Visible;
use edgeward_store::AuditFilter;

use crate::support::{Bench, NOW, by};

crate::on_both!(
    a_setting_keeps_its_first_value,
    of_two_first_values_at_once_one_wins,
    a_setting_that_is_put_is_the_newest_and_shows_no_more_than_it_may,
);

async fn a_setting_keeps_its_first_value(bench: &Bench) {
    let settings = bench.store.settings();
    assert_eq!(settings.setting("a").await.unwrap(), None);
    assert_eq!(settings.set_once("a", "1", NOW).await.unwrap(), "1");
    assert_eq!(settings.set_once("a", "2", NOW).await.unwrap(), "1");
    assert_eq!(settings.set_once("b", "2", NOW).await.unwrap(), "2");
    let found = settings.setting("a").await.unwrap();
    assert_eq!(found.as_deref(), Some("1"));
}

async fn of_two_first_values_at_once_one_wins(bench: &Bench) {
    bench.warm_up().await;
    let tries = (0..8).map(|value| {
        let settings = bench.store.settings();
        tokio::spawn(async move {
            let value = value.to_string();
            settings.set_once("a", &value, NOW).await.unwrap()
        })
    });
    let mut answers = Vec::new();
    for task in tries.collect::<Vec<_>>() {
        answers.push(task.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

async fn a_setting_that_is_put_is_the_newest_and_shows_no_more_than_it_may(bench: &Bench) {
    let settings = bench.store.settings();
    for (value, before, after) in [
        ("sealed 1", None, Some("{\"host\":\"a\"}")),
        ("sealed 2", Some("{\"host\":\"a\"}"), None),
    ] {
        let (before, after) = (before.map(str::to_owned), after.map(str::to_owned));
        settings
            .put_setting("mail", value, before, after, &by(), NOW)
            .await
            .unwrap();
        let found = settings.setting("mail").await.unwrap();
        assert_eq!(found.as_deref(), Some(value));
    }
    let filter = AuditFilter::new(Visible::Everything, true);
    let entries = bench
        .store
        .audit()
        .entries(&filter, None, 10)
        .await
        .unwrap();
    let said: Vec<_> = entries
        .iter()
        .map(|e| {
            (
                e.action.as_str(),
                e.object_name.as_str(),
                e.before.as_deref(),
                e.after.as_deref(),
            )
        })
        .collect();
    let host = Some("{\"host\":\"a\"}");
    let (action, mail) = ("settings.update", "mail");
    assert_eq!(
        said,
        [(action, mail, host, None), (action, mail, None, host)]
    );
}
