//! A fresh database for each case, and things to put into it.

use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::access::{Grants, Membership, OrganisationRole, ProjectRole, Visible};
use edgeward_domain::agent::{self, Agent, AgentFacts, Certificate, Offer};
use edgeward_domain::audit::{Author, AuthorKind, By, Entry};
use edgeward_domain::service::{Service, Way};
use edgeward_domain::token::JoinToken;
use edgeward_ids::{AgentId, JoinTokenId, Name, OfferName, OrganisationId, ProjectId, UserId};
use edgeward_store::{
    AgentColumn, AgentFilter, AgentView, AuditFilter, AuditKey, Failure, Hello, Homes, NewAgent,
    NewUser, Position, ServiceColumn, ServiceFilter, Sort, Store, UserView,
};
use tempfile::TempDir;

/// When the cases happen.
pub(crate) const NOW: Moment = Moment::from_micros(1_795_000_000_000_001);

/// More unmanaged agents than any case has.
pub(crate) const MANY: u64 = 1000;

/// The order of agents unless said otherwise.
pub(crate) const NEWEST: Sort<AgentColumn> = Sort::descending(AgentColumn::Created);

/// The order of services unless said otherwise.
pub(crate) const BY_NAME: Sort<ServiceColumn> = Sort::ascending(ServiceColumn::Name);

/// The key that seals the audit log.
pub(crate) fn key() -> AuditKey {
    AuditKey::new([7; AuditKey::LENGTH_BYTES])
}

/// Who does what the cases do.
pub(crate) fn by() -> By {
    By {
        author: Author {
            kind: AuthorKind::Machine,
            id: None,
            name: "a case".into(),
        },
        address: Some("192.0.2.1".into()),
        request_id: Some("r1".into()),
    }
}

pub(crate) fn every_agent() -> AgentFilter {
    AgentFilter::new(Visible::Everything, Homes::Everything)
}

pub(crate) fn every_service() -> ServiceFilter {
    ServiceFilter::new(Visible::Everything)
}

/// A fresh database.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) url: String,
    _folder: Option<TempDir>,
}

impl Bench {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("edgeward.db").display());
        Self {
            store: Store::open(&url, key()).await.unwrap(),
            url,
            _folder: Some(folder),
        }
    }

    pub(crate) async fn postgres() -> Self {
        let url = tokio::task::spawn_blocking(edgeward_postgres_fixture::fresh_database)
            .await
            .unwrap()
            .unwrap();
        Self {
            store: Store::open(&url, key()).await.unwrap(),
            url,
            _folder: None,
        }
    }

    /// Opens the connections that the store may have, so that what follows really happens at once.
    pub(crate) async fn warm_up(&self) {
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let agents = self.store.agents();
                tokio::spawn(async move { agents.agent(AgentId::generate()).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    }

    /// A project in an organisation of the same name.
    pub(crate) async fn project(&self, text: &str) -> (OrganisationId, ProjectId) {
        let organisations = self.store.organisations();
        let organisation = organisations
            .create_organisation(name(text), "", &[], &by(), NOW)
            .await
            .unwrap();
        let project = organisations
            .create_project(organisation.id, name(text), "", &[], &by(), NOW)
            .await
            .unwrap();
        (organisation.id, project.id)
    }

    /// An unmanaged agent with these offers.
    pub(crate) async fn unmanaged(&self, hostname: &str, offers: &[&str]) -> Agent {
        self.store
            .agents()
            .enrol_unmanaged(new_agent(hostname, offers), MANY, NOW)
            .await
            .unwrap()
    }

    /// An agent with these offers, adopted under its host name.
    pub(crate) async fn managed(
        &self,
        hostname: &str,
        offers: &[&str],
        place: (OrganisationId, ProjectId),
    ) -> Agent {
        let agent = self.unmanaged(hostname, offers).await;
        self.store
            .agents()
            .adopt(agent.id, name(hostname), place.0, place.1, &by(), NOW)
            .await
            .unwrap()
            .agent
    }

    /// A token with the secret's hash `hash`.
    pub(crate) async fn token(
        &self,
        hash: &str,
        uses: u32,
        project: Option<ProjectId>,
    ) -> JoinToken {
        let token = JoinToken {
            project,
            ..token(uses)
        };
        self.store
            .tokens()
            .create_token(token, hash, &by(), NOW)
            .await
            .unwrap()
    }

    pub(crate) async fn view(&self, id: AgentId) -> Option<AgentView> {
        self.store.agents().agent(id).await.unwrap()
    }

    pub(crate) async fn agent(&self, id: AgentId) -> Agent {
        self.view(id).await.unwrap().agent
    }
}

pub(crate) fn later(seconds: u64) -> Moment {
    NOW + Duration::from_secs(seconds)
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn offer_name(text: &str) -> OfferName {
    text.parse().unwrap()
}

pub(crate) fn offer(text: &str) -> Offer {
    Offer {
        name: offer_name(text),
        kind: "http".into(),
        description: format!("what {text} does"),
    }
}

pub(crate) fn facts(hostname: &str, offers: &[&str]) -> AgentFacts {
    AgentFacts {
        hostname: hostname.into(),
        description: "Gateway in Halle 3, Straße Ü".into(),
        version: "0.1.0".into(),
        os: "Debian GNU/Linux 12".into(),
        arch: "x86_64".into(),
        local_address: "192.168.1.7".into(),
        offers: offers.iter().map(|o| offer(o)).collect(),
    }
}

pub(crate) fn new_agent(hostname: &str, offers: &[&str]) -> NewAgent {
    NewAgent {
        id: AgentId::generate(),
        facts: facts(hostname, offers),
        address: "203.0.113.5".into(),
    }
}

pub(crate) fn certificate(serial: &str) -> Certificate {
    Certificate {
        serial: serial.into(),
        not_after: later(3600),
    }
}

pub(crate) fn token(uses: u32) -> JoinToken {
    JoinToken {
        id: JoinTokenId::generate(),
        uses_left: uses,
        created_at: NOW,
        expires_at: later(60),
        organisation: None,
        project: None,
    }
}

/// Whether an agent's last word offered the service.
pub(crate) fn is_offered(service: &Service) -> bool {
    matches!(service.way, Way::Agent { offered: true, .. })
}

/// A hello with nothing new in it.
pub(crate) fn hello(agent: &Agent, membership: Option<&agent::Membership>) -> Hello {
    Hello {
        facts: agent.facts.clone(),
        address: Some(agent.address.clone()),
        membership: membership.cloned(),
        last_command: 0,
    }
}

/// The rule that was in the way.
pub(crate) fn refusal<T: Debug, R: Error + Clone>(result: Result<T, Failure<R>>) -> R {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// Somebody who did nothing yet.
pub(crate) fn new_user(name: &str) -> NewUser {
    NewUser {
        password_hash: Some("$argon2id$x".into()),
        ..NewUser::new(format!("{name}@example.com").parse().unwrap(), name)
    }
}

/// A membership of an organisation.
pub(crate) fn in_organisation(id: OrganisationId, role: OrganisationRole) -> Membership {
    Membership::Organisation { id, role }
}

/// A membership of a project, given by its place.
pub(crate) fn in_project(place: (OrganisationId, ProjectId), role: ProjectRole) -> Membership {
    Membership::Project {
        id: place.1,
        organisation: place.0,
        role,
    }
}

impl Bench {
    /// This user, made.
    pub(crate) async fn make(&self, user: NewUser) -> UserView {
        let users = self.store.users();
        let made = users.create_users(vec![user], &by(), NOW).await;
        made.unwrap().pop().unwrap().unwrap()
    }

    /// An active user with these memberships.
    pub(crate) async fn member(&self, name: &str, memberships: &[Membership]) -> UserId {
        let user = NewUser {
            memberships: memberships.to_vec(),
            ..new_user(name)
        };
        self.make(user).await.user.id
    }

    /// An active system administrator.
    pub(crate) async fn system_admin(&self, name: &str) -> UserId {
        let user = NewUser {
            system_admin: true,
            ..new_user(name)
        };
        self.make(user).await.user.id
    }

    /// All that a user was given.
    pub(crate) async fn grants(&self, user: UserId) -> Grants {
        let found = self.store.users().user(user).await.unwrap();
        found.unwrap().grants
    }

    /// What the audit log says, the oldest first.
    pub(crate) async fn said(&self) -> Vec<Entry> {
        let filter = AuditFilter::new(Visible::Everything, true);
        let said = self.store.audit().export(&filter, 0, 1000).await;
        said.unwrap()
    }

    /// The actions that the audit log tells of, the oldest first.
    pub(crate) async fn actions(&self) -> Vec<String> {
        let said = self.said().await;
        said.into_iter().map(|entry| entry.action).collect()
    }

    /// That the audit log is whole.
    pub(crate) async fn check(&self) {
        let audit = self.store.audit();
        let checked = audit.verify(Position::BEGINNING, 20_000).await.unwrap();
        assert_eq!((checked.broken, checked.end), (None, true));
        assert_eq!(checked.to.number, checked.total);
    }
}
