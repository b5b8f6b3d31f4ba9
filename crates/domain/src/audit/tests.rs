use edgeward_ids::OrganisationId;

use super::*;

fn entry(number: u64, previous: Hash) -> Entry {
    let mut entry = Entry {
        number,
        at: Moment::from_micros(1_000),
        by: By::system("tidy"),
        action: "agent.adopt".into(),
        object_id: Some("7".into()),
        object_name: "press".into(),
        organisation: Some(OrganisationId::generate()),
        project: None,
        before: None,
        after: Some("{}".into()),
        outcome: Outcome::Done,
        reason: String::new(),
        previous,
        hash: BEGINNING,
    };
    entry.hash = hash(&entry);
    entry
}

#[test]
fn a_chain_shows_what_was_altered_and_what_is_missing() {
    let first = entry(1, BEGINNING);
    let second = entry(2, first.hash);
    assert_eq!(follows(0, &BEGINNING, &first), Ok(()));
    assert_eq!(follows(1, &first.hash, &second), Ok(()));
    assert_eq!(follows(0, &BEGINNING, &second), Err(Broken::Missing(1)));
    let altered = Entry {
        object_name: "oven".into(),
        ..second.clone()
    };
    assert_eq!(follows(1, &first.hash, &altered), Err(Broken::Altered(2)));
    let exchanged = entry(2, [7; 32]);
    assert_eq!(
        follows(1, &first.hash, &exchanged),
        Err(Broken::Detached(2))
    );
}

#[test]
fn every_field_is_in_the_hash() {
    let whole = entry(1, BEGINNING);
    let changes: [fn(&mut Entry); 16] = [
        |e| e.number = 2,
        |e| e.at = Moment::from_micros(1_001),
        |e| e.by.author.kind = AuthorKind::User,
        |e| e.by.author.id = Some(uuid::Uuid::nil()),
        |e| e.by.author.name = "x".into(),
        |e| e.by.address = Some(String::new()),
        |e| e.by.request_id = Some(String::new()),
        |e| e.action = "agent.release".into(),
        |e| e.object_id = None,
        |e| e.object_name = String::new(),
        |e| e.organisation = None,
        |e| e.project = Some(ProjectId::generate()),
        |e| e.before = Some(String::new()),
        |e| e.after = None,
        |e| e.outcome = Outcome::Refused,
        |e| e.reason = "x".into(),
    ];
    for (i, change) in changes.into_iter().enumerate() {
        let mut changed = whole.clone();
        change(&mut changed);
        assert_ne!(hash(&changed), whole.hash, "change {i}");
    }
}

#[test]
fn a_state_that_is_too_large_is_recorded_as_its_size() {
    let note = Note::new("x.y", None, "z").after("a".repeat(MAX_STATE_BYTES + 1));
    assert_eq!(note.after.as_deref(), Some("{\"too_large_bytes\":16385}"));
}
