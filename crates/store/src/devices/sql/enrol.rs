//! Letting a device in.

use edgeward_domain::Moment;
use edgeward_domain::agent::{Agent, AgentState};
use edgeward_domain::audit::By;
use edgeward_domain::device::{
    Dialect, EnrolRefusal, Registration, Status, Verified, admit, may_register_itself,
};
use edgeward_ids::AgentId;
use sea_orm::EntityTrait;

use super::super::{DeviceEnrolment, RegistrationView};
use super::{policy, register, row};
use crate::agents::sql::{has_agent, insert_managed, replace_certificate};
use crate::database::devices::device;
use crate::database::fault::Fault;
use crate::database::text::storable;
use crate::database::{Database, Guard, Writing};

pub(super) async fn enrol(
    database: &Database,
    enrolment: DeviceEnrolment,
    now: Moment,
) -> Result<RegistrationView, Fault<EnrolRefusal>> {
    let mut transaction = database.write().await?;
    if enrolment.organisation.is_some() {
        transaction.guard(Guard::Devices).await?;
    }
    if !enrolment.facts.offers.is_empty() {
        transaction.guard(Guard::Services).await?;
    }
    let identity = &enrolment.shown.identity;
    let found = row::lock(&transaction, row::with_identity(identity)).await?;
    let (view, verified) = match found {
        Some(view) if view.registration.id == enrolment.id => {
            let organisation = view.registration.organisation;
            let policy = policy::load(&*transaction, organisation).await?.rules();
            let verified =
                admit(&view.registration, &enrolment.signatures, &policy).map_err(Fault::Rule)?;
            (view, verified)
        }
        // Its certificate names another id: somebody else was quicker.
        Some(view) => {
            return Err(Fault::Rule(EnrolRefusal::AlreadyEnrolled(
                view.registration.identity,
            )));
        }
        None => register_itself(&transaction, &enrolment, now).await?,
    };
    let registration = Registration {
        status: Status::Enrolled,
        store: storable(&enrolment.shown.store),
        device_key: storable(&enrolment.shown.device_key),
        dialect: Some(enrolment.dialect),
        verified: Some(verified),
        enrolled_in: Some(view.registration.organisation),
        enrolled_at: Some(now),
        ..view.registration.clone()
    };
    row::update(&*transaction, &registration).await?;
    if !has_agent(&transaction, registration.id).await? {
        let confirmed = enrolment.dialect == Dialect::Iot;
        let agent = new_agent(&enrolment, now);
        insert_managed(&transaction, &agent, registration.project, confirmed, now).await?;
    }
    replace_certificate(&transaction, registration.id, &enrolment.certificate).await?;
    let by = itself(registration.id, &registration, &enrolment.address);
    let mut after = row::shown(&registration);
    after["certificate"] = enrolment.certificate.serial.clone().into();
    let note = row::about("device.enrol", &registration)
        .before(row::shown(&view.registration))
        .after(after);
    transaction.note(note, &by, now);
    transaction.commit().await?;
    Ok(RegistrationView {
        registration,
        ..view
    })
}

/// A device that nobody registered, where such are welcome.
async fn register_itself(
    transaction: &Writing<'_>,
    enrolment: &DeviceEnrolment,
    now: Moment,
) -> Result<(RegistrationView, Verified), Fault<EnrolRefusal>> {
    let identity = &enrolment.shown.identity;
    let refused = || Fault::Rule(EnrolRefusal::NotRegistered(identity.clone()));
    let organisation = enrolment.organisation.ok_or_else(refused)?;
    let policy = policy::load(&**transaction, organisation).await?.rules();
    let (verified, project) =
        may_register_itself(identity, &enrolment.signatures, &policy).map_err(Fault::Rule)?;
    let (organisation, place) = register::place(transaction, project)
        .await?
        .ok_or_else(refused)?;
    let registration = Registration {
        id: enrolment.id,
        organisation,
        project,
        identity: identity.clone(),
        store: String::new(),
        device_key: String::new(),
        device_data: Vec::new(),
        status: Status::Waiting,
        dialect: None,
        verified: None,
        enrolled_in: None,
        automatic: true,
        registered_at: now,
        enrolled_at: None,
    };
    device::Entity::insert(row::to_row(&registration))
        .exec_without_returning(&**transaction)
        .await?;
    let view = RegistrationView {
        registration,
        place,
        clash: None,
    };
    Ok((view, verified))
}

fn new_agent(enrolment: &DeviceEnrolment, now: Moment) -> Agent {
    Agent {
        id: enrolment.id,
        state: AgentState::Unmanaged,
        facts: enrolment.facts.clone(),
        address: enrolment.address.clone(),
        certificate: None,
        created_at: now,
        last_heard_at: None,
    }
}

/// The device itself, as an author.
fn itself(id: AgentId, registration: &Registration, address: &str) -> By {
    By::agent(id, &registration.identity.serial, Some(address))
}
