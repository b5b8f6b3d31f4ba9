use super::*;
use crate::excerpt;

const TOKEN: &str =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJlZGdld2FyZC5wdWIifQ.c2ln-bmF0_dXJl";

#[test]
fn nothing_that_could_be_a_credential_is_repeated() {
    for said in [
        format!("JWTVAL__ERRCODE:16__ERRSTR:token is expired__TOKEN:{TOKEN}"),
        format!("refused <{TOKEN}>"),
        format!("Bearer {TOKEN}\r\nno"),
        format!("{{\"token\":\"{TOKEN}\"}}"),
        format!("token={}", TOKEN.replace('.', " . ")),
        "you sent Authorization: Basic YWRtaW46cHVibGlj".to_owned(),
        "Basic YTpi is wrong".to_owned(),
        "cut off: eyJhbGci".to_owned(),
    ] {
        let shown = excerpt::of(&answer(401, &said));
        assert!(shown.contains("[…]"), "{shown}");
        for part in TOKEN
            .split('.')
            .chain(["YWRtaW46cHVibGlj", "YTpi", "eyJhb"])
        {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}

#[test]
fn an_excerpt_is_short_and_printable_and_keeps_ordinary_words() {
    let said = "not found\u{1b}[31m\u{202e} target\n\n\tkey file edgeward.pub in /etc/mgmt";
    assert_eq!(
        excerpt::of(&answer(401, said)),
        "not found [31m target key file edgeward.pub in /etc/mgmt"
    );
    let long = excerpt::of(&answer(401, &"word ".repeat(10_000)));
    assert!(long.chars().count() <= 121, "{long}");
    assert!(long.ends_with('…'));
}

#[test]
fn a_token_that_is_cut_where_reading_ends_is_not_repeated_either() {
    let said = format!("{}{TOKEN}", " ".repeat(4080));
    let shown = excerpt::of(&answer(401, &said));
    assert_eq!(shown, "[…]");
}
