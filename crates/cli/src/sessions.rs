//! `edgeward session …`: who is signed in here, and one's own sessions everywhere.

use clap::{Args, Subcommand};
use edgeward_api::access::{Session, SessionInfo};
use edgeward_api::list::List;

use crate::arguments::Global;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{connect, output, resolve};

#[derive(Subcommand)]
pub(crate) enum SessionCommand {
    /// Show who is signed in here, and what they may do
    Show,
    /// List your own sessions, in browsers and programs
    List,
    /// End some of your own sessions, or all others
    End(EndOptions),
}

#[derive(Args)]
pub(crate) struct EndOptions {
    /// Ids, or beginnings of them
    #[arg(required_unless_present = "others", value_name = "SESSION")]
    sessions: Vec<String>,
    /// All but the one of this command
    #[arg(long, conflicts_with = "sessions")]
    others: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn carry_out(global: &Global, command: SessionCommand) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        SessionCommand::Show => show(global, &client.session().await?),
        SessionCommand::List => table(global, &client.sessions().await?, "you have no session"),
        SessionCommand::End(options) if options.others => {
            confirm(options.yes, "End all your other sessions?")?;
            client.end_other_sessions().await?;
            output::note("ended all other sessions");
            Ok(())
        }
        SessionCommand::End(options) => {
            let mut found = Vec::new();
            for text in &options.sessions {
                found.push(resolve::session(&client, text).await?);
            }
            let names: Vec<_> = found.iter().map(described).collect();
            confirm(options.yes, &format!("End {}?", names.join(", ")))?;
            for session in found {
                client.end_session(session.id).await?;
                output::note(&format!("ended {}", described(&session)));
            }
            Ok(())
        }
    }
}

/// Prints sessions.
pub(crate) fn table(
    global: &Global,
    sessions: &List<SessionInfo>,
    when_empty: &str,
) -> Result<(), CliError> {
    let columns = [
        "ID",
        "KIND",
        "ADDRESS",
        "PROGRAM",
        "BEGAN",
        "LAST USED",
        "ENDS",
    ];
    output::list(
        global,
        &sessions.items,
        sessions.total,
        &columns,
        row,
        when_empty,
    )
}

fn row(session: &SessionInfo) -> Vec<String> {
    let mut kind = output::word(&session.kind);
    if session.remembered {
        kind.push_str(", remembered");
    }
    if session.current {
        kind.push_str(", this one");
    }
    vec![
        session.id.to_string(),
        kind,
        output::or_dash(&session.address),
        output::or_dash(&session.program),
        output::time(session.created_at),
        output::time(session.last_used_at),
        output::time(session.expires_at),
    ]
}

fn described(session: &SessionInfo) -> String {
    let program = output::or_dash(&output::plain(&session.program));
    if session.current {
        format!("{} (this one, {program})", session.id)
    } else {
        format!("{} ({program})", session.id)
    }
}

fn show(global: &Global, session: &Session) -> Result<(), CliError> {
    let who = match (&session.user, &session.token) {
        (Some(user), _) => format!("{} <{}>", user.display_name, user.email),
        (None, Some(token)) => format!("API token {}", token.name),
        (None, None) => "the operator of the machine".to_owned(),
    };
    let mut lines = vec![
        ("Signed in as", who),
        ("Until", output::time_or(session.expires_at, "without end")),
    ];
    // Whoever may do everything has no need of the list where.
    let places = if session.permissions.system_admin {
        lines.push(("Role", "system admin".to_owned()));
        &[]
    } else {
        session.permissions.organisations.as_slice()
    };
    for organisation in places {
        let role = output::word(&organisation.role);
        lines.push(("Role", format!("{role} of {}", organisation.name)));
        for project in &organisation.projects {
            let role = output::word(&project.role);
            lines.push((
                "Role",
                format!("{role} of {} / {}", organisation.name, project.name),
            ));
        }
    }
    output::one(global, session, lines)
}
