//! Registered devices, by id, the beginning of one, serial number, or `brand/model/serial`.

use edgeward_api::registration::{Registration, RegistrationFilter};
use edgeward_client::Client;

use super::pick;
use crate::error::CliError;
use crate::registration::name;

pub(crate) async fn registration(client: &Client, text: &str) -> Result<Registration, CliError> {
    if let Ok(id) = text.parse() {
        return Ok(client.registration(id).await?);
    }
    // Nothing that is searched holds all three at once.
    let serial = text.rsplit('/').next().unwrap_or(text);
    let filter = RegistrationFilter {
        text: Some(serial.to_owned()),
        ..RegistrationFilter::default()
    };
    let mut found = client.registrations(&filter).await?.items;
    if let Some(at) = found.iter().position(|device| name(device) == text) {
        return Ok(found.swap_remove(at));
    }
    pick(
        "registration",
        text,
        found,
        |device| device.id,
        |device| device.serial.as_str(),
    )
}
