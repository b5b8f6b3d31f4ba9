use serde_json::json;

use crate::fake::{self, HALL, NEURON};
use crate::run::{Person, cells};

#[tokio::test]
async fn tags_are_listed_given_and_taken() {
    let (fake, person) = (fake::start().await, Person::new());
    let tags = ["service", "tag", "list", "--project", "Hall 3"];
    let table = person.asks(&fake, &tags).await.done();
    assert_eq!(cells(table.lines().nth(1).unwrap()), ["line-3", "7"]);
    assert_eq!(
        fake.seen().last().unwrap(),
        &format!("GET /api/v1/services/tags?project={HALL}")
    );
    let add = [
        "service",
        "tag",
        "add",
        "line-3",
        NEURON,
        "gateway-1 neuron",
    ];
    let table = person.asks(&fake, &add).await.done();
    assert!(table.contains("hall line-3"), "{table}");
    assert_eq!(
        fake.sent(),
        json!({"services": [NEURON, NEURON], "add": ["line-3"], "remove": []})
    );
    let remove = ["service", "tag", "remove", "hall", NEURON];
    let refused = person.asks(&fake, &remove).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stdout.contains("you may only look"), "{refused:?}");
    assert!(refused.stderr.contains("1 of 1 services"), "{refused:?}");
}

#[tokio::test]
async fn services_are_listed_by_kind_way_tag_and_what_they_want_to_see() {
    let (fake, person) = (fake::start().await, Person::new());
    let list = [
        ["service", "list", "--kind", "neuron"].as_slice(),
        &["--way", "direct", "--tag", "line-3"],
        &["--authentication", "token"],
    ]
    .concat();
    person.asks(&fake, &list).await.done();
    assert_eq!(
        fake.seen().last().unwrap(),
        "GET /api/v1/services?kind=neuron&way=direct&authentication=token&tag=line-3"
    );
}

#[tokio::test]
async fn lists_are_imported_and_exported() {
    let (fake, person) = (fake::start().await, Person::new());
    let good = "category,name,endpoint,colour\nneuron,Presses,x:1,red\n";
    std::fs::write(person.home().join("good.csv"), good).unwrap();
    std::fs::write(
        person.home().join("bad.csv"),
        format!("{good}neuron,bad,x\n"),
    )
    .unwrap();
    let import = ["service", "import", "good.csv", "--project", "Hall 3"];
    let outcome = person.asks(&fake, &import).await;
    for said in [
        "imported 1 services into Acme / Hall 3",
        "not known: colour",
    ] {
        assert!(outcome.stderr.contains(said), "{outcome:?}");
    }
    assert_eq!(outcome.done(), "");
    let seen = fake.seen();
    let [.., asked, sent] = seen.as_slice() else {
        panic!("{seen:?}");
    };
    assert_eq!(
        asked,
        &format!("POST /api/v1/services/import?project={HALL}")
    );
    assert_eq!(sent, good);
    let import = ["service", "import", "bad.csv", "--project", "Hall 3"];
    let outcome = person.asks(&fake, &import).await;
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert_eq!(
        cells(outcome.stdout.lines().nth(1).unwrap()),
        ["3", "endpoint", "it has no port"]
    );

    let export = ["service", "export", "--state", "online"];
    let list = person.asks(&fake, &export).await.done();
    assert_eq!(list, "category,name\r\nneuron,Presses\r\n");
    assert_eq!(
        fake.seen().last().unwrap(),
        "GET /api/v1/services/export?state=online"
    );
    let export = ["service", "export", "--file", "out.csv"];
    person.asks(&fake, &export).await.done();
    let saved = std::fs::read_to_string(person.home().join("out.csv")).unwrap();
    assert_eq!(saved, list);
}
