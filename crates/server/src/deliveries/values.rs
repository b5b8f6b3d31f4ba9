//! What stands for placeholders: sealed in the database, because a password may be among it, and shown without those.

use edgeward_api::delivery::Values;
use edgeward_ids::RolloutId;
use edgeward_pki::{PkiError, SecretBox};
use edgeward_products::{MASKED, names_a_secret};

/// Values as the database keeps them.
pub(super) fn seal(
    secrets: &SecretBox,
    delivery: RolloutId,
    values: &Values,
) -> Result<String, PkiError> {
    let text = serde_json::to_string(values).unwrap_or_default();
    secrets.seal(&purpose(delivery), &text)
}

/// Values that [`seal`] has made.
///
/// # Errors
/// They were sealed with another key.
pub(super) fn open(
    secrets: &SecretBox,
    delivery: RolloutId,
    sealed: &str,
) -> Result<Values, PkiError> {
    let text = secrets.open(&purpose(delivery), sealed)?;
    // It was written by this program.
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// Values as people see them; none where they cannot be read any more.
pub(super) fn shown(secrets: &SecretBox, delivery: RolloutId, sealed: &str) -> Values {
    let mut values = open(secrets, delivery, sealed).unwrap_or_default();
    for (name, value) in &mut values {
        if names_a_secret(name) {
            MASKED.clone_into(value);
        }
    }
    values
}

/// What they are sealed for, so that no other delivery's can be put in their place.
fn purpose(delivery: RolloutId) -> String {
    format!("values of delivery {delivery}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_neither_kept_in_clear_nor_shown() {
        let secrets = SecretBox::new(&[7; 32]).unwrap();
        let (id, other) = (RolloutId::generate(), RolloutId::generate());
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let values: Values = [("host", "10.0.0.1"), ("mqtt_Password", "hunter2")]
            .map(pair)
            .into();
        let sealed = seal(&secrets, id, &values).unwrap();
        assert!(!sealed.contains("hunter2") && !sealed.contains("10.0.0.1"));
        assert_eq!(open(&secrets, id, &sealed).unwrap(), values);
        assert!(open(&secrets, other, &sealed).is_err());
        let shown = shown(&secrets, id, &sealed);
        assert_eq!(shown["host"], "10.0.0.1");
        assert_eq!(shown["mqtt_Password"], MASKED);
    }
}
