//! Registered devices, whose signatures are believed, and the snaps that models need.

use serde_json::{Value, json};

use crate::fake::devices::{KEY, OVEN, PRESS};
use crate::fake::{self, ACME, HALL};
use crate::run::{Person, cells};

#[tokio::test]
async fn registered_devices_are_listed_and_shown() {
    let (fake, person) = (fake::start().await, Person::new());
    let arguments = [
        "registration",
        "list",
        "--status",
        "enrolled",
        "--project",
        "Hall 3",
    ];
    let table = person.asks(&fake, &arguments).await.done();
    assert_eq!(
        cells(table.lines().nth(1).unwrap()),
        [
            "A-1",
            "gateway",
            "acme",
            PRESS,
            "enrolled",
            "verified",
            "Acme / Hall 3",
            "2026-01-02T00:00:00Z"
        ]
    );
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("GET /api/v1/registrations?project={HALL}&status=enrolled&limit=1000")
    );
    let shown = person
        .asks(&fake, &["registration", "show", "acme/gateway/A-1"])
        .await
        .done();
    assert!(
        shown
            .lines()
            .any(|line| cells(line) == ["Device", "acme/gateway/A-1"]),
        "{shown}"
    );
    // A serial number alone may be that of several.
    let error = person
        .asks(&fake, &["registration", "show", "A-1"])
        .await
        .failed(2);
    assert!(error.contains(PRESS) && error.contains(OVEN), "{error}");
    let error = person
        .asks(&fake, &["registration", "show", "A-7"])
        .await
        .failed(1);
    assert!(error.contains("edgeward registration list"), "{error}");
}

#[tokio::test]
async fn devices_are_registered_one_by_one_and_by_list() {
    let (fake, person) = (fake::start().await, Person::new());
    std::fs::write(person.home().join("data"), "hello").unwrap();
    std::fs::write(
        person.home().join("list.csv"),
        "acme,gateway,A-1\nacme,gateway,A-2\n",
    )
    .unwrap();
    let create = [
        "registration",
        "create",
        "acme",
        "gateway",
        "A-1",
        "--project",
        "Hall 3",
        "--data",
        "data",
    ];
    person.asks(&fake, &create).await.done();
    let asked = json!({
        "project_id": HALL, "brand": "acme", "model": "gateway", "serial": "A-1", "device_data": "aGVsbG8=",
    });
    assert_eq!(fake.sent(), asked);

    let import = ["registration", "import", "list.csv", "--project", "Hall 3"];
    let outcome = person.asks(&fake, &import).await;
    assert!(
        outcome
            .stderr
            .contains("registered 2 devices in Acme / Hall 3"),
        "{outcome:?}"
    );
    let seen = fake.seen();
    let [.., asked, sent] = seen.as_slice() else {
        panic!("{seen:?}");
    };
    assert_eq!(
        asked,
        &format!("POST /api/v1/projects/{HALL}/registrations")
    );
    assert_eq!(sent, "acme,gateway,A-1\nacme,gateway,A-2\n");
    let missing = ["registration", "import", "none.csv", "--project", "Hall 3"];
    let error = person.asks(&fake, &missing).await.failed(1);
    assert!(error.contains("cannot read none.csv"), "{error}");

    std::fs::write(person.home().join("large"), vec![b'x'; 32 * 1024 + 1]).unwrap();
    let error = person
        .asks(&fake, &["registration", "data", PRESS, "large"])
        .await
        .failed(2);
    assert!(error.contains("32768 bytes are allowed"), "{error}");
    let arguments = ["registration", "data", PRESS, "data"];
    person.asks(&fake, &arguments).await.done();
    assert_eq!(fake.sent(), json!({"device_data": "aGVsbG8="}));
    let arguments = ["registration", "data", PRESS, "--nothing"];
    person.asks(&fake, &arguments).await.done();
    assert_eq!(fake.sent(), json!({"device_data": ""}));
}

#[tokio::test]
async fn shutting_out_and_deleting_name_what_is_lost() {
    let (fake, person) = (fake::start().await, Person::new());
    for (word, question) in [
        ("disable", "Its connection ends at once"),
        ("delete", "with its agent and edge services?"),
    ] {
        let error = person
            .asks(&fake, &["registration", word, PRESS])
            .await
            .failed(2);
        assert!(
            error.contains(question) && error.contains("acme/gateway/A-1"),
            "{error}"
        );
    }
    let path = format!("/api/v1/registrations/{PRESS}");
    for (arguments, asked) in [
        (
            ["disable", PRESS, "--yes"].as_slice(),
            format!("POST {path}/disable"),
        ),
        (&["enable", PRESS], format!("POST {path}/enable")),
        (&["delete", PRESS, "--yes"], format!("DELETE {path}")),
    ] {
        let arguments = [&["registration"], arguments].concat();
        person.asks(&fake, &arguments).await.done();
        assert_eq!(fake.seen().last().unwrap(), &asked);
    }
}

#[tokio::test]
async fn an_organisation_says_whom_it_believes() {
    let (fake, person) = (fake::start().await, Person::new());
    let shown = person
        .asks(&fake, &["enrolment", "show", "Acme"])
        .await
        .done();
    for line in [
        [
            "Unverified devices".to_owned(),
            "let in, if they are registered".to_owned(),
        ],
        [
            "Register themselves".to_owned(),
            format!("into Hall 3 ({HALL})"),
        ],
    ] {
        assert!(shown.lines().any(|l| cells(l) == line), "{shown}");
    }
    // What is not spoken of stays as it is.
    let arguments = ["enrolment", "unverified", "Acme", "off"];
    person.asks(&fake, &arguments).await.done();
    let asked = json!({"allow_unverified": false, "automatic_project_id": HALL});
    assert_eq!(fake.sent(), asked);
    let arguments = ["enrolment", "automatic", "Acme", "--off"];
    person.asks(&fake, &arguments).await.done();
    let asked = json!({"allow_unverified": true, "automatic_project_id": null});
    assert_eq!(fake.sent(), asked);
    let arguments = ["enrolment", "automatic", "Acme", "--project", "Hall 3"];
    person.asks(&fake, &arguments).await.done();
    assert_eq!(fake.sent()["automatic_project_id"], HALL);
    let error = person
        .asks(&fake, &["enrolment", "unverified", "Acme", "on"])
        .await
        .failed(2);
    assert!(error.contains("can enrol in its place"), "{error}");

    std::fs::write(person.home().join("key"), "type: account-key\n").unwrap();
    let arguments = ["enrolment", "key", "add", "Acme", "key"];
    person.asks(&fake, &arguments).await.done();
    assert_eq!(fake.sent(), json!({"assertion": "type: account-key\n"}));
    let arguments = ["enrolment", "key", "remove", "Acme", "BWDE"];
    let error = person.asks(&fake, &arguments).await.failed(2);
    assert!(
        error.contains(KEY) && error.contains("cannot enrol"),
        "{error}"
    );
    let arguments = ["enrolment", "key", "remove", "Acme", "BWDE", "--yes"];
    person.asks(&fake, &arguments).await.done();
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("DELETE /api/v1/organisations/{ACME}/enrolment/keys/{KEY}")
    );
}

#[tokio::test]
async fn models_need_snaps() {
    let (fake, person) = (fake::start().await, Person::new());
    let table = person.asks(&fake, &["required-snaps", "list"]).await.done();
    assert_eq!(
        cells(table.lines().nth(1).unwrap()),
        ["gateway", "acme", "Acme", "mosquitto=latest/edge, web"]
    );
    let set = [
        "required-snaps",
        "set",
        "gateway",
        "mosquitto=latest/edge",
        "web",
        "--organisation",
        "Acme",
    ];
    person.asks(&fake, &set).await.done();
    let snaps = json!([{"name": "mosquitto", "channel": "latest/edge"}, {"name": "web"}]);
    let asked = json!({"organisation_id": ACME, "brand": null, "model": "gateway", "snaps": snaps});
    assert_eq!(fake.sent(), asked);
    let remove = [
        "required-snaps",
        "remove",
        "gateway",
        "--organisation",
        "Acme",
    ];
    let error = person.asks(&fake, &remove).await.failed(1);
    assert!(error.contains("needs no snaps"), "{error}");
    let remove = [&remove[..], &["--brand", "acme"]].concat();
    let error = person.asks(&fake, &remove).await.failed(2);
    assert!(
        error.contains("model gateway of acme needs mosquitto=latest/edge, web"),
        "{error}"
    );
    let remove = [&remove[..], &["--yes"]].concat();
    person.asks(&fake, &remove).await.done();
    assert_eq!(fake.sent()["snaps"], Value::Array(Vec::new()));
}
