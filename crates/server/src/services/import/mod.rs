//! Lists of services as comma-separated values: each line is a service that the control plane is to dial by itself. What can be added
//! is, many at a time; what cannot comes back by line. Nothing is dialled here: whoever watches services looks at the new ones.

mod columns;
mod line;

use std::fmt::Display;

use axum::body::Bytes;
use edgeward_api::event::Kind as Changed;
use edgeward_api::service::{
    MAX_REFUSED_LINES, MAX_SERVICE_IMPORT_BYTES, RefusedLine, ServicesImported,
};
use edgeward_domain::access::{Permit, Scope};
use edgeward_domain::audit::By;
use edgeward_ids::ProjectId;
use edgeward_store::{AddRefusal, NewDirect};
use futures::{Stream, StreamExt as _};

use self::columns::Columns;
pub(super) use self::line::TAG_SEPARATOR;
use super::change::not_added;
use super::service::{ServiceError, Services};
use crate::csv::{Reader, Record};
use crate::now;

/// How many lines are written at once: together in one transaction, so that it takes no longer than others can wait.
const AT_ONCE: usize = 1000;

/// Why a list was not imported, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The first line does not say what the columns are.
    #[error("line {0}")]
    Heading(String),
    /// There is more of it than may be.
    #[error(
        "the list has more than {MAX_SERVICE_IMPORT_BYTES} bytes; {imported} of its services are added"
    )]
    TooLarge {
        /// How many were added before.
        imported: u64,
    },
    /// It did not come to its end.
    #[error("the list broke off; {imported} of its services are added")]
    Cut {
        /// How many were added before.
        imported: u64,
    },
    /// Something else failed.
    #[error(transparent)]
    Services(#[from] ServiceError),
}

/// Why a line is not taken.
struct Refusal {
    column: Option<&'static str>,
    code: &'static str,
    reason: String,
}

impl Services {
    /// Imports a list that comes in pieces. The permit is for the project that the services are to belong to.
    pub async fn import<E>(
        &self,
        permit: &Permit,
        by: &By,
        list: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<ServicesImported, ImportError> {
        let Scope::Project { project, .. } = permit.scope() else {
            return Err(ServiceError::Unknown.into());
        };
        let mut import = Import {
            services: self,
            project,
            by,
            columns: None,
            batch: Vec::with_capacity(AT_ONCE),
            refused: Vec::new(),
            answer: ServicesImported::default(),
        };
        let mut list = std::pin::pin!(list);
        let (mut reader, mut bytes) = (Reader::default(), 0);
        while let Some(piece) = list.next().await {
            let imported = import.answer.imported;
            let piece = piece.map_err(|_| ImportError::Cut { imported })?;
            bytes += piece.len();
            if bytes > MAX_SERVICE_IMPORT_BYTES {
                return Err(ImportError::TooLarge { imported });
            }
            reader.feed(&piece);
            import.take(&mut reader).await?;
        }
        reader.end();
        import.take(&mut reader).await?;
        import.write().await?;
        if import.columns.is_none() {
            let nothing = "1: the list is empty; its first line has to name the columns";
            return Err(ImportError::Heading(nothing.to_owned()));
        }
        Ok(import.answer)
    }
}

/// An import under way.
struct Import<'a> {
    services: &'a Services,
    project: ProjectId,
    by: &'a By,
    columns: Option<Columns>,
    /// What is to be written next, with the lines that it is on.
    batch: Vec<(u64, NewDirect)>,
    /// What was refused since the last was written.
    refused: Vec<RefusedLine>,
    answer: ServicesImported,
}

impl Import<'_> {
    /// Takes the lines that are complete.
    async fn take(&mut self, reader: &mut Reader) -> Result<(), ImportError> {
        while let Some(record) = reader.next() {
            let Some(columns) = &self.columns else {
                let record = record.map_err(heading)?;
                let Record { line, values } = record;
                let (columns, ignored) = Columns::read(&values)
                    .map_err(|problem| heading(format!("{line}: {problem}")))?;
                self.columns = Some(columns);
                self.answer.ignored_columns = ignored;
                continue;
            };
            match record {
                Ok(record) => match self.services.line(columns, self.project, &record)? {
                    Ok(new) => self.batch.push((record.line, new)),
                    Err(refusal) => self.refuse(record.line, refusal),
                },
                Err(broken) => self.refuse(
                    broken.line,
                    Refusal {
                        column: None,
                        code: line::INVALID,
                        reason: broken.problem,
                    },
                ),
            }
            if self.batch.len() + self.refused.len() >= AT_ONCE {
                self.write().await?;
            }
        }
        Ok(())
    }

    fn refuse(&mut self, line: u64, refusal: Refusal) {
        self.refused.push(RefusedLine {
            line,
            column: refusal.column.map(str::to_owned),
            code: refusal.code.to_owned(),
            reason: refusal.reason,
        });
    }

    /// Adds what can be of what has been gathered.
    async fn write(&mut self) -> Result<(), ServiceError> {
        let batch = std::mem::take(&mut self.batch);
        let (lines, new): (Vec<u64>, Vec<NewDirect>) = batch.into_iter().unzip();
        if !new.is_empty() {
            let services = self.services;
            let imported = services
                .store
                .import_direct(self.project, new, self.by, now())
                .await
                .map_err(not_added)?;
            for (at, refusal) in imported.refused {
                let line = lines.get(at).copied().unwrap_or_default();
                self.refuse(line, taken(&refusal));
            }
            self.answer.imported += imported.added as u64;
            if imported.added > 0 {
                services.events.changed(Changed::Services);
                services.events.changed(Changed::Audit);
            }
        }
        let mut refused = std::mem::take(&mut self.refused);
        refused.sort_by_key(|refused| refused.line);
        self.answer.refused += refused.len() as u64;
        let room = MAX_REFUSED_LINES - self.answer.lines.len();
        self.answer.lines.extend(refused.into_iter().take(room));
        Ok(())
    }
}

/// What the database said of a line.
fn taken(refusal: &AddRefusal) -> Refusal {
    let (column, code) = match refusal {
        AddRefusal::NameTaken => (columns::NAME, "name_taken"),
        AddRefusal::AddressTaken(_) => (columns::ENDPOINT, "address_taken"),
        AddRefusal::Tags(_) => (columns::TAGS, line::TOO_MANY_TAGS),
        AddRefusal::UnknownProject => ("project", line::INVALID),
    };
    Refusal {
        column: Some(column),
        code,
        reason: refusal.to_string(),
    }
}

fn heading(problem: impl Display) -> ImportError {
    let problem = problem.to_string();
    let problem = problem.strip_prefix("line ").unwrap_or(&problem);
    ImportError::Heading(problem.to_owned())
}

#[cfg(test)]
mod tests;
