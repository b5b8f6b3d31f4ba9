//! What comes of an action, as the iot-agent would answer it.

use std::collections::VecDeque;
use std::fmt::Write as _;

use edgeward_ids::{AgentId, OrganisationId};
use edgeward_snapd::{LogLine, Snap, Snapd, SnapdError, SystemInfo, Which};
use edgeward_wire::action::{ActionName, MAX_MESSAGE_CHARS, MAX_RESULT_BYTES, Step};
use serde_json::{Map, Value, json};

use crate::twin::Device;

/// The most of the log that is sent, in bytes; of more, the newest.
const MAX_LOG_BYTES: usize = 8 * 1024 * 1024;

/// When a device was made, and last heard of, as agents say it: they do not know.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Whose answer it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Whose {
    pub(crate) device: AgentId,
    pub(crate) organisation: Option<OrganisationId>,
}

/// The answer to an action that only looks.
pub(super) async fn look(
    snapd: &Snapd,
    name: ActionName,
    snap: &str,
    whose: &Whose,
) -> Result<Value, SnapdError> {
    Ok(match name {
        ActionName::Conf => Value::Object(snapd.conf(snap).await?),
        ActionName::Info => {
            let found = snapd.snap(snap).await.map_err(|error| named(error, snap))?;
            let conf = conf_or_empty(snapd, snap).await?;
            device_snap(&found, &conf, whose)
        }
        ActionName::List => {
            let mut list = Vec::new();
            for snap in snapd.snaps(Which::Current).await? {
                let conf = conf_or_empty(snapd, &snap.name).await?;
                list.push(device_snap(&snap, &conf, whose));
            }
            Value::Array(list)
        }
        ActionName::Server => device_version(&snapd.system_info().await?, whose),
        _ => device(snapd, whose).await?,
    })
}

/// A snap without configuration, or one that has just gone, has an empty one; a snapd that is away is an error.
async fn conf_or_empty(snapd: &Snapd, snap: &str) -> Result<Map<String, Value>, SnapdError> {
    match snapd.conf(snap).await {
        Err(SnapdError::Refused { .. }) => Ok(Map::new()),
        other => other,
    }
}

/// As the iot-agent says it.
fn named(error: SnapdError, snap: &str) -> SnapdError {
    match error {
        SnapdError::Refused {
            asked,
            status,
            kind,
            message,
        } => SnapdError::Refused {
            asked,
            status,
            kind,
            message: format!("cannot retrieve snap \"{snap}\": {message}"),
        },
        other => other,
    }
}

async fn device(snapd: &Snapd, whose: &Whose) -> Result<Value, SnapdError> {
    let device = Device::read(snapd).await?;
    let mut json = bare_device(&device, whose);
    match snapd.system_info().await {
        Ok(info) => json["version"] = device_version(&info, whose),
        Err(error) if error.is_away() => return Err(error),
        Err(_) => {}
    }
    Ok(json)
}

/// The device as far as it can be told now: it is being unregistered, and that does not depend on snapd.
pub(super) async fn device_or_bare(snapd: Option<&Snapd>, whose: &Whose) -> Value {
    let known = match snapd {
        Some(snapd) => {
            let snapd = snapd.clone().with_patience(std::time::Duration::ZERO);
            device(&snapd, whose).await.ok()
        }
        None => None,
    };
    known.unwrap_or_else(|| bare_device(&Device::default(), whose))
}

fn bare_device(device: &Device, whose: &Whose) -> Value {
    json!({
        "orgId": organisation(whose),
        "deviceId": whose.device.to_string(),
        "brand": device.brand,
        "model": device.model,
        "serial": device.serial,
        "store": device.store,
        "deviceKey": device.device_key,
        "created": NEVER,
        "lastRefresh": NEVER,
    })
}

fn organisation(whose: &Whose) -> String {
    whose
        .organisation
        .map(|organisation| organisation.to_string())
        .unwrap_or_default()
}

fn device_version(info: &SystemInfo, whose: &Whose) -> Value {
    json!({
        "deviceId": whose.device.to_string(),
        "version": info.version,
        "series": info.series,
        "osId": info.os_release.id,
        "osVersionId": info.os_release.version_id,
        "onClassic": info.on_classic,
        "kernelVersion": info.kernel_version,
    })
}

fn device_snap(snap: &Snap, conf: &Map<String, Value>, whose: &Whose) -> Value {
    let services: Vec<Value> = snap
        .apps
        .iter()
        .filter(|app| app.is_service())
        .map(|app| {
            json!({"name": app.name, "daemon": app.daemon, "enabled": app.enabled, "active": app.active})
        })
        .collect();
    let config = if conf.is_empty() {
        String::new()
    } else {
        Value::Object(conf.clone()).to_string()
    };
    json!({
        "deviceId": whose.device.to_string(),
        "name": snap.name,
        "installedSize": snap.installed_size,
        "installedDate": snap.install_date.as_deref().unwrap_or(NEVER),
        "status": snap.status,
        "channel": snap.channel,
        "confinement": snap.confinement,
        "version": snap.version,
        "revision": revision(&snap.revision),
        "devmode": snap.devmode,
        "config": config,
        "services": services,
    })
}

/// A number; a local revision, `x2`, is negative.
fn revision(text: &str) -> i64 {
    let number = match text.strip_prefix('x') {
        Some(local) => local.parse::<i64>().map(|number| -number),
        None => text.parse(),
    };
    number.unwrap_or_default()
}

/// The newest lines of the log of services, as the iot-agent writes them.
pub(super) async fn log_text(snapd: &Snapd, lines: u32) -> Result<Vec<u8>, SnapdError> {
    let mut read = snapd.logs(lines, &[]).await?;
    let mut kept = VecDeque::new();
    let mut bytes = 0;
    while let Some(line) = read.next().await? {
        let line = log_line(&line);
        bytes += line.len();
        kept.push_back(line);
        while bytes > MAX_LOG_BYTES
            && let Some(oldest) = kept.pop_front()
        {
            bytes -= oldest.len();
        }
    }
    Ok(kept
        .into_iter()
        .fold(Vec::with_capacity(bytes), |mut text, line| {
            text.extend_from_slice(line.as_bytes());
            text
        }))
}

fn log_line(line: &LogLine) -> String {
    // `2026-11-20 19:35:31 +0000 UTC`, from `2026-11-20T19:35:31Z`.
    let time = line.timestamp.replace('T', " ");
    let time = time.strip_suffix('Z').unwrap_or(&time);
    let mut text = String::new();
    let _always_fits = writeln!(
        text,
        "[{time} +0000 UTC] {} {} {}",
        line.pid, line.sid, line.message
    );
    text
}

/// The step, cut to what fits a report.
pub(super) fn fitting(step: Step) -> Step {
    match step {
        Step::Failed { message } => Step::Failed {
            message: message.chars().take(MAX_MESSAGE_CHARS).collect(),
        },
        Step::Done { result } => {
            let bytes = result.to_string().len();
            let result = if bytes > MAX_RESULT_BYTES {
                json!({"left_out": format!("the result has {bytes} bytes; {MAX_RESULT_BYTES} are sent at most")})
            } else {
                result
            };
            Step::Done { result }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_revisions_are_negative() {
        assert_eq!(["29", "x2", "", "unset"].map(revision), [29, -2, 0, 0]);
    }

    #[test]
    fn log_lines_look_as_the_iot_agents() {
        let line = LogLine {
            timestamp: "2026-11-20T19:35:31.5Z".into(),
            message: "hello".into(),
            sid: "snap.daemon".into(),
            pid: "7".into(),
        };
        assert_eq!(
            log_line(&line),
            "[2026-11-20 19:35:31.5 +0000 UTC] 7 snap.daemon hello\n"
        );
    }

    #[test]
    fn what_does_not_fit_is_cut_and_says_so() {
        let failed = Step::Failed {
            message: "é".repeat(MAX_MESSAGE_CHARS + 1),
        };
        let Step::Failed { message } = fitting(failed) else {
            panic!()
        };
        assert_eq!(message.chars().count(), MAX_MESSAGE_CHARS);
        let done = |length| Step::Done {
            result: "x".repeat(length).into(),
        };
        assert_eq!(
            fitting(done(MAX_RESULT_BYTES - 2)),
            done(MAX_RESULT_BYTES - 2)
        );
        let Step::Done { result } = fitting(done(MAX_RESULT_BYTES)) else {
            panic!()
        };
        assert!(result["left_out"].is_string());
    }
}
