use std::collections::BTreeSet;

use edgeward_domain::access::Visible;
use edgeward_domain::service::{Authentication, Check};
use edgeward_ids::ServiceId;
use edgeward_store::{KeyUse, NewDirect, ServiceChange, ServiceFilter};

use super::{add, change, found, names, new, of_agent, view};
use crate::support::{Bench, NOW, every_service, later};

crate::on_both!(
    what_is_not_heard_of_keys_stays_as_it_was,
    keys_are_counted_for_services_that_want_tokens,
    those_behind_a_key_are_listed,
    agents_services_come_in_the_order_of_their_ids,
);

fn accepting(keys: Option<&[u32]>) -> Check {
    Check {
        keys: keys.map(<[u32]>::to_vec),
        ..found(NOW, true)
    }
}

/// A service that wants tokens and is known to accept these keys.
async fn add_accepting(
    bench: &Bench,
    project: edgeward_ids::ProjectId,
    name: &str,
    keys: Option<&[u32]>,
) -> ServiceId {
    let new = NewDirect {
        authentication: Authentication::Token,
        check: Some(accepting(keys)),
        ..new(project, name, &format!("{name}:1"))
    };
    add(bench, new).await
}

async fn what_is_not_heard_of_keys_stays_as_it_was(bench: &Bench) {
    let place = bench.project("plant").await;
    let id = add_accepting(bench, place.1, "a", None).await;
    let services = bench.store.services();
    for (heard, news, known) in [
        (None, false, None),
        (Some(&[1][..]), true, Some(&[1][..])),
        (None, false, Some(&[1])),
        (Some(&[1, 12]), true, Some(&[1, 12])),
        (Some(&[1, 12]), false, Some(&[1, 12])),
        (Some(&[]), true, Some(&[])),
        (None, false, Some(&[])),
    ] {
        let told = services.record_check(id, accepting(heard)).await.unwrap();
        assert_eq!(told, news, "{heard:?}");
        let check = view(bench, id).await.check.unwrap();
        assert_eq!(check.keys.as_deref(), known, "{heard:?}");
    }
    // It is not heard, and something else is news.
    services
        .record_check(id, accepting(Some(&[2])))
        .await
        .unwrap();
    let silent = Check {
        keys: None,
        ..found(later(1), false)
    };
    assert!(services.record_check(id, silent).await.unwrap());
    assert_eq!(view(bench, id).await.check.unwrap().keys, Some(vec![2]));
    let otherwise = ServiceChange {
        authentication: Some(Authentication::None),
        ..ServiceChange::default()
    };
    change(bench, id, otherwise).await;
    let token = ServiceChange {
        authentication: Some(Authentication::Token),
        check: Some(accepting(None)),
        ..ServiceChange::default()
    };
    let changed = change(bench, id, token).await;
    assert_eq!(changed.check.unwrap().keys, None, "it was somebody else");
}

async fn keys_are_counted_for_services_that_want_tokens(bench: &Bench) {
    let (one, two) = (bench.project("one").await, bench.project("two").await);
    let services = bench.store.services();
    let everything = Visible::Everything;
    let none = services.key_use(&everything, &[1]).await.unwrap();
    assert_eq!(none, [KeyUse::default()]);
    for (project, name, keys) in [
        (one, "a", Some(&[1][..])),
        (one, "b", Some(&[1, 2])),
        (one, "c", Some(&[12])),
        (one, "d", None),
        (two, "e", Some(&[1])),
        (two, "f", Some(&[])),
    ] {
        add_accepting(bench, project.1, name, keys).await;
    }
    // It wants no tokens, whatever was found earlier.
    let bare = NewDirect {
        check: Some(accepting(Some(&[1]))),
        ..new(one.1, "bare", "bare:1")
    };
    add(bench, bare).await;
    let only = Visible::Only {
        organisations: BTreeSet::from([two.0]),
        projects: BTreeSet::new(),
    };
    for (visible, keys, expected) in [
        (&everything, &[1, 2][..], &[(3, 3), (1, 5)][..]),
        (&everything, &[2, 1], &[(1, 5), (3, 3)]),
        (&everything, &[], &[]),
        (&only, &[1, 2], &[(1, 1), (0, 2)]),
    ] {
        let counted = services.key_use(visible, keys).await.unwrap();
        let counted = counted.iter().map(|one| (one.proven, one.behind));
        assert_eq!(counted.collect::<Vec<_>>(), expected, "{keys:?}");
    }
}

async fn those_behind_a_key_are_listed(bench: &Bench) {
    let place = bench.project("plant").await;
    for (name, keys) in [
        ("only", Some(&[2][..])),
        ("first", Some(&[2, 3])),
        ("last", Some(&[1, 2])),
        ("between", Some(&[1, 2, 12])),
        ("twelve", Some(&[12, 22])),
        ("unasked", None),
        ("neither", Some(&[])),
    ] {
        add_accepting(bench, place.1, name, keys).await;
    }
    add(bench, new(place.1, "bare", "bare:1")).await;
    for (key, expected) in [
        (2, &["neither", "twelve", "unasked"][..]),
        (12, &["first", "last", "neither", "only", "unasked"]),
        (1, &["first", "neither", "only", "twelve", "unasked"]),
    ] {
        let filter = ServiceFilter {
            key_behind: Some(key),
            ..every_service()
        };
        assert_eq!(names(bench, filter).await, expected, "{key}");
    }
}

async fn agents_services_come_in_the_order_of_their_ids(bench: &Bench) {
    let place = bench.project("plant").await;
    add(bench, new(place.1, "direct", "direct:1")).await;
    let mut ids = Vec::new();
    for name in ["c", "a", "b"] {
        ids.push(of_agent(bench, name, place).await.1);
    }
    ids.sort();
    let services = bench.store.services();
    let page = async |after, limit| {
        let page = services.agents_services(after, limit).await.unwrap();
        let ids = page.iter().map(|view| view.service.id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(page(None, u64::MAX).await, ids);
    assert_eq!(page(None, 2).await, ids[..2]);
    assert_eq!(page(Some(ids[1]), 2).await, ids[2..]);
    assert_eq!(page(Some(ids[2]), 2).await, []);
}
