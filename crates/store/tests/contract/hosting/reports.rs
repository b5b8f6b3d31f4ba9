use edgeward_domain::hosting::{Change, Reported, State, Step};
use edgeward_store::OrderEnd;

use super::{docker, host, hosted, made, open, order, report, said, upgrade, view};
use crate::support::{Bench, NOW, later, offer_name};

crate::on_both!(
    what_an_agent_says_is_written_down_once,
    an_upgrade_that_returned_is_not_repeated_and_says_why,
    an_order_that_is_refused_failed_and_is_not_sent_again,
    what_an_agent_says_of_others_is_passed_over,
    two_reports_at_once_leave_one_of_them,
);

async fn what_an_agent_says_is_written_down_once(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let (id, offer) = made(bench, &agent, place, "Neuron").await;
    let mut at_work = said(1, Step::UnderWay);
    at_work.message = "fetching\0 the image".into();
    at_work.present = String::new();
    let heard = report(bench, agent.id, &[(&offer, at_work.clone())]).await;
    assert!(heard.changed && !heard.open);
    let heard = report(bench, agent.id, &[(&offer, at_work)]).await;
    assert!(!heard.changed, "{heard:?}");
    let course = view(bench, id).await.unwrap().hosted.unwrap();
    assert_eq!(course.state(), State::UnderWay);
    assert_eq!(course.message(), Some("fetching the image"));
    assert_eq!((course.present(), course.changed_at), (None, later(2)));
    report(bench, agent.id, &[(&offer, said(1, Step::Settled))]).await;
    let course = view(bench, id).await.unwrap().hosted.unwrap();
    assert_eq!(course.state(), State::Running);
    assert_eq!(
        (course.present(), course.message()),
        (Some("neuron:1"), None)
    );
    assert_eq!(open(bench, agent.id).await, []);

    let store = bench.store.hosting();
    let broken = edgeward_store::Capability {
        problem: "no socket".into(),
        ..docker()
    };
    let services = vec![(offer, said(1, Step::Settled))];
    let heard = store.record_hosting(agent.id, broken, services, later(3));
    assert!(heard.await.unwrap().changed);
}

async fn an_upgrade_that_returned_is_not_repeated_and_says_why(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let (id, offer) = made(bench, &agent, place, "Neuron").await;
    report(bench, agent.id, &[(&offer, said(1, Step::Settled))]).await;
    order(bench, id, upgrade("sealed two")).await;
    let returned = Reported {
        message: "it did not answer within 120 s".into(),
        ..said(2, Step::Returned)
    };
    report(bench, agent.id, &[(&offer, returned)]).await;
    let kept = hosted(bench, id).await.hosted;
    assert_eq!(kept.spec, "sealed one");
    assert_eq!(kept.course.state(), State::Returned);
    assert_eq!(
        kept.course.message(),
        Some("it did not answer within 120 s")
    );
    order(bench, id, Change::Restart).await;
    let kept = hosted(bench, id).await.hosted;
    assert_eq!(
        (kept.spec.as_str(), kept.course.generation),
        ("sealed one", 3)
    );
}

async fn an_order_that_is_refused_failed_and_is_not_sent_again(bench: &Bench) {
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let (id, offer) = made(bench, &agent, place, "Neuron").await;
    let store = bench.store.hosting();
    let end = |generation, end| store.end_order(agent.id, &offer, generation, end, later(1));
    assert!(!end(7, OrderEnd::Refused("no")).await.unwrap());
    let reason = OrderEnd::Refused("this agent hosts nothing");
    assert!(end(1, reason).await.unwrap());
    assert!(!end(1, reason).await.unwrap());
    let course = view(bench, id).await.unwrap().hosted.unwrap();
    assert_eq!(course.state(), State::Failed);
    assert_eq!(course.message(), Some("this agent hosts nothing"));
    assert_eq!(open(bench, agent.id).await, []);
    assert!(!report(bench, agent.id, &[]).await.changed);
    order(bench, id, Change::Start).await;
    assert_eq!(open(bench, agent.id).await, [(offer.to_string(), 2)]);
    assert_eq!(store.agents_with_orders().await.unwrap(), [agent.id]);
}

async fn what_an_agent_says_of_others_is_passed_over(bench: &Bench) {
    let place = bench.project("plant").await;
    let (one, two) = (
        host(bench, "one", place).await,
        host(bench, "two", place).await,
    );
    let (id, offer) = made(bench, &one, place, "Neuron").await;
    let heard = report(bench, two.id, &[(&offer, said(1, Step::Settled))]).await;
    assert!(!heard.changed);
    let unknown = offer_name("unknown");
    report(bench, one.id, &[(&unknown, said(1, Step::Settled))]).await;
    let course = view(bench, id).await.unwrap().hosted.unwrap();
    assert_eq!((course.state(), course.changed_at), (State::Waiting, NOW));
}

async fn two_reports_at_once_leave_one_of_them(bench: &Bench) {
    bench.warm_up().await;
    let place = bench.project("plant").await;
    let agent = host(bench, "gw", place).await;
    let (id, offer) = made(bench, &agent, place, "Neuron").await;
    let one = [(&offer, said(1, Step::Settled))];
    let two = [(&offer, said(1, Step::UnderWay))];
    let stop = order(bench, id, Change::Stop);
    tokio::join!(
        report(bench, agent.id, &one),
        report(bench, agent.id, &two),
        stop
    );
    let course = view(bench, id).await.unwrap().hosted.unwrap();
    assert_eq!((course.generation, course.running), (2, false));
    assert_eq!(course.reported.unwrap().generation, 1);
}
