//! All devices enrol: each makes its key, shows its serial assertion, and is registered, believed and given a certificate, durably.
//!
//! Beside it, as many connections that ask only for the time: TLS, one request, one answer, and nothing done.

use std::time::Instant;

use anyhow::{Result, ensure};
use edgeward_assertion::sign::SigningKey;
use edgeward_wire::enrol::DeviceEnrolRequest;

use super::rate;
use super::stage::Stage;
use crate::light::{Door, Enrolled, facts};
use crate::table::{Table, ratio};

/// The model of all devices.
const MODEL: &str = "gateway";

/// Enrols them.
pub async fn measure(stage: &Stage) -> Result<(Enrolled, Table)> {
    let count = stage.parts.count;
    stage.say("the brand signs its devices")?;
    // One key of snapd's for all: to make one takes longer than everything else, and nobody looks whether two are the same.
    let device = SigningKey::generate()?;
    let model = stage.brand.model(MODEL, None)?.encoded();
    let mut assertions = Vec::with_capacity(count);
    for number in 0..count {
        let serial = stage
            .brand
            .serial(MODEL, &format!("S-{number}"), device.public())?;
        let stream = [model.as_slice(), b"\n", &serial.encoded()].concat();
        assertions.push(String::from_utf8(stream)?);
    }
    let door = Door::of(&stage.control_plane, 1).await?;
    stage.say("connections that ask for the time")?;
    let (began, before) = (Instant::now(), stage.spent()?);
    door.ask_the_time(count).await?;
    let (bare, bare_spent) = (began.elapsed(), stage.spent()?.saturating_sub(before));
    stage.say("devices enrol")?;
    let (began, before) = (Instant::now(), stage.spent()?);
    let enrolled = door
        .enrol(count, "/enrol-device", |number, csr| DeviceEnrolRequest {
            assertions: assertions.get(number).cloned().unwrap_or_default(),
            proof: None,
            csr,
            facts: facts(number),
        })
        .await?;
    let (took, spent) = (began.elapsed(), stage.spent()?.saturating_sub(before));
    let known = stage
        .connect()
        .await?
        .number("SELECT COUNT(*) FROM devices WHERE status = 'enrolled'")
        .await?;
    ensure!(
        usize::try_from(known)? == count,
        "{count} were told that they are enrolled, {known} are"
    );

    let mut table = stage.table("Enrolment");
    let mut row = |what: &str, figure: String| table.row([what.to_owned(), figure]);
    let each = |spent: std::time::Duration| {
        let ms = spent.as_secs_f64() * 1e3;
        ms / f64::from(u32::try_from(count).unwrap_or(u32::MAX))
    };
    row("enrolments/s", format!("{:.0}", rate(count, took)));
    row(
        "connections/s that ask for the time",
        format!("{:.0}", rate(count, bare)),
    );
    row("÷", ratio(rate(count, took), rate(count, bare)));
    row(
        "control plane and database, CPU-ms each",
        format!("{:.2}", each(spent)),
    );
    row(
        "the same, asked for the time",
        format!("{:.2}", each(bare_spent)),
    );
    Ok((enrolled, table))
}
