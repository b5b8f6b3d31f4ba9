//! `edgeward action …`: actions on devices, each to its end.

use std::time::Duration;

use clap::{Args, Subcommand};
use edgeward_api::action::{Action, ActionFilter, AskRequest, State, ToDo};
use edgeward_client::Client;
use edgeward_ids::{ActionId, AgentId};

use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::selection::SelectionOptions;
use crate::{connect, output, resolve, time};

/// The longest that an action may wait for its device: 90 days.
const MAX_LIFETIME_S: u64 = 90 * 24 * 3600;

/// How often an action that is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What a list of actions shows.
const COLUMNS: [&str; 8] = [
    "ID", "DEVICE", "ACTION", "SNAP", "STATE", "PROGRESS", "ASKED", "BY",
];

#[derive(Subcommand)]
pub(crate) enum ActionCommand {
    /// Ask devices for an action
    Ask(AskOptions),
    /// List actions, the newest first
    List(ListOptions),
    /// Show one action, with what came of it
    Show {
        /// The id
        action: ActionId,
    },
    /// Wait until an action has ended
    Wait {
        /// The id
        action: ActionId,
    },
    /// Call an action off; one that was sent already ends when its device has answered
    Cancel {
        /// The id
        action: ActionId,
    },
}

#[derive(Args)]
pub(crate) struct AskOptions {
    /// ack, conf, device, disable, enable, info, install, list, logs, refresh, remove, restart, revert, server, setconf,
    /// snapshot, start, stop, switch, unregister or user
    #[arg(value_name = "ACTION")]
    name: String,
    /// The snap that it is about, where it is about one
    #[arg(default_value = "")]
    snap: String,
    /// On which device; id, beginning of an id, or exact name. May be repeated
    #[arg(long = "on", value_name = "DEVICE")]
    devices: Vec<String>,
    #[command(flatten)]
    selection: SelectionOptions,
    /// A channel (install, refresh, switch), JSON (setconf, start, stop, restart, logs, snapshot, user) or an assertion (ack)
    #[arg(long, default_value = "", hide_default_value = true)]
    data: String,
    /// How long it may wait for a device that is away, such as 30m, 24h or 7d
    #[arg(long, default_value = "24h", value_parser = |text: &str| time::span(text, MAX_LIFETIME_S), value_name = "TIME")]
    expires_in: Duration,
    /// Do not return before all have ended; fails when one did not end well
    #[arg(long)]
    wait: bool,
}

#[derive(Args)]
pub(crate) struct ListOptions {
    /// Only those of this device (id, beginning of an id, or exact name)
    #[arg(long)]
    device: Option<String>,
    /// Only those of devices of this organisation (id, beginning of an id, or name)
    #[arg(long)]
    organisation: Option<String>,
    /// Only those of devices of this project (id, beginning of an id, or name)
    #[arg(long)]
    project: Option<String>,
    /// Only those that have not ended
    #[arg(long)]
    open: bool,
    /// Only those of this name, such as install
    #[arg(long)]
    name: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
}

pub(crate) async fn carry_out(global: &Global, command: ActionCommand) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        ActionCommand::Ask(options) => ask(global, &client, options).await,
        ActionCommand::List(options) => list(global, &client, options).await,
        ActionCommand::Show { action } => show(global, &client.action(action).await?),
        ActionCommand::Wait { action } => {
            let ended = wait(&client, action).await?;
            show(global, &ended)?;
            well(&[ended])
        }
        ActionCommand::Cancel { action } => {
            let action = client.cancel_action(action).await?;
            output::note(if action.state == State::Cancelled {
                "called off"
            } else {
                "the device is asked to call it off"
            });
            Ok(())
        }
    }
}

async fn ask(global: &Global, client: &Client, options: AskOptions) -> Result<(), CliError> {
    let selection = match (options.devices.is_empty(), options.selection.is_empty()) {
        (true, true) => {
            return Err(CliError::usage(
                "say on which devices: --on <device>, or --project <name> with --tag, --model or --where as need be",
            ));
        }
        (false, false) => {
            return Err(CliError::usage(
                "name devices with --on, or choose them with --project, --tag, --model and --where; not both",
            ));
        }
        (true, false) => Some(options.selection.request(client).await?),
        (false, true) => None,
    };
    let mut device_ids: Vec<AgentId> = Vec::with_capacity(options.devices.len());
    for device in &options.devices {
        let id = resolve::agent(client, device).await?.id;
        if !device_ids.contains(&id) {
            device_ids.push(id);
        }
    }
    let request = AskRequest {
        device_ids,
        selection,
        action: ToDo {
            name: options.name,
            snap: options.snap,
            data: options.data,
        },
        expires_in_s: Some(options.expires_in.as_secs()),
    };
    let asked = client.ask_for_action(&request).await?;
    if options.wait {
        let mut ended = Vec::with_capacity(asked.actions.len());
        for action in &asked.actions {
            ended.push(wait(client, action.id).await?);
        }
        let total = ended.len() as u64;
        output::list(global, &ended, total, &COLUMNS, row, "")?;
        return well(&ended);
    }
    match global.output {
        Output::Json => output::json(&asked),
        Output::Table => {
            for action in &asked.actions {
                output::line(&action.id.to_string())?;
            }
            output::note("follow it with: edgeward action wait <id>");
            Ok(())
        }
    }
}

/// Until it has ended, saying how far it is as that changes.
async fn wait(client: &Client, id: ActionId) -> Result<Action, CliError> {
    let mut said = String::new();
    loop {
        let action = client.action(id).await?;
        let now = format!(
            "{} {} on {}: {}",
            action.action.name,
            action.action.snap,
            action.device_name,
            progress(&action)
        );
        if now != said {
            output::note(&output::plain(&now));
            said = now;
        }
        if has_ended(action.state) {
            return Ok(action);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn well(ended: &[Action]) -> Result<(), CliError> {
    let bad: Vec<&Action> = ended.iter().filter(|a| a.state != State::Done).collect();
    match bad.as_slice() {
        [] => Ok(()),
        [one] => Err(CliError::refused(progress(one))),
        more => Err(CliError::refused(format!(
            "{} of {} actions were not done",
            more.len(),
            ended.len()
        ))),
    }
}

async fn list(global: &Global, client: &Client, options: ListOptions) -> Result<(), CliError> {
    let mut filter = ActionFilter {
        open: options.open.then_some(true),
        name: options.name,
        limit: Some(options.limit),
        ..ActionFilter::default()
    };
    if let Some(device) = &options.device {
        filter.device = Some(resolve::agent(client, device).await?.id);
    }
    if let Some(project) = &options.project {
        let named = options.organisation.as_deref();
        filter.project = Some(resolve::project(client, named, project).await?.1.id);
    } else if let Some(organisation) = &options.organisation {
        filter.organisation = Some(resolve::organisation(client, organisation).await?.id);
    }
    let actions = client.actions(&filter).await?;
    let when_empty =
        "no action matches; ask for one with: edgeward action ask refresh <snap> --on <device>";
    output::list(
        global,
        &actions.items,
        actions.total,
        &COLUMNS,
        row,
        when_empty,
    )
}

fn row(action: &Action) -> Vec<String> {
    vec![
        action.id.to_string(),
        action.device_name.to_string(),
        action.action.name.clone(),
        output::or_dash(&action.action.snap),
        output::word(&action.state),
        output::or_dash(&detail(action)),
        output::time(action.created_at),
        action.created_by.clone(),
    ]
}

fn show(global: &Global, action: &Action) -> Result<(), CliError> {
    let result = match &action.result {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    let lines = vec![
        ("id", action.id.to_string()),
        (
            "device",
            format!("{} ({})", action.device_name, action.device_id),
        ),
        ("action", action.action.name.clone()),
        ("snap", output::or_dash(&action.action.snap)),
        ("data", output::or_dash(&action.action.data)),
        ("state", progress(action)),
        ("result", output::or_dash(&result)),
        (
            "asked",
            format!(
                "{} by {}",
                output::time(action.created_at),
                action.created_by
            ),
        ),
        ("expires", output::time(action.expires_at)),
        ("changed", output::time(action.changed_at)),
    ];
    output::one(global, action, lines)
}

/// How far it is, in words.
fn progress(action: &Action) -> String {
    let detail = detail(action);
    let state = output::word(&action.state);
    if detail.is_empty() {
        state
    } else {
        format!("{state}: {detail}")
    }
}

fn detail(action: &Action) -> String {
    match action.state {
        State::Failed => action.message.clone(),
        State::Running if action.cancelling => "being called off".to_owned(),
        State::Running if action.total > 1 => {
            let percent = action.done.saturating_mul(100) / action.total;
            format!("{} {percent} %", action.label).trim().to_owned()
        }
        State::Running => action.label.clone(),
        State::Queued => "waits for the device".to_owned(),
        State::Expired => "the device did not come in time".to_owned(),
        State::Sent | State::Done | State::Cancelled => String::new(),
    }
}

const fn has_ended(state: State) -> bool {
    match state {
        State::Queued | State::Sent | State::Running => false,
        State::Done | State::Failed | State::Expired | State::Cancelled => true,
    }
}
