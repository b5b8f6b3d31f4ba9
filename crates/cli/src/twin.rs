//! `edgeward twin …`: what devices report, what they are wished to be, and what lies between.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use edgeward_api::twin::{Change, DifferingFilter, HistoryFilter, Part, Then, Twin};
use edgeward_client::Client;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::{connect, output, resolve, time};

/// The longest difference that can be asked for: a year.
const MAX_DIFFERING_S: u64 = 365 * 24 * 3600;

#[derive(Subcommand)]
pub(crate) enum TwinCommand {
    /// Show a device's twin
    Show {
        /// Id, beginning of an id, or exact name
        device: String,
    },
    /// Say what a device is wished to be
    Wish(WishOptions),
    /// Who wrote what, the newest first
    History(HistoryOptions),
    /// What a device's twin was
    Then {
        /// Id, beginning of an id, or exact name
        device: String,
        /// When: 2026-01-31T08:00:00Z, 2026-01-31 (its beginning), or 24h for a day ago
        #[arg(long, value_parser = time::from, value_name = "TIME")]
        at: Timestamp,
    },
    /// Devices that are not what is wished of them, the longest first
    Differing(DifferingOptions),
}

#[derive(Args)]
pub(crate) struct WishOptions {
    /// Id, beginning of an id, or exact name
    device: String,
    /// A JSON object: a merge patch (RFC 7396), in which null removes; such as {"snaps": {"hello": {"channel": "latest/edge"}}}
    #[arg(required_unless_present = "file")]
    change: Option<String>,
    /// Read the object from this file instead
    #[arg(long, conflicts_with = "change")]
    file: Option<PathBuf>,
    /// The object is all that is wished, in place of what was
    #[arg(long)]
    replace: bool,
    /// Refuse when what is wished has another version than this by now
    #[arg(long, value_name = "VERSION")]
    if_version: Option<u64>,
}

#[derive(Args)]
pub(crate) struct HistoryOptions {
    /// Id, beginning of an id, or exact name
    device: String,
    /// Only this side
    #[arg(long)]
    part: Option<Side>,
    /// Only what touched this place, such as /snaps/hello/channel
    #[arg(long, requires = "part")]
    path: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=500))]
    limit: u64,
}

#[derive(Args)]
pub(crate) struct DifferingOptions {
    /// Only those that have differed for so long, such as 10m
    #[arg(long, value_parser = |text: &str| time::span(text, MAX_DIFFERING_S), value_name = "TIME")]
    longer_than: Option<Duration>,
    /// Only those of this organisation (id, beginning of an id, or name)
    #[arg(long)]
    organisation: Option<String>,
    /// Only those of this project (id, beginning of an id, or name)
    #[arg(long)]
    project: Option<String>,
}

/// A side of a twin.
#[derive(ValueEnum, Clone, Copy)]
pub(crate) enum Side {
    /// What the device reports
    Reported,
    /// What it is wished to be
    Desired,
}

pub(crate) async fn carry_out(global: &Global, command: TwinCommand) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        TwinCommand::Show { device } => {
            let id = resolve::agent(&client, &device).await?.id;
            show(global, &client.twin(id).await?)
        }
        TwinCommand::Wish(options) => wish(global, &client, options).await,
        TwinCommand::History(options) => history(global, &client, options).await,
        TwinCommand::Then { device, at } => {
            let id = resolve::agent(&client, &device).await?.id;
            output::json(&client.twin_then(id, &Then { at }).await?)
        }
        TwinCommand::Differing(options) => differing(global, &client, options).await,
    }
}

async fn wish(global: &Global, client: &Client, options: WishOptions) -> Result<(), CliError> {
    let text = match (&options.change, &options.file) {
        (Some(text), _) => text.clone(),
        (None, Some(file)) => std::fs::read_to_string(file)
            .map_err(|error| CliError::failed(format!("cannot read {}", file.display()), error))?,
        (None, None) => String::new(),
    };
    let content: Map<String, Value> = serde_json::from_str(&text).map_err(|error| {
        CliError::usage(format!(
            "that is no JSON object ({error}); write it as {{\"snaps\": {{\"hello\": {{\"channel\": \"latest/edge\"}}}}}}"
        ))
    })?;
    let id = resolve::agent(client, &options.device).await?.id;
    let twin = if options.replace {
        client
            .replace_desired(id, &content, options.if_version)
            .await
    } else {
        client
            .change_desired(id, &content, options.if_version)
            .await
    }?;
    show(global, &twin)
}

fn show(global: &Global, twin: &Twin) -> Result<(), CliError> {
    if global.output == Output::Json {
        return output::json(twin);
    }
    let head = |name: &str, document: &edgeward_api::twin::Document| {
        output::note(&format!(
            "{name}, version {}, written {}:",
            document.version,
            output::time_or(document.at, "never")
        ));
        output::json(&document.value)
    };
    head("reported", &twin.reported)?;
    head("desired", &twin.desired)?;
    if twin.difference.is_empty() {
        output::note("the device is what is wished of it");
        return Ok(());
    }
    let since = output::time_or(twin.differs_since, "now");
    output::note(&format!("the device differs since {since}:"));
    let rows = twin.difference.iter().map(|leaf| {
        let reported = leaf.reported.as_ref();
        vec![
            format!("/{}", leaf.path.join("/")),
            leaf.desired.to_string(),
            reported.map_or_else(|| "-".to_owned(), Value::to_string),
        ]
    });
    output::table(&["PATH", "DESIRED", "REPORTED"], rows)
}

async fn history(
    global: &Global,
    client: &Client,
    options: HistoryOptions,
) -> Result<(), CliError> {
    let id = resolve::agent(client, &options.device).await?.id;
    let filter = HistoryFilter {
        part: options.part.map(|side| match side {
            Side::Reported => Part::Reported,
            Side::Desired => Part::Desired,
        }),
        path: options.path,
        limit: Some(options.limit),
    };
    let changes = client.twin_history(id, &filter).await?;
    let row = |change: &Change| {
        vec![
            output::time(change.at),
            output::word(&change.part),
            change.version.to_string(),
            change.writer.clone(),
            change.patch.to_string(),
        ]
    };
    output::list(
        global,
        &changes.items,
        changes.total,
        &["WRITTEN", "PART", "VERSION", "WRITER", "CHANGE"],
        row,
        "nothing was written",
    )
}

async fn differing(
    global: &Global,
    client: &Client,
    options: DifferingOptions,
) -> Result<(), CliError> {
    let mut filter = DifferingFilter {
        longer_than_s: options.longer_than.map(|time| time.as_secs()),
        ..DifferingFilter::default()
    };
    if let Some(project) = &options.project {
        let named = options.organisation.as_deref();
        filter.project = Some(resolve::project(client, named, project).await?.1.id);
    } else if let Some(organisation) = &options.organisation {
        filter.organisation = Some(resolve::organisation(client, organisation).await?.id);
    }
    let found = client.differing(&filter).await?;
    output::list(
        global,
        &found.items,
        found.total,
        &["NAME", "ID", "SINCE"],
        |device| {
            vec![
                device.name.to_string(),
                device.device_id.to_string(),
                output::time(device.since),
            ]
        },
        "every device is what is wished of it",
    )
}
