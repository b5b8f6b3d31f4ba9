//! `edgeward rollout …`: one action on many devices, in waves.

mod request;
mod show;

use clap::{Args, Subcommand};
use edgeward_api::rollout::{Rollout, RolloutDeviceFilter, RolloutFilter, State};
use edgeward_client::Client;
use edgeward_ids::RolloutId;

use crate::arguments::Global;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::place::PlaceFilter;
use crate::{connect, output};
use request::RequestOptions;

#[derive(Subcommand)]
pub(crate) enum RolloutCommand {
    /// Say which devices a rollout would reach and why, which of them are away, and what would be done
    Preview(RequestOptions),
    /// Begin a rollout; it goes on by itself
    Start(StartOptions),
    /// List rollouts, the newest first
    List(ListOptions),
    /// Show one rollout, with its waves
    Show {
        /// The id
        rollout: RolloutId,
    },
    /// List a rollout's devices, with what became of each
    Devices {
        /// The id
        rollout: RolloutId,
        /// How many at most
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=1000))]
        limit: u64,
    },
    /// Begin nothing more for now, and hold back what waits for devices
    Pause {
        /// The id
        rollout: RolloutId,
    },
    /// Go on with a paused rollout; failures so far are forgiven
    Resume {
        /// The id
        rollout: RolloutId,
    },
    /// End a rollout, and call off what waits for devices
    Abort(Ending),
    /// Undo on every device what was done, as far as there is a way back
    Undo(Ending),
}

#[derive(Args)]
pub(crate) struct StartOptions {
    #[command(flatten)]
    request: RequestOptions,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    place: PlaceFilter,
    /// Only those in this state: running, paused, aborted, done, undoing or undone
    #[arg(long, value_parser = state)]
    state: Option<State>,
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
}

#[derive(Args)]
pub(crate) struct Ending {
    /// The id
    rollout: RolloutId,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn carry_out(global: &Global, command: RolloutCommand) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        RolloutCommand::Preview(options) => {
            let request = options.request(&client).await?;
            show::preview(global, &client.preview_rollout(&request).await?)
        }
        RolloutCommand::Start(options) => start(global, &client, options).await,
        RolloutCommand::List(options) => list(global, &client, options).await,
        RolloutCommand::Show { rollout } => show::one(global, &client.rollout(rollout).await?),
        RolloutCommand::Devices { rollout, limit } => {
            let filter = RolloutDeviceFilter {
                limit: Some(limit),
                ..RolloutDeviceFilter::default()
            };
            show::devices(global, &client.rollout_devices(rollout, &filter).await?)
        }
        RolloutCommand::Pause { rollout } => {
            client.pause_rollout(rollout).await?;
            output::note("paused; devices that are at it go on to their end");
            Ok(())
        }
        RolloutCommand::Resume { rollout } => {
            client.resume_rollout(rollout).await?;
            output::note("it goes on");
            Ok(())
        }
        RolloutCommand::Abort(ending) => {
            let rollout = client.rollout(ending.rollout).await?;
            let question = format!(
                "End the rollout {}? {} wait for it; devices that are at it go on to their end.",
                rollout.name,
                devices(rollout.counts.waiting + rollout.counts.queued)
            );
            confirm(ending.yes, &question)?;
            said(&client.abort_rollout(ending.rollout).await?);
            Ok(())
        }
        RolloutCommand::Undo(ending) => {
            let rollout = client.rollout(ending.rollout).await?;
            let question = format!(
                "Undo the rollout {} on the {} on which it was done?",
                rollout.name,
                devices(rollout.counts.done)
            );
            confirm(ending.yes, &question)?;
            said(&client.undo_rollout(ending.rollout).await?);
            Ok(())
        }
    }
}

async fn start(global: &Global, client: &Client, options: StartOptions) -> Result<(), CliError> {
    let request = options.request.request(client).await?;
    if !options.yes {
        let preview = client.preview_rollout(&request).await?;
        let waves: Vec<String> = preview.waves.iter().map(u64::to_string).collect();
        let question = format!(
            "Begin {} {} on {} ({} away), in waves of {}?",
            request.action.name,
            request.action.snap,
            devices(preview.total),
            preview.offline,
            waves.join(", ")
        );
        confirm(false, &question)?;
    }
    let rollout = client.begin_rollout(&request).await?;
    show::one(global, &rollout)?;
    output::note(&format!(
        "follow it with: edgeward rollout show {}",
        rollout.id
    ));
    Ok(())
}

async fn list(global: &Global, client: &Client, options: ListOptions) -> Result<(), CliError> {
    let (organisation, project) = options.place.ids(client).await?;
    let filter = RolloutFilter {
        organisation,
        project,
        state: options.state,
        limit: Some(options.limit),
        ..RolloutFilter::default()
    };
    show::list(global, &client.rollouts(&filter).await?)
}

fn said(rollout: &Rollout) {
    let state = output::word(&rollout.state);
    output::note(&format!("the rollout {} is {state}", rollout.name));
}

fn devices(number: u64) -> String {
    if number == 1 {
        "1 device".to_owned()
    } else {
        format!("{number} devices")
    }
}

fn state(text: &str) -> Result<State, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| {
        format!("\"{text}\" is no state; it is running, paused, aborted, done, undoing or undone")
    })
}
