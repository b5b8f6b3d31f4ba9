use serde_json::Value;

use crate::fake::{self, GATEWAY, HALL, JOIN, PUMP};
use crate::run::{Person, cells};

#[tokio::test]
async fn agents_are_listed_as_a_table_that_cannot_steer_the_terminal() {
    let fake = fake::start().await;
    let table = Person::new().asks(&fake, &["agent", "list"]).await.done();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[0].starts_with("NAME "), "{table}");
    assert_eq!(
        cells(lines[1])[..5],
        ["gateway-1", GATEWAY, "managed", "online", "Acme / Hall 3"]
    );
    assert_eq!(
        cells(lines[2])[..5],
        ["pump", PUMP, "unmanaged", "offline", "-"]
    );
    assert!(
        !table.contains('\u{1b}'),
        "a control character came through"
    );
    assert!(lines.iter().all(|line| *line == line.trim_end()));
}

#[tokio::test]
async fn agents_are_listed_as_the_rest_api_answers() {
    let fake = fake::start().await;
    let json = Person::new()
        .asks(&fake, &["agent", "list", "--output", "json"])
        .await
        .done();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["total"], 2);
    assert_eq!(json["items"][0]["membership"]["name"], "gateway-1");
}

#[tokio::test]
async fn filters_are_sent_and_names_become_ids() {
    let fake = fake::start().await;
    let arguments = [
        "agent",
        "list",
        "--unmanaged",
        "--offline",
        "--text",
        "pu mp",
        "--project",
        "Hall 3",
    ];
    let outcome = Person::new().asks(&fake, &arguments).await;
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!(
            "GET /api/v1/agents?management=unmanaged&presence=offline&project={HALL}&text=pu+mp"
        )
    );
    assert!(outcome.stderr.contains("no agent matches"), "{outcome:?}");
}

#[tokio::test]
async fn an_empty_list_says_what_to_do_next() {
    let fake = fake::start_empty().await;
    let person = Person::new();
    for (arguments, next) in [
        (["agent", "list"].as_slice(), "edgeward agent token create"),
        (&["service", "list"], "edgeward agent adopt"),
        (&["agent", "token", "list"], "edgeward agent token create"),
        (&["organisation", "list"], "edgeward organisation create"),
        (&["project", "list"], "edgeward project create"),
        (&["user", "list"], "edgeward user create"),
        (&["api-token", "list"], "edgeward api-token create"),
    ] {
        let outcome = person.asks(&fake, arguments).await;
        assert!(outcome.stderr.contains(next), "{outcome:?}");
        assert_eq!(outcome.done(), "");
    }
}

#[tokio::test]
async fn an_agent_is_found_by_name_id_or_the_beginning_of_one() {
    let fake = fake::start().await;
    let person = Person::new();
    for text in ["gateway-1", GATEWAY, &GATEWAY[..13]] {
        let shown = person.asks(&fake, &["agent", "show", text]).await.done();
        assert!(
            shown.lines().any(|line| cells(line) == ["Id", GATEWAY]),
            "{shown}"
        );
        assert!(
            shown
                .lines()
                .any(|line| cells(line) == ["Last heard", "never"]),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn an_ambiguous_beginning_names_the_candidates() {
    let fake = fake::start().await;
    let error = Person::new()
        .asks(&fake, &["agent", "delete", "--yes", "0192f0c1"])
        .await
        .failed(2);
    assert!(error.contains("stands for 2 agents"), "{error}");
    assert!(error.contains(GATEWAY) && error.contains(PUMP), "{error}");
    assert!(error.contains("hint: give more of the id"), "{error}");
    assert!(!fake.seen().iter().any(|asked| asked.starts_with("DELETE")));
}

#[tokio::test]
async fn an_unknown_agent_is_told() {
    let fake = fake::start().await;
    let person = Person::new();
    let error = person
        .asks(&fake, &["agent", "show", "nobody"])
        .await
        .failed(1);
    assert!(
        error.contains("there is no agent \"nobody\"") && error.contains("edgeward agent list"),
        "{error}"
    );
    let error = person.asks(&fake, &["agent", "show", JOIN]).await.failed(1);
    assert!(
        error.starts_with("error: there is no such agent\nhint: "),
        "{error}"
    );
}

#[tokio::test]
async fn adopting_sends_ids_and_takes_the_host_name() {
    let fake = fake::start().await;
    let outcome = Person::new()
        .asks(
            &fake,
            &[
                "agent",
                "adopt",
                "pump",
                "--organisation",
                "Acme",
                "--project",
                "Hall 3",
            ],
        )
        .await;
    assert!(
        outcome.stderr.contains("edgeward service list"),
        "{outcome:?}"
    );
    assert!(outcome.done().contains("gateway-1"));
    let sent: Value = serde_json::from_str(fake.seen().last().unwrap()).unwrap();
    assert_eq!(
        sent,
        serde_json::json!({"name": "pump", "organisation_id": fake::ACME, "project_id": HALL})
    );
}

#[tokio::test]
async fn a_conflict_says_why_and_what_to_do() {
    let fake = fake::start().await;
    let person = Person::new();
    let adopt = [
        "agent",
        "adopt",
        "gateway-1",
        "--name",
        "x",
        "--project",
        "Hall 3",
    ];
    assert_eq!(
        person.asks(&fake, &adopt).await.failed(1),
        "error: it is adopted already\nhint: read the manual\n"
    );
    let delete = person
        .asks(&fake, &["agent", "delete", "gateway-1", "--yes"])
        .await
        .failed(1);
    assert_eq!(
        delete,
        "error: a managed agent cannot be deleted\nhint: read the manual\n"
    );
}

#[tokio::test]
async fn what_destroys_is_not_done_unasked() {
    let fake = fake::start().await;
    let person = Person::new();
    for arguments in [
        ["agent", "delete", "pump"].as_slice(),
        &["agent", "release", "gateway-1"],
        &["agent", "token", "delete", JOIN],
    ] {
        let error = person.asks(&fake, arguments).await.failed(2);
        assert!(
            error.contains("standard input is no terminal") && error.contains("--yes"),
            "{error}"
        );
    }
    assert!(
        !fake
            .seen()
            .iter()
            .any(|asked| asked.starts_with("DELETE") || asked.starts_with("POST")),
        "{:?}",
        fake.seen()
    );
    person
        .asks(&fake, &["agent", "delete", "pump", "--yes"])
        .await
        .done();
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("DELETE /api/v1/agents/{PUMP}")
    );
}

#[tokio::test]
async fn a_join_token_is_one_line_to_paste() {
    let fake = fake::start().await;
    let person = Person::new();
    let outcome = person
        .asks(
            &fake,
            &[
                "agent",
                "token",
                "create",
                "--uses",
                "3",
                "--expires-in",
                "7d",
                "--project",
                HALL,
            ],
        )
        .await;
    assert!(
        outcome
            .stderr
            .contains("works 3 times, until 2026-01-02T00:00:00Z"),
        "{outcome:?}"
    );
    assert_eq!(outcome.done(), "edgeward-agent join edgeward1.abc\n");
    let sent: Value = serde_json::from_str(fake.seen().last().unwrap()).unwrap();
    assert_eq!(
        sent,
        serde_json::json!({"uses": 3, "expires_in_s": 604_800, "project_id": HALL})
    );
    for bad in ["31d", "0s", "1w", "h", "-1h"] {
        let outcome = person
            .asks(
                &fake,
                &["agent", "token", "create", &format!("--expires-in={bad}")],
            )
            .await;
        assert_eq!(outcome.code, 2, "{bad}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_join_token_may_let_agents_wait_in_an_organisation() {
    let fake = fake::start().await;
    let arguments = ["agent", "token", "add", "--organisation", "Acme"];
    Person::new().asks(&fake, &arguments).await.done();
    assert_eq!(
        fake.sent(),
        serde_json::json!({"uses": 1, "expires_in_s": 86_400, "organisation_id": fake::ACME})
    );
}

#[tokio::test]
async fn agents_are_transferred_together() {
    let fake = fake::start().await;
    let person = Person::new();
    let arguments = [
        "agent",
        "transfer",
        "gateway-1",
        PUMP,
        GATEWAY,
        "--project",
        "Office",
    ];
    let outcome = person.asks(&fake, &arguments).await;
    assert!(
        outcome.stderr.contains("now in Acme / Office"),
        "{outcome:?}"
    );
    assert!(outcome.done().contains("gateway-1"));
    assert_eq!(
        fake.sent(),
        serde_json::json!({"agent_ids": [GATEWAY, PUMP], "project_id": fake::OFFICE})
    );
    let unknown = ["agent", "transfer", "nobody", "--project", "Office"];
    let error = person.asks(&fake, &unknown).await.failed(1);
    assert!(error.contains("there is no agent \"nobody\""), "{error}");
}
