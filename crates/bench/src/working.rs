//! One real agent carries out ten thousand actions at a simulated snapd: whether its memory grows.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use edgeward_api::action::{ActionFilter, AskRequest, ToDo};
use edgeward_api::agent::AdoptRequest;
use edgeward_ids::AgentId;
use edgeward_testkit::snapd::{Device as SnapdDevice, SimSnap, SimulatedSnapd};
use edgeward_testkit::usage;

use crate::options::Options;
use crate::stand::{ControlPlane, Device, START_TIMEOUT};
use crate::table::{Table, in_mib};

/// How many actions it carries out in all.
const ACTIONS: usize = 10_000;

/// After how many its memory is read.
const READ_EVERY: usize = 2_000;

/// How many are asked for before the next ones; a device takes a few at a time.
const AT_ONCE: usize = 100;

/// How long so many may take.
const LIMIT: Duration = Duration::from_secs(120);

/// How often it is looked whether they have ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Lets it work.
pub async fn measure(options: &Options) -> Result<Table> {
    let folder = tempfile::tempdir()?;
    let control_plane = ControlPlane::start(&options.edgeward, folder.path()).await?;
    let snapd = SimulatedSnapd::start(SnapdDevice {
        snaps: vec![SimSnap::new("hello")],
        ..SnapdDevice::default()
    })?;
    let mut device = Device::new(&options.agent, folder.path().join("agent"), None)?;
    device.configure(&format!("snapd:\n  socket: {}\n", snapd.socket().display()))?;
    device.join(&control_plane.join_token(1).await?)?;
    device.run()?;
    let agent = control_plane.first_online(START_TIMEOUT).await?;
    let organisations = control_plane.client.organisations().await?.items;
    let place = organisations.into_iter().next();
    let place = place.context("there is no organisation")?;
    let request = AdoptRequest {
        name: "bench".parse()?,
        organisation_id: place.id,
        project_id: place.projects.first().context("there is no project")?.id,
    };
    control_plane.client.adopt(agent, &request).await?;

    let pid = device.station().pid;
    let mut table = Table::new(
        "### One agent carries out 10 000 actions: setting a snap's configuration, and reading it, by turns",
        &["after", "PSS", "of it private", "actions/s", "CPU-ms each"],
    );
    // What is made on first use is no growth.
    carry_out(&control_plane, agent, AT_ONCE).await?;
    let (mut began, mut before) = (Instant::now(), usage::cpu_time(pid)?);
    for done in (0..=ACTIONS).step_by(READ_EVERY) {
        let (took, spent) = (
            began.elapsed(),
            usage::cpu_time(pid)?.saturating_sub(before),
        );
        let memory = usage::memory(pid)?;
        let count = f64::from(u32::try_from(READ_EVERY)?);
        let (rate, each) = if done == 0 {
            ("–".to_owned(), "–".to_owned())
        } else {
            (
                format!("{:.0}", count / took.as_secs_f64()),
                format!("{:.2}", spent.as_secs_f64() * 1e3 / count),
            )
        };
        table.row([
            done.to_string(),
            in_mib(memory.pss_bytes),
            in_mib(memory.private_bytes),
            rate,
            each,
        ]);
        if done == ACTIONS {
            break;
        }
        (began, before) = (Instant::now(), usage::cpu_time(pid)?);
        for _ in 0..READ_EVERY / AT_ONCE {
            carry_out(&control_plane, agent, AT_ONCE).await?;
        }
    }
    Ok(table)
}

/// Asks for so many, and waits until they have ended.
async fn carry_out(control_plane: &ControlPlane, agent: AgentId, count: usize) -> Result<()> {
    for number in 0..count {
        let (name, data) = if number.is_multiple_of(2) {
            ("setconf", format!("{{\"number\": {number}}}"))
        } else {
            ("conf", String::new())
        };
        let request = AskRequest {
            device_ids: vec![agent],
            selection: None,
            action: ToDo {
                name: name.to_owned(),
                snap: "hello".to_owned(),
                data,
            },
            expires_in_s: None,
        };
        control_plane.client.ask_for_action(&request).await?;
    }
    let began = Instant::now();
    loop {
        let filter = ActionFilter {
            open: Some(true),
            limit: Some(1),
            ..ActionFilter::default()
        };
        let left = control_plane.client.actions(&filter).await?.total;
        if left == 0 {
            return Ok(());
        }
        ensure!(began.elapsed() < LIMIT, "{left} actions have not ended");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
