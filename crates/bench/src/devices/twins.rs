//! All devices connect and report twins of 20 snaps: what that costs in memory, and how many writes a second are in the database.
//!
//! Beside it, the same documents with the same changes inserted by SQL alone, a thousand in a transaction.

use std::time::{Duration, Instant};

use anyhow::Result;
use edgeward_testkit::eventually;
use edgeward_wire::report::Report;
use serde_json::{Map, Value, json};

use super::stage::Stage;
use super::{bare, kib_each, rate};
use crate::light::{Enrolled, Fleet};
use crate::table::{Table, in_mib, ratio};

/// How many snaps a device has.
const SNAPS: u64 = 20;

/// How often each device reports all snaps, with another version of one; the first time all is new.
const LARGE_ROUNDS: u64 = 4;

/// How often each device reports something small.
const SMALL_ROUNDS: u64 = 8;

/// How long all of them may take to be known as adopted, or what they reported to be written.
const LIMIT: Duration = Duration::from_secs(180);

/// How often the database is looked at; a figure is wrong by no more.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Connects them, and lets them report.
pub async fn measure(stage: &Stage, enrolled: &Enrolled) -> Result<(Fleet, Table)> {
    let count = stage.parts.count;
    let broker = stage.broker(&enrolled.authority_pem).await?;
    let mut connection = stage.connect().await?;
    let empty = stage.pss()?;
    stage.say("devices connect")?;
    let mut fleet = Fleet::connect(&broker, &enrolled.identities).await?;
    fleet.subscribe().await?;
    let subscribed = stage.pss()?;
    fleet.say_hello().await?;
    let mut confirmed = async || {
        let known = connection
            .number("SELECT COUNT(*) FROM agents WHERE state = 'confirmed'")
            .await
            .map_err(|error| error.to_string())?;
        if usize::try_from(known) == Ok(count) {
            Ok(())
        } else {
            Err(format!("{known} are"))
        }
    };
    eventually("all know where they belong", LIMIT, &mut confirmed).await?;
    let settled = stage.pss()?;

    stage.say("devices report their snaps")?;
    let first = write(stage, &fleet, 1, |_| snaps(0)).await?;
    let with_twins = stage.pss()?;
    stage.say("devices report that a snap has changed")?;
    let large = write(stage, &fleet, LARGE_ROUNDS, |round| snaps(round + 1)).await?;
    stage.say("devices report something small")?;
    let small = write(stage, &fleet, SMALL_ROUNDS, |round| {
        one(
            "agent",
            json!({"version": format!("0.1.{round}"), "dialect": "edgeward"}),
        )
    })
    .await?;
    let after = stage.pss()?;
    fleet.all_there()?;
    stage.say("the same by SQL alone")?;
    let document = Value::Object(snaps(1));
    let bare = bare::documents(&mut stage.connect().await?, &document.to_string(), count).await?;

    let mut table = stage.table("Twins");
    let mut row = |what: &str, figure: String| table.row([what.to_owned(), figure]);
    let bytes = document.to_string().len();
    row("control plane without devices, PSS", in_mib(empty));
    row(
        "KiB per device, connected and subscribed",
        kib_each(subscribed, empty, count),
    );
    row(
        "KiB more, said hello and adopted",
        kib_each(settled, subscribed, count),
    );
    row(
        "KiB more, with a twin of 20 snaps",
        kib_each(with_twins, settled, count),
    );
    row(
        "KiB per device after all that follows",
        kib_each(after, empty, count),
    );
    row("a report of 20 snaps, bytes", bytes.to_string());
    let rates = [
        ("first report", &first),
        ("20 snaps, one changed", &large),
        ("something small", &small),
    ];
    for (what, written) in rates {
        let writes = rate(written.count, written.took);
        row(&format!("durable writes/s: {what}"), format!("{writes:.0}"));
        row("÷ SQL alone", ratio(writes, bare));
        let each = written.spent.as_secs_f64() * 1e6;
        let count = f64::from(u32::try_from(written.count)?);
        row("CPU-µs each", format!("{:.0}", each / count));
    }
    row("SQL alone, writes/s", format!("{bare:.0}"));
    Ok((fleet, table))
}

struct Written {
    count: usize,
    took: Duration,
    spent: Duration,
}

/// All report so many times; from the first word until all is in the database.
async fn write(
    stage: &Stage,
    fleet: &Fleet,
    rounds: u64,
    what: impl Fn(u64) -> Map<String, Value>,
) -> Result<Written> {
    const CHANGES: &str = "SELECT COUNT(*) FROM twin_changes";
    let mut connection = stage.connect().await?;
    let writes = stage.parts.count * usize::try_from(rounds)?;
    let wanted = connection.number(CHANGES).await? + i64::try_from(writes)?;
    let (began, before) = (Instant::now(), stage.spent()?);
    for round in 0..rounds {
        fleet
            .report(&Report::Twin {
                sections: what(round),
            })
            .await?;
    }
    loop {
        let written = connection.number(CHANGES).await?;
        if written >= wanted {
            break;
        }
        anyhow::ensure!(
            began.elapsed() < LIMIT,
            "{written} of {wanted} changes were written"
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(Written {
        count: writes,
        took: began.elapsed(),
        spent: stage.spent()?.saturating_sub(before),
    })
}

fn one(section: &str, value: Value) -> Map<String, Value> {
    [(section.to_owned(), value)].into_iter().collect()
}

/// As the agent reports them: 20 snaps with two services and a little configuration; one has another version each round.
fn snaps(round: u64) -> Map<String, Value> {
    let snaps = (0..SNAPS).map(|snap| {
        let changed = if snap == round % SNAPS { round } else { 0 };
        let value = json!({
            "version": format!("1.{snap}.{changed}"),
            "revision": format!("{}", 100 * snap + changed),
            "channel": "latest/stable",
            "tracking": "latest/stable",
            "confinement": "strict",
            "status": "active",
            "devmode": false,
            "installed_size": 10_485_760 + snap,
            "installed_at": "2024-01-01T00:00:00Z",
            "services": {
                "server": {"daemon": "simple", "enabled": true, "active": true},
                "watcher": {"daemon": "simple", "enabled": true, "active": false},
            },
            "config": {"port": 8000 + snap, "host": "gateway.example.com", "log-level": "info"},
        });
        (format!("snap-{snap}"), value)
    });
    one("snaps", Value::Object(snaps.collect()))
}
