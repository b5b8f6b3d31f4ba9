//! The claims, as the two libraries read them out of JSON: what is of the wrong type makes the token malformed.

use serde_json::Value;

use crate::ekuiper::go;

pub(super) struct Claims {
    /// Empty if there is none.
    pub(super) issuer: String,
    pub(super) audience: Vec<String>,
    pub(super) expires: Option<i64>,
    pub(super) begins: Option<i64>,
    pub(super) issued: Option<i64>,
}

impl Claims {
    /// As the current library does: times are numbers or texts with numbers, the audience is a text or several.
    ///
    /// # Errors
    /// In the library's words.
    pub(super) fn read(claims: &Value) -> Result<Self, String> {
        let time = |name: &str| match &claims[name] {
            Value::Null => Ok(None),
            claim => number(claim).map(Some),
        };
        Ok(Self {
            issuer: text(claims, "iss")?,
            audience: audience(&claims["aud"])?,
            expires: time("exp")?,
            begins: time("nbf")?,
            issued: time("iat")?,
        })
    }

    /// As the old library does: times are whole numbers, 0 is none, and the audience is a single text.
    ///
    /// # Errors
    /// In the library's words.
    pub(super) fn read_old(claims: &Value) -> Result<Self, String> {
        let time = |name: &str| match &claims[name] {
            Value::Null => Ok(None),
            claim => claim
                .as_i64()
                .map(|seconds| Some(seconds).filter(|seconds| *seconds != 0))
                .ok_or_else(|| {
                    let found = match claim {
                        Value::Number(number) => format!("number {number}"),
                        other => go::type_of(other).to_owned(),
                    };
                    wrong_type(&found, name, "int64")
                }),
        };
        Ok(Self {
            issuer: text(claims, "iss")?,
            audience: vec![text(claims, "aud")?],
            expires: time("exp")?,
            begins: time("nbf")?,
            issued: time("iat")?,
        })
    }
}

fn text(claims: &Value, name: &str) -> Result<String, String> {
    match &claims[name] {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        other => Err(wrong_type(go::type_of(other), name, "string")),
    }
}

fn wrong_type(found: &str, name: &str, wanted: &str) -> String {
    format!("json: cannot unmarshal {found} into Go struct field Token.{name} of type {wanted}")
}

fn audience(claim: &Value) -> Result<Vec<String>, String> {
    let unsupported = || "json: unsupported type: float64".to_owned();
    match claim {
        Value::Null => Ok(Vec::new()),
        Value::String(one) => Ok(vec![one.clone()]),
        Value::Array(several) => several
            .iter()
            .map(|one| one.as_str().map(str::to_owned).ok_or_else(unsupported))
            .collect(),
        _ => Err(unsupported()),
    }
}

/// Seconds; fractions are cut off.
fn number(claim: &Value) -> Result<i64, String> {
    let read = match claim {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse::<f64>().ok(),
        _ => None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time beyond what fits is as good as the last that fits"
    )]
    read.map(|seconds| seconds as i64).ok_or_else(|| {
        format!("could not parse NumericData: json: invalid number literal, trying to unmarshal {claim:?} into Number")
    })
}
