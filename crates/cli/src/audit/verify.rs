//! `edgeward audit verify`: the chain from end to end; what is wrong first is named, and is an exit code of 1.

use std::io::{self, IsTerminal, Write};

use edgeward_api::audit::{BrokenChain, Verification};
use edgeward_client::{Client, ClientError};

use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::output;

pub(crate) async fn carry_out(global: &Global, client: &Client) -> Result<(), CliError> {
    let on_terminal = io::stderr().is_terminal();
    let result = client
        .verify_audit(|part| {
            if on_terminal {
                progress(part);
            }
        })
        .await;
    if on_terminal {
        // Takes the line of progress away.
        let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
    }
    let end = result?;
    if global.output == Output::Json {
        output::json(&end)?;
    }
    match &end.broken {
        None => {
            if global.output == Output::Table {
                output::line(&format!("intact: {} entries", end.verified_to))?;
            }
            Ok(())
        }
        Some(broken) => Err(told(client, &end, broken).await),
    }
}

fn progress(part: &Verification) {
    let percent = (part.verified_to * 100)
        .checked_div(part.total)
        .unwrap_or(100);
    let mut stderr = io::stderr().lock();
    let _ = write!(
        stderr,
        "\rverified {} of {} entries ({percent} %)",
        part.verified_to, part.total
    )
    .and_then(|()| stderr.flush());
}

async fn told(client: &Client, end: &Verification, broken: &BrokenChain) -> CliError {
    // That the chain is broken matters more than that its time could not be asked for.
    let when = when(client, end, broken).await.unwrap_or_default();
    CliError::refused(format!(
        "the audit log is not intact: {}{when}",
        output::plain(&broken.message)
    ))
    .hint(if end.verified_to == 0 {
        "nothing before it is verified; compare with a backup of the database".to_owned()
    } else {
        format!(
            "entries 1 to {} are genuine; compare what follows with a backup of the database",
            end.verified_to
        )
    })
}

/// What the log still says of the time: the broken entry's own, or else that of the last genuine one.
async fn when(
    client: &Client,
    end: &Verification,
    broken: &BrokenChain,
) -> Result<String, ClientError> {
    if let Some(entry) = client.audit_entry(broken.number).await? {
        return Ok(format!(", dated {}", output::time(entry.at)));
    }
    Ok(match client.audit_entry(end.verified_to).await? {
        Some(entry) => format!(", after {}", output::time(entry.at)),
        None => String::new(),
    })
}
