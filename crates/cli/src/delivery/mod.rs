//! `edgeward delivery …`: a template's version, filled in for each of many services, brought to them in waves.

mod request;
mod show;

use clap::{Args, Subcommand};
use edgeward_api::delivery::{DeliveredServiceFilter, DeliveryFilter, Step};
use edgeward_client::Client;
use edgeward_ids::RolloutId;

use crate::arguments::Global;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::place::PlaceFilter;
use crate::{connect, output};
use request::RequestOptions;

#[derive(Subcommand)]
pub(crate) enum DeliveryCommand {
    /// Say what a delivery would change of each service
    #[command(disable_version_flag = true)]
    Preview(RequestOptions),
    /// Begin a delivery; it goes on by itself
    #[command(disable_version_flag = true)]
    Start(StartOptions),
    /// List deliveries, the newest first
    List(PlaceFilter),
    /// Show one delivery, with its waves
    Show {
        /// The id
        delivery: RolloutId,
    },
    /// List a delivery's services, with what became of each and why
    Services {
        /// The id
        delivery: RolloutId,
        /// Only those that are so far: waiting, under_way, done, failed or cancelled
        #[arg(long, value_parser = step)]
        state: Option<Step>,
        /// How many at most
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=1000))]
        limit: u64,
    },
    /// Begin with no more services for now
    Pause {
        /// The id
        delivery: RolloutId,
    },
    /// Go on with a paused delivery; failures so far are forgiven
    Resume {
        /// The id
        delivery: RolloutId,
    },
    /// End a delivery: begin with no more services
    Abort(Ending),
    /// Put back what was there before on every service to which it was delivered
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
pub(crate) struct Ending {
    /// The id
    delivery: RolloutId,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn carry_out(global: &Global, command: DeliveryCommand) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        DeliveryCommand::Preview(options) => {
            let request = options.request(&client).await?;
            show::preview(global, &client.preview_delivery(&request).await?)
        }
        DeliveryCommand::Start(options) => start(global, &client, options).await,
        DeliveryCommand::List(place) => {
            let (organisation, project) = place.ids(&client).await?;
            let filter = DeliveryFilter {
                organisation,
                project,
                ..DeliveryFilter::default()
            };
            show::list(global, &client.deliveries(&filter).await?)
        }
        DeliveryCommand::Show { delivery } => show::one(global, &client.delivery(delivery).await?),
        DeliveryCommand::Services {
            delivery,
            state,
            limit,
        } => {
            let filter = DeliveredServiceFilter {
                state,
                limit: Some(limit),
                ..DeliveredServiceFilter::default()
            };
            let found = client.delivered_services(delivery, &filter).await?;
            show::services(global, &found)
        }
        DeliveryCommand::Pause { delivery } => {
            client.pause_delivery(delivery).await?;
            output::note("paused; services that are being written are brought to their end");
            Ok(())
        }
        DeliveryCommand::Resume { delivery } => {
            client.resume_delivery(delivery).await?;
            output::note("it goes on");
            Ok(())
        }
        DeliveryCommand::Abort(ending) => {
            let delivery = client.delivery(ending.delivery).await?;
            let question = format!(
                "End the delivery {}? {} wait for it; what was delivered stays.",
                delivery.name,
                services(delivery.counts.waiting)
            );
            confirm(ending.yes, &question)?;
            client.abort_delivery(ending.delivery).await?;
            output::note("it is ended");
            Ok(())
        }
        DeliveryCommand::Undo(ending) => {
            let delivery = client.delivery(ending.delivery).await?;
            let question = format!(
                "Undo the delivery {} on the {} to which it was delivered? What was changed there since is lost.",
                delivery.name,
                services(delivery.counts.done)
            );
            confirm(ending.yes, &question)?;
            client.undo_delivery(ending.delivery).await?;
            output::note(&format!(
                "it is being undone; follow it with: edgeward delivery show {}",
                ending.delivery
            ));
            Ok(())
        }
    }
}

async fn start(global: &Global, client: &Client, options: StartOptions) -> Result<(), CliError> {
    let request = options.request.request(client).await?;
    if !options.yes {
        let preview = client.preview_delivery(&request).await?;
        show::preview(global, &preview)?;
        let waves: Vec<String> = preview.waves.iter().map(u64::to_string).collect();
        let question = format!(
            "Deliver this to {}, in waves of {}?",
            services(preview.total),
            waves.join(", ")
        );
        confirm(false, &question)?;
    }
    let delivery = client.begin_delivery(&request).await?;
    show::one(global, &delivery)?;
    output::note(&format!(
        "follow it with: edgeward delivery show {}",
        delivery.id
    ));
    Ok(())
}

fn services(number: u64) -> String {
    if number == 1 {
        "1 service".to_owned()
    } else {
        format!("{number} services")
    }
}

fn step(text: &str) -> Result<Step, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| {
        format!("\"{text}\" is no state; it is waiting, under_way, done, failed or cancelled")
    })
}
