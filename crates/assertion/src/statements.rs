//! What model and serial assertions say.

use crate::{Assertion, StatementError};

/// What a device is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Model {
    /// Who has signed it, by name.
    pub authority: String,
    /// Whose device it is.
    pub brand: String,
    /// Which kind of device.
    pub model: String,
    /// From which store it gets its snaps; none for the usual one.
    pub store: Option<String>,
    /// Who may sign serial assertions besides the brand.
    pub serial_authority: Vec<String>,
}

/// Which device it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Serial {
    /// Who has signed it, by name.
    pub authority: String,
    /// Whose device it is.
    pub brand: String,
    /// Which kind of device.
    pub model: String,
    /// Which one of them.
    pub serial: String,
    /// Its public key, as text.
    pub device_key: String,
    /// That key's id.
    pub device_key_sha3_384: String,
}

/// What the assertion says, if it is a model assertion.
///
/// # Errors
/// It is of another type, or something that it has to say is missing.
pub fn model(assertion: &Assertion) -> Result<Model, StatementError> {
    assertion.be("model")?;
    let need = |header| assertion.need("model", header);
    let serial_authority = assertion
        .headers()
        .get("serial-authority")
        .and_then(crate::Value::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(|value| value.as_text().map(str::to_owned))
        .collect();
    Ok(Model {
        authority: need("authority-id")?,
        brand: need("brand-id")?,
        model: need("model")?,
        store: assertion
            .header("store")
            .filter(|store| !store.is_empty())
            .map(str::to_owned),
        serial_authority,
    })
}

/// What the assertion says, if it is a serial assertion. With feature `verify` the device key is checked to be the one that its id
/// stands for.
///
/// # Errors
/// It is of another type, something that it has to say is missing, or the device key is another one.
pub fn serial(assertion: &Assertion) -> Result<Serial, StatementError> {
    assertion.be("serial")?;
    let need = |header| assertion.need("serial", header);
    let serial = Serial {
        authority: need("authority-id")?,
        brand: need("brand-id")?,
        model: need("model")?,
        serial: need("serial")?,
        device_key: need("device-key")?,
        device_key_sha3_384: need("device-key-sha3-384")?,
    };
    #[cfg(feature = "verify")]
    {
        let key = crate::PublicKey::from_base64(&serial.device_key);
        key.and_then(|key| key.be(&serial.device_key_sha3_384))
            .map_err(StatementError::DeviceKey)?;
    }
    Ok(serial)
}
