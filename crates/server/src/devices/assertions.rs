//! What a device's assertions say, and whether those have signed them who are believed.

use edgeward_assertion::{Assertion, PublicKey, decode_stream};
use edgeward_domain::device::{Claims, EnrolRefusal, KeyId, Kind, Shown, Signatures, identify};
use edgeward_pki::sha256;
use edgeward_store::Authority;

/// A device's assertions, read and understood.
pub(super) struct Presented {
    /// What they say.
    pub(super) shown: Shown,
    model: Assertion,
    serial: Assertion,
}

impl Presented {
    /// Reads an assertion stream.
    pub(super) fn read(stream: &[u8]) -> Result<Self, EnrolRefusal> {
        if stream.iter().all(u8::is_ascii_whitespace) {
            return Err(EnrolRefusal::NoData);
        }
        let assertions =
            decode_stream(stream).map_err(|error| EnrolRefusal::Unreadable(error.to_string()))?;
        let claims: Vec<Claims> = assertions.iter().map(claims).collect();
        let shown = identify(&claims)?;
        let mut model = None;
        let mut serial = None;
        for assertion in assertions {
            match assertion.type_() {
                "model" => model = Some(assertion),
                _ => serial = Some(assertion),
            }
        }
        match (model, serial) {
            (Some(model), Some(serial)) => Ok(Self {
                shown,
                model,
                serial,
            }),
            _ => Err(EnrolRefusal::BothRequired),
        }
    }

    /// Which keys are said to have signed them; nothing where that is no key's id.
    pub(super) fn keys(&self) -> Vec<KeyId> {
        [&self.model, &self.serial]
            .into_iter()
            .filter_map(|assertion| assertion.sign_key().parse().ok())
            .collect()
    }

    /// What these authorities' keys make of the signatures.
    pub(super) fn signatures(&self, authorities: &[Authority]) -> Signatures {
        let brand = &self.shown.identity.brand;
        let serial_authority = self.serial.header("authority-id").unwrap_or_default();
        let by_brand = self.model.header("authority-id") == Some(brand)
            && (serial_authority == brand || self.may_also_sign(serial_authority));
        match (
            signed(&self.model, authorities),
            signed(&self.serial, authorities),
        ) {
            (Err(fault), _) | (_, Err(fault)) => fault,
            (Ok(_), Ok(_)) if !by_brand => Signatures::Forged,
            (Ok(model), Ok(serial)) => Signatures::Valid { model, serial },
        }
    }

    /// Whether the model assertion lets this account sign serial assertions.
    fn may_also_sign(&self, account: &str) -> bool {
        edgeward_assertion::model(&self.model)
            .is_ok_and(|model| model.serial_authority.iter().any(|other| other == account))
    }

    /// Whether the device's own key has signed this proof, of this signing request.
    pub(super) fn proven_by(&self, proof: &str, csr: &str) -> bool {
        let Ok(key) = PublicKey::from_base64(&self.shown.device_key) else {
            return false;
        };
        let assertions = decode_stream(proof.as_bytes()).unwrap_or_default();
        let [proof] = assertions.as_slice() else {
            return false;
        };
        let nonce = edgeward_wire::enrol::nonce_of(&sha256(csr.as_bytes()));
        let identity = &self.shown.identity;
        proof.type_() == "device-session-request"
            && proof.header("nonce") == Some(&*nonce)
            && proof.header("brand-id") == Some(&*identity.brand)
            && proof.header("model") == Some(&*identity.model)
            && proof.header("serial") == Some(&*identity.serial)
            && proof.verify(&key).is_ok()
    }
}

fn claims(assertion: &Assertion) -> Claims {
    let header = |name| assertion.header(name).unwrap_or_default().to_owned();
    Claims {
        kind: match assertion.type_() {
            "model" => Kind::Model,
            "serial" => Kind::Serial,
            _ => Kind::Other,
        },
        brand: header("brand-id"),
        model: header("model"),
        serial: header("serial"),
        store: header("store"),
        device_key: header("device-key"),
        signed_by: assertion.sign_key().to_owned(),
    }
}

/// The key that has signed it, if it is one of these and has.
fn signed(assertion: &Assertion, authorities: &[Authority]) -> Result<KeyId, Signatures> {
    let named = assertion.sign_key();
    let authority = authorities
        .iter()
        .find(|authority| authority.key.as_str() == named)
        .ok_or_else(|| Signatures::UnknownKey(named.chars().take(80).collect()))?;
    let whose = assertion.header("authority-id") == Some(&*authority.account);
    let verified = PublicKey::from_base64(&authority.public_key)
        .is_ok_and(|key| assertion.verify(&key).is_ok());
    if whose && verified {
        Ok(authority.key.clone())
    } else {
        Err(Signatures::Forged)
    }
}

/// The authority that an `account-key` assertion speaks of. Nobody's signature on it is checked.
pub(super) fn authority(text: &str, now: edgeward_domain::Moment) -> Result<Authority, String> {
    let assertions = decode_stream(text.as_bytes()).map_err(|error| error.to_string())?;
    // `snap known --remote` prints what vouches for it beside it.
    let mut keys = assertions
        .iter()
        .filter(|assertion| assertion.type_() == "account-key");
    let (Some(assertion), None) = (keys.next(), keys.next()) else {
        return Err("exactly one account-key assertion is needed".to_owned());
    };
    let key = PublicKey::from_account_key(assertion).map_err(|error| error.to_string())?;
    let header = |name| assertion.header(name).unwrap_or_default().to_owned();
    let account = header("account-id");
    if account.is_empty() {
        return Err("it names no account".to_owned());
    }
    Ok(Authority {
        key: key
            .id()
            .parse()
            .map_err(|error: edgeward_domain::device::KeyIdError| error.to_string())?,
        account,
        name: header("name"),
        public_key: key.to_base64(),
        added_at: now,
    })
}
