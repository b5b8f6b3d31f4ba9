//! `edgeward settings set …`: single values. Rules of which only some are named keep the others.

use clap::Subcommand;
use edgeward_api::settings::{
    GuideRequest, LanguageRequest, LinkRules, PasswordRules, RootAddressRequest, SessionRules,
};
use edgeward_client::Client;

use super::show;
use crate::arguments::Global;
use crate::choices::{Language, Switch};
use crate::error::CliError;

#[derive(Subcommand)]
pub(crate) enum SetCommand {
    /// The address under which people and devices know the console
    RootAddress {
        /// Scheme, host and port, such as https://edgeward.example.com
        url: String,
    },
    /// The language of whoever has not chosen one
    Language {
        /// The language
        #[arg(value_enum)]
        language: Language,
    },
    /// What passwords must be like from now on
    #[command(group = clap::ArgGroup::new("rule").required(true).multiple(true).args(["min_chars", "letter", "digit", "symbol"]))]
    Passwords {
        /// The shortest, in characters; 8 to 128
        #[arg(long, value_name = "NUMBER")]
        min_chars: Option<u32>,
        /// Whether a letter must be in it
        #[arg(long, value_enum)]
        letter: Option<Switch>,
        /// Whether a digit must be in it
        #[arg(long, value_enum)]
        digit: Option<Switch>,
        /// Whether something that is neither letter nor digit must be in it
        #[arg(long, value_enum)]
        symbol: Option<Switch>,
    },
    /// How long sessions last without use
    #[command(group = clap::ArgGroup::new("rule").required(true).multiple(true).args(["idle_hours", "remembered_days"]))]
    Sessions {
        /// Those that end with the browser, in hours; 1 to 720
        #[arg(long, value_name = "NUMBER")]
        idle_hours: Option<u32>,
        /// Those that are remembered, in days; 1 to 365
        #[arg(long, value_name = "NUMBER")]
        remembered_days: Option<u32>,
    },
    /// How long links work that people set their password with
    #[command(group = clap::ArgGroup::new("rule").required(true).multiple(true).args(["invitation_hours", "reset_hours"]))]
    Links {
        /// Invitations, in hours; 1 to 720
        #[arg(long, value_name = "NUMBER")]
        invitation_hours: Option<u32>,
        /// Password resets, in hours; 1 to 72
        #[arg(long, value_name = "NUMBER")]
        reset_hours: Option<u32>,
    },
    /// Whether the console shows its first-run guide
    Guide {
        /// on to show it again, off when it is done
        #[arg(value_enum)]
        shown: Switch,
    },
}

pub(crate) async fn carry_out(
    global: &Global,
    client: &Client,
    command: SetCommand,
) -> Result<(), CliError> {
    let settings = match command {
        SetCommand::RootAddress { url } => {
            client.set_root_address(&RootAddressRequest { url }).await?
        }
        SetCommand::Language { language } => {
            let language = language.into();
            client.set_language(LanguageRequest { language }).await?
        }
        SetCommand::Passwords {
            min_chars,
            letter,
            digit,
            symbol,
        } => {
            let now = client.settings().await?.passwords;
            let rules = PasswordRules {
                min_chars: min_chars.unwrap_or(now.min_chars),
                letter: letter.map_or(now.letter, Into::into),
                digit: digit.map_or(now.digit, Into::into),
                symbol: symbol.map_or(now.symbol, Into::into),
            };
            client.set_password_rules(rules).await?
        }
        SetCommand::Sessions {
            idle_hours,
            remembered_days,
        } => {
            let now = client.settings().await?.sessions;
            let rules = SessionRules {
                idle_hours: idle_hours.unwrap_or(now.idle_hours),
                remembered_days: remembered_days.unwrap_or(now.remembered_days),
            };
            client.set_session_rules(rules).await?
        }
        SetCommand::Links {
            invitation_hours,
            reset_hours,
        } => {
            let now = client.settings().await?.links;
            let rules = LinkRules {
                invitation_hours: invitation_hours.unwrap_or(now.invitation_hours),
                reset_hours: reset_hours.unwrap_or(now.reset_hours),
            };
            client.set_link_rules(rules).await?
        }
        SetCommand::Guide { shown } => {
            let done = shown == Switch::Off;
            client.set_guide(GuideRequest { done }).await?
        }
    };
    show(global, &settings)
}
