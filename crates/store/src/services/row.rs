//! Services between rows and domain types.

use std::collections::BTreeSet;

use edgeward_domain::Moment;
use edgeward_domain::hosting::Course;
use edgeward_domain::selection::Tag;
use edgeward_domain::service::{Authentication, Check, Scheme, Service, Trust, Way};
use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId, ServiceId};
use sea_orm::{ConnectionTrait, FromQueryResult, JoinType, QuerySelect, RelationTrait, Select};
use uuid::Uuid;

use super::{ServiceView, tags};
use crate::database::entity::{agent, organisation, project, service};
use crate::database::fault::Broken;
use crate::database::text::{searchable, storable, to_name};
use crate::hosting::sql as hosting;

const BASIC: &str = "basic";
const NONE: &str = "none";
pub(super) const TOKEN: &str = "token";

#[derive(FromQueryResult)]
struct ServiceRow {
    #[sea_orm(nested)]
    service: service::Model,
    agent_name: Option<String>,
    project_name: String,
    organisation_id: Uuid,
    organisation_name: String,
}

/// With the names of what services belong to, for a [`ServiceRow`] each.
fn with_names(select: Select<service::Entity>) -> Select<service::Entity> {
    select
        .join(JoinType::LeftJoin, service::Relation::Agent.def())
        .join(JoinType::InnerJoin, service::Relation::Project.def())
        .join(JoinType::InnerJoin, project::Relation::Organisation.def())
        .column_as(agent::Column::Name, "agent_name")
        .column_as(project::Column::Name, "project_name")
        .column_as(organisation::Column::Id, "organisation_id")
        .column_as(organisation::Column::Name, "organisation_name")
}

/// What is kept of these services.
pub(super) async fn views(
    on: &impl ConnectionTrait,
    services: Select<service::Entity>,
) -> Result<Vec<ServiceView>, Broken> {
    let rows = with_names(services)
        .into_model::<ServiceRow>()
        .all(on)
        .await?;
    let mut tags = tags::of(on, rows.iter().map(|row| row.service.id)).await?;
    // Only an agent's can be hosted.
    let of_agents = rows.iter().filter(|row| row.service.agent_id.is_some());
    let mut hosted = hosting::courses(on, of_agents.map(|row| row.service.id)).await?;
    rows.into_iter()
        .map(|row| {
            let id = row.service.id;
            let tags = tags.remove(&id).unwrap_or_default();
            to_view(row, tags, hosted.remove(&id))
        })
        .collect()
}

fn to_view(
    row: ServiceRow,
    tags: BTreeSet<Tag>,
    hosted: Option<Course>,
) -> Result<ServiceView, Broken> {
    let ServiceRow {
        service: stored,
        agent_name,
        project_name,
        organisation_id,
        organisation_name,
    } = row;
    if stored.agent_id.is_some() && agent_name.is_none() {
        return Err(Broken::corrupt(
            "a service of an unmanaged agent",
            stored.id,
        ));
    }
    Ok(ServiceView {
        service: to_service(&stored, OrganisationId::from_uuid(organisation_id))?,
        agent_name: agent_name.as_deref().map(to_name).transpose()?,
        organisation_name: to_name(&organisation_name)?,
        project_name: to_name(&project_name)?,
        check: to_check(&stored),
        tags,
        hosted,
    })
}

/// The service, which is in this organisation.
pub(crate) fn to_service(
    row: &service::Model,
    organisation: OrganisationId,
) -> Result<Service, Broken> {
    Ok(Service {
        id: ServiceId::from_uuid(row.id),
        name: to_name(&row.name)?,
        kind: row.kind.clone(),
        description: row.description.clone(),
        organisation,
        project: ProjectId::from_uuid(row.project_id),
        created_at: Moment::from_micros(row.created_at),
        way: to_way(row)?,
        authentication: to_authentication(row)?,
    })
}

fn to_way(row: &service::Model) -> Result<Way, Broken> {
    match (row.agent_id, &row.offer, &row.scheme, &row.address) {
        (Some(agent), Some(offer), None, None) => Ok(Way::Agent {
            agent: AgentId::from_uuid(agent),
            offer: offer
                .parse()
                .map_err(|_| Broken::corrupt("an offer's name", offer))?,
            offered: row.offered,
        }),
        (None, None, Some(scheme), Some(address)) => Ok(Way::Direct {
            scheme: scheme
                .parse::<Scheme>()
                .map_err(|_| Broken::corrupt("a service's scheme", scheme))?,
            address: address
                .parse()
                .map_err(|_| Broken::corrupt("a service's address", address))?,
            trust: match &row.pinned {
                None => Trust::Authorities,
                Some(pin) => {
                    Trust::pinned(pin).map_err(|_| Broken::corrupt("a fingerprint", pin))?
                }
            },
        }),
        _ => Err(Broken::corrupt("a service that is reached no way", row.id)),
    }
}

fn to_authentication(row: &service::Model) -> Result<Authentication, Broken> {
    match (row.authentication.as_str(), &row.username, &row.password) {
        (NONE, None, None) => Ok(Authentication::None),
        (BASIC, Some(user), Some(password)) => Ok(Authentication::Basic {
            user: user.clone(),
            password: password.clone(),
        }),
        (TOKEN, None, None) => Ok(Authentication::Token),
        (word, ..) => Err(Broken::corrupt("a service's authentication", word)),
    }
}

/// What the last look found, if there was one.
pub(super) fn to_check(row: &service::Model) -> Option<Check> {
    let at = Moment::from_micros(row.checked_at?);
    Some(Check {
        at,
        answers: row.answers.unwrap_or(false),
        finding: row.finding.clone(),
        version: row.version.clone(),
        keys: row.keys.as_deref().map(to_numbers),
    })
}

/// The numbers of key pairs, as the database keeps them.
pub(super) fn to_numbers(text: &str) -> Vec<u32> {
    text.split(' ')
        .filter_map(|word| word.parse().ok())
        .collect()
}

fn from_numbers(numbers: &[u32]) -> String {
    let words: Vec<String> = numbers.iter().map(u32::to_string).collect();
    words.join(" ")
}

/// A service as it is stored.
pub(super) fn to_model(
    service: &Service,
    agent_name: Option<&Name>,
    check: Option<&Check>,
) -> service::Model {
    let mut model = service::Model {
        id: service.id.as_uuid(),
        agent_id: None,
        offer: None,
        project_id: service.project.as_uuid(),
        name: service.name.to_string(),
        offered: true,
        kind: storable(&service.kind),
        description: storable(&service.description),
        search: search(service, agent_name),
        created_at: service.created_at.as_micros(),
        scheme: None,
        address: None,
        pinned: None,
        authentication: service.authentication.as_str().to_owned(),
        username: None,
        password: None,
        checked_at: None,
        answers: None,
        finding: None,
        version: None,
        keys: None,
    };
    match &service.way {
        Way::Agent {
            agent,
            offer,
            offered,
        } => {
            model.agent_id = Some(agent.as_uuid());
            model.offer = Some(offer.to_string());
            model.offered = *offered;
        }
        Way::Direct {
            scheme,
            address,
            trust,
        } => {
            model.scheme = Some(scheme.to_string());
            model.address = Some(address.to_string());
            model.pinned = match trust {
                Trust::Authorities => None,
                Trust::Pinned(pin) => Some(pin.clone()),
            };
        }
    }
    if let Authentication::Basic { user, password } = &service.authentication {
        model.username = Some(storable(user));
        model.password = Some(storable(password));
    }
    if let Some(check) = check {
        put_check(&mut model, check);
    }
    model
}

/// From now on this is what the last look found; what it did not hear of keys stays as it was.
pub(super) fn put_check(model: &mut service::Model, check: &Check) {
    model.checked_at = Some(check.at.as_micros());
    model.answers = Some(check.answers);
    model.finding = check.finding.as_deref().map(storable);
    model.version = check.version.as_deref().map(storable);
    if let Some(keys) = &check.keys {
        model.keys = Some(from_numbers(keys));
    }
}

/// What the text filter searches.
pub(crate) fn search(service: &Service, agent_name: Option<&Name>) -> String {
    let id = service.id.to_string();
    let mut parts = vec![
        service.name.as_str(),
        agent_name.map_or("", Name::as_str),
        &service.kind,
        &service.description,
        &id,
    ];
    let address = match &service.way {
        Way::Agent { .. } => None,
        Way::Direct { address, .. } => Some(address.to_string()),
    };
    parts.extend(address.as_deref());
    searchable(&parts)
}
