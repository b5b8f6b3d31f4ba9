//! What this agent offers, and how a request gets there.
//!
//! Requests name an offer; only what the configuration lists and what the agent hosts is ever dialled, whatever the control plane asks for.
//! Connections to a service are HTTP/1.1 and kept alive. Redirects are passed on and never followed, answers are not
//! cached or changed, and what the agent itself has to say comes with the header `edgeward-fault`.

mod body;
mod exchange;
mod fault;
mod headers;
mod pool;
mod upgrade;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use edgeward_ids::OfferName;
use edgeward_wire::report::Offer as OfferReport;
use http::{HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use crate::config::{Config, ServiceLimits, ServiceTarget};

pub use body::AnswerBody;
pub use fault::{FAULT_HEADER, Fault};

use pool::Pool;

/// How often unused connections are looked through while there are any.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// Everything that may be reached through this agent.
#[derive(Debug)]
pub struct Services {
    offers: RwLock<Offers>,
    limits: ServiceLimits,
    connections_kept: Arc<Notify>,
    /// Counts changes of what is offered.
    changes: watch::Sender<u64>,
}

/// What is offered: by the configuration, and what is hosted.
#[derive(Debug, Default)]
struct Offers {
    by_name: BTreeMap<String, Arc<Offer>>,
    configured: Vec<OfferReport>,
    hosted: BTreeMap<OfferName, OfferReport>,
}

/// One service, with its connections.
#[derive(Debug)]
struct Offer {
    target: ServiceTarget,
    /// The target as a `Host` header.
    host: HeaderValue,
    limits: ServiceLimits,
    pool: Pool,
}

impl Services {
    /// What the configuration offers.
    pub fn new(config: &Config) -> Self {
        let connections_kept = Arc::new(Notify::new());
        let by_name = config
            .services
            .iter()
            .filter_map(|service| {
                let offer = Offer::new(&service.target, config.limits, &connections_kept)?;
                Some((service.name.to_string(), Arc::new(offer)))
            })
            .collect();
        let configured = config
            .services
            .iter()
            .map(|service| OfferReport {
                name: service.name.clone(),
                kind: service.kind.clone(),
                description: service.description.clone(),
            })
            .collect();
        let offers = Offers {
            by_name,
            configured,
            hosted: BTreeMap::new(),
        };
        Self {
            offers: RwLock::new(offers),
            limits: config.limits,
            connections_kept,
            changes: watch::Sender::new(0),
        }
    }

    /// What is offered, as it is reported.
    pub fn reports(&self) -> Vec<OfferReport> {
        let offers = self.offers();
        let hosted = offers.hosted.values();
        offers.configured.iter().chain(hosted).cloned().collect()
    }

    /// Counts changes of what is offered.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Offers a hosted service there, until further notice. What the configuration offers under that name stays.
    pub(crate) fn offer(&self, report: OfferReport, target: &ServiceTarget) {
        let mut offers = self.offers.write().unwrap_or_else(PoisonError::into_inner);
        if offers.configured.iter().any(|one| one.name == report.name) {
            return;
        }
        let known = offers.by_name.get(report.name.as_str());
        let is_there = known.is_some_and(|known| known.target == *target);
        if is_there && offers.hosted.get(&report.name) == Some(&report) {
            return;
        }
        if !is_there {
            let Some(offer) = Offer::new(target, self.limits, &self.connections_kept) else {
                return;
            };
            let name = report.name.to_string();
            offers.by_name.insert(name, Arc::new(offer));
        }
        // Where exactly it is on this device is nobody else's business.
        let said = offers.hosted.insert(report.name.clone(), report.clone());
        drop(offers);
        if said.as_ref() != Some(&report) {
            self.changes.send_modify(|count| *count += 1);
        }
    }

    /// Does not offer a hosted service any more.
    pub(crate) fn withdraw(&self, name: &OfferName) {
        let mut offers = self.offers.write().unwrap_or_else(PoisonError::into_inner);
        if offers.hosted.remove(name).is_some() {
            offers.by_name.remove(name.as_str());
            drop(offers);
            self.changes.send_modify(|count| *count += 1);
        }
    }

    /// At which port of this device a hosted service is offered.
    pub(crate) fn port_of(&self, name: &OfferName) -> Option<u16> {
        let offers = self.offers();
        offers.hosted.get(name)?;
        let offer = offers.by_name.get(name.as_str())?;
        Some(offer.target.port())
    }

    fn offers(&self) -> RwLockReadGuard<'_, Offers> {
        self.offers.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request out of the tunnel, whose authority names the offer.
    pub async fn handle(&self, request: Request<Incoming>) -> Response<AnswerBody> {
        let name = request
            .uri()
            .authority()
            .map(http::uri::Authority::as_str)
            .unwrap_or_default();
        let offer = self.offers().by_name.get(name).cloned();
        let result = match offer {
            None => Err(Fault::NotOffered(name.chars().take(64).collect())),
            Some(offer) if request.method() == Method::CONNECT => {
                upgrade::serve(&offer, request).await
            }
            Some(offer) => exchange::serve(&offer, request).await,
        };
        result.unwrap_or_else(|fault| {
            tracing::debug!(%fault, "a request could not be answered by its service");
            fault.into_answer()
        })
    }

    /// Closes connections that nobody has used for long. Runs for ever.
    pub async fn sweep(&self) {
        loop {
            self.connections_kept.notified().await;
            loop {
                sleep(SWEEP_INTERVAL).await;
                let left: usize = {
                    let offers = self.offers();
                    let offers = offers.by_name.values();
                    offers.map(|offer| offer.pool.sweep()).sum()
                };
                if left == 0 {
                    break;
                }
            }
        }
    }
}

impl Offer {
    /// None for a target that does not fit a header, which one that came out of a URL always does.
    fn new(
        target: &ServiceTarget,
        limits: ServiceLimits,
        connections_kept: &Arc<Notify>,
    ) -> Option<Self> {
        Some(Self {
            target: target.clone(),
            host: HeaderValue::from_str(&target.authority()).ok()?,
            limits,
            pool: Pool::new(limits, Arc::clone(connections_kept)),
        })
    }
}

#[cfg(test)]
mod tests;
