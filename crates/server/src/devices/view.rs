//! Conversions between the rules, the REST API, and the words of existing clients.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgeward_api::registration as api;
use edgeward_domain::device::{Dialect, MAX_DEVICE_DATA_BYTES, Registration, Status, Verified};
use edgeward_ids::{Name, OrganisationId};
use edgeward_store::{EnrolmentPolicy, RegistrationView};
use edgeward_wire::iot::enrol as wire;

use crate::api::ApiError;
use crate::timestamp;

/// As the REST API shows it.
pub(super) fn to_api(view: RegistrationView) -> api::Registration {
    let RegistrationView {
        registration,
        place,
        clash,
    } = view;
    let (verification, verified_by) = match registration.verified {
        None => (api::Verification::Pending, None),
        Some(Verified::Unverified) => (api::Verification::Unverified, None),
        Some(Verified::By(key)) => (api::Verification::Verified, Some(key.to_string())),
    };
    api::Registration {
        id: registration.id,
        organisation_id: registration.organisation,
        organisation_name: place.organisation,
        project_id: registration.project,
        project_name: place.project,
        brand: registration.identity.brand,
        model: registration.identity.model,
        serial: registration.identity.serial,
        store: registration.store,
        status: match registration.status {
            Status::Waiting => api::RegistrationStatus::Waiting,
            Status::Enrolled => api::RegistrationStatus::Enrolled,
            Status::Disabled => api::RegistrationStatus::Disabled,
        },
        dialect: registration.dialect.map(|dialect| match dialect {
            Dialect::Edgeward => api::Dialect::Edgeward,
            Dialect::Iot => api::Dialect::Iot,
        }),
        verification,
        verified_by,
        automatic: registration.automatic,
        device_data_bytes: registration.device_data.len() as u64,
        registered_at: timestamp(registration.registered_at),
        enrolled_at: registration.enrolled_at.map(timestamp),
        clash: clash.map(|clash| api::IdentityClash {
            count: clash.count,
            last_at: timestamp(clash.last_at),
            addresses: clash.addresses,
        }),
    }
}

/// The status that a query names.
pub(super) const fn status(status: api::RegistrationStatus) -> Status {
    match status {
        api::RegistrationStatus::Waiting => Status::Waiting,
        api::RegistrationStatus::Enrolled => Status::Enrolled,
        api::RegistrationStatus::Disabled => Status::Disabled,
    }
}

/// What an organisation asks of devices, as the REST API shows it.
pub(super) fn settings_to_api(policy: EnrolmentPolicy) -> api::EnrolmentSettings {
    api::EnrolmentSettings {
        keys: policy
            .authorities
            .into_iter()
            .map(|authority| api::EnrolmentKey {
                id: authority.key.to_string(),
                account: authority.account,
                name: authority.name,
                added_at: timestamp(authority.added_at),
            })
            .collect(),
        allow_unverified: policy.unverified,
        automatic_project_id: policy.automatic,
    }
}

/// Device data from base64, within its limit.
pub(crate) fn device_data(base64: &str) -> Result<Vec<u8>, ApiError> {
    let bytes = STANDARD
        .decode(base64.trim())
        .map_err(|_| ApiError::invalid("device_data is not base64"))?;
    if bytes.len() > MAX_DEVICE_DATA_BYTES {
        return Err(ApiError::invalid(format!(
            "device_data has {} bytes; {MAX_DEVICE_DATA_BYTES} are allowed",
            bytes.len()
        )));
    }
    Ok(bytes)
}

/// A registration in the words of existing clients, without credentials; device data only where it may be seen.
pub(crate) fn to_wire(
    registration: &Registration,
    organisation: wire::Organization,
    with_data: bool,
) -> wire::Enrollment {
    let identity = &registration.identity;
    let data = if with_data {
        STANDARD.encode(&registration.device_data)
    } else {
        String::new()
    };
    wire::Enrollment {
        id: registration.id.to_string(),
        device: wire::EnrolledDevice {
            brand: identity.brand.clone(),
            model: identity.model.clone(),
            serial: identity.serial.clone(),
            store: registration.store.clone(),
            device_key: registration.device_key.clone(),
        },
        credentials: wire::Credentials::default(),
        organization: organisation,
        status: registration.status.number(),
        device_data: data,
    }
}

/// An organisation in the words of existing clients; its certificate is that of the authority that all here have.
pub(crate) fn organisation_to_wire(
    id: OrganisationId,
    name: &Name,
    ca_pem: &str,
) -> wire::Organization {
    wire::Organization {
        id: id.to_string(),
        name: name.to_string(),
        rootcert: ca_pem.as_bytes().to_vec(),
    }
}
