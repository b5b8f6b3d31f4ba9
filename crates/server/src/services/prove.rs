//! Whether a service accepts the control plane, and if not, what has to be put right where. While there are two key pairs, both are asked for.

use std::time::SystemTime;

use edgeward_api::event::Kind as Changed;
use edgeward_domain::service::{Authentication, Check};
use edgeward_ids::ServiceId;
use edgeward_products::{Credential, Examination, Finding, Presented, Unreachable};
use edgeward_runtime::Chain;

use super::credentials::seconds;
use super::failure::Failure;
use super::service::{ServiceError, Services, route_of};
use super::ways::{Route, Ways};
use crate::keys::KeyPair;
use crate::now;

/// What a look at a service found.
#[derive(Clone, Debug)]
pub struct Look {
    /// How it stands between the service and us.
    pub finding: Finding,
    /// The numbers of the key pairs that it accepts, ascending; none where that was not heard of each.
    pub keys: Option<Vec<u32>>,
}

impl Look {
    /// As the database keeps it.
    pub fn check(&self) -> Check {
        Check {
            at: now(),
            answers: self.finding.is_usable(),
            version: self.finding.version().map(str::to_owned),
            finding: serde_json::to_string(&self.finding).ok(),
            keys: self.keys.clone(),
        }
    }
}

impl Ways {
    /// Examines a service with a few harmless calls. Whatever is in the way is the finding; where it wants tokens and accepts several key
    /// pairs or none, the newest of them is what the finding is about.
    pub async fn examine(&self, route: &Route) -> Look {
        let pairs = self.credentials().keys().all();
        let newest = self.credentials().keys().newest();
        let first = self.examine_with(route, &newest).await;
        if route.authentication != Authentication::Token {
            return Look {
                finding: first,
                keys: None,
            };
        }
        let mut found = vec![(newest.number(), first)];
        for pair in pairs.iter().rev() {
            // What is in the way of one key is in the way of all.
            if found.iter().any(|(_, one)| one.accepts_key().is_none()) {
                break;
            }
            if pair.number() != newest.number() {
                found.push((pair.number(), self.examine_with(route, pair).await));
            }
        }
        look(found)
    }

    async fn examine_with(&self, route: &Route, pair: &KeyPair) -> Finding {
        let credential = match route.authentication {
            Authentication::None => Credential::None,
            Authentication::Basic { .. } => Credential::Basic,
            Authentication::Token => Credential::Token,
        };
        let now_s = seconds(SystemTime::now());
        let mut examination = Examination::new(route.kind, credential, pair.public_file(), now_s);
        while let Some(attempt) = examination.next() {
            let authorization = match &attempt.proof {
                Presented::Nothing => Ok(None),
                Presented::Token(claims) => {
                    let signed = self.credentials().signed(pair, route.kind, claims);
                    signed.map(Some)
                }
                Presented::Basic => self.credentials().authorization(route, SystemTime::now()),
            };
            let heard = match authorization {
                Ok(authorization) => self.call(route, &attempt.call, authorization).await,
                Err(error) => Err(Failure::from(error)),
            };
            examination.heard(heard.map_err(|failure| Unreachable {
                why: Chain(&failure).to_string(),
            }));
        }
        examination.finding()
    }
}

impl Services {
    /// Looks at a service, and writes down what is found, and if it is time to, how it fares; true if it is something else than before.
    pub async fn look_at(&self, route: &Route) -> Result<bool, ServiceError> {
        let look = self.ways.examine(route).await;
        if look.finding.is_usable() {
            // It may accept other keys than were known.
            let keys = look.keys.clone().unwrap_or_else(|| route.keys.clone());
            let route = Route {
                keys,
                ..route.clone()
            };
            if let Err(error) = self.follow(&route).await {
                tracing::warn!(service = %route.service, error = %Chain(&error), "cannot keep a service's figures");
            }
        }
        let news = self.store.record_check(route.service, look.check()).await?;
        if news {
            self.forget_route(route.service);
        }
        Ok(news)
    }

    /// Looks at a service out of its turn: something was done there.
    pub async fn look_again(&self, id: ServiceId) {
        if let Ok(Some(view)) = self.store.service(id).await {
            self.look_and_tell(&route_of(&view)).await;
        }
    }

    /// Looks at a service, and tells who listens. What fails is looked at again when its turn comes.
    pub async fn look_and_tell(&self, route: &Route) {
        match self.look_at(route).await {
            Ok(true) => self.events.changed(Changed::Services),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(service = %route.service, error = %Chain(&error), "cannot note how a service is");
            }
        }
    }
}

/// What follows from what was found with each key pair, the newest first; there is at least one.
fn look(found: Vec<(u32, Finding)>) -> Look {
    let mut accepted = Vec::new();
    let mut all_heard = true;
    for (number, finding) in found.iter().rev() {
        match finding.accepts_key() {
            Some(true) => accepted.push(*number),
            Some(false) => {}
            None => all_heard = false,
        }
    }
    let newest_accepted = found
        .iter()
        .position(|(number, _)| accepted.last() == Some(number));
    let unheard = found
        .iter()
        .position(|(_, one)| one.accepts_key().is_none());
    let shown = newest_accepted.or(unheard).unwrap_or(0);
    let mut found = found;
    Look {
        finding: found.swap_remove(shown).1,
        keys: all_heard.then_some(accepted),
    }
}

#[cfg(test)]
mod tests {
    use edgeward_products::{Kind, Verdict};

    use super::*;

    fn finding(verdict: Verdict) -> Finding {
        Finding {
            kind: Kind::Neuron,
            file: String::new(),
            verdict,
        }
    }

    /// What follows from this of the newer key and this of the older one.
    fn of(newer: Verdict, older: Option<Verdict>) -> (Option<Vec<u32>>, &'static str) {
        let older = older.map(|verdict| (1, finding(verdict)));
        let found = std::iter::once((2, finding(newer))).chain(older);
        let look = look(found.collect());
        (look.keys.clone(), look.finding.code())
    }

    #[test]
    fn the_newest_key_that_is_accepted_is_what_a_look_is_about() {
        let proven = || Verdict::Proven {
            version: None,
            clock_ahead_s: None,
        };
        let gone = || Verdict::Unreachable { why: String::new() };
        let no_key = || Verdict::NoKeyFile;
        for (newer, older, keys, code) in [
            (proven(), Some(proven()), Some(vec![1, 2]), "proven"),
            (proven(), Some(no_key()), Some(vec![2]), "proven"),
            (no_key(), Some(proven()), Some(vec![1]), "proven"),
            (
                no_key(),
                Some(Verdict::OtherKey),
                Some(vec![]),
                "no_key_file",
            ),
            // It went away in between.
            (no_key(), Some(gone()), None, "unreachable"),
            (proven(), Some(gone()), None, "proven"),
            (gone(), None, None, "unreachable"),
            (proven(), None, Some(vec![2]), "proven"),
            (
                Verdict::NoAuthentication { version: None },
                None,
                None,
                "no_authentication",
            ),
        ] {
            let shown = format!("{newer:?} {older:?}");
            assert_eq!(of(newer, older), (keys, code), "{shown}");
        }
    }
}
