//! Looking at registered devices.

use clap::{Args, ValueEnum};
use edgeward_api::registration::{Registration, RegistrationFilter, RegistrationStatus};
use edgeward_client::Client;

use super::name;
use crate::arguments::Global;
use crate::error::CliError;
use crate::output;
use crate::place::PlaceFilter;

/// What a list of registered devices shows.
const COLUMNS: [&str; 8] = [
    "SERIAL", "MODEL", "BRAND", "ID", "STATUS", "VERIFIED", "PROJECT", "ENROLLED",
];

#[derive(Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    place: PlaceFilter,
    /// Only in this status
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Only of this model
    #[arg(long)]
    model: Option<String>,
    /// Only those with this text in brand, model, serial number or id
    #[arg(long)]
    text: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
}

/// Where a registered device stands.
#[derive(ValueEnum, Clone, Copy)]
pub(super) enum Status {
    /// It may enrol
    Waiting,
    /// It has enrolled, and may not again
    Enrolled,
    /// It may neither enrol nor connect
    Disabled,
}

pub(super) async fn list(
    global: &Global,
    client: &Client,
    options: ListOptions,
) -> Result<(), CliError> {
    let (organisation, project) = options.place.ids(client).await?;
    let filter = RegistrationFilter {
        organisation,
        project,
        status: options.status.map(|status| match status {
            Status::Waiting => RegistrationStatus::Waiting,
            Status::Enrolled => RegistrationStatus::Enrolled,
            Status::Disabled => RegistrationStatus::Disabled,
        }),
        model: options.model,
        text: options.text,
        offset: None,
        limit: Some(options.limit),
    };
    let found = client.registrations(&filter).await?;
    output::list(
        global,
        &found.items,
        found.total,
        &COLUMNS,
        row,
        "no registered device matches; register devices with: edgeward registration create, or edgeward registration import",
    )
}

fn row(device: &Registration) -> Vec<String> {
    vec![
        device.serial.clone(),
        device.model.clone(),
        device.brand.clone(),
        device.id.to_string(),
        output::word(&device.status),
        output::word(&device.verification),
        project(device),
        output::time_or(device.enrolled_at, "never"),
    ]
}

fn project(device: &Registration) -> String {
    format!("{} / {}", device.organisation_name, device.project_name)
}

pub(super) fn show(global: &Global, device: &Registration) -> Result<(), CliError> {
    let dialect = device.dialect.as_ref().map_or(String::new(), output::word);
    let verified_by = device.verified_by.as_deref().unwrap_or_default();
    let mut lines = vec![
        ("Device", name(device)),
        ("Id", device.id.to_string()),
        ("Project", project(device)),
        ("Status", output::word(&device.status)),
        ("Verified", output::word(&device.verification)),
        ("By key", output::or_dash(verified_by)),
        ("Speaks", output::or_dash(&dialect)),
        ("Store", output::or_dash(&device.store)),
        ("Registered itself", output::yes_or_no(device.automatic)),
        ("Is handed", format!("{} bytes", device.device_data_bytes)),
        ("Registered", output::time(device.registered_at)),
        ("Enrolled", output::time_or(device.enrolled_at, "never")),
    ];
    if let Some(clash) = &device.clash {
        lines.push((
            "Used from two places",
            format!(
                "{} times, last {} from {}",
                clash.count,
                output::time(clash.last_at),
                clash.addresses
            ),
        ));
    }
    output::one(global, device, lines)
}
