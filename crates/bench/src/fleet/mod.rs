//! Thousands of light agents that do nothing, at the control plane and at an empty mosquitto: memory and idle CPU time.
//!
//! All live in this process, whose own memory and time do not count. Memory is read after each step, which shows what each
//! step costs.

use std::time::{Duration, Instant};

use anyhow::Result;
use edgeward_testkit::{eventually, usage};

use crate::light::{Broker, Door, Enrolled, Fleet, Identity};
use crate::machine;
use crate::options::Options;
use crate::peers::mosquitto::Mosquitto;
use crate::stand::ControlPlane;
use crate::table::{Table, mib};
use crate::way::Station;

/// How long the idle processor time is watched: one status message and two keep-alives of each agent, at least.
const IDLE: Duration = Duration::from_secs(30);

/// How long all of them may take to show as online.
const ONLINE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a broker may take to clear up after them.
const CLEAR_UP: Duration = Duration::from_secs(5);

/// File descriptors of a control plane with the embedded broker for each agent: its connection, and both ends of the hop to the broker.
pub const DESCRIPTORS_PER_AGENT: usize = 3;

/// Enrols them, and takes each broker in turn.
pub async fn measure(options: &Options) -> Result<String> {
    let count = options.agents;
    machine::enough_descriptors(count * DESCRIPTORS_PER_AGENT)?;
    let folder = tempfile::tempdir()?;
    let control_plane = ControlPlane::start(&options.edgeward, folder.path()).await?;
    let door = Door::of(&control_plane, count).await?;
    let (began, before) = (
        Instant::now(),
        usage::cpu_time(control_plane.station().pid)?,
    );
    let Enrolled {
        authority_pem,
        identities,
    } = door.enrol_with_token(count).await?;
    let enrolling = Enrolling {
        took: began.elapsed(),
        spent: usage::cpu_time(control_plane.station().pid)?.saturating_sub(before),
    };
    control_plane.stop().await?;

    // Started anew, so that nothing that enrolling has left in memory counts.
    let control_plane = ControlPlane::start(&options.edgeward, folder.path()).await?;
    let overview = control_plane.client.overview().await?;
    let broker = Broker {
        address: overview.agent_service.address.parse()?,
        authority_pem: authority_pem.clone(),
    };
    let all_online = async || {
        let look = async || {
            let overview = control_plane.client.overview().await;
            let online = overview.map_err(|error| error.to_string())?.agents;
            match usize::try_from(online.unmanaged_online) {
                Ok(online) if online == count => Ok(()),
                _ => Err(format!("{} are", online.unmanaged_online)),
            }
        };
        eventually("all agents are online", ONLINE_TIMEOUT, look).await
    };
    let ours = Steps::take(control_plane.station(), &broker, &identities, async || {
        Ok(all_online().await?)
    })
    .await?;
    control_plane.stop().await?;

    let mosquitto = Mosquitto::start(&authority_pem).await?;
    let broker = Broker {
        address: mosquitto.address,
        authority_pem: mosquitto.authority_pem.clone(),
    };
    let theirs = Steps::take(mosquitto.station(), &broker, &identities, async || Ok(())).await?;
    Ok(format!(
        "{}{}",
        enrolling.table(count),
        table(count, &ours, &theirs)
    ))
}

struct Enrolling {
    took: Duration,
    spent: Duration,
}

/// What each step has cost one broker.
struct Steps {
    empty_bytes: u64,
    connected_bytes: u64,
    subscribed_bytes: u64,
    online_bytes: u64,
    idle_bytes: u64,
    left_bytes: u64,
    again_bytes: u64,
    connecting: Duration,
    connecting_spent: Duration,
    idle_spent: Duration,
}

impl Steps {
    async fn take(
        station: Station,
        broker: &Broker,
        identities: &[Identity],
        all_online: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<Self> {
        let pss = || usage::pss(station.pid);
        let cpu = || usage::cpu_time(station.pid);
        let empty_bytes = pss()?;
        let (began, before) = (Instant::now(), cpu()?);
        let mut fleet = Fleet::connect(broker, identities).await?;
        let (connecting, connecting_spent) = (began.elapsed(), cpu()?.saturating_sub(before));
        let connected_bytes = pss()?;
        fleet.subscribe().await?;
        let subscribed_bytes = pss()?;
        fleet.say_hello().await?;
        all_online().await?;
        let online_bytes = pss()?;
        let before = cpu()?;
        tokio::time::sleep(IDLE).await;
        let idle_spent = cpu()?.saturating_sub(before);
        let idle_bytes = pss()?;
        fleet.all_there()?;
        drop(fleet);
        tokio::time::sleep(CLEAR_UP).await;
        let left_bytes = pss()?;
        // What does not come back is either kept for the next ones, or lost.
        let mut fleet = Fleet::connect(broker, identities).await?;
        fleet.subscribe().await?;
        fleet.say_hello().await?;
        let again_bytes = pss()?;
        fleet.all_there()?;
        Ok(Self {
            empty_bytes,
            connected_bytes,
            subscribed_bytes,
            online_bytes,
            idle_bytes,
            left_bytes,
            again_bytes,
            connecting,
            connecting_spent,
            idle_spent,
        })
    }
}

#[allow(clippy::cast_precision_loss)] // figures for people
impl Enrolling {
    fn table(&self, count: usize) -> Table {
        let mut table = Table::new(format!("Enrolment of {count} agents"), &["what", "figure"]);
        let (took, spent) = (self.took.as_secs_f64(), self.spent.as_secs_f64());
        table.row([
            "enrolments/s".to_owned(),
            format!("{:.0}", count as f64 / took),
        ]);
        table.row([
            "control plane, CPU-ms each".to_owned(),
            format!("{:.2}", spent * 1e3 / count as f64),
        ]);
        table
    }
}

#[allow(clippy::cast_precision_loss)] // figures for people
fn table(count: usize, ours: &Steps, theirs: &Steps) -> Table {
    let mut table = Table::new(
        format!("{count} idle light agents"),
        &["what", "control plane", "mosquitto"],
    );
    let mut row = |what: &str, figure: &dyn Fn(&Steps) -> String| {
        table.row([what.to_owned(), figure(ours), figure(theirs)]);
    };
    let each = |bytes: u64, before: u64| {
        let kib = (bytes as f64 - before as f64) / 1024.0 / count as f64;
        format!("{kib:.1}")
    };
    row("PSS without agents, MiB", &|s| mib(s.empty_bytes));
    row("PSS with all idle, MiB", &|s| mib(s.idle_bytes));
    row("KiB per agent", &|s| each(s.idle_bytes, s.empty_bytes));
    row("of it: TLS and MQTT connection", &|s| {
        each(s.connected_bytes, s.empty_bytes)
    });
    row("of it: three subscriptions", &|s| {
        each(s.subscribed_bytes, s.connected_bytes)
    });
    row("of it: hello and first status", &|s| {
        each(s.online_bytes, s.subscribed_bytes)
    });
    row("of it: 30 s of heartbeats", &|s| {
        each(s.idle_bytes, s.online_bytes)
    });
    row("PSS when all have gone, MiB", &|s| mib(s.left_bytes));
    row("PSS when all are back, MiB", &|s| mib(s.again_bytes));
    row("connections/s", &|s| {
        format!("{:.0}", count as f64 / s.connecting.as_secs_f64())
    });
    row("CPU-ms per connection", &|s| {
        format!(
            "{:.2}",
            s.connecting_spent.as_secs_f64() * 1e3 / count as f64
        )
    });
    row("idle CPU, % of a core", &|s| {
        let share = s.idle_spent.as_secs_f64() / IDLE.as_secs_f64();
        format!("{:.1}", share * 100.0)
    });
    table
}
