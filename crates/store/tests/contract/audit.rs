use edgeward_domain::Moment;
use edgeward_domain::access::{ProjectRole, Visible};
use edgeward_domain::agent::AgentFacts;
use edgeward_domain::audit::{Author, AuthorKind, Broken, By, Entry, Note, Outcome};
use edgeward_ids::{OrganisationId, ProjectId};
use edgeward_store::{AuditFilter, AuditKey, Hello, Position, Store};

use crate::support::{Bench, NOW, by, certificate, hello, in_project, later, name, offer};

crate::on_both!(
    an_entry_says_who_what_where_and_when,
    entries_are_filtered,
    entries_are_read_from_the_newest_and_exported_from_the_oldest,
    only_what_may_be_read_is_read,
    somebody_with_many_places_reads_them_all,
    times_that_go_back_hide_nothing,
    many_writers_leave_one_chain,
    what_is_refused_leaves_no_entry,
    the_log_is_checked_in_parts,
    another_key_does_not_fit_the_seal,
    what_agents_do_is_written_down,
);

fn every_entry() -> AuditFilter {
    AuditFilter::new(Visible::Everything, true)
}

fn note(action: &'static str, object: &str) -> Note {
    Note::new(action, Some(object.into()), format!("thing {object}"))
}

async fn append(bench: &Bench, note: Note, at: Moment) {
    bench.store.audit().append(note, &by(), at).await.unwrap();
}

async fn an_entry_says_who_what_where_and_when(bench: &Bench) {
    let place = (OrganisationId::generate(), ProjectId::generate());
    let author = Author {
        kind: AuthorKind::User,
        id: Some(ProjectId::generate().as_uuid()),
        name: "Ada\0 <x>".into(),
    };
    let who = By { author, ..by() };
    let full = note("agent.adopt", "7\0")
        .at(Some(place.0), Some(place.1))
        .before("{\"a\":1}")
        .after("{\"a\":\"ä\0\"}")
        .refused("not_allowed");
    bench
        .store
        .audit()
        .append(full, &who, later(3))
        .await
        .unwrap();
    append(bench, Note::new("mail.test", None, ""), NOW).await;
    let said = bench.said().await;
    let [entry, other] = said.as_slice() else {
        panic!("{said:?}")
    };
    assert_eq!((entry.number, other.number), (1, 2));
    assert_eq!((entry.at, other.at), (later(3), NOW));
    assert_eq!(entry.by.author.name, "Ada <x>");
    assert_eq!(
        (entry.by.author.id, entry.by.author.kind),
        (who.author.id, AuthorKind::User)
    );
    assert_eq!(entry.by.address.as_deref(), Some("192.0.2.1"));
    assert_eq!(entry.by.request_id.as_deref(), Some("r1"));
    assert_eq!(entry.action, "agent.adopt");
    assert_eq!(
        (entry.object_id.as_deref(), entry.object_name.as_str()),
        (Some("7"), "thing 7")
    );
    assert_eq!(
        (entry.organisation, entry.project),
        (Some(place.0), Some(place.1))
    );
    assert_eq!(entry.before.as_deref(), Some("{\"a\":1}"));
    assert_eq!(entry.after.as_deref(), Some("{\"a\":\"ä\"}"));
    assert_eq!(
        (entry.outcome, entry.reason.as_str()),
        (Outcome::Refused, "not_allowed")
    );
    assert_eq!(other.previous, entry.hash);
    assert_eq!(
        (
            other.object_id.as_ref(),
            other.before.as_ref(),
            other.project
        ),
        (None, None, None)
    );
    bench.check().await;
}

fn numbers(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.number).collect()
}

async fn found(bench: &Bench, filter: &AuditFilter) -> Vec<u64> {
    let audit = bench.store.audit();
    let newest = numbers(&audit.entries(filter, None, 100).await.unwrap());
    let mut oldest = numbers(&audit.export(filter, 0, 100).await.unwrap());
    oldest.reverse();
    assert_eq!(newest, oldest, "{filter:?}");
    newest
}

async fn entries_are_filtered(bench: &Bench) {
    let place = (OrganisationId::generate(), ProjectId::generate());
    append(
        bench,
        note("agent.adopt", "1").at(Some(place.0), Some(place.1)),
        NOW,
    )
    .await;
    append(
        bench,
        note("agent.delete", "2").at(Some(place.0), None),
        later(1),
    )
    .await;
    append(
        bench,
        note("agents.x", "1").refused("not_allowed"),
        later(2),
    )
    .await;
    let ada = Author {
        kind: AuthorKind::User,
        id: Some(place.0.as_uuid()),
        name: "Ada Ä%".into(),
    };
    let ada = By {
        author: ada,
        ..by()
    };
    bench
        .store
        .audit()
        .append(note("user.update", "3"), &ada, later(3))
        .await
        .unwrap();
    let all = every_entry;
    let text = |text: &str| AuditFilter {
        text: Some(text.into()),
        ..all()
    };
    let action = |action: &str| AuditFilter {
        action: Some(action.into()),
        ..all()
    };
    for (filter, expected) in [
        (all(), &[4, 3, 2, 1][..]),
        (
            AuditFilter {
                author: ada.author.id,
                ..all()
            },
            &[4],
        ),
        (
            AuditFilter {
                author_kind: Some(AuthorKind::Machine),
                ..all()
            },
            &[3, 2, 1],
        ),
        (action("agent.adopt"), &[1]),
        (action("agent."), &[2, 1]),
        (action("agent"), &[]),
        (
            AuditFilter {
                object: Some("1".into()),
                ..all()
            },
            &[3, 1],
        ),
        (
            AuditFilter {
                organisation: Some(place.0),
                ..all()
            },
            &[2, 1],
        ),
        (
            AuditFilter {
                project: Some(place.1),
                ..all()
            },
            &[1],
        ),
        (
            AuditFilter {
                outcome: Some(Outcome::Refused),
                ..all()
            },
            &[3],
        ),
        (
            AuditFilter {
                from: Some(later(1)),
                ..all()
            },
            &[4, 3, 2],
        ),
        (
            AuditFilter {
                to: Some(later(1)),
                ..all()
            },
            &[1],
        ),
        (
            AuditFilter {
                from: Some(later(1)),
                to: Some(later(3)),
                ..all()
            },
            &[3, 2],
        ),
        (
            AuditFilter {
                from: Some(later(9)),
                ..all()
            },
            &[],
        ),
        (
            AuditFilter {
                to: Some(NOW),
                ..all()
            },
            &[],
        ),
        (text("ada ä"), &[4]),
        (text("%"), &[4]),
        (text("THING 1"), &[3, 1]),
        (text("192.0.2"), &[4, 3, 2, 1]),
        (text("not_all"), &[3]),
        (text("user.up"), &[4]),
        (
            AuditFilter {
                organisation: Some(place.0),
                object: Some("2".into()),
                ..action("agent.")
            },
            &[2],
        ),
        (
            AuditFilter {
                project: Some(place.1),
                ..action("agent.delete")
            },
            &[],
        ),
    ] {
        assert_eq!(found(bench, &filter).await, expected, "{filter:?}");
    }
}

async fn entries_are_read_from_the_newest_and_exported_from_the_oldest(bench: &Bench) {
    for number in 0..7 {
        append(bench, note("agent.adopt", &number.to_string()), NOW).await;
    }
    let audit = bench.store.audit();
    let all = every_entry();
    let newest = async |before, limit| numbers(&audit.entries(&all, before, limit).await.unwrap());
    let oldest = async |after, limit| numbers(&audit.export(&all, after, limit).await.unwrap());
    assert_eq!(newest(None, 3).await, [7, 6, 5]);
    assert_eq!(newest(Some(5), 3).await, [4, 3, 2]);
    assert_eq!(newest(Some(2), 3).await, [1]);
    assert_eq!(newest(Some(1), 3).await, [0; 0]);
    assert_eq!(newest(Some(u64::MAX), u64::MAX).await.len(), 7);
    assert_eq!(oldest(0, 3).await, [1, 2, 3]);
    assert_eq!(oldest(6, 3).await, [7]);
    assert_eq!(oldest(u64::MAX, 3).await, [0; 0]);
}

fn only(organisations: &[OrganisationId], projects: &[ProjectId]) -> Visible {
    Visible::Only {
        organisations: organisations.iter().copied().collect(),
        projects: projects.iter().copied().collect(),
    }
}

async fn only_what_may_be_read_is_read(bench: &Bench) {
    let [one, two] = [(); 2].map(|()| (OrganisationId::generate(), ProjectId::generate()));
    for (place, project) in [(one, false), (one, true), (two, false), (two, true)] {
        let project = project.then_some(place.1);
        append(
            bench,
            note("agent.adopt", "1").at(Some(place.0), project),
            NOW,
        )
        .await;
    }
    append(bench, note("settings.update", "1"), NOW).await;
    let filter = AuditFilter::new;
    for (filter, expected) in [
        (filter(Visible::Everything, true), &[5, 4, 3, 2, 1][..]),
        (filter(Visible::Everything, false), &[4, 3, 2, 1]),
        (filter(only(&[one.0], &[]), false), &[2, 1]),
        (filter(only(&[one.0], &[]), true), &[5, 2, 1]),
        (filter(only(&[], &[two.1]), false), &[4]),
        (filter(only(&[one.0], &[one.1, two.1]), false), &[4, 2, 1]),
        (filter(only(&[], &[]), false), &[]),
        (
            AuditFilter {
                organisation: Some(two.0),
                ..filter(only(&[one.0], &[two.1]), false)
            },
            &[4],
        ),
        (
            AuditFilter {
                organisation: Some(two.0),
                ..filter(only(&[one.0], &[]), true)
            },
            &[],
        ),
        (
            AuditFilter {
                organisation: Some(one.0),
                ..filter(only(&[one.0], &[two.1]), false)
            },
            &[2, 1],
        ),
        (
            AuditFilter {
                project: Some(one.1),
                ..filter(only(&[one.0], &[two.1]), false)
            },
            &[2],
        ),
        (
            AuditFilter {
                object: Some("1".into()),
                ..filter(only(&[one.0], &[two.1]), false)
            },
            &[4, 2, 1],
        ),
    ] {
        assert_eq!(found(bench, &filter).await, expected, "{filter:?}");
    }
}

async fn somebody_with_many_places_reads_them_all(bench: &Bench) {
    let places: Vec<_> = (0..40).map(|_| OrganisationId::generate()).collect();
    for place in &places {
        append(bench, note("agent.adopt", "1").at(Some(*place), None), NOW).await;
    }
    append(bench, note("settings.update", "1"), NOW).await;
    let filter = AuditFilter::new(only(&places, &[]), false);
    assert_eq!(
        found(bench, &filter).await,
        (1..=40).rev().collect::<Vec<_>>()
    );
    let filter = AuditFilter::new(only(&places[..30], &[]), true);
    let found = found(bench, &filter).await;
    assert_eq!((found.len(), found[0], found[1]), (31, 41, 30));
}

async fn times_that_go_back_hide_nothing(bench: &Bench) {
    for at in [50, 60, 10, 70, 65] {
        append(bench, note("agent.adopt", "1"), later(at)).await;
    }
    let between = |from: u64, to: u64| AuditFilter {
        from: Some(later(from)),
        to: Some(later(to)),
        ..every_entry()
    };
    assert_eq!(found(bench, &between(60, 70)).await, [5, 2]);
    assert_eq!(found(bench, &between(0, 55)).await, [3, 1]);
    assert_eq!(found(bench, &between(70, 99)).await, [4]);
}

async fn many_writers_leave_one_chain(bench: &Bench) {
    bench.warm_up().await;
    let tasks: Vec<_> = (0..12)
        .map(|task| {
            let store = bench.store.clone();
            tokio::spawn(async move {
                for number in 0..10 {
                    let object = format!("{task}-{number}");
                    let audit = store.audit();
                    audit
                        .append(note("mail.test", &object), &by(), NOW)
                        .await
                        .unwrap();
                    if number % 3 == 0 {
                        let place = store.organisations();
                        let name = name(&format!("o{object}"));
                        place
                            .create_organisation(name, "", &[], &by(), NOW)
                            .await
                            .unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let said = bench.said().await;
    assert_eq!(numbers(&said), (1..=168).collect::<Vec<_>>());
    bench.check().await;
}

async fn what_is_refused_leaves_no_entry(bench: &Bench) {
    let place = bench.project("plant").await;
    let before = bench.said().await.len();
    let organisations = bench.store.organisations();
    organisations
        .create_organisation(name("plant"), "", &[], &by(), NOW)
        .await
        .unwrap_err();
    organisations
        .delete_organisation(place.0, &by(), NOW)
        .await
        .unwrap_err();
    let nobody = edgeward_ids::AgentId::generate();
    bench
        .store
        .agents()
        .release(nobody, &by(), NOW)
        .await
        .unwrap_err();
    assert_eq!(bench.said().await.len(), before);
    bench.check().await;
}

async fn the_log_is_checked_in_parts(bench: &Bench) {
    let audit = bench.store.audit();
    let nothing = audit.verify(Position::BEGINNING, 3).await.unwrap();
    assert_eq!(
        (nothing.to, nothing.broken, nothing.end, nothing.total),
        (Position::BEGINNING, None, true, 0)
    );
    for number in 0..7 {
        append(bench, note("agent.adopt", &number.to_string()), NOW).await;
    }
    let mut at = Position::BEGINNING;
    let mut ends = Vec::new();
    for _ in 0..3 {
        let checked = audit.verify(at, 3).await.unwrap();
        assert_eq!((checked.broken, checked.total), (None, 7));
        at = checked.to;
        ends.push((at.number, checked.end));
    }
    assert_eq!(ends, [(3, false), (6, false), (7, true)]);
    let wrong = Position {
        number: 3,
        hash: [1; 32],
    };
    let checked = audit.verify(wrong, 3).await.unwrap();
    assert_eq!(checked.broken, Some(Broken::Detached(4)));
}

async fn another_key_does_not_fit_the_seal(bench: &Bench) {
    append(bench, note("agent.adopt", "1"), NOW).await;
    let other = Store::open(&bench.url, AuditKey::new([8; 32]))
        .await
        .unwrap();
    let checked = other.audit().verify(Position::BEGINNING, 9).await.unwrap();
    assert_eq!(checked.broken, Some(Broken::Seal(1)));
    other.close().await;
    bench.check().await;
}

async fn what_agents_do_is_written_down(bench: &Bench) {
    let place = bench.project("plant").await;
    bench
        .member("ada", &[in_project(place, ProjectRole::Admin)])
        .await;
    let agent = bench.managed("gw", &["x", "y"], place).await;
    let membership = agent.state.membership().unwrap().clone();
    let agents = bench.store.agents();
    let before = bench.said().await.len();
    agents
        .record_certificate(agent.id, certificate("1"), NOW)
        .await
        .unwrap();
    let same = hello(&agent, None);
    agents.record_hello(agent.id, same, NOW).await.unwrap();
    assert_eq!(bench.said().await.len(), before, "nothing that is recorded");

    agents
        .record_hello(agent.id, hello(&agent, Some(&membership)), NOW)
        .await
        .unwrap();
    agents
        .record_certificate(agent.id, certificate("2"), NOW)
        .await
        .unwrap();
    let other = |offers: &[&str]| Hello {
        facts: AgentFacts {
            offers: offers.iter().map(|o| offer(o)).collect(),
            ..agent.facts.clone()
        },
        ..hello(&agent, Some(&membership))
    };
    agents
        .record_hello(agent.id, other(&["x", "z"]), NOW)
        .await
        .unwrap();
    let said = bench.said().await;
    let said = &said[before..];
    let actions: Vec<_> = said.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "agent.confirm",
            "agent.renew_certificate",
            "agent.report",
            "service.appear",
            "service.disappear",
            "agent.confirm",
        ]
    );
    for entry in said {
        assert_eq!(entry.by.author.id, Some(agent.id.as_uuid()));
        assert_eq!(
            (entry.organisation, entry.project),
            (Some(place.0), Some(place.1))
        );
    }
    assert_eq!(
        (said[3].object_name.as_str(), said[4].object_name.as_str()),
        ("gw z", "gw y")
    );
    bench.check().await;
}
