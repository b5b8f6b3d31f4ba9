//! The command line: what can be said, and what each word is for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::action::ActionCommand;
use crate::agent::AgentCommand;
use crate::api_token::ApiTokenCommand;
use crate::audit::AuditCommand;
#[cfg(feature = "server")]
use crate::configuration::ConfigCommand;
use crate::delivery::DeliveryCommand;
use crate::enrolment::EnrolmentCommand;
use crate::keys::{CaOptions, KeyCommand};
use crate::organisation::OrganisationCommand;
use crate::profile::{PasswordOptions, ProfileCommand};
use crate::project::ProjectCommand;
use crate::registration::RegistrationCommand;
use crate::required_snaps::RequiredSnapsCommand;
use crate::rollout::RolloutCommand;
#[cfg(feature = "server")]
use crate::run::{ServerOptions, UpOptions};
use crate::service::ServiceCommand;
use crate::session::SignInOptions;
use crate::sessions::SessionCommand;
use crate::settings::SettingsCommand;
use crate::tag::TagCommand;
use crate::template::TemplateCommand;
use crate::twin::TwinCommand;
use crate::user::UserCommand;

/// Manage devices and edge services that nobody can dial into.
#[derive(Parser)]
#[command(
    name = "edgeward",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands is shown below what is its own.
const EVERYWHERE: &str = "Options of every command";

/// What every command understands.
#[derive(Args, Clone)]
pub(crate) struct Global {
    /// The control plane's address, such as https://edge.example.com
    #[arg(help_heading = EVERYWHERE, long, global = true, env = "EDGEWARD_URL", value_name = "URL")]
    pub(crate) server: Option<String>,
    /// A bearer token, such as an API token, instead of the one saved by sign-in
    #[arg(
        help_heading = EVERYWHERE,
        long = "token-value",
        global = true,
        hide = true,
        env = "EDGEWARD_TOKEN",
        hide_env_values = true
    )]
    pub(crate) token: Option<String>,
    /// The data folder of a control plane on this machine
    #[arg(help_heading = EVERYWHERE, long, global = true, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Believe in this certificate authority (PEM file) instead of the public ones
    #[arg(
        help_heading = EVERYWHERE,
        long,
        global = true,
        env = "EDGEWARD_CA",
        value_name = "FILE",
        conflicts_with = "ca_fingerprint"
    )]
    pub(crate) ca: Option<PathBuf>,
    /// Believe in the certificate authority with this SHA-256 fingerprint
    #[arg(
        help_heading = EVERYWHERE,
        long,
        global = true,
        env = "EDGEWARD_CA_FINGERPRINT",
        value_name = "HEX"
    )]
    pub(crate) ca_fingerprint: Option<String>,
    /// How results are printed
    #[arg(
        help_heading = EVERYWHERE,
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub(crate) output: Output,
}

/// How results are printed.
#[derive(ValueEnum, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Output {
    /// Columns of text, for people
    #[default]
    Table,
    /// JSON as the REST API answers it, for programs
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start a control plane on this machine
    #[cfg(feature = "server")]
    Up(UpOptions),
    /// Run a control plane as a configuration file says
    #[cfg(feature = "server")]
    Server(ServerOptions),
    /// Check or show a configuration
    #[cfg(feature = "server")]
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the REST API's OpenAPI document
    #[cfg(feature = "server")]
    Openapi,
    /// Sign in to a control plane and remember it
    SignIn(SignInOptions),
    /// Forget the sign-in and end it on the control plane
    SignOut,
    /// Who is signed in here, and your sessions everywhere
    #[command(subcommand, alias = "sessions")]
    Session(SessionCommand),
    /// Your own profile
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Change your own password
    Password(PasswordOptions),
    /// What is running and how much there is
    Overview,
    /// Agents and the tokens they join with
    #[command(subcommand)]
    Agent(AgentCommand),
    /// Actions on devices, such as installing a snap, each to its end
    #[command(subcommand)]
    Action(ActionCommand),
    /// One action on many devices, in waves, with a way back
    #[command(subcommand)]
    Rollout(RolloutCommand),
    /// Configurations of services with ${name} in place of what differs, in versions
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Bring a template, filled in for each, to many services, in waves; put back what was there where that fails
    #[command(subcommand)]
    Delivery(DeliveryCommand),
    /// Words given to devices, by which rollouts and actions choose them
    #[command(subcommand)]
    Tag(TagCommand),
    /// What devices report, what they are wished to be, and what lies between
    #[command(subcommand)]
    Twin(TwinCommand),
    /// Devices that enrol by what snapd knows of them
    #[command(subcommand)]
    Registration(RegistrationCommand),
    /// Whose signatures on devices an organisation believes, and what else it allows
    #[command(subcommand)]
    Enrolment(EnrolmentCommand),
    /// The snaps that devices of a model need
    #[command(subcommand)]
    RequiredSnaps(RequiredSnapsCommand),
    /// Edge services
    #[command(subcommand)]
    Service(ServiceCommand),
    /// Organisations, and who belongs to them
    #[command(subcommand)]
    Organisation(OrganisationCommand),
    /// Projects of organisations, and who belongs to them
    #[command(subcommand)]
    Project(ProjectCommand),
    /// Users: make and invite them, disable them, reset their passwords
    #[command(subcommand)]
    User(UserCommand),
    /// API tokens, with which programs act
    #[command(subcommand)]
    ApiToken(ApiTokenCommand),
    /// The audit log: who changed what, and whether the log is whole
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The installation's settings: root address, language, rules, mail, single sign-on
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// The broker that agents connect to: state, last error, message rates
    AgentService,
    /// The key that edge services need, and a backup of all keys
    #[command(subcommand, visible_alias = "keys")]
    Key(KeyCommand),
    /// Print the certificate of the certificate authority
    Ca(CaOptions),
    /// Print a completion script for a shell
    Completion {
        /// The shell
        shell: Shell,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;

    #[test]
    fn every_command_can_be_read() {
        Arguments::command().debug_assert();
    }
}
