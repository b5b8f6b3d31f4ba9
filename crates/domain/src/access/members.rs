//! Accounts and memberships: that nothing is left without somebody who can administer it, and who may manage whose account.

use edgeward_ids::{Name, OrganisationId, ProjectId};

use super::{Action, Grants, Membership, OrganisationRole, Role, Scope};

/// The most users in one installation.
pub const MAX_USERS: u64 = 100_000;

/// The most API tokens of one owner; the machine's operator is one.
pub const MAX_API_TOKENS_PER_OWNER: u64 = 1000;

/// What has administrators.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Administered {
    /// The installation.
    System,
    /// An organisation.
    Organisation(OrganisationId, Name),
    /// A project.
    Project(ProjectId, Name),
}

/// The change would leave something without an active administrator.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LastAdmin {
    /// The installation.
    #[error(
        "this is the last active system administrator; make another user a system administrator first"
    )]
    System,
    /// An organisation.
    #[error(
        "this is the last active administrator of the organisation \"{0}\"; make another member its administrator first"
    )]
    Organisation(Name),
    /// A project.
    #[error(
        "this is the last active administrator of the project \"{0}\"; make another member its administrator first"
    )]
    Project(Name),
}

/// May something with `before` active administrators have `after` of them? Whatever has one keeps one.
pub fn may_have_admins(place: &Administered, before: u64, after: u64) -> Result<(), LastAdmin> {
    if before == 0 || after > 0 {
        return Ok(());
    }
    Err(match place {
        Administered::System => LastAdmin::System,
        Administered::Organisation(_, name) => LastAdmin::Organisation(name.clone()),
        Administered::Project(_, name) => LastAdmin::Project(name.clone()),
    })
}

/// May whoever has the grants `caller` disable, reset, edit and delete the account that has the grants `account`?
///
/// A system administrator may manage all. Others only an account that belongs somewhere, is no system administrator's, and
/// has nothing outside their reach: no membership of an organisation that they do not administer, but a plain one, of an
/// organisation in which everything else that the account has is in projects that they administer.
pub fn may_manage_account(caller: &Grants, account: &Grants) -> bool {
    if caller.is_system_admin() {
        return true;
    }
    if account.is_system_admin() {
        return false;
    }
    let mut anything = false;
    let within_reach = account.memberships().all(|membership| {
        anything = true;
        match membership {
            Membership::Organisation { id, role } => {
                let mine = caller.role_at(Scope::Organisation(id));
                mine == Some(Role::OrganisationAdmin)
                    || (role == OrganisationRole::Member
                        && mine == Some(Role::ProjectAdmin)
                        && has_a_project_in(account, id))
            }
            Membership::Project {
                id, organisation, ..
            } => {
                let scope = Scope::Project {
                    organisation,
                    project: id,
                };
                super::permit(caller, Action::ManageProjectMembers, scope).is_ok()
            }
        }
    });
    anything && within_reach
}

fn has_a_project_in(account: &Grants, wanted: OrganisationId) -> bool {
    account.memberships().any(|membership| {
        matches!(membership, Membership::Project { organisation, .. } if organisation == wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::super::ProjectRole;
    use super::*;

    fn in_organisation(id: OrganisationId, role: OrganisationRole) -> Membership {
        Membership::Organisation { id, role }
    }

    fn in_project(id: ProjectId, organisation: OrganisationId, role: ProjectRole) -> Membership {
        Membership::Project {
            id,
            organisation,
            role,
        }
    }

    #[test]
    fn what_has_an_administrator_keeps_one() {
        let name: Name = "plant".parse().unwrap();
        let project = Administered::Project(ProjectId::generate(), name.clone());
        assert_eq!(may_have_admins(&project, 0, 0), Ok(()));
        assert_eq!(may_have_admins(&project, 2, 1), Ok(()));
        assert_eq!(may_have_admins(&project, 0, 1), Ok(()));
        let last = Err(LastAdmin::Project(name.clone()));
        assert_eq!(may_have_admins(&project, 1, 0), last);
        assert_eq!(
            may_have_admins(&Administered::System, 3, 0),
            Err(LastAdmin::System)
        );
        let organisation = Administered::Organisation(OrganisationId::generate(), name.clone());
        let last = Err(LastAdmin::Organisation(name));
        assert_eq!(may_have_admins(&organisation, 1, 0), last);
    }

    #[test]
    fn an_account_is_managed_by_whoever_administers_all_that_it_has() {
        let (a, b) = (OrganisationId::generate(), OrganisationId::generate());
        let (p, q) = (ProjectId::generate(), ProjectId::generate());
        let system = Grants::system_admin();
        let of = |memberships: &[Membership]| Grants::new(false, memberships.iter().copied());
        let admin_a = of(&[in_organisation(a, OrganisationRole::Admin)]);
        let admin_p = of(&[in_project(p, a, ProjectRole::Admin)]);
        let viewer_p = of(&[in_project(p, a, ProjectRole::Viewer)]);
        let in_both = of(&[
            in_project(p, a, ProjectRole::Viewer),
            in_project(q, b, ProjectRole::Viewer),
        ]);
        let in_p_and_q = of(&[
            in_project(p, a, ProjectRole::Viewer),
            in_project(q, a, ProjectRole::Viewer),
        ]);
        let viewer_a = of(&[in_organisation(a, OrganisationRole::Viewer)]);
        let only_member_a = of(&[in_organisation(a, OrganisationRole::Member)]);
        for (caller, account, expected) in [
            (&system, &system, true),
            (&system, &Grants::default(), true),
            (&admin_a, &system, false),
            (&admin_a, &Grants::default(), false),
            (&admin_a, &admin_a, true),
            (&admin_a, &admin_p, true),
            (&admin_a, &in_both, false),
            (&admin_a, &in_p_and_q, true),
            (&admin_p, &viewer_p, true),
            (&admin_p, &in_p_and_q, false),
            (&admin_p, &viewer_a, false),
            (&admin_p, &admin_a, false),
            (&admin_p, &only_member_a, false),
            (&viewer_p, &viewer_p, false),
        ] {
            let found = may_manage_account(caller, account);
            assert_eq!(found, expected, "{caller:?} over {account:?}");
        }
    }
}
