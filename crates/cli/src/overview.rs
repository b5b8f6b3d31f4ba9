//! `edgeward overview`: what is running and how much there is.

use crate::arguments::Global;
use crate::error::CliError;
use crate::{connect, output};

pub(crate) async fn show(global: &Global) -> Result<(), CliError> {
    let client = connect::client(global)?;
    let overview = client.overview().await?;
    let (agents, services, broker) = (
        &overview.agents,
        &overview.services,
        &overview.agent_service,
    );
    let link = if broker.connected {
        "connected"
    } else {
        "not connected"
    };
    let mut lines = vec![
        ("Control plane", client.server().to_owned()),
        ("Version", overview.version.clone()),
        (
            "Managed agents",
            format!(
                "{} online, {} offline",
                agents.managed_online, agents.managed_offline
            ),
        ),
        (
            "Unmanaged agents",
            format!(
                "{} online, {} offline",
                agents.unmanaged_online, agents.unmanaged_offline
            ),
        ),
        (
            "Edge services",
            format!("{} online, {} offline", services.online, services.offline),
        ),
        (
            "Agent service",
            format!(
                "{}, {link} since {}, at {}",
                broker.kind,
                output::time(broker.since),
                broker.address
            ),
        ),
        ("Database", overview.database.clone()),
        ("CA fingerprint", overview.ca_fingerprint.clone()),
    ];
    if let Some(error) = &broker.last_error {
        lines.push(("Last error", error.clone()));
    }
    output::one(global, &overview, lines)
}
