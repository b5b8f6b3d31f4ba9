//! One service's part of a delivery.

use std::time::Duration;

use edgeward_products::{
    Answer, Call, Configuration, ConfigurationError, Difference, Extent, TemplateError, product,
};
use edgeward_runtime::Chain;
use tokio::time::Instant;

use crate::services::{Failure, Route, Ways};

/// How long one call of a configuration's may take, the answer's body included.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long what was written may take to show.
const SHOW_LIMIT: Duration = Duration::from_secs(5);

/// How long a service that has to start again for that, or that is away when what was there is put back, may take.
const RESTART_LIMIT: Duration = Duration::from_secs(60);

/// How long after a look at what was written the next one comes.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How many differences are named.
const MAX_NAMED: usize = 3;

/// Why a service's configuration could not be read or made as it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CarryError {
    /// It has none that can be read.
    #[error("services of this kind have no configuration that can be read and written")]
    NoConfiguration,
    /// It gave no answer.
    #[error("cannot {attempt} its configuration")]
    Unreached {
        /// Read or write.
        attempt: &'static str,
        /// Why.
        source: Failure,
    },
    /// It is not, or cannot be, what was expected.
    #[error("cannot {attempt} its configuration")]
    Configuration {
        /// Read or write.
        attempt: &'static str,
        /// Why.
        source: ConfigurationError,
    },
    /// Values are missing, or do not fit.
    #[error("cannot fill the template in")]
    Template(#[from] TemplateError),
    /// It took what was written and is not so.
    #[error("it took the configuration, and read back it is another: {}", named(.0))]
    NotKept(Vec<Difference>),
}

/// A configuration as it was read.
pub(crate) struct Present {
    /// With its secrets: for memory, or sealed.
    pub(super) whole: String,
    /// Without them.
    pub(crate) shown: String,
}

/// A service's configuration, by the ways to it.
pub(crate) struct Carrier<'a> {
    ways: &'a Ways,
    route: &'a Route,
    configuration: &'static dyn Configuration,
}

impl<'a> Carrier<'a> {
    /// Of this service, if its kind has one.
    pub(crate) fn new(ways: &'a Ways, route: &'a Route) -> Result<Self, CarryError> {
        let configuration = product(route.kind)
            .configuration()
            .ok_or(CarryError::NoConfiguration)?;
        Ok(Self {
            ways,
            route,
            configuration,
        })
    }

    /// How its texts are written.
    pub(crate) fn configuration(&self) -> &'static dyn Configuration {
        self.configuration
    }

    /// What it is set to now.
    pub(crate) async fn read(&self) -> Result<Present, CarryError> {
        let mut answers = Vec::new();
        for call in self.configuration.reading() {
            answers.push(self.ask(&call, "read").await?);
        }
        let failed = |source| CarryError::Configuration {
            attempt: "read",
            source,
        };
        let whole = self.configuration.with_secrets(&answers).map_err(failed)?;
        let shown = self.configuration.without_secrets(&whole).map_err(failed)?;
        Ok(Present { whole, shown })
    }

    /// Writes, and reads until it is so. Whether anything was written.
    pub(crate) async fn make(
        &self,
        wanted: &str,
        present: &Present,
        extent: Extent,
    ) -> Result<bool, CarryError> {
        let differences = self.differences(wanted, present, extent);
        if differences.is_empty() && self.unseen(wanted, present).is_empty() {
            return Ok(false);
        }
        let failed = |source| CarryError::Configuration {
            attempt: "write",
            source,
        };
        self.configuration.check(wanted).map_err(failed)?;
        let calls = self.configuration.writing(wanted, &present.whole, extent);
        for call in calls.map_err(failed)? {
            let answer = self.ask(&call, "write").await?;
            self.configuration
                .accepted(&call, &answer)
                .map_err(failed)?;
        }
        let restart = product(self.route.kind)
            .restart()
            .filter(|_| self.configuration.needs_restart());
        let limit = match &restart {
            Some(call) => {
                let answer = self.ask(call, "write").await?;
                self.configuration.accepted(call, &answer).map_err(failed)?;
                RESTART_LIMIT
            }
            None => SHOW_LIMIT,
        };
        let until = Instant::now() + limit;
        loop {
            let seen = match self.read().await {
                Ok(found) => self.differences(wanted, &found, extent),
                Err(error) if Instant::now() >= until => return Err(error),
                Err(_) => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                    continue;
                }
            };
            if seen.is_empty() {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Err(CarryError::NotKept(seen));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Puts back what was there before, if it is not there still. One that is away just now is waited for.
    pub(crate) async fn put_back(&self, before: &str) -> Result<bool, CarryError> {
        let until = Instant::now() + RESTART_LIMIT;
        loop {
            let put_back = match self.read().await {
                Ok(present) => self.make(before, &present, Extent::Whole).await,
                Err(error) => Err(error),
            };
            match put_back {
                Err(CarryError::Unreached { .. }) if Instant::now() < until => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                ended => return ended,
            }
        }
    }

    /// Where it is not as wanted.
    pub(crate) fn differences(
        &self,
        wanted: &str,
        found: &Present,
        extent: Extent,
    ) -> Vec<Difference> {
        self.configuration.differences(wanted, &found.whole, extent)
    }

    /// What is wanted and cannot be seen.
    fn unseen(&self, wanted: &str, found: &Present) -> Vec<String> {
        self.configuration.unseen(wanted, &found.whole)
    }

    async fn ask(&self, call: &Call, attempt: &'static str) -> Result<Answer, CarryError> {
        self.ways
            .ask(self.route, call, CALL_TIMEOUT)
            .await
            .map_err(|source| CarryError::Unreached { attempt, source })
    }
}

/// How a service's part of a delivery ended.
pub(super) struct Ending {
    pub(super) is_done: bool,
    pub(super) message: String,
}

impl Ending {
    pub(super) fn done(message: &str) -> Self {
        Self {
            is_done: true,
            message: message.to_owned(),
        }
    }

    pub(super) fn failed(error: &CarryError) -> Self {
        Self {
            is_done: false,
            message: Chain(error).to_string(),
        }
    }

    /// It failed after something may have been written.
    pub(super) fn failed_midway(error: &CarryError, put_back: Result<bool, CarryError>) -> Self {
        let mut ending = Self::failed(error);
        ending.message += &match put_back {
            Ok(true) => "; what was there before was put back".to_owned(),
            Ok(false) => "; it is as before".to_owned(),
            Err(error) => format!(
                "; what was there before could not be put back: {}",
                Chain(&error)
            ),
        };
        ending
    }
}

/// The first few of them.
fn named(differences: &[Difference]) -> String {
    let mut said: Vec<String> = differences
        .iter()
        .take(MAX_NAMED)
        .map(|difference| difference.path.clone())
        .collect();
    let more = differences.len().saturating_sub(MAX_NAMED);
    if more > 0 {
        said.push(format!("and {more} more"));
    }
    said.join(", ")
}
