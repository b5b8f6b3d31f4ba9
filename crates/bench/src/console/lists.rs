//! Lists over REST, each beside one SQL statement that reads the same rows.
//!
//! The statement is sent by this process over a connection of its own, prepared, with all columns that the list shows. It has
//! no permission to look at, counts no total, and makes no JSON: what it takes is what the database takes.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use edgeward_api::{audit, list, service};

use super::asks::{Ask, Reader};
use super::http::{As, Http, SignedIn};
use super::stage::Stage;
use super::world::{ORGANISATION_ADMIN, PROJECT_ADMIN, SYSTEM_ADMIN};
use crate::database::Connection;
use crate::table::{Table, ratio};
use crate::timing::{Rounds, Timed, Who, ms, repeat};

/// How long one list may be asked for, unless it was asked for fewer than [`LEAST`] times by then.
const TIME: Duration = Duration::from_secs(20);

/// How often each list is asked for at least.
const LEAST: usize = 20;

/// Asks for each list, and gives a table.
pub async fn measure(stage: &Stage, requests: usize) -> Result<Table> {
    let rounds = Rounds {
        most: requests,
        least: LEAST.min(requests),
        time: TIME,
    };
    let readers = Readers::sign_in(stage, &mut stage.http(0).await?).await?;
    let mut direct = stage.database.connect().await?;
    let mut table = table(stage);
    for ask in Ask::all(stage) {
        stage.say(&ask.title)?;
        let who = readers.get(ask.reader);
        // The control plane closes connections that nobody uses, and the statements alone may take that long.
        let mut http = stage.http(0).await?;
        if let Some(statement) = &ask.statement {
            compare(&mut http, &mut direct, &ask, who)
                .await
                .with_context(|| format!("{} is not the same: {}", ask.title, statement.sql))?;
        }
        let ours = repeat(rounds, &stage.watched()?, async || {
            http.get(&ask.path, who).await.map(drop)
        })
        .await?;
        let theirs = match &ask.statement {
            Some(statement) => Some(
                repeat(rounds, &beside(stage)?, async || {
                    direct.read(statement).await.map(drop)
                })
                .await?,
            ),
            None => None,
        };
        table.row(row(&ask, &ours, theirs.as_ref()));
    }
    Ok(table)
}

/// Those who ask.
struct Readers {
    system_admin: SignedIn,
    organisation_admin: SignedIn,
    project_admin: SignedIn,
}

impl Readers {
    async fn sign_in(stage: &Stage, http: &mut Http) -> Result<Self> {
        let email = |person: usize| stage.world.people[person].email.as_str();
        Ok(Self {
            system_admin: http.sign_in(email(SYSTEM_ADMIN), As::Program).await?,
            organisation_admin: http.sign_in(email(ORGANISATION_ADMIN), As::Program).await?,
            project_admin: http.sign_in(email(PROJECT_ADMIN), As::Program).await?,
        })
    }

    const fn get(&self, reader: Reader) -> &SignedIn {
        match reader {
            Reader::SystemAdmin => &self.system_admin,
            Reader::OrganisationAdmin => &self.organisation_admin,
            Reader::ProjectAdmin => &self.project_admin,
        }
    }
}

/// The same rows in the same order, or the comparison says nothing.
async fn compare(
    http: &mut Http,
    direct: &mut Connection,
    ask: &Ask,
    who: &SignedIn,
) -> Result<()> {
    let statement = ask.statement.as_ref().context("there is no statement")?;
    let wanted = direct.keys(statement).await?;
    let body = http.get(&ask.path, who).await?;
    let shown: Vec<String> = if ask.path.starts_with("/audit") {
        let page: audit::EntryPage = serde_json::from_slice(&body)?;
        page.items.iter().map(|e| e.number.to_string()).collect()
    } else {
        let page: list::List<service::Service> = serde_json::from_slice(&body)?;
        page.items.iter().map(|s| s.id.to_string()).collect()
    };
    ensure!(
        shown == wanted,
        "{} is answered with {} rows from {:?}, the statement with {} from {:?}",
        ask.path,
        shown.len(),
        shown.first(),
        wanted.len(),
        wanted.first()
    );
    ensure!(
        shown.is_empty() == ask.finds_nothing,
        "{} has {} rows",
        ask.path,
        shown.len()
    );
    Ok(())
}

/// Who spends processor time on a statement: this process, and a server if there is one.
fn beside(stage: &Stage) -> Result<Vec<Who>> {
    let server = stage.database.process()?.map(Who::Tree);
    Ok([Who::Me].into_iter().chain(server).collect())
}

fn table(stage: &Stage) -> Table {
    Table::new(
        format!("### Lists on {}", stage.database.kind.name()),
        &[
            "list",
            "asked",
            "p50 ms",
            "p99 ms",
            "SQL alone: asked",
            "p50 ms",
            "p99 ms",
            "p50 ÷ SQL alone",
            "CPU-ms control plane",
            "CPU-ms PostgreSQL",
            "CPU-ms SQL alone",
        ],
    )
}

fn row(ask: &Ask, ours: &Timed, theirs: Option<&Timed>) -> Vec<String> {
    let dash = || "–".to_owned();
    let or_dash = |figure: &dyn Fn(&Timed) -> String| theirs.map_or_else(dash, figure);
    vec![
        ask.title.clone(),
        ours.rounds().to_string(),
        ms(ours.p50()),
        ms(ours.p99()),
        or_dash(&|theirs| theirs.rounds().to_string()),
        or_dash(&|theirs| ms(theirs.p50())),
        or_dash(&|theirs| ms(theirs.p99())),
        or_dash(&|theirs| ratio(ours.p50().as_secs_f64(), theirs.p50().as_secs_f64())),
        ours.spent(0).map_or_else(dash, ms),
        ours.spent(1).map_or_else(dash, ms),
        or_dash(&|theirs| ms(theirs.spent_by_all())),
    ]
}
