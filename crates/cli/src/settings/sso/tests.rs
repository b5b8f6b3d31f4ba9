use super::*;

fn gives(text: &str) -> Gives<'_> {
    parse_rule(text).unwrap().gives
}

#[test]
fn a_rule_is_read_as_it_is_written() {
    let written = parse_rule("groups = urn:x->y=1 -> viewer of Acme / Hall 3").unwrap();
    assert_eq!((written.claim, written.value), ("groups", "urn:x->y=1"));
    assert_eq!(
        written.gives,
        Gives::Project(MemberRole::Viewer, "Acme", "Hall 3")
    );
    assert_eq!(
        gives("a=b -> member of House of Cards"),
        Gives::Organisation(MemberRole::Member, "House of Cards")
    );
    assert_eq!(gives("a=b->system admin"), Gives::Everything);
}

#[test]
fn what_is_no_rule_is_refused() {
    for bad in [
        "",
        "groups",
        "groups=x",
        "groups=x ->",
        "=x -> system admin",
        "groups= -> system admin",
        "groups=x -> owner of Acme",
        "groups=x -> admin Acme",
        "groups=x -> member of Acme / Hall 3",
    ] {
        assert_eq!(parse_rule(bad), None, "{bad}");
    }
}
