//! One request asks all devices for an action; from the request until all have ended, on disk.
//!
//! Beside it, the same commands and the same answers over a bare mosquitto: nothing is signed, kept or looked up.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use edgeward_api::action::{ActionFilter, AskRequest, ToDo};
use edgeward_api::selection::Selection;

use super::bare;
use super::stage::Stage;
use crate::light::{Enrolled, Fleet};
use crate::table::{Table, ratio};

/// How often they are asked.
const ROUNDS: usize = 3;

/// How long all may take to end.
const LIMIT: Duration = Duration::from_secs(180);

/// How often it is looked whether all have ended; a figure is wrong by no more.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Asks them; they leave afterwards.
pub async fn measure(stage: &Stage, enrolled: &Enrolled, mut fleet: Fleet) -> Result<Table> {
    let count = stage.parts.count;
    let client = &stage.control_plane.client;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        stage.say("all are asked for an action")?;
        let request = AskRequest {
            device_ids: Vec::new(),
            selection: Some(Selection {
                project_id: Some(stage.project),
                ..Selection::default()
            }),
            action: ToDo {
                name: "refresh".to_owned(),
                snap: "hello".to_owned(),
                data: String::new(),
            },
            expires_in_s: None,
        };
        let (began, before) = (Instant::now(), stage.spent()?);
        let asked = client.ask_for_action(&request).await?;
        let answered = began.elapsed();
        ensure!(
            asked.actions.len() == count,
            "{} of {count} were asked",
            asked.actions.len()
        );
        let open = ActionFilter {
            open: Some(true),
            limit: Some(1),
            ..ActionFilter::default()
        };
        loop {
            let left = client.actions(&open).await?.total;
            if left == 0 {
                break;
            }
            ensure!(began.elapsed() < LIMIT, "{left} actions have not ended");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let spent = stage.spent()?.saturating_sub(before);
        rounds.push((began.elapsed(), answered, spent));
    }
    let done = stage
        .connect()
        .await?
        .number("SELECT COUNT(*) FROM actions WHERE state = 'done'")
        .await?;
    ensure!(
        usize::try_from(done)? == count * ROUNDS,
        "{done} of {} actions were done",
        count * ROUNDS
    );
    fleet.all_there()?;
    drop(fleet);
    stage.say("the same at a bare mosquitto")?;
    let bare = bare::actions(&enrolled.authority_pem, enrolled).await?;

    rounds.sort_unstable();
    let mut table = stage.table("Actions");
    let mut row = |what: &str, figure: String| table.row([what.to_owned(), figure]);
    let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    if let (Some(median), Some(slowest)) = (rounds.get(ROUNDS / 2), rounds.last()) {
        row("from the request until all have ended", seconds(median.0));
        row("the slowest of three", seconds(slowest.0));
        row(
            "of it: until the request is answered, all written down",
            seconds(median.1),
        );
        row("the same messages at a bare mosquitto", seconds(bare));
        row("÷", ratio(median.0.as_secs_f64(), bare.as_secs_f64()));
        let each = median.2.as_secs_f64() * 1e6;
        let each = each / f64::from(u32::try_from(count)?);
        row(
            "control plane and database, CPU-µs each",
            format!("{each:.0}"),
        );
    }
    Ok(table)
}
