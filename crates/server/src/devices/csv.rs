//! Lists of devices as comma-separated values: `brand,model,serial[,device_data]`, a first line with these names being optional.

use edgeward_domain::device::{DeviceIdentity, MAX_REGISTERED_AT_ONCE};

use crate::csv::{Broken, Reader, Record};

/// A device of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Listed {
    /// Which device.
    pub(super) identity: DeviceIdentity,
    /// What it is to be handed, in base64; may be empty.
    pub(super) device_data: String,
    /// The line that it is on, from 1.
    pub(super) line: u64,
}

/// Why a list cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(super) struct CsvError {
    line: u64,
    problem: String,
}

/// The devices of a list, at most [`MAX_REGISTERED_AT_ONCE`].
pub(super) fn read(text: &str) -> Result<Vec<Listed>, CsvError> {
    let mut devices = Vec::new();
    let mut records = Reader::default();
    records.feed(text.as_bytes());
    records.end();
    while let Some(record) = records.next() {
        let Record { line, values } =
            record.map_err(|Broken { line, problem }| CsvError { line, problem })?;
        if devices.is_empty() && is_heading(&values) {
            continue;
        }
        let problem = |problem: String| CsvError { line, problem };
        if devices.len() == MAX_REGISTERED_AT_ONCE {
            return Err(problem(format!(
                "more than {MAX_REGISTERED_AT_ONCE} devices; import them in parts"
            )));
        }
        let (brand, model, serial, data) = match values.as_slice() {
            [brand, model, serial] => (brand, model, serial, ""),
            [brand, model, serial, data] => (brand, model, serial, data.trim()),
            other => {
                return Err(problem(format!(
                    "it has {} values; brand, model, serial and, if wished, device_data are needed",
                    other.len()
                )));
            }
        };
        devices.push(Listed {
            identity: DeviceIdentity::new(brand, model, serial)
                .map_err(|error| problem(error.to_string()))?,
            device_data: data.to_owned(),
            line,
        });
    }
    Ok(devices)
}

fn is_heading(record: &[String]) -> bool {
    const NAMES: [&str; 4] = ["brand", "model", "serial", "device_data"];
    (3..=4).contains(&record.len())
        && record
            .iter()
            .zip(NAMES)
            .all(|(value, name)| value.trim().eq_ignore_ascii_case(name))
}
