use crate::fake::{self, NEURON};
use crate::run::{Person, cells};

#[tokio::test]
async fn services_are_listed_and_shown() {
    let (fake, person) = (fake::start().await, Person::new());
    let table = person
        .asks(&fake, &["service", "list", "--state", "not-offered"])
        .await
        .done();
    assert_eq!(
        cells(table.lines().nth(1).unwrap())[..3],
        ["gateway-1 neuron", NEURON, "not offered"]
    );
    assert_eq!(
        fake.seen().last().unwrap(),
        "GET /api/v1/services?state=not_offered"
    );
    let shown = person
        .asks(&fake, &["service", "show", "gateway-1 neuron"])
        .await
        .done();
    assert!(
        shown
            .lines()
            .any(|line| cells(line) == ["Offered as", "neuron"]),
        "{shown}"
    );
}

#[tokio::test]
async fn opening_prints_the_link_alone() {
    let (fake, person) = (fake::start().await, Person::new());
    let link = person
        .asks(&fake, &["service", "open", NEURON, "--print"])
        .await
        .done();
    assert_eq!(link, "http://neuron.localhost/?ticket=t\n");
}

#[tokio::test]
async fn without_a_browser_the_link_is_still_given() {
    let (fake, person) = (fake::start().await, Person::new());
    let outcome = person.asks(&fake, &["service", "open", NEURON]).await;
    assert!(
        outcome.stderr.contains("no browser could be started here"),
        "{outcome:?}"
    );
    assert_eq!(outcome.done(), "http://neuron.localhost/?ticket=t\n");
}
