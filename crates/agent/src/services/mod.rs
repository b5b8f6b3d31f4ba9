//! The services that the configuration offers, and how a request gets there.
//!
//! Requests name an offer; only what the configuration lists is ever dialled, whatever the control plane asks for.
//! Connections to a service are HTTP/1.1 and kept alive. Redirects are passed on and never followed, answers are not
//! cached or changed, and what the agent itself has to say comes with the header `edgeward-fault`.

mod body;
mod exchange;
mod fault;
mod headers;
mod pool;
mod upgrade;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use edgeward_wire::report::Offer as OfferReport;
use http::{HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use tokio::sync::Notify;
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
    offers: BTreeMap<String, Arc<Offer>>,
    reports: Vec<OfferReport>,
    connections_kept: Arc<Notify>,
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
        let offers = config
            .services
            .iter()
            .filter_map(|service| {
                let offer = Offer {
                    target: service.target.clone(),
                    // A target that came out of a URL always fits a header.
                    host: HeaderValue::from_str(&service.target.authority()).ok()?,
                    limits: config.limits,
                    pool: Pool::new(config.limits, Arc::clone(&connections_kept)),
                };
                Some((service.name.to_string(), Arc::new(offer)))
            })
            .collect();
        let reports = config
            .services
            .iter()
            .map(|service| OfferReport {
                name: service.name.clone(),
                kind: service.kind.clone(),
                description: service.description.clone(),
            })
            .collect();
        Self {
            offers,
            reports,
            connections_kept,
        }
    }

    /// What is offered, as it is reported.
    pub fn reports(&self) -> &[OfferReport] {
        &self.reports
    }

    /// Answers one request out of the tunnel, whose authority names the offer.
    pub async fn handle(&self, request: Request<Incoming>) -> Response<AnswerBody> {
        let name = request
            .uri()
            .authority()
            .map(http::uri::Authority::as_str)
            .unwrap_or_default();
        let result = match self.offers.get(name) {
            None => Err(Fault::NotOffered(name.chars().take(64).collect())),
            Some(offer) if request.method() == Method::CONNECT => {
                upgrade::serve(offer, request).await
            }
            Some(offer) => exchange::serve(offer, request).await,
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
                let left: usize = self.offers.values().map(|offer| offer.pool.sweep()).sum();
                if left == 0 {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
