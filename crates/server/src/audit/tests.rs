use std::collections::BTreeSet;
use std::path::Path;

use edgeward_api::audit::ExportFormat;
use edgeward_domain::Moment;
use edgeward_domain::audit::{BEGINNING, By, Entry, Outcome};

use super::actions::ACTIONS;
use super::{export, view};

fn entry(name: &str) -> Entry {
    Entry {
        number: 1,
        at: Moment::from_micros(1_000_000),
        by: By::system("tidy"),
        action: "user.delete".into(),
        object_id: None,
        object_name: name.into(),
        organisation: None,
        project: None,
        before: Some("{\"a\":1}".into()),
        after: None,
        outcome: Outcome::Done,
        reason: String::new(),
        previous: BEGINNING,
        hash: [255; 32],
    }
}

#[test]
fn cells_are_quoted_and_never_formulas() {
    for (name, expected) in [
        ("plain", ",plain,"),
        ("=1+1", ",'=1+1,"),
        ("+49, \"x\"", ",\"'+49, \"\"x\"\"\","),
        ("a\nb", ",\"a\nb\","),
    ] {
        let mut text = String::new();
        export::add(&mut text, ExportFormat::Csv, &view::to_api(entry(name)));
        assert!(text.contains(expected), "{text}");
        assert!(text.ends_with("\r\n"));
    }
    let columns = export::heading(ExportFormat::Csv).split(',').count();
    let mut text = String::new();
    export::add(&mut text, ExportFormat::Csv, &view::to_api(entry("x")));
    assert_eq!(
        text.replace("\"{\"\"a\"\":1}\"", "").split(',').count(),
        columns
    );
}

#[test]
fn a_hash_survives_its_text() {
    let hash = [0xa5; 32];
    assert_eq!(view::from_hex(&view::hex(&hash)).ok(), Some(hash));
    assert!(view::from_hex("a5").is_err());
    assert!(view::from_hex(&"é".repeat(32)).is_err());
}

/// The words that the code records, found in it: what looks like `"thing.verb"` after `Note::new(` or in the tables of notes of the store and the domain.
#[test]
fn every_word_that_is_recorded_can_be_chosen() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeSet::new();
    for folder in ["domain/src", "store/src", "server/src"] {
        collect(&crates.join(folder), &mut found);
    }
    let known: BTreeSet<_> = ACTIONS.iter().map(|word| (*word).to_owned()).collect();
    let unknown: Vec<_> = found.difference(&known).collect();
    let unused: Vec<_> = known.difference(&found).collect();
    assert!(
        unknown.is_empty() && unused.is_empty(),
        "unknown: {unknown:?}, unused: {unused:?}"
    );
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    const KINDS: [&str; 25] = [
        "action",
        "agent",
        "api_token",
        "audit",
        "certificate",
        "invitation",
        "join_token",
        "key",
        "mail",
        "member",
        "organisation",
        "project",
        "request",
        "service",
        "session",
        "settings",
        "sso",
        "user",
        "delivery",
        "device",
        "enrolment",
        "required_snaps",
        "rollout",
        "template",
        "twin",
    ];
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "tests.rs" || name == "actions.rs" {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for quoted in text.split('"').skip(1).step_by(2) {
            let Some((kind, verb)) = quoted.split_once('.') else {
                continue;
            };
            let plain = |text: &str| {
                !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            };
            // `audit.key` is a file.
            if KINDS.contains(&kind) && plain(verb) && verb != "key" {
                found.insert(quoted.to_owned());
            }
        }
    }
}
