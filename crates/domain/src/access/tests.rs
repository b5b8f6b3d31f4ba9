use super::*;

fn user(role: Role) -> Actor {
    Actor::User(User {
        id: UserId::generate(),
        email: "a@b.c".parse().unwrap(),
        display_name: "A".into(),
        role,
        created_at: Moment::from_micros(0),
    })
}

#[test]
fn only_the_system_administrator_and_the_machine_may_act() {
    let actions = [
        Action::Look,
        Action::OpenServices,
        Action::ManageAgents,
        Action::ManageJoinTokens,
        Action::ManageOrganisations,
    ];
    for action in actions {
        assert_eq!(
            permit(&Actor::Machine, action).map(|p| p.action()),
            Ok(action)
        );
        for role in Role::ALL {
            let allowed = permit(&user(role), action).is_ok();
            assert_eq!(allowed, role == Role::SystemAdmin, "{role:?} {action:?}");
        }
    }
}

#[test]
fn roles_keep_their_words() {
    let words = Role::ALL.map(Role::as_str);
    assert_eq!(
        words,
        [
            "system_admin",
            "organisation_admin",
            "project_admin",
            "viewer"
        ]
    );
    for role in Role::ALL {
        assert_eq!(Role::from_word(role.as_str()), Some(role));
    }
    assert_eq!(Role::from_word("root"), None);
}

#[test]
fn e_mail_addresses_compare_without_case_and_keep_their_form() {
    let email: Email = " Ada@Example.COM ".parse().unwrap();
    assert_eq!(email.as_str(), "Ada@Example.COM");
    assert_eq!(email, "ada@example.com".parse().unwrap());
    for bad in ["", "ada", "@b", "a@", "a b@c", "a@b\u{0}"] {
        assert!(bad.parse::<Email>().is_err(), "{bad:?}");
    }
    assert!(format!("{}@b", "a".repeat(252)).parse::<Email>().is_ok());
    assert!(format!("{}@b", "a".repeat(253)).parse::<Email>().is_err());
}
