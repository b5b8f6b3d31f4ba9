//! What a rollout is asked for with.

use std::time::Duration;

use clap::Args;
use edgeward_api::action::ToDo;
use edgeward_api::rollout::{Plan, RolloutRequest};
use edgeward_client::Client;
use edgeward_ids::Name;

use crate::error::CliError;
use crate::selection::SelectionOptions;
use crate::time;

/// The longest that the change may wait for a device: 90 days.
const MAX_LIFETIME_S: u64 = 90 * 24 * 3600;

/// The longest that a wave may be watched: 30 days.
const MAX_WATCH_S: u64 = 30 * 24 * 3600;

#[derive(Args)]
pub(crate) struct RequestOptions {
    /// refresh, install, remove, switch, setconf, or whatever else can be asked of a device
    #[arg(value_name = "ACTION")]
    action: String,
    /// The snap that it is about, where it is about one
    #[arg(default_value = "")]
    snap: String,
    /// What to call it; the action and the snap unless said otherwise
    #[arg(long)]
    name: Option<Name>,
    /// A channel (install, refresh, switch), JSON (setconf, start, stop, restart, logs, snapshot, user) or an assertion (ack)
    #[arg(long, default_value = "", hide_default_value = true)]
    data: String,
    #[command(flatten)]
    selection: SelectionOptions,
    /// How many devices each wave takes, such as 1,10%,50%; the rest is a wave of its own. All at once unless said otherwise
    #[arg(long, value_delimiter = ',', value_name = "SIZES")]
    waves: Vec<String>,
    /// How many devices may fail before it pauses: a number, or a share of all such as 5%
    #[arg(long, default_value = "0", value_name = "NUMBER")]
    failure_limit: String,
    /// How long to watch each wave before the next one begins, such as 30m or 24h
    #[arg(long, value_parser = |text: &str| time::span(text, MAX_WATCH_S), value_name = "TIME")]
    watch: Option<Duration>,
    /// Let each wave wait for its devices that are away
    #[arg(long)]
    wait_for_away: bool,
    /// Include devices that come to match later, until the rollout is ended
    #[arg(long)]
    include_later: bool,
    /// How long the change may wait for a device that is away, such as 30m, 24h or 7d
    #[arg(long, default_value = "24h", value_parser = |text: &str| time::span(text, MAX_LIFETIME_S), value_name = "TIME")]
    expires_in: Duration,
}

impl RequestOptions {
    /// As the control plane is asked.
    pub(super) async fn request(self, client: &Client) -> Result<RolloutRequest, CliError> {
        let name = match self.name {
            Some(name) => name,
            None => format!("{} {}", self.action, self.snap)
                .trim()
                .parse()
                .map_err(|error| {
                    CliError::usage(format!("{error}; give the rollout a name with --name"))
                })?,
        };
        Ok(RolloutRequest {
            name,
            selection: self.selection.request(client).await?,
            action: ToDo {
                name: self.action,
                snap: self.snap,
                data: self.data,
            },
            plan: Plan {
                waves: self.waves,
                failure_limit: Some(self.failure_limit),
                watch_s: self.watch.unwrap_or_default().as_secs(),
                wait_for_away: self.wait_for_away,
                include_later: self.include_later,
                expires_in_s: Some(self.expires_in.as_secs()),
            },
        })
    }
}
