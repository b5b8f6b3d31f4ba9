//! Replacing what single sign-on gave by what it gives now.

use std::collections::HashMap;

use edgeward_domain::Moment;
use edgeward_domain::access::{Grants, Membership, OrganisationRole};
use edgeward_domain::audit::{By, Note};
use edgeward_ids::{OrganisationId, ProjectId};
use serde_json::json;

use super::change::{given_by_sso, projects_in, put, remove, seat};
use super::{MemberOf, MemberRefusal, Origin};
use crate::database::Writing;
use crate::database::entity::user;
use crate::database::fault::{Broken, Fault};

/// Leaves what was given by hand, passes over places that do not exist, and lets nobody go who is the last administrator.
pub(crate) async fn replace(
    transaction: &mut Writing<'_>,
    user: &user::Model,
    given: &[Membership],
    by: &By,
    now: Moment,
) -> Result<(), Broken> {
    // Through grants, so that one place is there once, and organisations with their projects.
    let wanted: HashMap<Key, Membership> = Grants::new(false, given.iter().copied())
        .memberships()
        .map(|membership| (key(membership), membership))
        .collect();
    for had in given_by_sso(&**transaction, user).await? {
        if wanted.contains_key(&key(had)) {
            continue;
        }
        let outcome = end(transaction, user, had, by, now).await;
        keep_if_last(transaction, user, outcome, by, now)?;
    }
    for membership in organisations_first(wanted.into_values()) {
        let by_hand = seat(&**transaction, user, of(membership)).await?;
        if by_hand.is_some_and(|(_, origin)| origin == Origin::Hand) {
            continue;
        }
        let outcome = put(transaction, user, membership, Origin::Sso, by, now).await;
        keep_if_last(transaction, user, outcome.map(|_| ()), by, now)?;
    }
    Ok(())
}

type Key = (Option<OrganisationId>, Option<ProjectId>);

const fn key(membership: Membership) -> Key {
    match membership {
        Membership::Organisation { id, .. } => (Some(id), None),
        Membership::Project { id, .. } => (None, Some(id)),
    }
}

const fn of(membership: Membership) -> MemberOf {
    match membership {
        Membership::Organisation { id, .. } => MemberOf::Organisation(id),
        Membership::Project { id, .. } => MemberOf::Project(id),
    }
}

fn organisations_first(all: impl Iterator<Item = Membership>) -> Vec<Membership> {
    let mut all: Vec<Membership> = all.collect();
    all.sort_by_key(|membership| matches!(membership, Membership::Project { .. }));
    all
}

/// Ends a membership; of an organisation in which a project remains, all but the plain membership.
async fn end(
    transaction: &mut Writing<'_>,
    user: &user::Model,
    had: Membership,
    by: &By,
    now: Moment,
) -> Result<(), Fault<MemberRefusal>> {
    if let Membership::Organisation { id, .. } = had
        && !projects_in(&**transaction, user, id).await?.is_empty()
    {
        let plain = Membership::Organisation {
            id,
            role: OrganisationRole::Member,
        };
        return put(transaction, user, plain, Origin::Sso, by, now)
            .await
            .map(|_| ());
    }
    remove(transaction, user, of(had), by, now).await
}

fn keep_if_last(
    transaction: &mut Writing<'_>,
    user: &user::Model,
    outcome: Result<(), Fault<MemberRefusal>>,
    by: &By,
    now: Moment,
) -> Result<(), Broken> {
    match outcome {
        Ok(())
        | Err(Fault::Rule(
            MemberRefusal::UnknownOrganisation
            | MemberRefusal::UnknownProject
            | MemberRefusal::UnknownUser
            | MemberRefusal::NotAMember,
        )) => Ok(()),
        Err(Fault::Rule(MemberRefusal::LastAdmin(last))) => {
            let note = Note::new(
                "sso.keep_last_admin",
                Some(user.id.to_string()),
                &user.email,
            );
            let kept = json!({ "kept": last.to_string() });
            transaction.note(note.after(kept), by, now);
            Ok(())
        }
        Err(Fault::Broken(broken)) => Err(broken),
    }
}
