use std::fs;

use crate::fake::{self, NEURON};
use crate::run::Person;

#[tokio::test]
async fn an_answer_is_printed_as_it_is() {
    let (fake, person) = (fake::start().await, Person::new());
    assert_eq!(
        person
            .asks(&fake, &["service", "curl", NEURON, "/version"])
            .await
            .done(),
        "2.6.0\n"
    );
    let with_head = person
        .asks(&fake, &["service", "curl", "-i", NEURON, "version"])
        .await
        .done();
    assert!(
        with_head.starts_with("HTTP/1.1 200 OK\r\n") && with_head.contains("x-neuron: 2.6\r\n"),
        "{with_head}"
    );
    assert!(with_head.ends_with("\r\n\r\n2.6.0\n"), "{with_head}");
}

#[tokio::test]
async fn data_is_sent_as_curl_would() {
    let (fake, person) = (fake::start().await, Person::new());
    let curl = async |more: &[&str]| {
        person
            .asks(
                &fake,
                &[["service", "curl", NEURON, "/echo"].as_slice(), more].concat(),
            )
            .await
            .done()
    };
    assert_eq!(
        curl(&["-d", "a=1"]).await,
        "POST \"application/x-www-form-urlencoded\" a=1"
    );
    assert_eq!(
        curl(&["-X", "PATCH", "--json", "{}"]).await,
        "PATCH \"application/json\" {}"
    );
    assert_eq!(
        curl(&["-d", "x", "-H", "Content-Type: text/plain"]).await,
        "POST \"text/plain\" x"
    );
    fs::write(person.home().join("up.bin"), vec![b'u'; 300_000]).unwrap();
    let uploaded = curl(&["-T", "up.bin"]).await;
    assert!(
        uploaded.starts_with("PUT \"-\" uuu") && uploaded.len() == 300_000 + "PUT \"-\" ".len()
    );
    assert!(curl(&["-d", "@up.bin"]).await.ends_with("uuu"));
}

#[tokio::test]
async fn standard_input_is_a_file_too() {
    let (fake, person) = (fake::start().await, Person::new());
    let variables = [
        ("EDGEWARD_URL", fake.url()),
        ("EDGEWARD_TOKEN", fake::TOKEN.to_owned()),
    ];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let outcome = person
        .runs_with(
            &["service", "curl", NEURON, "/echo", "-T", "-"],
            &variables,
            "typed",
        )
        .await;
    assert_eq!(outcome.done(), "PUT \"-\" typed");
}

#[tokio::test]
async fn a_file_appears_whole_or_not_at_all() {
    let (fake, person) = (fake::start().await, Person::new());
    assert_eq!(
        person
            .asks(&fake, &["service", "curl", NEURON, "/version", "-o", "out"])
            .await
            .done(),
        ""
    );
    assert_eq!(
        fs::read_to_string(person.home().join("out")).unwrap(),
        "2.6.0\n"
    );
    let error = person
        .asks(&fake, &["service", "curl", NEURON, "/broken", "-o", "half"])
        .await
        .failed(1);
    assert!(error.contains("broke in mid-transfer"), "{error}");
    let left: Vec<_> = fs::read_dir(person.home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["out"]);
    let error = person
        .asks(
            &fake,
            &[
                "service",
                "curl",
                NEURON,
                "/version",
                "-o",
                "no/such/folder",
            ],
        )
        .await
        .failed(1);
    assert!(error.contains("cannot write no/such/folder"), "{error}");
}

#[tokio::test]
async fn the_services_error_is_its_answer_and_the_control_planes_is_ours() {
    let (fake, person) = (fake::start().await, Person::new());
    assert_eq!(
        person
            .asks(&fake, &["service", "curl", NEURON, "/missing"])
            .await
            .done(),
        "no such page\n"
    );
    let error = person
        .asks(&fake, &["service", "curl", "--fail", NEURON, "/missing"])
        .await
        .failed(1);
    assert!(
        error.contains("the service answered 404 Not Found"),
        "{error}"
    );
    let error = person
        .asks(&fake, &["service", "curl", NEURON, "/offline"])
        .await
        .failed(1);
    assert!(
        error.contains("the agent gateway-1 is offline (request req-7)"),
        "{error}"
    );
}
