use std::fmt::Write as _;

use edgeward_ids::{OrganisationId, ProjectId};

use super::*;

/// Somebody of this role at the project, and what the role is at the project's organisation.
fn somebody(role: Role, organisation: OrganisationId, project: ProjectId) -> Grants {
    let membership = match role {
        Role::SystemAdmin => return Grants::system_admin(),
        Role::OrganisationAdmin => Membership::Organisation {
            id: organisation,
            role: OrganisationRole::Admin,
        },
        Role::ProjectAdmin => Membership::Project {
            id: project,
            organisation,
            role: ProjectRole::Admin,
        },
        Role::Viewer => Membership::Project {
            id: project,
            organisation,
            role: ProjectRole::Viewer,
        },
    };
    Grants::new(false, [membership])
}

/// Every role × action × scope, as a table. A change of the golden file is a change of what people may do.
#[test]
fn the_table_of_roles_is_the_golden_one() {
    let (organisation, project) = (OrganisationId::generate(), ProjectId::generate());
    let (other, others) = (OrganisationId::generate(), ProjectId::generate());
    let scopes = [
        ("system", Scope::System),
        ("organisation", Scope::Organisation(organisation)),
        (
            "project",
            Scope::Project {
                organisation,
                project,
            },
        ),
        (
            "sibling project",
            Scope::Project {
                organisation,
                project: others,
            },
        ),
        ("other organisation", Scope::Organisation(other)),
        (
            "other's project",
            Scope::Project {
                organisation: other,
                project: others,
            },
        ),
        ("anywhere", Scope::Anywhere),
    ];
    let mut table = String::from(
        "action | scope | system_admin | organisation_admin | project_admin | viewer\n",
    );
    for action in Action::ALL {
        for (name, scope) in scopes {
            write!(table, "{} | {name}", action.as_str()).unwrap();
            for role in Role::ALL {
                let grants = somebody(role, organisation, project);
                let word = match permit(&grants, *action, scope) {
                    Ok(permit) => {
                        assert_eq!((permit.action(), permit.scope()), (*action, scope));
                        "yes"
                    }
                    Err(Denied::Role(_)) => "no",
                    Err(Denied::Hidden) => "hidden",
                };
                write!(table, " | {word}").unwrap();
            }
            table.push('\n');
        }
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/access/roles.golden.txt");
    if std::env::var_os("EDGEWARD_WRITE_GOLDEN").is_some() {
        std::fs::write(file, &table).unwrap();
    }
    let golden = std::fs::read_to_string(file).unwrap();
    assert_eq!(
        table, golden,
        "if this is meant, run with EDGEWARD_WRITE_GOLDEN=1 and read the difference"
    );
}

#[test]
fn a_token_allows_what_both_it_and_its_owner_are_allowed() {
    let (organisation, project) = (OrganisationId::generate(), ProjectId::generate());
    let scope = Scope::Project {
        organisation,
        project,
    };
    for (i, mine) in Role::ALL.into_iter().enumerate() {
        for (j, theirs) in Role::ALL.into_iter().enumerate() {
            let both = somebody(mine, organisation, project).both(&somebody(
                theirs,
                organisation,
                project,
            ));
            assert_eq!(both.role_at(scope), Some(Role::ALL[i.max(j)]));
        }
    }
    let elsewhere = somebody(
        Role::ProjectAdmin,
        OrganisationId::generate(),
        ProjectId::generate(),
    );
    let both = somebody(Role::OrganisationAdmin, organisation, project).both(&elsewhere);
    assert_eq!(both, Grants::default());
}

#[test]
fn a_member_of_an_organisation_sees_their_own_projects_and_a_viewer_all() {
    let (organisation, project) = (OrganisationId::generate(), ProjectId::generate());
    let scope = Scope::Project {
        organisation,
        project,
    };
    let of = |role| {
        Grants::new(
            false,
            [Membership::Organisation {
                id: organisation,
                role,
            }],
        )
    };
    assert_eq!(of(OrganisationRole::Member).role_at(scope), None);
    assert_eq!(
        of(OrganisationRole::Viewer).role_at(scope),
        Some(Role::Viewer)
    );
    assert!(
        !of(OrganisationRole::Member)
            .visible(Role::Viewer)
            .project(organisation, project)
    );
    assert!(
        of(OrganisationRole::Viewer)
            .visible(Role::Viewer)
            .project(organisation, project)
    );
    assert!(
        !of(OrganisationRole::Viewer)
            .visible(Role::ProjectAdmin)
            .project(organisation, project)
    );
}

#[test]
fn roles_keep_their_words() {
    for role in Role::ALL {
        assert_eq!(Role::from_word(role.as_str()), Some(role));
    }
    for role in OrganisationRole::ALL {
        assert_eq!(OrganisationRole::from_word(role.as_str()), Some(role));
    }
    for role in ProjectRole::ALL {
        assert_eq!(ProjectRole::from_word(role.as_str()), Some(role));
    }
    assert_eq!(Role::from_word("root"), None);
}

#[test]
fn passwords_are_judged_by_the_first_rule_that_they_break() {
    let rules = PasswordRules {
        min_chars: 8,
        letter: true,
        digit: true,
        symbol: true,
    };
    let judged = |password: &str| rules.check(password).err();
    assert_eq!(judged("a1!"), Some(PasswordFault::TooShort(8)));
    assert_eq!(judged("12345678!"), Some(PasswordFault::NoLetter));
    assert_eq!(judged("abcdefgh!"), Some(PasswordFault::NoDigit));
    assert_eq!(judged("abcdefg1"), Some(PasswordFault::NoSymbol));
    assert_eq!(judged(&"a1!".repeat(400)), Some(PasswordFault::TooLong));
    assert_eq!(judged("密码密码密码1!"), None);
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
