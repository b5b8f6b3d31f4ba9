//! Making users.

use edgeward_domain::Moment;
use edgeward_domain::access::{MAX_USERS, Membership};
use edgeward_domain::audit::By;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
};

use super::row::{about, search, shown, view};
use super::{CreateRefusal, InvitationPurpose, NewUser, UserView, invitations};
use crate::database::entity::{organisation, project, user};
use crate::database::fault::{Broken, Fault};
use crate::database::text::storable;
use crate::database::{Database, Guard, Writing};
use crate::members::grants::{NO_ROLE, SYSTEM_ADMIN};
use crate::members::put;
use crate::{MemberRefusal, Origin};

pub(super) async fn many<R>(
    database: &Database,
    users: Vec<NewUser>,
    by: &By,
    now: Moment,
) -> Result<Vec<Result<UserView, CreateRefusal>>, Fault<R>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::People).await?;
    let mut results = Vec::with_capacity(users.len());
    for user in users {
        let may = may_create(&*transaction, &user).await?;
        results.push(match may {
            Ok(()) => Ok(one(&mut transaction, user, Origin::Hand, by, now).await?),
            Err(refusal) => Err(refusal),
        });
    }
    transaction.commit().await?;
    Ok(results)
}

/// Looks before anything is written, so that a refusal leaves the transaction whole.
async fn may_create(
    on: &impl ConnectionTrait,
    new: &NewUser,
) -> Result<Result<(), CreateRefusal>, Broken> {
    let same = user::Entity::find()
        .filter(user::Column::EmailKey.eq(new.email.key()))
        .count(on)
        .await?;
    if same > 0 {
        return Ok(Err(CreateRefusal::EmailTaken));
    }
    if is_full(on).await? {
        return Ok(Err(CreateRefusal::TooMany));
    }
    for membership in &new.memberships {
        match membership {
            Membership::Organisation { id, .. } => {
                let found = organisation::Entity::find_by_id(id.as_uuid());
                if found.count(on).await? == 0 {
                    return Ok(Err(CreateRefusal::UnknownOrganisation));
                }
            }
            Membership::Project {
                id, organisation, ..
            } => {
                let found = project::Entity::find_by_id(id.as_uuid())
                    .filter(project::Column::OrganisationId.eq(organisation.as_uuid()));
                if found.count(on).await? == 0 {
                    return Ok(Err(CreateRefusal::UnknownProject));
                }
            }
        }
    }
    Ok(Ok(()))
}

/// Whether as many users exist as may.
pub(super) async fn is_full(on: &impl ConnectionTrait) -> Result<bool, Broken> {
    Ok(user::Entity::find().count(on).await? >= MAX_USERS)
}

/// Records a user with memberships and link. The address is free, and the places are there.
pub(crate) async fn one(
    transaction: &mut Writing<'_>,
    new: NewUser,
    origin: Origin,
    by: &By,
    now: Moment,
) -> Result<UserView, Broken> {
    let role = if new.system_admin {
        SYSTEM_ADMIN
    } else {
        NO_ROLE
    };
    let mut row = user::Model {
        id: new.id.as_uuid(),
        email: new.email.as_str().to_owned(),
        email_key: new.email.key(),
        display_name: storable(&new.display_name),
        role: role.to_owned(),
        password_hash: new.password_hash.unwrap_or_default(),
        created_at: now.as_micros(),
        phone: storable(&new.phone),
        language: None,
        state: new.state.as_str().to_owned(),
        sso_only: new.sso_only,
        last_sign_in_at: None,
        search: String::new(),
    };
    row.search = search(&row);
    user::Entity::insert(user::ActiveModel::from(row.clone()).reset_all())
        .exec_without_returning(&**transaction)
        .await?;
    let grants = edgeward_domain::access::Grants::new(new.system_admin, new.memberships.clone());
    let note = about("user.create", &row, &grants).after(shown(&row));
    transaction.note(note, by, now);
    for membership in new.memberships {
        match put(transaction, &row, membership, origin, by, now).await {
            Ok(_) => {}
            Err(Fault::Broken(broken)) => return Err(broken),
            Err(Fault::Rule(refusal @ MemberRefusal::LastAdmin(_))) => {
                return Err(Broken::corrupt("a new user who is a last one", refusal));
            }
            Err(Fault::Rule(refusal)) => {
                return Err(Broken::corrupt("a place that went away", refusal));
            }
        }
    }
    if let Some(invitation) = new.invitation {
        let purpose = InvitationPurpose::Invite;
        invitations::insert(&**transaction, new.id, purpose, invitation, now).await?;
        let note = about("user.invite", &row, &grants);
        transaction.note(note, by, now);
    }
    view(&**transaction, row).await
}
