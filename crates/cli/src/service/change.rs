//! Adding, changing and proving edge services.

use clap::Args;
use edgeward_api::service::{FindingWeight, Service, ServiceChange, ServiceRequest};
use edgeward_client::Client;
use edgeward_ids::Name;

use super::show;
use crate::arguments::Global;
use crate::choices::{Authentication, Kind};
use crate::error::CliError;
use crate::{output, resolve, secret};

#[derive(Args)]
pub(crate) struct AddOptions {
    /// The service's name, unique in its project
    name: Name,
    /// Scheme, host and port, such as http://192.168.10.4:7000
    address: String,
    /// The project (id, beginning of an id, or name)
    #[arg(long)]
    project: String,
    /// The project's organisation, where two have a project of that name
    #[arg(long)]
    organisation: Option<String>,
    /// What it is
    #[arg(long, value_enum, default_value = "http")]
    kind: Kind,
    /// Free text
    #[arg(long, default_value = "")]
    description: String,
    /// A tag, such as line-3; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    #[command(flatten)]
    shown: Shown,
    /// Add it even if it does not accept the control plane now
    #[arg(long)]
    unproven: bool,
}

#[derive(Args)]
pub(crate) struct ChangeOptions {
    /// Id, beginning of an id, or exact name
    service: String,
    /// Another name
    #[arg(long)]
    name: Option<Name>,
    /// Another scheme, host and port; direct services only
    #[arg(long)]
    address: Option<String>,
    /// What it is
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Free text
    #[arg(long)]
    description: Option<String>,
    /// Ask authorities about its certificate again, instead of believing a pinned one
    #[arg(long, conflicts_with = "pinned")]
    not_pinned: bool,
    #[command(flatten)]
    shown: Shown,
    /// Change it even if it does not accept the control plane then
    #[arg(long)]
    unproven: bool,
}

/// What the control plane shows the service, and the service it.
#[derive(Args)]
struct Shown {
    /// What the service wants to see
    #[arg(long, value_enum)]
    authentication: Option<Authentication>,
    /// The user's name, with --authentication basic
    #[arg(long)]
    user: Option<String>,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
    /// Believe this certificate only: its SHA-256, hexadecimal
    #[arg(long, value_name = "SHA-256")]
    pinned: Option<String>,
}

impl Shown {
    /// The password, where one is needed.
    fn password(&self) -> Result<Option<String>, CliError> {
        let basic = matches!(self.authentication, Some(Authentication::Basic));
        if self.password_stdin {
            secret::from_stdin("password").map(Some)
        } else if basic || self.user.is_some() {
            secret::ask("Password", "--password-stdin").map(Some)
        } else {
            Ok(None)
        }
    }
}

pub(super) async fn add(
    global: &Global,
    client: &Client,
    options: AddOptions,
) -> Result<(), CliError> {
    let organisation = options.organisation.as_deref();
    let (_, project) = resolve::project(client, organisation, &options.project).await?;
    let password = options.shown.password()?;
    let request = ServiceRequest {
        project_id: project.id,
        name: options.name,
        kind: options.kind.into(),
        address: options.address,
        pinned: options.shown.pinned,
        description: options.description,
        authentication: options
            .shown
            .authentication
            .map(Into::into)
            .unwrap_or_default(),
        user: options.shown.user,
        password,
        tags: options.tags,
        unproven: options.unproven,
    };
    let added = client.add_service(&request).await?;
    show(global, &added)?;
    said(&added);
    Ok(())
}

pub(super) async fn change(
    global: &Global,
    client: &Client,
    options: ChangeOptions,
) -> Result<(), CliError> {
    let service = resolve::service(client, &options.service).await?;
    let password = options.shown.password()?;
    let change = ServiceChange {
        name: options.name,
        kind: options.kind.map(Into::into),
        description: options.description,
        address: options.address,
        pinned: if options.not_pinned {
            Some(String::new())
        } else {
            options.shown.pinned
        },
        authentication: options.shown.authentication.map(Into::into),
        user: options.shown.user,
        password,
        tags: None,
        unproven: options.unproven,
    };
    let changed = client.change_service(service.id, &change).await?;
    show(global, &changed)?;
    said(&changed);
    Ok(())
}

pub(super) async fn prove(global: &Global, client: &Client, service: &str) -> Result<(), CliError> {
    let service = resolve::service(client, service).await?;
    let proven = client.prove_service(service.id).await?;
    show(global, &proven)?;
    if proven.check.as_ref().is_some_and(|check| check.answers) {
        return Ok(());
    }
    let finding = proven.check.and_then(|check| check.finding);
    let message = finding
        .as_ref()
        .map_or("nothing was found out", |finding| &finding.message);
    let error = CliError::refused(output::plain(message));
    Err(match finding.and_then(|finding| finding.fix) {
        Some(fix) => error.hint(output::plain(&fix)),
        None => error,
    })
}

/// What was found, where it is not simply well.
fn said(service: &Service) {
    let check = service.check.as_ref();
    let finding = check.and_then(|check| check.finding.as_ref());
    let Some(finding) = finding.filter(|finding| finding.weight != FindingWeight::Good) else {
        return;
    };
    output::note(&output::plain(&finding.message));
    if let Some(fix) = &finding.fix {
        output::note(&output::plain(fix));
    }
}
