//! Registering devices before they enrol.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::device::{
    DeviceIdentity, MAX_REGISTERED_AT_ONCE, MAX_REGISTRATIONS, Registration, Status,
};
use edgeward_ids::{AgentId, OrganisationId, ProjectId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::super::{NewRegistration, RegisterRefusal, RegistrationView};
use super::row;
use crate::Place;
use crate::audit::TOLD_TOGETHER_FROM;
use crate::database::devices::device;
use crate::database::entity::organisation;
use crate::database::fault::{Broken, Fault};
use crate::database::text::{storable, to_name};
use crate::database::{Database, Guard, MAX_BOUND_VALUES, Writing};

/// Columns of a registration.
const COLUMNS: usize = 16;

pub(super) async fn register(
    database: &Database,
    devices: Vec<NewRegistration>,
    by: &By,
    now: Moment,
) -> Result<Vec<RegistrationView>, Fault<RegisterRefusal>> {
    if devices.len() > MAX_REGISTERED_AT_ONCE {
        return Err(Fault::Rule(RegisterRefusal::TooManyAtOnce(devices.len())));
    }
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Devices).await?;
    let here = device::Entity::find().count(&*transaction).await?;
    if here + devices.len() as u64 > MAX_REGISTRATIONS {
        return Err(Fault::Rule(RegisterRefusal::TooMany));
    }
    must_be_new(&transaction, &devices).await?;
    let places = places(&transaction, &devices).await?;
    let mut views = Vec::with_capacity(devices.len());
    for new in devices {
        let (organisation, place) = places
            .get(&new.project)
            .ok_or(Fault::Rule(RegisterRefusal::UnknownProject))?;
        views.push(RegistrationView {
            registration: registration(new, *organisation, now),
            place: place.clone(),
            clash: None,
        });
    }
    for views in views.chunks(MAX_BOUND_VALUES / COLUMNS) {
        let rows = views.iter().map(|view| row::to_row(&view.registration));
        device::Entity::insert_many(rows)
            .exec_without_returning(&*transaction)
            .await?;
    }
    tell(&mut transaction, &views, by, now);
    transaction.commit().await?;
    Ok(views)
}

fn registration(new: NewRegistration, organisation: OrganisationId, now: Moment) -> Registration {
    Registration {
        id: new.id,
        organisation,
        project: new.project,
        identity: new.identity,
        store: String::new(),
        device_key: String::new(),
        device_data: new.device_data,
        status: Status::Waiting,
        dialect: None,
        verified: None,
        enrolled_in: None,
        automatic: false,
        registered_at: now,
        enrolled_at: None,
    }
}

async fn must_be_new(
    transaction: &Writing<'_>,
    devices: &[NewRegistration],
) -> Result<(), Fault<RegisterRefusal>> {
    let known = |identity: &DeviceIdentity, id| {
        Fault::Rule(RegisterRefusal::AlreadyRegistered {
            identity: identity.clone(),
            id,
        })
    };
    let mut wanted = HashMap::new();
    for new in devices {
        if wanted.insert(&new.identity, ()).is_some() {
            return Err(known(&new.identity, None));
        }
    }
    let serials: Vec<String> = devices
        .iter()
        .map(|new| storable(&new.identity.serial))
        .collect();
    for serials in serials.chunks(MAX_BOUND_VALUES) {
        let same = device::Entity::find()
            .filter(device::Column::Serial.is_in(serials.iter().cloned()))
            .all(&**transaction)
            .await?;
        for row in same {
            let identity = DeviceIdentity {
                brand: row.brand,
                model: row.model,
                serial: row.serial,
            };
            if wanted.contains_key(&identity) {
                return Err(known(&identity, Some(AgentId::from_uuid(row.id))));
            }
        }
    }
    Ok(())
}

type Places = BTreeMap<ProjectId, (OrganisationId, Place)>;

/// The projects that the devices are to belong to, held so that none is deleted meanwhile.
async fn places(
    transaction: &Writing<'_>,
    devices: &[NewRegistration],
) -> Result<Places, Fault<RegisterRefusal>> {
    let projects: BTreeSet<ProjectId> = devices.iter().map(|new| new.project).collect();
    let mut places = Places::new();
    for project in projects {
        let place = place(transaction, project)
            .await?
            .ok_or(Fault::Rule(RegisterRefusal::UnknownProject))?;
        places.insert(project, place);
    }
    Ok(places)
}

/// The names of a project and its organisation; the project stays to the transaction's end.
pub(super) async fn place(
    transaction: &Writing<'_>,
    project: ProjectId,
) -> Result<Option<(OrganisationId, Place)>, Broken> {
    use sea_orm::QuerySelect as _;
    let row = crate::database::entity::project::Entity::find_by_id(project.as_uuid())
        .lock_shared()
        .one(&**transaction)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let id = OrganisationId::from_uuid(row.organisation_id);
    let organisation = organisation::Entity::find()
        .filter(Condition::all().add(organisation::Column::Id.eq(row.organisation_id)))
        .one(&**transaction)
        .await?
        .ok_or_else(|| Broken::corrupt("a project without an organisation", project))?;
    let place = Place {
        organisation: to_name(&organisation.name)?,
        project: to_name(&row.name)?,
    };
    Ok(Some((id, place)))
}

/// One entry for each, or for many of one project together.
fn tell(transaction: &mut Writing<'_>, views: &[RegistrationView], by: &By, now: Moment) {
    if views.len() < TOLD_TOGETHER_FROM {
        for view in views {
            let note = row::about("device.register", &view.registration)
                .after(row::shown(&view.registration));
            transaction.note(note, by, now);
        }
        return;
    }
    let mut counts: BTreeMap<(OrganisationId, ProjectId), (String, usize)> = BTreeMap::new();
    for view in views {
        let place = (view.registration.organisation, view.registration.project);
        let name = view.place.project.to_string();
        counts.entry(place).or_insert((name, 0)).1 += 1;
    }
    for ((organisation, project), (name, count)) in counts {
        let note = Note::new("device.register", None, name)
            .at(Some(organisation), Some(project))
            .after(json!({ "devices": count }));
        transaction.note(note, by, now);
    }
}
