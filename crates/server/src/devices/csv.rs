//! Lists of devices as comma-separated values: `brand,model,serial[,device_data]`, a first line with these names being optional.
//!
//! A value with a comma, a quotation mark or an end of line in it stands within quotation marks, which are doubled in it (RFC 4180).

use edgeward_domain::device::{DeviceIdentity, MAX_REGISTERED_AT_ONCE};

/// A device of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Listed {
    /// Which device.
    pub(super) identity: DeviceIdentity,
    /// What it is to be handed, in base64; may be empty.
    pub(super) device_data: String,
    /// The line that it is on, from 1.
    pub(super) line: usize,
}

/// Why a list cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(super) struct CsvError {
    line: usize,
    problem: String,
}

/// The devices of a list, at most [`MAX_REGISTERED_AT_ONCE`].
pub(super) fn read(text: &str) -> Result<Vec<Listed>, CsvError> {
    let mut devices = Vec::new();
    for (line, record) in records(text.strip_prefix('\u{feff}').unwrap_or(text))? {
        let is_heading = devices.is_empty() && is_heading(&record);
        if is_heading || record.iter().all(|value| value.trim().is_empty()) {
            continue;
        }
        let problem = |problem: String| CsvError { line, problem };
        if devices.len() == MAX_REGISTERED_AT_ONCE {
            return Err(problem(format!(
                "more than {MAX_REGISTERED_AT_ONCE} devices; import them in parts"
            )));
        }
        let (brand, model, serial, data) = match record.as_slice() {
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

/// The records with the lines that they begin on.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, CsvError> {
    let mut records = Vec::new();
    let (mut record, mut value) = (Vec::new(), String::new());
    let (mut quoted, mut line, mut began) = (false, 1, 1);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '\n' {
            line += 1;
        }
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                value.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if value.trim().is_empty() => {
                value.clear();
                quoted = true;
            }
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            ',' if !quoted => record.push(std::mem::take(&mut value)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut value));
                records.push((began, std::mem::take(&mut record)));
                began = line;
            }
            other => value.push(other),
        }
    }
    if quoted {
        return Err(CsvError {
            line: began,
            problem: "a quotation mark is not closed".to_owned(),
        });
    }
    if !value.is_empty() || !record.is_empty() {
        record.push(value);
        records.push((began, record));
    }
    Ok(records)
}
