use super::*;

#[test]
fn a_token_is_good_until_its_end_and_its_last_use() {
    let at = Moment::from_micros;
    for (uses_left, now, expected) in [
        (1, 99, Ok(0)),
        (7, 0, Ok(6)),
        (1, 100, Err(UseRefusal::Expired)),
        (0, 99, Err(UseRefusal::UsedUp)),
        (0, 100, Err(UseRefusal::Expired)),
    ] {
        let token = JoinToken {
            id: JoinTokenId::generate(),
            uses_left,
            created_at: at(0),
            expires_at: at(100),
            organisation: None,
            project: None,
        };
        let used = use_once(&token, at(now)).map(|t| t.uses_left);
        assert_eq!(used, expected, "{uses_left} uses left at {now}");
    }
}
