//! Adding many services of one project at once: those that can be are, the others are told why not.

use std::collections::{BTreeSet, HashMap, HashSet};

use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::selection::Tag;
use edgeward_domain::service::{Address, Check, Service};
use edgeward_ids::{Name, OrganisationId, ProjectId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable,
    QueryFilter, QuerySelect,
};
use serde_json::json;

use super::change::{about, service_of, shown};
use super::row::to_model;
use super::sql::names_among;
use super::{AddRefusal, Imported, NewDirect, tags};
use crate::audit::TOLD_TOGETHER_FROM;
use crate::database::entity::{project, service};
use crate::database::fault::{Broken, Fault};
use crate::database::text::to_name;
use crate::database::{Database, Guard, MAX_BOUND_VALUES, Writing};

pub(super) async fn import(
    database: &Database,
    place: ProjectId,
    batch: Vec<NewDirect>,
    by: &By,
    now: Moment,
) -> Result<Imported, Fault<AddRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Services).await?;
    let place = project::Entity::find_by_id(place.as_uuid())
        .one(&*transaction)
        .await?
        .ok_or(Fault::Rule(AddRefusal::UnknownProject))?;
    let mut taken = Taken::of(&*transaction, &batch, ProjectId::from_uuid(place.id)).await?;
    let mut refused = Vec::new();
    let mut good = Vec::with_capacity(batch.len());
    for (at, new) in batch.into_iter().enumerate() {
        match taken.take(&*transaction, &new).await {
            Ok(()) => good.push(new),
            Err(Fault::Rule(refusal)) => refused.push((at, refusal)),
            Err(broken) => return Err(broken),
        }
    }
    let added = good.len();
    write(&mut transaction, &place, good, by, now).await?;
    transaction.commit().await?;
    Ok(Imported { added, refused })
}

/// Names, addresses and tags of the project, as far as the batch speaks of them.
struct Taken {
    project: ProjectId,
    names: HashSet<Name>,
    addresses: HashMap<Address, Name>,
    /// Those of the batch's tags that the project has, with what the batch has added so far.
    tags: BTreeSet<Tag>,
    /// How many the project has besides those; not counted unless somebody asks.
    other_tags: Option<usize>,
}

impl Taken {
    async fn of(
        on: &impl ConnectionTrait,
        batch: &[NewDirect],
        project: ProjectId,
    ) -> Result<Self, Broken> {
        let names: Vec<Name> = batch.iter().map(|new| new.name.clone()).collect();
        let addresses: Vec<String> = batch.iter().map(|new| new.address.to_string()).collect();
        let wanted: BTreeSet<Tag> = batch
            .iter()
            .flat_map(|new| new.tagging.tags.iter().cloned())
            .collect();
        let names = names_among(on, project, names.iter()).await?;
        let rows: Vec<(Option<String>, String)> = service::Entity::find()
            .select_only()
            .column(service::Column::Address)
            .column(service::Column::Name)
            .filter(service::Column::ProjectId.eq(project.as_uuid()))
            .filter(service::Column::Address.is_in(addresses))
            .into_tuple()
            .all(on)
            .await?;
        let mut addresses = HashMap::new();
        for (address, name) in rows {
            let address = address.unwrap_or_default();
            let parsed = address.parse();
            let parsed = parsed.map_err(|_| Broken::corrupt("a service's address", &address))?;
            addresses.insert(parsed, to_name(&name)?);
        }
        let mut known = BTreeSet::new();
        for tag in wanted {
            if tags::is_known(on, project, None, &tag).await? {
                known.insert(tag);
            }
        }
        Ok(Self {
            project,
            names,
            addresses,
            tags: known,
            other_tags: None,
        })
    }

    /// Takes what the service needs, if all of it is free.
    async fn take(
        &mut self,
        on: &impl ConnectionTrait,
        new: &NewDirect,
    ) -> Result<(), Fault<AddRefusal>> {
        if self.names.contains(&new.name) {
            return Err(Fault::Rule(AddRefusal::NameTaken));
        }
        if let Some(other) = self.addresses.get(&new.address) {
            return Err(Fault::Rule(AddRefusal::AddressTaken(other.clone())));
        }
        self.may_have_tags(on, new).await?;
        self.names.insert(new.name.clone());
        self.addresses.insert(new.address.clone(), new.name.clone());
        self.tags.extend(new.tagging.tags.iter().cloned());
        Ok(())
    }

    async fn may_have_tags(
        &mut self,
        on: &impl ConnectionTrait,
        new: &NewDirect,
    ) -> Result<(), Fault<AddRefusal>> {
        let wanted = &new.tagging.tags;
        let limits = new.tagging.limits;
        let refused = |refusal| Fault::Rule(AddRefusal::Tags(refusal));
        limits.of_service(wanted.len()).map_err(refused)?;
        let fresh = wanted.difference(&self.tags).count();
        if fresh == 0 {
            return Ok(());
        }
        let others = match self.other_tags {
            Some(others) => others,
            // Nothing of the batch is written before all of it has been looked at.
            None => tags::different(on, self.project, None, &self.tags).await?,
        };
        self.other_tags = Some(others);
        limits
            .of_project(others + self.tags.len() + fresh)
            .map_err(refused)
    }
}

async fn write(
    transaction: &mut Writing<'_>,
    place: &project::Model,
    good: Vec<NewDirect>,
    by: &By,
    now: Moment,
) -> Result<(), Broken> {
    let organisation = OrganisationId::from_uuid(place.organisation_id);
    let project = ProjectId::from_uuid(place.id);
    let new: Vec<_> = good
        .into_iter()
        .map(|new| NewDirect { project, ..new })
        .map(|new| service_of(new, organisation, now))
        .collect();
    let columns = service::Column::iter().count();
    for some in new.chunks(MAX_BOUND_VALUES / columns) {
        let rows = some.iter().map(|(service, _, check)| {
            to_model(service, None, check.as_ref())
                .into_active_model()
                .reset_all()
        });
        service::Entity::insert_many(rows)
            .exec_without_returning(&**transaction)
            .await?;
    }
    let tagged = new
        .iter()
        .flat_map(|(service, tags, _)| tags::each(service.id, tags))
        .collect();
    tags::insert(&**transaction, tagged).await?;
    tell(transaction, place, &new, by, now);
    Ok(())
}

/// One entry for each, or for many one.
fn tell(
    transaction: &mut Writing<'_>,
    place: &project::Model,
    new: &[(Service, BTreeSet<Tag>, Option<Check>)],
    by: &By,
    now: Moment,
) {
    let services = new.len();
    if services < TOLD_TOGETHER_FROM {
        for (service, tags, _) in new {
            let note = about("service.add", service).after(shown(service, tags));
            transaction.note(note, by, now);
        }
        return;
    }
    let organisation = OrganisationId::from_uuid(place.organisation_id);
    let note = Note::new("service.import", None, &place.name)
        .at(Some(organisation), Some(ProjectId::from_uuid(place.id)))
        .after(json!({ "services": services }));
    transaction.note(note, by, now);
}
