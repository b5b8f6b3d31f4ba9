//! Actions on existing agents, which say that snapd took something on and never how it ended: the end is read from what they
//! list afterwards.
//!
//! Whatever they answer of the device goes to its twin. Questions of our own (what are you, what is installed) are no actions:
//! nobody asked for them, and nothing is written down.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::action::{Action, Heard, Progress, State};
use edgeward_domain::twin::difference;
use edgeward_ids::{ActionId, AgentId};
use edgeward_runtime::Chain;
use edgeward_store::StoreError;
use edgeward_wire::action::{ActionName, ActionRequest};
use edgeward_wire::iot::action::Response;
use edgeward_wire::iot::health::Health;
use edgeward_wire::iot::result::Said;
use parking_lot::Mutex;
use serde_json::{Map, Value};

use crate::app::App;
use crate::iot::{Replies, refused, sections};
use crate::now;

/// How long after snapd took something on its effect has to show.
const EFFECT_LIMIT: Duration = Duration::from_secs(15 * 60);

/// How often a device whose action runs is asked for its list.
pub const LIST_EVERY: Duration = Duration::from_secs(10);

/// Our own questions that may be under way to one device; the oldest are forgotten beyond.
const MAX_QUESTIONS: usize = 8;

/// What is kept in memory of existing agents.
#[derive(Default)]
pub struct OldAgents {
    questions: Mutex<HashMap<AgentId, VecDeque<ActionId>>>,
    hashes: Mutex<HashMap<AgentId, (String, String)>>,
}

impl OldAgents {
    fn ask(&self, agent: AgentId, id: ActionId) {
        let mut questions = self.questions.lock();
        let questions = questions.entry(agent).or_default();
        if questions.len() >= MAX_QUESTIONS {
            questions.pop_front();
        }
        questions.push_back(id);
    }

    fn was_asked(&self, agent: AgentId, id: ActionId) -> bool {
        let mut questions = self.questions.lock();
        let Some(questions) = questions.get_mut(&agent) else {
            return false;
        };
        let known = questions.iter().position(|question| *question == id);
        known.is_some_and(|place| questions.remove(place).is_some())
    }

    /// Whether these hashes are other ones than the device said last; none are said by the oldest agents.
    fn is_news(&self, agent: AgentId, health: &Health) -> bool {
        if health.snap_list_hash.is_empty() && health.installed_snaps_hash.is_empty() {
            return false;
        }
        let said = (
            health.snap_list_hash.clone(),
            health.installed_snaps_hash.clone(),
        );
        self.hashes.lock().insert(agent, said.clone()) != Some(said)
    }
}

impl App {
    /// Asks existing agents that are there, and whose actions run, what has become of them. Safe to repeat.
    pub(crate) async fn follow_old_agents(&self) -> Result<(), StoreError> {
        let mut agents = self.store.actions().agents_with_open_actions().await?;
        agents.retain(|agent| {
            self.presence.is_online(*agent) && self.iot.directory.get(*agent).is_some()
        });
        if agents.is_empty() {
            return Ok(());
        }
        let mut asked = HashSet::new();
        for action in self.store.actions().open_actions(&agents).await? {
            if matches!(action.state, State::Running(_)) && asked.insert(action.agent) {
                self.question(action.agent, ActionName::List).await;
            }
        }
        Ok(())
    }

    async fn question(&self, agent: AgentId, name: ActionName) {
        let id = ActionId::generate();
        self.old_agents.ask(agent, id);
        let request = ActionRequest {
            name,
            snap: String::new(),
            data: String::new(),
        };
        if let Err(error) = self.iot.publish_action(agent, id, &request).await {
            tracing::debug!(%agent, error = %Chain(&error), "cannot ask an agent");
        }
    }

    /// Records what the device is like, and ends the actions whose effect shows.
    async fn learn(&self, agent: AgentId, said: &Said) {
        let sections = match said {
            Said::Device(device) => sections::of_device(device),
            Said::Version(version) => [("os".to_owned(), sections::of_version(version))]
                .into_iter()
                .collect(),
            Said::Snaps(list) => {
                let snaps = list.snaps.iter();
                let snaps: Map<String, Value> = snaps
                    .map(|snap| (snap.name.clone(), sections::of_snap(snap)))
                    .collect();
                self.follow(agent, &snaps).await;
                [("snaps".to_owned(), Value::Object(snaps))]
                    .into_iter()
                    .collect()
            }
            Said::Failed(_)
            | Said::Done
            | Said::Accepted { .. }
            | Said::Snap(_)
            | Said::Configuration(_) => return,
        };
        self.twins.reported(agent, sections).await;
    }

    async fn follow(&self, agent: AgentId, snaps: &Map<String, Value>) {
        let open = match self.store.actions().open_actions(&[agent]).await {
            Ok(open) => open,
            Err(error) => {
                tracing::warn!(%agent, error = %Chain(&error), "cannot follow an agent's actions");
                return;
            }
        };
        for action in open {
            let State::Running(progress) = &action.state else {
                continue;
            };
            let change = progress.change.clone().unwrap_or_default();
            let shows = match self.effect(&action, snaps).await {
                Ok(shows) => shows,
                Err(error) => {
                    tracing::warn!(%agent, error = %Chain(&error), "cannot compare an action with what was before");
                    continue;
                }
            };
            let heard = if shows {
                Heard::Done(Value::String(change).to_string())
            } else if now().since(action.changed_at) >= EFFECT_LIMIT {
                let minutes = EFFECT_LIMIT.as_secs() / 60;
                Heard::Failed(format!(
                    "snapd took it on as change {change}, but {minutes} minutes later the device's list does not show it; this agent does not say why"
                ))
            } else {
                continue;
            };
            self.actions.said(agent, action.id, heard).await;
        }
    }

    /// Whether the device's list shows what the action is for.
    async fn effect(
        &self,
        action: &Action,
        snaps: &Map<String, Value>,
    ) -> Result<bool, StoreError> {
        let snap = snaps.get(&action.snap);
        let Ok(name) = action.name.parse::<ActionName>() else {
            return Ok(true);
        };
        let status =
            |wanted: &str| snap.and_then(|snap| snap.get("status")?.as_str()) == Some(wanted);
        Ok(match name {
            ActionName::Install => snap.is_some(),
            ActionName::Remove => snap.is_none(),
            ActionName::Enable => status("active"),
            ActionName::Disable => snap.is_some() && !status("active"),
            ActionName::Refresh | ActionName::Revert | ActionName::Switch => {
                let before = self.before(action).await?;
                let revision =
                    |snap: Option<&Value>| snap.and_then(|snap| snap.get("revision").cloned());
                let known = revision(before.as_ref());
                known.is_none() || revision(snap) != known
            }
            ActionName::Setconf => {
                let wanted: Map<String, Value> =
                    serde_json::from_str(&action.data).unwrap_or_default();
                let config = snap.and_then(|snap| snap.get("config")?.as_object().cloned());
                let config = config.unwrap_or_default();
                let gone = wanted
                    .iter()
                    .filter(|(_, value)| value.is_null())
                    .all(|(key, _)| !config.contains_key(key));
                gone && difference(&edgeward_domain::twin::without_nulls(wanted), &config)
                    .is_empty()
            }
            _ => true,
        })
    }

    /// The snap as it was when the action was asked for, if that is remembered.
    async fn before(&self, action: &Action) -> Result<Option<Value>, StoreError> {
        let snaps = self
            .twins
            .reported_then(action.agent, action.created_at)
            .await?;
        Ok(snaps.and_then(|then| then.get("snaps")?.get(&action.snap).cloned()))
    }
}

#[async_trait]
impl Replies for App {
    async fn response(&self, agent: AgentId, response: Response) {
        let Ok(id) = response.id.parse::<ActionId>() else {
            return refused(&agent.to_string(), "response_without_id");
        };
        if self.old_agents.was_asked(agent, id) {
            match response.said() {
                Ok(said) => self.learn(agent, &said).await,
                Err(error) => {
                    tracing::warn!(%agent, error = %Chain(&error), "cannot understand an agent");
                    refused(&agent.to_string(), "result_unreadable");
                }
            }
            return;
        }
        let action = match self.store.actions().action(id).await {
            Ok(view) => view
                .map(|view| view.action)
                .filter(|action| action.agent == agent),
            Err(error) => {
                tracing::error!(%agent, error = %Chain(&error), "cannot look up an action");
                return;
            }
        };
        let Some(action) = action else {
            return refused(&agent.to_string(), "response_to_a_foreign_action");
        };
        if response.action != action.name {
            return refused(&agent.to_string(), "response_to_another_action");
        }
        let said = match response.said() {
            Ok(said) => said,
            Err(error) => {
                refused(&agent.to_string(), "result_unreadable");
                let message = format!("the device's answer cannot be understood: {error}");
                return self.actions.said(agent, id, Heard::Failed(message)).await;
            }
        };
        let ends_itself = matches!(
            action.name.parse(),
            Ok(ActionName::Start | ActionName::Stop | ActionName::Restart)
        );
        let heard = match &said {
            Said::Failed(message) => Heard::Failed(message.clone()),
            Said::Accepted { change } if !ends_itself => Heard::Running(Progress {
                change: Some(change.clone()),
                label: "waits for the device's list to show it".to_owned(),
                ..Progress::default()
            }),
            _ => Heard::Done(response.result.to_string()),
        };
        let runs = matches!(heard, Heard::Running(_));
        self.actions.said(agent, id, heard).await;
        self.learn(agent, &said).await;
        if runs || !action.name.parse().is_ok_and(ActionName::only_reads) {
            self.question(agent, ActionName::List).await;
        }
    }

    async fn empty(&self, agent: AgentId) {
        // It does not say which; messages are handled in order, so it is the first that was sent and not answered.
        let open = match self.store.actions().open_actions(&[agent]).await {
            Ok(open) => open,
            Err(error) => {
                tracing::error!(%agent, error = %Chain(&error), "cannot look up an agent's actions");
                return;
            }
        };
        match open.iter().find(|action| action.state == State::Sent) {
            Some(action) => {
                let message = format!(
                    "the device's agent does not know the action {}",
                    action.name
                );
                self.actions
                    .said(agent, action.id, Heard::Failed(message))
                    .await;
            }
            None => refused(&agent.to_string(), "empty_response"),
        }
    }

    async fn heard(&self, agent: AgentId, health: &Health) {
        let unknown = match self.twins.is_unknown(agent).await {
            Ok(unknown) => unknown,
            Err(error) => {
                tracing::warn!(%agent, error = %Chain(&error), "cannot look up a twin");
                return;
            }
        };
        if unknown {
            self.question(agent, ActionName::Device).await;
        }
        if self.old_agents.is_news(agent, health) || unknown {
            self.question(agent, ActionName::List).await;
        }
    }

    async fn installed_snaps(&self, agent: AgentId) -> Option<HashSet<String>> {
        let twin = self.store.twins().twin(agent).await.ok()?;
        let snaps = twin.reported.value.get("snaps")?.as_object()?;
        Some(snaps.keys().cloned().collect())
    }
}

/// From when on an action that an existing agent did not answer is sent again while it stays connected: it may have lost its
/// subscriptions without a word. Much longer than any answer takes, because these agents do again what they are sent again.
pub(super) const AGAIN_AFTER: Duration = Duration::from_secs(15 * 60);

/// Whether it is time to send an action to an existing agent.
pub(super) fn is_due(action: &Action, arrived: bool, now: Moment) -> bool {
    let long_ago = action
        .sent_at
        .is_none_or(|sent| now.since(sent) >= AGAIN_AFTER);
    match &action.state {
        State::Queued => now < action.not_after,
        State::Sent => (arrived || long_ago) && now < action.not_after,
        _ => false,
    }
}
