//! `edgeward settings sso …`: providers of single sign-on, and what their claims give.

use clap::{Args, Subcommand};
use edgeward_api::settings::{ClaimRule, Provider, ProviderRequest, ProviderTestRequest, Settings};
use edgeward_api::user::MemberRole;
use edgeward_client::Client;
use edgeward_ids::Name;

use super::{show, tested};
use crate::arguments::{Global, Output};
use crate::choices::Switch;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{output, resolve, secret};

/// How a rule is written.
const RULE_FORM: &str =
    "write it as \"groups=operators -> viewer of Acme / Hall 3\" or \"groups=it -> system admin\"";

#[derive(Subcommand)]
pub(crate) enum SsoCommand {
    /// List the providers
    List,
    /// Show one provider, with its rules and where it is to send people back to
    Show {
        /// Its id
        id: String,
    },
    /// Make a provider, or change one; what is not named stays
    Set(SetOptions),
    /// Whether a provider can be used: reads its discovery document
    Test {
        /// The id of one that is set, or an issuer such as https://login.example.com
        provider: String,
    },
    /// Forget a provider; its users cannot sign in with it any more
    Remove {
        /// Its id
        id: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
pub(crate) struct SetOptions {
    /// In addresses: a-z, 0-9 and -, at most 32 characters
    id: String,
    /// What the button says
    #[arg(long)]
    name: Option<Name>,
    /// The issuer, such as https://login.example.com
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// What the provider calls this installation
    #[arg(long)]
    client_id: Option<String>,
    /// Ask for the client secret
    #[arg(long, conflicts_with = "client_secret_stdin")]
    ask_client_secret: bool,
    /// Read the client secret from standard input
    #[arg(long)]
    client_secret_stdin: bool,
    /// Whether it is offered at sign-in
    #[arg(long, value_enum)]
    enabled: Option<Switch>,
    /// Whether somebody who signs in for the first time gets an account
    #[arg(long, value_enum)]
    create_users: Option<Switch>,
    /// What a claim gives, such as "groups=operators -> viewer of Acme / Hall 3"; may be repeated, and replaces all rules there were
    #[arg(long = "rule", value_name = "RULE")]
    rules: Vec<String>,
    /// Take all rules away
    #[arg(long, conflicts_with = "rules")]
    no_rules: bool,
}

pub(crate) async fn carry_out(
    global: &Global,
    client: &Client,
    command: SsoCommand,
) -> Result<(), CliError> {
    match command {
        SsoCommand::List => list(global, &client.settings().await?),
        SsoCommand::Show { id } => {
            let settings = client.settings().await?;
            show_one(global, client, provider(&settings, &id)?).await
        }
        SsoCommand::Set(options) => set(global, client, options).await,
        SsoCommand::Test { provider: named } => {
            let issuer = if named.contains("://") {
                named
            } else {
                provider(&client.settings().await?, &named)?.issuer.clone()
            };
            let request = ProviderTestRequest {
                issuer: issuer.clone(),
            };
            let test = client.test_provider(&request).await?;
            tested(
                global,
                &test,
                test.usable,
                &test.problem,
                &format!("{issuer} can be used"),
                &format!("{issuer} cannot be used"),
            )
        }
        SsoCommand::Remove { id, yes } => {
            let settings = client.settings().await?;
            let name = output::plain(&provider(&settings, &id)?.name);
            confirm(
                yes,
                &format!(
                    "Forget the provider {name} ({id})? Users cannot sign in with it any more."
                ),
            )?;
            show(global, &client.remove_provider(&id).await?)
        }
    }
}

fn list(global: &Global, settings: &Settings) -> Result<(), CliError> {
    output::list(
        global,
        &settings.providers,
        settings.providers.len() as u64,
        &["ID", "NAME", "ISSUER", "ENABLED", "MAKES USERS", "RULES"],
        |provider| {
            vec![
                provider.id.clone(),
                provider.name.clone(),
                provider.issuer.clone(),
                output::yes_or_no(provider.enabled),
                output::yes_or_no(provider.create_users),
                provider.rules.len().to_string(),
            ]
        },
        "there is no single sign-on; add a provider with: edgeward settings sso set <id> --name <name> --issuer <url> --client-id <id>",
    )
}

fn provider<'a>(settings: &'a Settings, id: &str) -> Result<&'a Provider, CliError> {
    settings
        .providers
        .iter()
        .find(|provider| provider.id == id)
        .ok_or_else(|| {
            CliError::refused(format!("there is no provider \"{id}\""))
                .hint("see them with: edgeward settings sso list")
        })
}

async fn set(global: &Global, client: &Client, options: SetOptions) -> Result<(), CliError> {
    let settings = client.settings().await?;
    let now = provider(&settings, &options.id).ok();
    let missing = |option: &str| {
        CliError::usage(format!(
            "{option} is missing for the new provider \"{}\"",
            options.id
        ))
        .hint("a new provider needs --name, --issuer and --client-id")
    };
    let name = match (options.name, now) {
        (Some(name), _) => name,
        (None, Some(now)) => now.name.parse().map_err(|_| missing("--name"))?,
        (None, None) => return Err(missing("--name")),
    };
    let kept = |given: Option<String>, option: &str, now: Option<&String>| {
        given
            .or_else(|| now.cloned())
            .ok_or_else(|| missing(option))
    };
    let issuer = kept(options.issuer, "--issuer", now.map(|now| &now.issuer))?;
    let client_id = kept(
        options.client_id,
        "--client-id",
        now.map(|now| &now.client_id),
    )?;
    let rules = if options.rules.is_empty() && !options.no_rules {
        now.map_or(Vec::new(), |now| now.rules.clone())
    } else {
        let mut rules = Vec::new();
        for text in &options.rules {
            rules.push(rule(client, text).await?);
        }
        rules
    };
    let client_secret = match (options.client_secret_stdin, options.ask_client_secret) {
        (true, _) => Some(secret::from_stdin("client secret")?),
        (_, true) => Some(secret::ask("Client secret", "--client-secret-stdin")?),
        _ => None,
    };
    let request = ProviderRequest {
        name,
        issuer,
        client_id,
        client_secret,
        enabled: options
            .enabled
            .map_or_else(|| now.is_none_or(|now| now.enabled), Into::into),
        create_users: options
            .create_users
            .map_or_else(|| now.is_some_and(|now| now.create_users), Into::into),
        rules,
    };
    let settings = client.set_provider(&options.id, &request).await?;
    show_one(global, client, provider(&settings, &options.id)?).await
}

async fn show_one(global: &Global, client: &Client, provider: &Provider) -> Result<(), CliError> {
    if global.output == Output::Json {
        return output::json(provider);
    }
    let secret = if provider.client_secret_set {
        "set"
    } else {
        "none"
    };
    let mut lines = vec![
        ("Id", provider.id.clone()),
        ("Name", provider.name.clone()),
        ("Issuer", provider.issuer.clone()),
        ("Client id", provider.client_id.clone()),
        ("Client secret", secret.to_owned()),
        ("Offered", output::yes_or_no(provider.enabled)),
        ("Makes users", output::yes_or_no(provider.create_users)),
        ("Redirect address", provider.redirect_url.clone()),
    ];
    let organisations = client.organisations().await?.items;
    for rule in &provider.rules {
        lines.push(("Rule", rule_words(rule, &organisations)));
    }
    output::one(global, provider, lines)
}

/// `groups=operators -> viewer of Acme / Hall 3`, as it can be given again.
fn rule_words(
    rule: &ClaimRule,
    organisations: &[edgeward_api::organisation::Organisation],
) -> String {
    let role = rule.role.map_or(String::new(), |role| output::word(&role));
    let organisation = organisations.iter().find(|organisation| {
        Some(organisation.id) == rule.organisation_id
            || organisation
                .projects
                .iter()
                .any(|project| Some(project.id) == rule.project_id)
    });
    let project = organisation.and_then(|organisation| {
        organisation
            .projects
            .iter()
            .find(|project| Some(project.id) == rule.project_id)
    });
    let gives = match (rule.system_admin, organisation, project) {
        (true, ..) => "system admin".to_owned(),
        (_, Some(organisation), Some(project)) => {
            format!("{role} of {} / {}", organisation.name, project.name)
        }
        (_, Some(organisation), None) => format!("{role} of {}", organisation.name),
        (_, None, _) => format!("{role} of something that was deleted"),
    };
    format!("{}={} -> {gives}", rule.claim, rule.value)
}

async fn rule(client: &Client, text: &str) -> Result<ClaimRule, CliError> {
    let written = parse_rule(text)
        .ok_or_else(|| CliError::usage(format!("\"{text}\" is no rule")).hint(RULE_FORM))?;
    let mut rule = ClaimRule {
        claim: written.claim.to_owned(),
        value: written.value.to_owned(),
        system_admin: false,
        organisation_id: None,
        project_id: None,
        role: None,
    };
    match written.gives {
        Gives::Everything => rule.system_admin = true,
        Gives::Organisation(role, organisation) => {
            let organisation = resolve::organisation(client, organisation).await?;
            rule.organisation_id = Some(organisation.id);
            rule.role = Some(role);
        }
        Gives::Project(role, organisation, project) => {
            let (organisation, project) =
                resolve::project(client, Some(organisation), project).await?;
            rule.organisation_id = Some(organisation.id);
            rule.project_id = Some(project.id);
            rule.role = Some(role);
        }
    }
    Ok(rule)
}

/// A rule as it was written.
#[derive(Debug, PartialEq)]
struct Written<'a> {
    claim: &'a str,
    value: &'a str,
    gives: Gives<'a>,
}

#[derive(Debug, PartialEq)]
enum Gives<'a> {
    Everything,
    Organisation(MemberRole, &'a str),
    Project(MemberRole, &'a str, &'a str),
}

/// Names hold neither `/` nor `>`, so the last arrow ends the value, whatever is in it.
fn parse_rule(text: &str) -> Option<Written<'_>> {
    let (condition, gives) = text.rsplit_once("->")?;
    let (claim, value) = condition.split_once('=')?;
    let (claim, value, gives) = (claim.trim(), value.trim(), gives.trim());
    if claim.is_empty() || value.is_empty() {
        return None;
    }
    let gives = if gives == "system admin" {
        Gives::Everything
    } else {
        let (role, place) = gives.split_once(" of ")?;
        let role = match role.trim() {
            "member" => MemberRole::Member,
            "viewer" => MemberRole::Viewer,
            "admin" => MemberRole::Admin,
            _ => return None,
        };
        match place.split_once('/') {
            Some(_) if role == MemberRole::Member => return None,
            Some((organisation, project)) => {
                Gives::Project(role, organisation.trim(), project.trim())
            }
            None => Gives::Organisation(role, place.trim()),
        }
    };
    Some(Written {
        claim,
        value,
        gives,
    })
}

/// A provider in a line.
pub(super) fn words(provider: &Provider) -> String {
    let offered = if provider.enabled {
        ""
    } else {
        ", not offered"
    };
    format!(
        "{} ({}) at {}{offered}",
        provider.name, provider.id, provider.issuer
    )
}

#[cfg(test)]
mod tests;
