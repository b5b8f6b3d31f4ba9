use serde_json::json;

use crate::fake::{self, GATEWAY, HALL, NEURON, PUMP};
use crate::run::{Person, cells};

#[tokio::test]
async fn agents_that_may_host_are_listed() {
    let (fake, person) = (fake::start().await, Person::new());
    let hosting = ["service", "hosting", "--project", "Hall 3"];
    let table = person.asks(&fake, &hosting).await.done();
    let rows: Vec<Vec<String>> = table
        .lines()
        .map(|line| cells(line).into_iter().map(Into::into).collect())
        .collect();
    assert_eq!(
        rows[1],
        ["gateway-1", GATEWAY, "online", "docker 26.1", "no", "2"]
    );
    assert_eq!(
        rows[2],
        [
            "pump",
            PUMP,
            "offline",
            "the socket does not answer",
            "yes",
            "0"
        ]
    );
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("GET /api/v1/hosting?project={HALL}")
    );
}

#[tokio::test]
async fn a_service_is_made_with_all_that_was_said_of_it() {
    let (fake, person) = (fake::start().await, Person::new());
    let host = [
        ["service", "host", "--name", "Line 3", "--agent", GATEWAY].as_slice(),
        &["--kind", "neuron", "--image", "emqx/neuron:2.6.3"],
        &["--port", "7001", "--open", "1884:1883/udp"],
        &["--volume", "data:/opt/data", "--env", "LEVEL=a=b"],
        &["--memory-mib", "64", "--cpu-millis", "500"],
        &["--authentication", "token", "--key-folder", "/certs"],
        &["--tag", "line-3", "--", "neuron", "--log"],
    ]
    .concat();
    let outcome = person.asks(&fake, &host).await;
    assert!(
        outcome.stderr.contains("service show \"Line 3\""),
        "{outcome:?}"
    );
    let table = outcome.done();
    assert!(table.contains("returned: emqx/neuron:2.6.3"), "{table}");
    assert_eq!(
        fake.sent(),
        json!({
            "agents": [GATEWAY], "name": "Line 3", "kind": "neuron", "tags": ["line-3"],
            "authentication": "token", "key_folder": "/certs",
            "spec": {
                "image": "emqx/neuron:2.6.3", "port": 7001, "command": ["neuron", "--log"], "environment": {"LEVEL": "a=b"},
                "ports": [{"host": 1884, "container": 1883, "udp": true}], "volumes": [{"name": "data", "path": "/opt/data"}],
                "memory_mib": 64, "cpu_millis": 500,
            },
        })
    );
}

#[tokio::test]
async fn where_it_could_not_be_made_is_said_and_the_command_fails() {
    let (fake, person) = (fake::start().await, Person::new());
    let host = [
        ["service", "host", "--name", "Line", "--all-of", "Hall 3"].as_slice(),
        &["--kind", "neuron", "--snap", "neuron"],
        &["--channel", "2.6/stable"],
    ]
    .concat();
    let refused = person.asks(&fake, &host).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stdout.contains("the socket does not answer"));
    assert!(
        refused.stderr.contains("not made on 1 of 2 devices"),
        "{refused:?}"
    );
    let sent = fake.sent();
    assert_eq!(sent["agents"], json!([GATEWAY, PUMP]));
    assert_eq!(
        sent["spec"],
        json!({"snap": "neuron", "channel": "2.6/stable"})
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_told_how_to_write_it() {
    let (fake, person) = (fake::start().await, Person::new());
    let host = ["service", "host", "--name", "a", "--agent", "b"];
    let host = [&host[..], &["--kind", "http", "--image", "x"]].concat();
    for (more, expected) in [
        (["--open", "80"], "the device's port, a colon"),
        (["--open", "80:80/sctp"], "neither tcp nor udp"),
        (["--volume", "data"], "a name, a colon"),
        (["--env", "LEVEL"], "NAME=VALUE"),
    ] {
        let wrong = [&host[..], &more].concat();
        let said = person.asks(&fake, &wrong).await.failed(2);
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn services_are_started_stopped_and_upgraded_by_name_and_by_tag() {
    let (fake, person) = (fake::start().await, Person::new());
    for operation in ["start", "stop", "restart"] {
        let command = ["service", operation, "gateway-1 neuron"];
        let table = person.asks(&fake, &command).await.done();
        let row = cells(table.lines().nth(1).unwrap());
        assert_eq!(row[..2], ["gateway-1 neuron", "yes"]);
        let expected = json!({"operation": operation, "services": [NEURON]});
        assert_eq!(fake.sent(), expected);
    }
    let command = ["service", "upgrade", "--tag", "line-3", "--to", "x:2"];
    let refused = person.asks(&fake, &command).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stdout.contains("the service is not hosted"));
    assert!(refused.stderr.contains("not done on 1 of 1 services"));
    let expected = json!({"operation": "upgrade", "services": [NEURON], "to": "x:2"});
    assert_eq!(fake.sent(), expected);
    let seen = fake.seen();
    assert!(
        seen.contains(&"GET /api/v1/services?tag=line-3".to_owned()),
        "{seen:?}"
    );
}

#[tokio::test]
async fn before_services_go_it_is_asked() {
    let (fake, person) = (fake::start().await, Person::new());
    for (operation, expected) in [
        ("delete", "0 of them are hosted"),
        ("release", "stay on their devices"),
    ] {
        let command = ["service", operation, NEURON, "gateway-1 neuron"];
        let asked = person.asks(&fake, &command).await.failed(2);
        assert!(asked.contains(expected), "{asked}");
        let sure = [&command[..], &["--yes"]].concat();
        person.asks(&fake, &sure).await.done();
        assert_eq!(fake.sent()["operation"], operation);
    }
}
