//! Adding, changing and removing services by hand. A sealed password is written to the service's row and nowhere else.

use std::collections::BTreeSet;

use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::selection::Tag;
use edgeward_domain::service::{Address, Authentication, Check, Service, Trust, Way};
use edgeward_ids::{Name, OrganisationId, ProjectId, ServiceId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::row::{to_model, views};
use super::{
    AddRefusal, ChangeRefusal, NewDirect, RemoveRefusal, ServiceChange, ServiceView, Tagging, tags,
};
use crate::database::entity::service;
use crate::database::fault::{Broken, Fault};
use crate::database::text::{storable, to_name};
use crate::database::{Database, Guard, Writing};
use crate::organisations::sql::organisation_of;

pub(super) async fn add(
    database: &Database,
    new: NewDirect,
    by: &By,
    now: Moment,
) -> Result<ServiceView, Fault<AddRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Services).await?;
    let organisation = could_add(&*transaction, &new).await?;
    let (service, tags, check) = service_of(new, organisation, now);
    let model = to_model(&service, None, check.as_ref());
    service::Entity::insert(model.into_active_model().reset_all())
        .exec_without_returning(&*transaction)
        .await?;
    tags::insert(&*transaction, tags::each(service.id, &tags)).await?;
    let view = must_find(&*transaction, service.id).await?;
    transaction.note(
        about("service.add", &view.service).after(shown(&view.service, &view.tags)),
        by,
        now,
    );
    transaction.commit().await?;
    Ok(view)
}

/// Whether a service could be added now, and the organisation that it would be in.
pub(super) async fn could_add(
    on: &impl ConnectionTrait,
    new: &NewDirect,
) -> Result<OrganisationId, Fault<AddRefusal>> {
    let organisation = organisation_of(on, new.project)
        .await?
        .ok_or(Fault::Rule(AddRefusal::UnknownProject))?;
    if name_is_taken(on, new.project, &new.name).await? {
        return Err(Fault::Rule(AddRefusal::NameTaken));
    }
    if let Some(other) = name_at(on, new.project, &new.address, None).await? {
        return Err(Fault::Rule(AddRefusal::AddressTaken(other)));
    }
    let Tagging { tags, limits } = &new.tagging;
    tags::allowed(on, new.project, new.id, tags, *limits)
        .await
        .map_err(|fault| fault.ruled(AddRefusal::Tags))?;
    Ok(organisation)
}

/// A service that is to be, with its tags and what is known of it.
pub(super) fn service_of(
    new: NewDirect,
    organisation: OrganisationId,
    now: Moment,
) -> (Service, BTreeSet<Tag>, Option<Check>) {
    let service = Service {
        id: new.id,
        name: new.name,
        kind: new.kind,
        description: new.description,
        organisation,
        project: new.project,
        created_at: now,
        way: Way::Direct {
            scheme: new.scheme,
            address: new.address,
            trust: new.trust,
        },
        authentication: new.authentication,
    };
    (service, new.tagging.tags, new.check)
}

pub(super) async fn change(
    database: &Database,
    id: ServiceId,
    change: ServiceChange,
    by: &By,
    now: Moment,
) -> Result<ServiceView, Fault<ChangeRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Services).await?;
    let before = lock(&transaction, id)
        .await?
        .ok_or(Fault::Rule(ChangeRefusal::Unknown))?;
    let check = change.check.clone();
    let (after, tags) = could_change(&*transaction, &before, change).await?;
    let same = after == before.service && tags == before.tags;
    if same && check.is_none() {
        return Ok(before);
    }
    if tags != before.tags {
        tags::replace(&*transaction, id, &tags).await?;
    }
    // What was found under another address, or as somebody else, says nothing of what is now.
    let reached_alike = (&after.way, &after.authentication)
        == (&before.service.way, &before.service.authentication);
    let known = before.check.as_ref().filter(|_| reached_alike);
    let model = to_model(&after, before.agent_name.as_ref(), check.as_ref().or(known));
    service::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(service::Column::Id.eq(id.as_uuid()))
        .exec(&*transaction)
        .await?;
    if !same {
        let note = about("service.change", &before.service)
            .before(shown(&before.service, &before.tags))
            .after(shown_after(&before.service, &after, &tags));
        transaction.note(note, by, now);
    }
    let view = must_find(&*transaction, id).await?;
    transaction.commit().await?;
    Ok(view)
}

/// The service and its tags after the change, if it may be so.
pub(super) async fn could_change(
    on: &impl ConnectionTrait,
    before: &ServiceView,
    change: ServiceChange,
) -> Result<(Service, BTreeSet<Tag>), Fault<ChangeRefusal>> {
    let tagging = change.tagging.clone();
    let after = changed(&before.service, change).map_err(Fault::Rule)?;
    let (id, project) = (after.id, after.project);
    if after.name != before.service.name && name_is_taken(on, project, &after.name).await? {
        return Err(Fault::Rule(ChangeRefusal::NameTaken));
    }
    if let Way::Direct { address, .. } = &after.way
        && let Some(other) = name_at(on, project, address, Some(id)).await?
    {
        return Err(Fault::Rule(ChangeRefusal::AddressTaken(other)));
    }
    let Some(Tagging { tags, limits }) = tagging else {
        return Ok((after, before.tags.clone()));
    };
    // Fewer tags are always allowed, also where the limits were greater once.
    if !tags.is_subset(&before.tags) {
        tags::allowed(on, project, id, &tags, limits)
            .await
            .map_err(|fault| fault.ruled(ChangeRefusal::Tags))?;
    }
    Ok((after, tags))
}

/// The service after the change, with what its agent says left to the agent.
fn changed(before: &Service, change: ServiceChange) -> Result<Service, ChangeRefusal> {
    let ServiceChange {
        name,
        description,
        kind,
        scheme,
        address,
        trust,
        authentication,
        tagging: _,
        check: _,
    } = change;
    let mut after = before.clone();
    match &mut after.way {
        Way::Direct {
            scheme: own_scheme,
            address: own_address,
            trust: own_trust,
        } => {
            set(own_scheme, scheme);
            set(own_address, address);
            set(own_trust, trust);
        }
        Way::Agent { .. } => {
            let said_by_agent = description.is_some()
                || kind.is_some()
                || scheme.is_some()
                || address.is_some()
                || trust.is_some();
            if said_by_agent {
                return Err(ChangeRefusal::NotDirect);
            }
        }
    }
    set(&mut after.name, name);
    set(
        &mut after.description,
        description.map(|text| storable(&text)),
    );
    set(&mut after.kind, kind.map(|text| storable(&text)));
    set(&mut after.authentication, authentication);
    Ok(after)
}

fn set<T>(own: &mut T, wanted: Option<T>) {
    if let Some(wanted) = wanted {
        *own = wanted;
    }
}

pub(super) async fn remove(
    database: &Database,
    id: ServiceId,
    by: &By,
    now: Moment,
) -> Result<ServiceView, Fault<RemoveRefusal>> {
    let mut transaction = database.write().await?;
    let view = lock(&transaction, id)
        .await?
        .ok_or(Fault::Rule(RemoveRefusal::Unknown))?;
    if let Some(agent) = &view.agent_name {
        return Err(Fault::Rule(RemoveRefusal::OfAgent(agent.clone())));
    }
    service::Entity::delete_by_id(id.as_uuid())
        .exec(&*transaction)
        .await?;
    transaction.note(
        about("service.delete", &view.service).before(shown(&view.service, &view.tags)),
        by,
        now,
    );
    transaction.commit().await?;
    Ok(view)
}

/// The service, with its row locked to the transaction's end.
async fn lock(transaction: &Writing<'_>, id: ServiceId) -> Result<Option<ServiceView>, Broken> {
    let row: Option<Uuid> = service::Entity::find_by_id(id.as_uuid())
        .select_only()
        .column(service::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .one(&**transaction)
        .await?;
    match row {
        Some(_) => find(&**transaction, id).await,
        None => Ok(None),
    }
}

/// The service, if it exists.
pub(crate) async fn find(
    on: &impl ConnectionTrait,
    id: ServiceId,
) -> Result<Option<ServiceView>, Broken> {
    let found = views(on, service::Entity::find_by_id(id.as_uuid())).await?;
    Ok(found.into_iter().next())
}

pub(crate) async fn must_find(
    on: &impl ConnectionTrait,
    id: ServiceId,
) -> Result<ServiceView, Broken> {
    find(on, id)
        .await?
        .ok_or_else(|| Broken::corrupt("a service that is not there", id))
}

pub(crate) async fn name_is_taken(
    on: &impl ConnectionTrait,
    project: ProjectId,
    name: &Name,
) -> Result<bool, Broken> {
    let taken: Option<Uuid> = service::Entity::find()
        .select_only()
        .column(service::Column::Id)
        .filter(service::Column::ProjectId.eq(project.as_uuid()))
        .filter(service::Column::Name.eq(name.as_str()))
        .into_tuple()
        .one(on)
        .await?;
    Ok(taken.is_some())
}

/// The name of the service that the project reaches at this address, but for this one.
async fn name_at(
    on: &impl ConnectionTrait,
    project: ProjectId,
    address: &Address,
    but: Option<ServiceId>,
) -> Result<Option<Name>, Broken> {
    let mut same = service::Entity::find()
        .select_only()
        .column(service::Column::Name)
        .filter(service::Column::ProjectId.eq(project.as_uuid()))
        .filter(service::Column::Address.eq(address.to_string()));
    if let Some(but) = but {
        same = same.filter(service::Column::Id.ne(but.as_uuid()));
    }
    let name: Option<String> = same.into_tuple().one(on).await?;
    name.as_deref().map(to_name).transpose()
}

pub(crate) fn about(action: &'static str, service: &Service) -> Note {
    Note::new(action, Some(service.id.to_string()), service.name.as_str())
        .at(Some(service.organisation), Some(service.project))
}

/// What the log shows of a service: no password, not even sealed.
pub(crate) fn shown(service: &Service, tags: &BTreeSet<Tag>) -> Value {
    let mut shown = json!({
        "name": service.name,
        "kind": service.kind,
        "description": service.description,
        "authentication": service.authentication.as_str(),
    });
    if !tags.is_empty() {
        shown["tags"] = json!(tags::words(tags));
    }
    if let Authentication::Basic { user, .. } = &service.authentication {
        shown["user"] = json!(user);
    }
    match &service.way {
        Way::Agent { offer, .. } => shown["offer"] = json!(offer),
        Way::Direct {
            scheme,
            address,
            trust,
        } => {
            shown["address"] = json!(format!("{scheme}://{address}"));
            if let Trust::Pinned(pin) = trust {
                shown["pinned"] = json!(pin);
            }
        }
    }
    shown
}

/// What the log shows of a service that was changed: of a password, that it is another one.
fn shown_after(before: &Service, after: &Service, tags: &BTreeSet<Tag>) -> Value {
    let mut shown = shown(after, tags);
    if let (
        Authentication::Basic { password: old, .. },
        Authentication::Basic { password: new, .. },
    ) = (&before.authentication, &after.authentication)
        && old != new
    {
        shown["password_changed"] = json!(true);
    }
    shown
}
