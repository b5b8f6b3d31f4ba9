//! One operation on one edge service or many: start, stop, restart, upgrade, delete, release.

use clap::Args;
use edgeward_api::service::{
    MAX_OPERATED_AT_ONCE, Operated, Operation, OperationRequest, Service, ServiceFilter, ServiceWay,
};
use edgeward_client::Client;

use crate::arguments::Global;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{output, resolve};

/// Which services.
#[derive(Args)]
pub(crate) struct Chosen {
    /// Ids, beginnings of ids, or exact names
    #[arg(required_unless_present = "tag")]
    services: Vec<String>,
    /// All services with this tag
    #[arg(long, conflicts_with = "services")]
    tag: Option<String>,
}

#[derive(Args)]
pub(crate) struct UpgradeOptions {
    #[command(flatten)]
    chosen: Chosen,
    /// The image, or the snap's channel
    #[arg(long, value_name = "IMAGE")]
    to: String,
}

#[derive(Args)]
pub(crate) struct EndOptions {
    #[command(flatten)]
    chosen: Chosen,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(
    global: &Global,
    client: &Client,
    operation: Operation,
    chosen: &Chosen,
) -> Result<(), CliError> {
    let services = services(client, chosen).await?;
    operate(global, client, operation, &services, None).await
}

pub(super) async fn upgrade(
    global: &Global,
    client: &Client,
    options: UpgradeOptions,
) -> Result<(), CliError> {
    let services = services(client, &options.chosen).await?;
    let to = Some(options.to);
    operate(global, client, Operation::Upgrade, &services, to).await
}

pub(super) async fn delete(
    global: &Global,
    client: &Client,
    options: EndOptions,
) -> Result<(), CliError> {
    let services = services(client, &options.chosen).await?;
    let question = match &*services {
        [service] if service.way == ServiceWay::Hosted => format!(
            "Delete the service {} here and on its device, with all of its data?",
            service.name
        ),
        [service] => format!(
            "Delete the service {} here? What runs at its address is not touched.",
            service.name
        ),
        services => {
            let is_hosted = |service: &&Service| service.way == ServiceWay::Hosted;
            let hosted = services.iter().filter(is_hosted).count();
            format!(
                "Delete {} services here? {hosted} of them are hosted, and go from their devices with all of their data; the others are not touched.",
                services.len()
            )
        }
    };
    confirm(options.yes, &question)?;
    if let [service] = &*services {
        client.delete_service(service.id).await?;
        output::note(&format!("{} is deleted", service.name));
        return Ok(());
    }
    operate(global, client, Operation::Delete, &services, None).await
}

pub(super) async fn release(
    global: &Global,
    client: &Client,
    options: EndOptions,
) -> Result<(), CliError> {
    let services = services(client, &options.chosen).await?;
    let question = match &*services {
        [service] => format!(
            "Release the service {}? It stays on its device as it is, and is gone from here.",
            service.name
        ),
        services => format!(
            "Release {} services? They stay on their devices as they are, and are gone from here.",
            services.len()
        ),
    };
    confirm(options.yes, &question)?;
    operate(global, client, Operation::Release, &services, None).await
}

async fn services(client: &Client, chosen: &Chosen) -> Result<Vec<Service>, CliError> {
    let Some(tag) = &chosen.tag else {
        let mut services = Vec::with_capacity(chosen.services.len());
        for text in &chosen.services {
            services.push(resolve::service(client, text).await?);
        }
        return Ok(services);
    };
    let filter = ServiceFilter {
        tag: Some(tag.clone()),
        ..ServiceFilter::default()
    };
    let found = client.services(&filter).await?;
    if found.items.is_empty() {
        return Err(
            CliError::refused(format!("no service has the tag \"{tag}\""))
                .hint("see the tags that there are with: edgeward service tag list"),
        );
    }
    if found.total > MAX_OPERATED_AT_ONCE as u64 {
        return Err(CliError::refused(format!(
            "{} services have the tag \"{tag}\"; at most {MAX_OPERATED_AT_ONCE} are possible at once",
            found.total
        )));
    }
    Ok(found.items)
}

async fn operate(
    global: &Global,
    client: &Client,
    operation: Operation,
    services: &[Service],
    to: Option<String>,
) -> Result<(), CliError> {
    let request = OperationRequest {
        operation,
        services: services.iter().map(|service| service.id).collect(),
        to,
    };
    let operated = client.operate_services(&request).await?;
    let name = |one: &Operated| {
        let found = services.iter().find(|service| service.id == one.service_id);
        found.map_or_else(
            || one.service_id.to_string(),
            |service| service.name.to_string(),
        )
    };
    let row = |one: &Operated| {
        let reason = one.reason.as_deref().unwrap_or_default();
        vec![
            name(one),
            output::yes_or_no(one.done),
            output::or_dash(reason),
        ]
    };
    let columns = ["SERVICE", "DONE", "WHY NOT"];
    output::list(global, &operated.items, operated.total, &columns, row, "")?;
    let failed = operated.items.iter().filter(|one| !one.done).count();
    if failed > 0 {
        return Err(CliError::refused(format!(
            "not done on {failed} of {} services",
            operated.total
        )));
    }
    Ok(())
}
