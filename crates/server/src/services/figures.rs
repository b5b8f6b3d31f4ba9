//! How services fare: their key figures, asked for while somebody is looking at them anyway, and kept for a day.
//!
//! All figures of a service are one text in the database, so that it never grows: a day at one point in five minutes.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use edgeward_api::service::{FigureSeries, ServiceFigures};
use edgeward_domain::access::Grants;
use edgeward_ids::ServiceId;
use edgeward_products::{Health, product};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::credentials::seconds;
use super::service::{ServiceError, Services};
use super::ways::{Route, Ways};

/// How often a service is asked for its figures, at most.
const FIGURES_EVERY: Duration = Duration::from_secs(300);

/// The most points of a figure: a day's.
const MAX_POINTS: usize = 288;

/// How old a point gets, in seconds.
const KEPT_FOR_S: i64 = 24 * 60 * 60;

/// The most figures of a service that are kept; what comes after them is not.
const MAX_SERIES: usize = 32;

/// The most services whose turn is remembered.
const MAX_REMEMBERED: usize = 100_000;

/// When each service was asked last.
#[derive(Default)]
pub(super) struct LastAsked(Mutex<HashMap<ServiceId, Instant>>);

impl LastAsked {
    /// Whether it is a service's turn; if so, it has been.
    fn take(&self, service: ServiceId, now: Instant) -> bool {
        let mut asked = self.0.lock();
        let is_due = asked
            .get(&service)
            .is_none_or(|last| now.saturating_duration_since(*last) >= FIGURES_EVERY);
        if is_due {
            if asked.len() >= MAX_REMEMBERED {
                asked.clear();
            }
            asked.insert(service, now);
        }
        is_due
    }
}

/// What is kept of a service, as JSON.
#[derive(Default, Serialize, Deserialize)]
struct Record {
    troubles: Vec<String>,
    series: Vec<FigureSeries>,
}

impl Record {
    /// A record that cannot be read begins anew: figures are worth less than an alarm.
    fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    fn add(&mut self, health: Health, now_s: i64) {
        self.troubles = health.troubles;
        for figure in health.figures {
            let known = self.series.iter().position(|s| s.name == figure.name);
            let at = match known {
                Some(at) => at,
                None if self.series.len() >= MAX_SERIES => continue,
                None => {
                    self.series.push(FigureSeries {
                        name: figure.name,
                        points: Vec::new(),
                    });
                    self.series.len() - 1
                }
            };
            self.series[at].points.push([now_s, figure.value]);
        }
        for series in &mut self.series {
            // A clock that was put back takes the points with it that are yet to come.
            series
                .points
                .retain(|[at, _]| (now_s - KEPT_FOR_S..=now_s).contains(at));
            let surplus = series.points.len().saturating_sub(MAX_POINTS);
            series.points.drain(..surplus);
        }
        self.series.retain(|series| !series.points.is_empty());
    }
}

impl Ways {
    /// Asks a service how it fares; nothing where its kind cannot say. What gives no answer is left out.
    async fn health(&self, route: &Route) -> Option<Health> {
        let product = product(route.kind);
        let calls = product.health_calls();
        if calls.is_empty() {
            return None;
        }
        let mut answers = Vec::with_capacity(calls.len());
        for call in &calls {
            let authorization = self
                .credentials()
                .authorization(route, SystemTime::now())
                .ok()?;
            answers.push(self.call(route, call, authorization).await.ok());
        }
        if answers.iter().all(Option::is_none) {
            return None;
        }
        Some(product.health(&answers))
    }
}

impl Services {
    /// Asks a service that has just answered for its figures, if it is time to.
    pub async fn follow(&self, route: &Route) -> Result<(), ServiceError> {
        if !self.asked.take(route.service, Instant::now()) {
            return Ok(());
        }
        let Some(health) = self.ways.health(route).await else {
            return Ok(());
        };
        let known = self.store.figures(route.service).await?;
        let mut record = Record::read(known.as_deref());
        record.add(health, seconds(SystemTime::now()));
        if let Ok(text) = serde_json::to_string(&record) {
            self.store.record_figures(route.service, text).await?;
        }
        Ok(())
    }

    /// What is kept of a service's figures, if it may be seen with these grants.
    pub async fn figures(
        &self,
        grants: &Grants,
        id: ServiceId,
    ) -> Result<ServiceFigures, ServiceError> {
        self.scope(grants, id).await?;
        let Record { troubles, series } = Record::read(self.store.figures(id).await?.as_deref());
        Ok(ServiceFigures {
            every_s: FIGURES_EVERY.as_secs(),
            troubles,
            series,
        })
    }
}

#[cfg(test)]
mod tests {
    use edgeward_products::Figure;

    use super::*;

    fn health(value: i64, troubles: &[&str]) -> Health {
        Health {
            figures: vec![Figure {
                name: "rules_running".into(),
                value,
            }],
            troubles: troubles.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_day_is_kept_and_no_more() {
        let mut record = Record::default();
        let every = i64::try_from(FIGURES_EVERY.as_secs()).unwrap();
        for turn in 0..400 {
            record.add(
                health(turn, &["1 rule is stopped"]),
                1_000_000 + turn * every,
            );
        }
        let points = &record.series[0].points;
        assert_eq!(points.len(), MAX_POINTS);
        assert_eq!(points.last(), Some(&[1_000_000 + 399 * every, 399]));
        assert_eq!(record.troubles, ["1 rule is stopped"]);

        // A restart reads what was written; troubles are the last ones.
        let text = serde_json::to_string(&record).unwrap();
        let mut record = Record::read(Some(&text));
        record.add(health(7, &[]), 1_000_000 + 400 * every);
        assert_eq!(record.series[0].points.len(), MAX_POINTS);
        assert!(record.troubles.is_empty());

        // A figure that does not come any more goes after a day; a clock that was put back begins anew.
        record.add(Health::default(), 1_000_000 + 400 * every + KEPT_FOR_S + 1);
        assert!(record.series.is_empty());
        record.add(health(1, &[]), 2_000_000);
        record.add(health(2, &[]), 1_500_000);
        assert_eq!(record.series[0].points, [[1_500_000, 2]]);
    }

    #[test]
    fn names_without_end_are_not_kept() {
        let mut record = Record::default();
        for name in 0..100 {
            let figure = Figure {
                name: name.to_string(),
                value: 1,
            };
            let many = Health {
                figures: vec![figure],
                troubles: Vec::new(),
            };
            record.add(many, 1_000_000);
        }
        assert_eq!(record.series.len(), MAX_SERIES);
    }

    #[test]
    fn a_service_has_its_turn_again_after_a_while() {
        let asked = LastAsked::default();
        let (service, now) = (ServiceId::generate(), Instant::now());
        assert!(asked.take(service, now));
        assert!(!asked.take(service, now + FIGURES_EVERY / 2));
        assert!(asked.take(ServiceId::generate(), now));
        assert!(asked.take(service, now + FIGURES_EVERY));
    }
}
