//! Making, changing and ending memberships within a transaction that holds [`Guard::People`].
//!
//! [`Guard::People`]: crate::database::Guard::People

use edgeward_domain::Moment;
use edgeward_domain::access::{Membership, OrganisationRole, ProjectRole};
use edgeward_domain::audit::{By, Note};
use edgeward_ids::{OrganisationId, ProjectId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, JoinType,
    QueryFilter, QuerySelect, RelationTrait,
};
use serde_json::{Value, json};

use super::admins::{Ceasing, may_cease};
use super::grants::{organisation_role, origin_from_word, origin_to_word, project_role};
use super::{MemberChange, MemberOf, MemberRefusal, Origin};
use crate::database::Writing;
use crate::database::entity::{organisation, project, user};
use crate::database::fault::{Broken, Fault};
use crate::database::people::{organisation_member, project_member};

/// A place that one can be a member of.
#[derive(Clone)]
pub(super) struct Place {
    of: MemberOf,
    organisation: OrganisationId,
    /// What the log shows of it.
    shown: Value,
}

impl Place {
    fn note(&self, action: &'static str, user: &user::Model) -> Note {
        let project = match self.of {
            MemberOf::Organisation(_) => None,
            MemberOf::Project(id) => Some(id),
        };
        Note::new(action, Some(user.id.to_string()), &user.email)
            .at(Some(self.organisation), project)
    }

    fn with(&self, role: &str, origin: Origin) -> Value {
        let mut shown = self.shown.clone();
        shown["role"] = role.into();
        shown["origin"] = origin_to_word(origin).into();
        shown
    }
}

/// The place, if it is there.
pub(super) async fn place(
    on: &impl ConnectionTrait,
    of: MemberOf,
) -> Result<Place, Fault<MemberRefusal>> {
    match of {
        MemberOf::Organisation(id) => {
            let row = organisation::Entity::find_by_id(id.as_uuid())
                .one(on)
                .await?
                .ok_or(Fault::Rule(MemberRefusal::UnknownOrganisation))?;
            Ok(Place {
                of,
                organisation: id,
                shown: json!({ "organisation": row.name }),
            })
        }
        MemberOf::Project(id) => {
            let row = project::Entity::find_by_id(id.as_uuid())
                .one(on)
                .await?
                .ok_or(Fault::Rule(MemberRefusal::UnknownProject))?;
            Ok(Place {
                of,
                organisation: OrganisationId::from_uuid(row.organisation_id),
                shown: json!({ "project": row.name }),
            })
        }
    }
}

/// What somebody is there now: the role's word, and where it comes from.
pub(super) async fn seat(
    on: &impl ConnectionTrait,
    user: &user::Model,
    of: MemberOf,
) -> Result<Option<(String, Origin)>, Broken> {
    let found = match of {
        MemberOf::Organisation(id) => {
            organisation_member::Entity::find_by_id((id.as_uuid(), user.id))
                .one(on)
                .await?
                .map(|row| (row.role, row.origin))
        }
        MemberOf::Project(id) => project_member::Entity::find_by_id((id.as_uuid(), user.id))
            .one(on)
            .await?
            .map(|row| (row.role, row.origin)),
    };
    found
        .map(|(role, origin)| Ok((role, origin_from_word(&origin)?)))
        .transpose()
}

/// Makes a user a member, or changes what they are. Of a project only with its organisation.
pub(crate) async fn put(
    transaction: &mut Writing<'_>,
    user: &user::Model,
    membership: Membership,
    origin: Origin,
    by: &By,
    now: Moment,
) -> Result<MemberChange, Fault<MemberRefusal>> {
    let (of, role) = match membership {
        Membership::Organisation { id, role } => (MemberOf::Organisation(id), role.as_str()),
        Membership::Project { id, role, .. } => (MemberOf::Project(id), role.as_str()),
    };
    let place = place(&**transaction, of).await?;
    if let Membership::Project { organisation, .. } = membership {
        if place.organisation != organisation {
            return Err(Fault::Rule(MemberRefusal::UnknownProject));
        }
        let above = MemberOf::Organisation(organisation);
        if seat(&**transaction, user, above).await?.is_none() {
            let member = OrganisationRole::Member.as_str();
            let above = self::place(&**transaction, above).await?;
            write(transaction, user, &above, (member, origin), by, now).await?;
        }
    }
    write(transaction, user, &place, (role, origin), by, now).await
}

async fn write(
    transaction: &mut Writing<'_>,
    user: &user::Model,
    place: &Place,
    (role, origin): (&str, Origin),
    by: &By,
    now: Moment,
) -> Result<MemberChange, Fault<MemberRefusal>> {
    match seat(&**transaction, user, place.of).await? {
        None => {
            insert(&**transaction, user, place.of, role, origin).await?;
            let note = place.note("member.add", user);
            transaction.note(note.after(place.with(role, origin)), by, now);
            Ok(MemberChange::Added)
        }
        Some(had) if had.0 == role && had.1 == origin => Ok(MemberChange::Unchanged),
        Some((had, had_origin)) => {
            let admin = OrganisationRole::Admin.as_str();
            if had == admin && role != admin {
                let ceasing = Ceasing::At(place.of);
                let may = may_cease(&**transaction, user, ceasing).await?;
                may.map_err(|last| Fault::Rule(last.into()))?;
            }
            update(&**transaction, user, place.of, role, origin).await?;
            transaction.note(
                place
                    .note("member.change", user)
                    .before(place.with(&had, had_origin))
                    .after(place.with(role, origin)),
                by,
                now,
            );
            Ok(MemberChange::Changed)
        }
    }
}

/// Ends a membership; of an organisation with all of its projects.
pub(crate) async fn remove(
    transaction: &mut Writing<'_>,
    user: &user::Model,
    of: MemberOf,
    by: &By,
    now: Moment,
) -> Result<(), Fault<MemberRefusal>> {
    let at = place(&**transaction, of).await?;
    let (role, origin) = seat(&**transaction, user, of)
        .await?
        .ok_or(Fault::Rule(MemberRefusal::NotAMember))?;
    let mut ceasing = vec![Ceasing::At(of)];
    let mut below = Vec::new();
    if let MemberOf::Organisation(id) = of {
        ceasing.push(Ceasing::ProjectsOf(id));
        below = projects_in(&**transaction, user, id).await?;
    }
    for ceasing in ceasing {
        let may = may_cease(&**transaction, user, ceasing).await?;
        may.map_err(|last| Fault::Rule(last.into()))?;
    }
    for project in below {
        let project = MemberOf::Project(project);
        let at = place(&**transaction, project).await?;
        if let Some((role, origin)) = seat(&**transaction, user, project).await? {
            delete(&**transaction, user, project).await?;
            let note = at.note("member.remove", user);
            transaction.note(note.before(at.with(&role, origin)), by, now);
        }
    }
    delete(&**transaction, user, of).await?;
    let note = at.note("member.remove", user);
    transaction.note(note.before(at.with(&role, origin)), by, now);
    Ok(())
}

/// The projects of an organisation that a user is a member of.
pub(super) async fn projects_in(
    on: &impl ConnectionTrait,
    user: &user::Model,
    organisation: OrganisationId,
) -> Result<Vec<ProjectId>, Broken> {
    let rows = project_member::Entity::find()
        .join(JoinType::InnerJoin, project_member::Relation::Project.def())
        .filter(project_member::Column::UserId.eq(user.id))
        .filter(project::Column::OrganisationId.eq(organisation.as_uuid()))
        .all(on)
        .await?;
    let ids = rows.into_iter().map(|row| row.project_id);
    Ok(ids.map(ProjectId::from_uuid).collect())
}

async fn insert(
    on: &impl ConnectionTrait,
    user: &user::Model,
    of: MemberOf,
    role: &str,
    origin: Origin,
) -> Result<(), Broken> {
    let (role, origin) = (role.to_owned(), origin_to_word(origin).to_owned());
    match of {
        MemberOf::Organisation(id) => {
            let row = organisation_member::Model {
                organisation_id: id.as_uuid(),
                user_id: user.id,
                role,
                origin,
            };
            organisation_member::Entity::insert(row.into_active_model().reset_all())
                .exec_without_returning(on)
                .await?;
        }
        MemberOf::Project(id) => {
            let row = project_member::Model {
                project_id: id.as_uuid(),
                user_id: user.id,
                role,
                origin,
            };
            project_member::Entity::insert(row.into_active_model().reset_all())
                .exec_without_returning(on)
                .await?;
        }
    }
    Ok(())
}

async fn update(
    on: &impl ConnectionTrait,
    user: &user::Model,
    of: MemberOf,
    role: &str,
    origin: Origin,
) -> Result<(), Broken> {
    let origin = origin_to_word(origin);
    match of {
        MemberOf::Organisation(id) => {
            organisation_member::Entity::update_many()
                .col_expr(organisation_member::Column::Role, Expr::value(role))
                .col_expr(organisation_member::Column::Origin, Expr::value(origin))
                .filter(organisation_member::Column::OrganisationId.eq(id.as_uuid()))
                .filter(organisation_member::Column::UserId.eq(user.id))
                .exec(on)
                .await?;
        }
        MemberOf::Project(id) => {
            project_member::Entity::update_many()
                .col_expr(project_member::Column::Role, Expr::value(role))
                .col_expr(project_member::Column::Origin, Expr::value(origin))
                .filter(project_member::Column::ProjectId.eq(id.as_uuid()))
                .filter(project_member::Column::UserId.eq(user.id))
                .exec(on)
                .await?;
        }
    }
    Ok(())
}

async fn delete(on: &impl ConnectionTrait, user: &user::Model, of: MemberOf) -> Result<(), Broken> {
    match of {
        MemberOf::Organisation(id) => {
            organisation_member::Entity::delete_by_id((id.as_uuid(), user.id))
                .exec(on)
                .await?;
        }
        MemberOf::Project(id) => {
            project_member::Entity::delete_by_id((id.as_uuid(), user.id))
                .exec(on)
                .await?;
        }
    }
    Ok(())
}

/// All that single sign-on gave a user, as it is recorded.
pub(crate) async fn given_by_sso(
    on: &impl ConnectionTrait,
    user: &user::Model,
) -> Result<Vec<Membership>, Broken> {
    let sso = origin_to_word(Origin::Sso);
    let mut found = Vec::new();
    let rows = project_member::Entity::find()
        .find_also_related(project::Entity)
        .filter(project_member::Column::UserId.eq(user.id))
        .filter(project_member::Column::Origin.eq(sso))
        .all(on)
        .await?;
    for (row, project) in rows {
        let project =
            project.ok_or_else(|| Broken::corrupt("a member of no project", row.project_id))?;
        let role: ProjectRole = project_role(&row.role)?;
        found.push(Membership::Project {
            id: ProjectId::from_uuid(row.project_id),
            organisation: OrganisationId::from_uuid(project.organisation_id),
            role,
        });
    }
    let rows = organisation_member::Entity::find()
        .filter(organisation_member::Column::UserId.eq(user.id))
        .filter(organisation_member::Column::Origin.eq(sso))
        .all(on)
        .await?;
    for row in rows {
        found.push(Membership::Organisation {
            id: OrganisationId::from_uuid(row.organisation_id),
            role: organisation_role(&row.role)?,
        });
    }
    Ok(found)
}
