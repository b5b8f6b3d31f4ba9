use super::layers::{Layer, table};
use super::{Crate, Dependency, layers, manifests, paths};

const ARCHITECTURE: &str = include_str!("../../../ARCHITECTURE.md");

const GOOD: &str = "[package]\nname = \"edgeward-x\"\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\n[lints]\nworkspace = true\n\n[dependencies]\nserde.workspace = true\ntokio = { workspace = true, features = [\"rt\"] }\n";

fn member(name: &str, dependencies: Vec<Dependency>) -> Crate {
    Crate {
        name: name.into(),
        folder: name.into(),
        manifest: GOOD.into(),
        dependencies,
    }
}

fn ours(name: &str) -> Dependency {
    Dependency {
        name: name.into(),
        ours: true,
        tests_only: false,
    }
}

fn foreign(name: &str) -> Dependency {
    Dependency {
        ours: false,
        ..ours(name)
    }
}

fn in_tests(dependency: Dependency) -> Dependency {
    Dependency {
        tests_only: true,
        ..dependency
    }
}

/// What is wrong with one dependency in a house that is otherwise as the table says.
fn verdict(from: &str, dependency: Dependency) -> Option<String> {
    let mut crates: Vec<Crate> = table(ARCHITECTURE)
        .keys()
        .map(|name| member(name, Vec::new()))
        .collect();
    crates
        .iter_mut()
        .find(|member| member.name == from)
        .unwrap()
        .dependencies
        .push(dependency);
    let mut findings = layers::findings(ARCHITECTURE, &crates);
    assert!(findings.len() <= 1, "{findings:?}");
    findings.pop()
}

#[test]
fn the_table_of_the_architecture_is_read() {
    let table = table(ARCHITECTURE);
    let layer = |height, name: &str| {
        Some(Layer {
            height,
            name: name.into(),
        })
    };
    assert_eq!(table.get("ids").cloned(), layer(0, "words"));
    assert_eq!(table.get("domain").cloned(), layer(1, "rules"));
    assert_eq!(table.get("broker").cloned(), layer(1, "mechanisms"));
    assert_eq!(table.get("cli").cloned(), layer(3, "programs"));
    assert!(table.len() >= 19, "{table:?}");
}

#[test]
fn dependencies_go_down_only() {
    for (from, to) in [
        ("server", "store"),
        ("wire", "ids"),
        ("tunnel", "wire"),
        ("bus", "pki"),
        ("broker", "bus"),
        ("cli", "server"),
        ("demo", "agent"),
        ("e2e", "testkit"),
    ] {
        assert_eq!(verdict(from, ours(to)), None, "{from} may use {to}");
    }
    for (from, to) in [
        ("ids", "wire"),
        ("api", "wire"),
        ("domain", "wire"),
        ("domain", "runtime"),
        ("tunnel", "bus"),
        ("pki", "store"),
        ("store", "client"),
        ("server", "agent"),
        ("agent", "store"),
        ("client", "server"),
        ("server", "testkit"),
    ] {
        assert!(
            verdict(from, ours(to)).is_some(),
            "{from} must not use {to}"
        );
    }
}

#[test]
fn tests_may_use_the_test_kit_and_nothing_else_above() {
    assert_eq!(verdict("mqtt", in_tests(ours("testkit"))), None);
    assert!(verdict("mqtt", in_tests(ours("server"))).is_some());
}

#[test]
fn libraries_with_an_owner_stay_with_it() {
    assert_eq!(verdict("store", foreign("sqlx")), None);
    assert_eq!(verdict("mqtt", foreign("rmqtt-codec")), None);
    for (from, package) in [
        ("server", "sqlx"),
        ("agent", "rustls"),
        ("bus", "rmqtt"),
        ("bus", "rmqtt-codec"),
        ("domain", "tokio"),
    ] {
        assert!(
            verdict(from, foreign(package)).is_some(),
            "{from} must not use {package}"
        );
    }
}

#[test]
fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
    let crates: Vec<Crate> = table(ARCHITECTURE)
        .keys()
        .skip(1)
        .map(|name| member(name, Vec::new()))
        .chain([member("utils", Vec::new())])
        .collect();
    let findings = layers::findings(ARCHITECTURE, &crates);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(
        findings
            .iter()
            .any(|finding| finding.contains("`utils` has no row"))
    );
}

#[test]
fn manifests_inherit() {
    assert_eq!(
        manifests::findings(&[member("x", Vec::new())]),
        Vec::<String>::new()
    );
    let spoilt = |from: &str, to: &str| {
        let manifest = GOOD.replace(from, to);
        assert_ne!(manifest, GOOD);
        manifests::findings(&[Crate {
            manifest,
            ..member("x", Vec::new())
        }])
    };
    assert!(
        spoilt("edition.workspace = true", "edition = \"2021\"")[0]
            .contains("edition must be inherited")
    );
    assert!(spoilt("[lints]\nworkspace = true", "[lints]")[0].contains("lints"));
    assert!(spoilt("serde.workspace = true", "serde = \"1\"")[0].contains("version of its own"));
    assert!(
        spoilt("serde.workspace = true", "serde = { version = \"1\" }")[0]
            .contains("version of its own")
    );
    let moved = manifests::findings(&[Crate {
        folder: "y".into(),
        ..member("x", Vec::new())
    }]);
    assert!(moved[0].contains("must be crates/x"));
}

#[test]
fn paths_stay_inside() {
    let of = |file: &str, text: &str| paths::in_text(file, text, "/somewhere/checkout").len();
    assert_eq!(of("docs/a.md", "see [b](../b.md) and ../crates/x"), 0);
    assert_eq!(of("docs/a.md", "see [b](../../b.md)"), 1);
    assert_eq!(of("a.md", "as in ../x/y.md, `../z`"), 2);
    assert_eq!(
        of("crates/x/src/tests.rs", "let odd = \"../../../../etc\";"),
        0
    );
    assert_eq!(of("crates/x/src/lib.rs", "// in /somewhere/checkout/x"), 1);
}
