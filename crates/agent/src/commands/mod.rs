//! Signed commands: which are obeyed, and what obeying means.
//!
//! A command is obeyed if the control plane's key has signed it, for this device, with a number higher than any before,
//! and before it expires. The number is on the disk before anything is done.

mod verdict;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use edgeward_ids::{AgentId, OrganisationId};
use edgeward_pki::CommandVerifier;
use edgeward_runtime::Chain;
use edgeward_wire::command::{Body, Command};
use edgeward_wire::report::{Membership, Outcome};

use crate::actions::{Actions, NotAccepted};
use crate::hosting::{Hosting, NotTaken};
use crate::key_files::KeyFiles;
use crate::state::{Claim, Ledger, StateError};

pub(crate) use verdict::judge;

/// Obeys commands.
pub(crate) struct Executor {
    agent: AgentId,
    verifier: CommandVerifier,
    claim: Arc<Claim>,
    actions: Arc<Actions>,
    key_files: KeyFiles,
    hosting: Arc<Hosting>,
    memory: Mutex<Memory>,
}

struct Memory {
    ledger: Ledger,
    /// How the last command ended: a broker may deliver it twice, and it is still the same outcome.
    last: Option<(u64, Outcome)>,
}

/// What is left to do after a command was read.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Handled {
    /// To be reported; none for what nobody can have meant for this device.
    pub(crate) outcome: Option<(u64, Outcome)>,
    /// What else has to happen.
    pub(crate) effect: Effect,
}

/// What else has to happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Effect {
    /// Nothing.
    Nothing,
    /// The membership is another one: say so, and close what no longer belongs.
    MembershipChanged,
    /// Open the tunnel with this session.
    OpenTunnel(u64),
}

impl Executor {
    pub(crate) fn new(
        agent: AgentId,
        verifier: CommandVerifier,
        claim: Arc<Claim>,
        actions: Arc<Actions>,
        key_files: KeyFiles,
        hosting: Arc<Hosting>,
    ) -> Result<Self, StateError> {
        let ledger = claim.dir().read_ledger(agent)?;
        actions.belong_to(organisation(&ledger));
        if ledger.membership.is_none() {
            hosting.forget_all();
        }
        Ok(Self {
            agent,
            verifier,
            claim,
            actions,
            key_files,
            hosting,
            memory: Mutex::new(Memory { ledger, last: None }),
        })
    }

    /// What is written down.
    pub(crate) fn ledger(&self) -> Ledger {
        self.memory().ledger.clone()
    }

    /// Reads a command and writes down what it says. This writes to the disk: call it where waiting is allowed.
    pub(crate) fn handle(&self, message: &[u8], now: SystemTime) -> Handled {
        let mut memory = self.memory();
        let last = memory.ledger.last_command;
        match judge(message, &self.verifier, self.agent, last, now) {
            Ok(command) => self.obey(command, &mut memory),
            Err(rejection) => {
                tracing::warn!(%rejection, "a command was not obeyed");
                let outcome = match (rejection.number(), &memory.last) {
                    (Some(number), Some((known, outcome))) if number == *known => {
                        Some((number, outcome.clone()))
                    }
                    (Some(number), _) => Some((number, refused(rejection.to_string()))),
                    (None, _) => None,
                };
                Handled {
                    outcome,
                    effect: Effect::Nothing,
                }
            }
        }
    }

    fn obey(&self, command: Command, memory: &mut Memory) -> Handled {
        let number = command.number;
        let mut ledger = memory.ledger.clone();
        ledger.last_command = number;
        let mut to_place = None;
        let (mut outcome, effect) = match command.body {
            Body::Adopt(membership) => {
                tracing::info!(number, name = %membership.name, "adopted");
                let effect = change(&mut ledger, Some(membership));
                (Outcome::Done, effect)
            }
            Body::Release => {
                tracing::info!(number, "released");
                let effect = change(&mut ledger, None);
                (Outcome::Done, effect)
            }
            Body::OpenTunnel { .. } if ledger.membership.is_none() => {
                let reason = "this agent has not been adopted, so nothing of it can be opened";
                (refused(reason), Effect::Nothing)
            }
            Body::PlaceKey { .. } if ledger.membership.is_none() => {
                let reason = "this agent has not been adopted, so no key is put anywhere";
                (refused(reason), Effect::Nothing)
            }
            Body::Host(_) if ledger.membership.is_none() => {
                let reason = "this agent has not been adopted, so it hosts nothing";
                (refused(reason), Effect::Nothing)
            }
            // In its own file before the command is in the ledger, as an action is.
            Body::Host(order) => (hosted(self.hosting.accept(order)), Effect::Nothing),
            Body::PlaceKey {
                service,
                file_name,
                pem,
            } => {
                to_place = Some((service, file_name, pem));
                (Outcome::Done, Effect::Nothing)
            }
            // The action is in its own journal before the command is in the ledger: if the agent dies between the two, the command
            // comes again, and the journal knows the action.
            Body::Act {
                action,
                request,
                not_after_us,
            } => {
                let accepted = self.actions.accept(action, &request, not_after_us);
                (taken(accepted), Effect::Nothing)
            }
            Body::CancelAct { action } => (taken(self.actions.cancel(action)), Effect::Nothing),
            Body::OpenTunnel { session } => (Outcome::Done, Effect::OpenTunnel(session)),
        };
        if let Err(error) = self.claim.write_ledger(&ledger) {
            let reason = Chain(&error).to_string();
            tracing::error!(number, error = %reason, "a command was not obeyed because it could not be written down");
            return Handled {
                outcome: Some((number, refused(reason))),
                effect: Effect::Nothing,
            };
        }
        if let Some((service, file_name, pem)) = to_place {
            outcome = match self.hosting.place(&service, &file_name, &pem) {
                Some(result) => placed(number, result),
                None => placed(number, self.key_files.place(&service, &file_name, &pem)),
            };
        }
        self.actions.belong_to(organisation(&ledger));
        if ledger.membership.is_none() {
            self.hosting.forget_all();
        }
        memory.ledger = ledger;
        memory.last = Some((number, outcome.clone()));
        Handled {
            outcome: Some((number, outcome)),
            effect,
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn change(ledger: &mut Ledger, membership: Option<Membership>) -> Effect {
    if ledger.membership == membership {
        return Effect::Nothing;
    }
    ledger.membership = membership;
    Effect::MembershipChanged
}

fn organisation(ledger: &Ledger) -> Option<OrganisationId> {
    ledger
        .membership
        .as_ref()
        .map(|membership| membership.organisation)
}

fn placed<E: std::error::Error + 'static>(number: u64, placed: Result<(), E>) -> Outcome {
    match placed {
        Ok(()) => Outcome::Done,
        Err(error) => {
            let reason = Chain(&error).to_string();
            tracing::warn!(number, error = reason, "a key file was not written");
            refused(reason)
        }
    }
}

/// A command about an action is done when the action is written down; how it goes is reported by itself.
fn taken(accepted: Result<(), NotAccepted>) -> Outcome {
    match accepted {
        Ok(()) => Outcome::Done,
        Err(error) => {
            let reason = Chain(&error).to_string();
            tracing::error!(error = reason, "an action was not accepted");
            refused(reason)
        }
    }
}

/// An order is taken when it is written down; how it goes is reported by itself.
fn hosted(taken: Result<(), NotTaken>) -> Outcome {
    match taken {
        Ok(()) => Outcome::Done,
        Err(error) => {
            let reason = Chain(&error).to_string();
            tracing::warn!(error = reason, "an order to host was not taken");
            refused(reason)
        }
    }
}

fn refused(reason: impl Into<String>) -> Outcome {
    Outcome::Refused {
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests;
