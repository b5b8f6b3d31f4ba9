//! Organisations, people, agents and services, written straight into the database: what a large installation has.
//!
//! Always the same but for the ids. The first project has a fifth of all agents, the others share the rest evenly.

use anyhow::Result;
use argon2::Argon2;
use argon2::password_hash::PasswordHasher as _;
use edgeward_ids::{AgentId, OrganisationId, ProjectId, ServiceId, UserId};
use serde_json::json;
use uuid::Uuid;

use crate::database::{Cell, Connection};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse 1";

/// How many people there are.
pub const PEOPLE: usize = 2000;

/// The person who may do everything.
pub const SYSTEM_ADMIN: usize = 0;

/// The person who administers the first organisation.
pub const ORGANISATION_ADMIN: usize = 1;

/// The person who administers the first projects of three organisations.
pub const PROJECT_ADMIN: usize = 2;

/// How many organisations there are.
const ORGANISATIONS: usize = 10;

/// How many projects each has.
const PROJECTS_EACH: usize = 5;

/// What each agent offers: name, kind and description.
const OFFERS: [(&str, &str, &str); 2] = [
    ("neuron", "neuron", "Data gateway of the machine"),
    ("flows", "node-red", "Flows for the shift"),
];

/// What stands in the works.
pub const MACHINES: [&str; 10] = [
    "Press", "Oven", "Robot", "Pump", "Mixer", "Conveyor", "Packer", "Chiller", "Saw", "Lathe",
];

/// A microsecond is the unit of all times in the database.
pub const HOUR_US: i64 = 3_600_000_000;

/// A project.
#[derive(Clone, Copy)]
pub struct Project {
    /// Its id.
    pub id: Uuid,
    /// Its organisation.
    pub organisation: Uuid,
}

/// An agent.
pub struct Agent {
    /// Its id.
    pub id: Uuid,
    /// The name that it was adopted under.
    pub name: String,
    /// The project that it is in.
    pub project: Project,
}

/// Somebody.
pub struct Person {
    /// Their id.
    pub id: Uuid,
    /// What they sign in with.
    pub email: String,
    /// An organisation that they belong to.
    pub organisation: Uuid,
}

/// Everything there is.
pub struct World {
    /// All of them.
    pub organisations: Vec<Uuid>,
    /// The projects of the first organisation, then those of the second, and so on.
    pub projects: Vec<Project>,
    /// All of them.
    pub agents: Vec<Agent>,
    /// All of them.
    pub people: Vec<Person>,
}

impl World {
    /// Makes one with so many services, which is two for each agent.
    pub fn new(services: usize) -> Self {
        let organisations: Vec<Uuid> = (0..ORGANISATIONS)
            .map(|_| OrganisationId::generate().as_uuid())
            .collect();
        let projects: Vec<Project> = organisations
            .iter()
            .flat_map(|organisation| {
                (0..PROJECTS_EACH).map(|_| Project {
                    id: ProjectId::generate().as_uuid(),
                    organisation: *organisation,
                })
            })
            .collect();
        let agents = (0..services / OFFERS.len()).map(|number| {
            let place = match number % 5 {
                0 => 0,
                _ => 1 + number % (ORGANISATIONS * PROJECTS_EACH - 1),
            };
            let machine = MACHINES[number / 5 % MACHINES.len()];
            Agent {
                id: AgentId::generate().as_uuid(),
                name: format!("{machine} {number:05}"),
                project: projects[place],
            }
        });
        let people = (0..PEOPLE).map(|number| Person {
            id: UserId::generate().as_uuid(),
            email: format!("person{number:04}@example.com"),
            organisation: organisations[number % ORGANISATIONS],
        });
        Self {
            agents: agents.collect(),
            people: people.collect(),
            organisations,
            projects,
        }
    }

    /// Writes it into a database whose tables are there.
    pub async fn write(&self, to: &mut Connection, now_us: i64) -> Result<()> {
        self.write_places(to, now_us).await?;
        self.write_people(to, now_us).await?;
        self.write_agents(to, now_us).await
    }

    async fn write_places(&self, to: &mut Connection, now_us: i64) -> Result<()> {
        let rows = self.organisations.iter().enumerate().map(|(number, id)| {
            vec![
                Cell::Id(*id),
                format!("Works {number:02}").into(),
                now_us.into(),
                "".into(),
            ]
        });
        let columns = ["id", "name", "created_at", "description"];
        to.insert("organisations", &columns, rows).await?;
        let rows = self.projects.iter().enumerate().map(|(number, project)| {
            vec![
                Cell::Id(project.id),
                Cell::Id(project.organisation),
                format!("Line {:02}", number % PROJECTS_EACH).into(),
                now_us.into(),
                "".into(),
            ]
        });
        let columns = ["id", "organisation_id", "name", "created_at", "description"];
        to.insert("projects", &columns, rows).await
    }

    async fn write_people(&self, to: &mut Connection, now_us: i64) -> Result<()> {
        // One hash for all: checking it costs as much as a hash of each one's own.
        let hash = Argon2::default()
            .hash_password(PASSWORD.as_bytes())
            .map_err(|error| anyhow::anyhow!("cannot hash a password: {error}"))?
            .to_string();
        let rows = self.people.iter().enumerate().map(|(number, person)| {
            let name = format!("Person {number:04}");
            let role = if number == SYSTEM_ADMIN {
                "system_admin"
            } else {
                "user"
            };
            vec![
                Cell::Id(person.id),
                person.email.clone().into(),
                person.email.clone().into(),
                name.clone().into(),
                role.into(),
                hash.clone().into(),
                now_us.into(),
                "".into(),
                Cell::Null,
                "active".into(),
                false.into(),
                Cell::Null,
                format!("{}\n{name}\n", person.email).to_lowercase().into(),
            ]
        });
        let columns = [
            "id",
            "email",
            "email_key",
            "display_name",
            "role",
            "password_hash",
            "created_at",
            "phone",
            "language",
            "state",
            "sso_only",
            "last_sign_in_at",
            "search",
        ];
        to.insert("users", &columns, rows).await?;
        let rows = self.people.iter().enumerate().map(|(number, person)| {
            let (organisation, role) = match number {
                ORGANISATION_ADMIN => (self.organisations[0], "admin"),
                _ => (person.organisation, "viewer"),
            };
            vec![
                Cell::Id(organisation),
                Cell::Id(person.id),
                role.into(),
                "hand".into(),
            ]
        });
        let rows = rows.filter(|row| row[1] != Cell::Id(self.people[PROJECT_ADMIN].id));
        let columns = ["organisation_id", "user_id", "role", "origin"];
        to.insert("organisation_members", &columns, rows).await?;
        let theirs = self.administered();
        let of = Cell::Id(self.people[PROJECT_ADMIN].id);
        let rows = theirs.iter().map(|project| {
            vec![
                Cell::Id(project.organisation),
                of.clone(),
                "member".into(),
                "hand".into(),
            ]
        });
        to.insert("organisation_members", &columns, rows).await?;
        let rows = theirs.iter().map(|project| {
            vec![
                Cell::Id(project.id),
                of.clone(),
                "admin".into(),
                "hand".into(),
            ]
        });
        let columns = ["project_id", "user_id", "role", "origin"];
        to.insert("project_members", &columns, rows).await
    }

    /// The projects of [`PROJECT_ADMIN`].
    pub fn administered(&self) -> [Project; 3] {
        [1, 2, 3].map(|organisation| self.projects[organisation * PROJECTS_EACH])
    }

    async fn write_agents(&self, to: &mut Connection, now_us: i64) -> Result<()> {
        let columns = [
            "id",
            "state",
            "name",
            "project_id",
            "facts",
            "address",
            "certificate_serial",
            "certificate_not_after",
            "previous_serial",
            "last_command",
            "search",
            "created_at",
            "sort_name",
            "version",
            "organisation_id",
        ];
        let rows = self.agents.iter().enumerate().map(|(number, agent)| {
            let hostname = format!("device-{number:05}");
            let version = format!("0.{}.0", number % 4);
            let address = format!("10.{}.{}.{}", number >> 16, number >> 8 & 255, number & 255);
            let search = format!(
                "{}\n{hostname}\nGateway in hall {}\n{address}\n{}",
                agent.name,
                number % 7,
                agent.id
            );
            vec![
                Cell::Id(agent.id),
                "confirmed".into(),
                agent.name.clone().into(),
                Cell::Id(agent.project.id),
                facts(number, &hostname, &version, &address).into(),
                address.into(),
                format!("{number:032x}").into(),
                (now_us + 2000 * HOUR_US).into(),
                Cell::Null,
                Cell::Number(1),
                search.to_lowercase().into(),
                now_us.into(),
                agent.name.clone().into(),
                version.into(),
                Cell::Null,
            ]
        });
        to.insert("agents", &columns, rows).await?;
        let heard = self.agents.iter().enumerate().map(|(number, agent)| {
            let ago_us = i64::try_from(number).unwrap_or_default() * 1_000_000;
            vec![Cell::Id(agent.id), (now_us - HOUR_US - ago_us).into()]
        });
        to.insert("agents_heard", &["agent_id", "heard_at"], heard)
            .await?;
        let columns = [
            "id",
            "agent_id",
            "offer",
            "project_id",
            "name",
            "offered",
            "kind",
            "description",
            "search",
            "created_at",
        ];
        let rows = self.agents.iter().flat_map(|agent| {
            OFFERS.iter().map(|(offer, kind, description)| {
                let id = ServiceId::generate().as_uuid();
                let name = format!("{} {offer}", agent.name);
                let search = format!("{name}\n{}\n{kind}\n{description}\n{id}", agent.name);
                vec![
                    Cell::Id(id),
                    Cell::Id(agent.id),
                    (*offer).into(),
                    Cell::Id(agent.project.id),
                    name.into(),
                    true.into(),
                    (*kind).into(),
                    (*description).into(),
                    search.to_lowercase().into(),
                    now_us.into(),
                ]
            })
        });
        to.insert("services", &columns, rows).await
    }
}

/// What an agent says of itself, as it is stored.
fn facts(number: usize, hostname: &str, version: &str, address: &str) -> String {
    let offers: Vec<_> = OFFERS
        .iter()
        .map(|(name, kind, description)| {
            json!({"name": name, "kind": kind, "description": description})
        })
        .collect();
    json!({
        "hostname": hostname,
        "description": format!("Gateway in hall {}", number % 7),
        "version": version,
        "os": "Debian GNU/Linux 12",
        "arch": "aarch64",
        "local_address": address,
        "offers": offers,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_services_are_unique_and_the_first_project_is_the_largest() {
        let world = World::new(1000);
        assert_eq!(world.agents.len(), 500);
        let names: std::collections::HashSet<_> =
            world.agents.iter().map(|agent| &agent.name).collect();
        assert_eq!(names.len(), 500);
        let first = world.projects[0].id;
        let of_first = world.agents.iter().filter(|a| a.project.id == first);
        assert_eq!(of_first.count(), 100);
    }
}
