//! Which edge services a command is about.

use clap::{Args, ValueEnum};
use edgeward_api::service::{ServiceFilter, ServiceState, ServiceWay};
use edgeward_client::Client;

use crate::choices::Authentication;
use crate::error::CliError;
use crate::place::PlaceFilter;

/// All conditions together.
#[derive(Args)]
pub(crate) struct FilterOptions {
    /// Only those in this state
    #[arg(long)]
    state: Option<State>,
    /// Only those of this kind, such as neuron
    #[arg(long)]
    kind: Option<String>,
    /// Only those that are reached in this way
    #[arg(long)]
    way: Option<Way>,
    /// Only those with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only those that want to see this
    #[arg(long, value_enum)]
    authentication: Option<Authentication>,
    /// Only those that want tokens and are not known to accept the key pair of this number
    #[arg(long, value_name = "NUMBER")]
    key_behind: Option<u32>,
    #[command(flatten)]
    place: PlaceFilter,
    /// Only those with this text in name, agent name, kind, description, address or id
    #[arg(long)]
    text: Option<String>,
}

#[derive(ValueEnum, Clone, Copy)]
enum State {
    /// Can be reached
    Online,
    /// The agent is offline
    Offline,
    /// The agent does not offer it any more
    NotOffered,
}

#[derive(ValueEnum, Clone, Copy)]
enum Way {
    /// Through the agent that offers them
    Agent,
    /// Through the agent that has made them
    Hosted,
    /// By the control plane itself
    Direct,
}

impl From<State> for ServiceState {
    fn from(state: State) -> Self {
        match state {
            State::Online => Self::Online,
            State::Offline => Self::Offline,
            State::NotOffered => Self::NotOffered,
        }
    }
}

impl From<Way> for ServiceWay {
    fn from(way: Way) -> Self {
        match way {
            Way::Agent => Self::Agent,
            Way::Hosted => Self::Hosted,
            Way::Direct => Self::Direct,
        }
    }
}

impl FilterOptions {
    pub(super) async fn filter(self, client: &Client) -> Result<ServiceFilter, CliError> {
        let (organisation, project) = self.place.ids(client).await?;
        Ok(ServiceFilter {
            state: self.state.map(Into::into),
            kind: self.kind,
            way: self.way.map(Into::into),
            tag: self.tag,
            authentication: self.authentication.map(Into::into),
            key_behind: self.key_behind,
            organisation,
            project,
            text: self.text,
            ..ServiceFilter::default()
        })
    }
}
