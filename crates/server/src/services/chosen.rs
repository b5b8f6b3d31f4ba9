//! Services that work is done on for a project: found by id or by tag, with the way to them.

use edgeward_domain::access::Visible;
use edgeward_ids::{Name, ProjectId, ServiceId};
use edgeward_store::{ServiceColumn, ServiceFilter, Slice, Sort};

use super::service::{ServiceError, Services, route_of};
use super::ways::Route;

/// Services read at once.
const PAGE: u64 = 1000;

impl Services {
    /// A service's name and the way to it, if it is in this project now.
    pub(crate) async fn in_project(
        &self,
        id: ServiceId,
        project: ProjectId,
    ) -> Result<(Name, Route), ServiceError> {
        let view = self.store.service(id).await?.ok_or(ServiceError::Unknown)?;
        if view.service.project != project {
            return Err(ServiceError::Unknown);
        }
        let route = route_of(&view);
        Ok((view.service.name, route))
    }

    /// The services of this kind in a project that bear a tag, by name; at most `most`.
    pub(crate) async fn tagged(
        &self,
        project: ProjectId,
        kind: &str,
        tag: &str,
        most: usize,
    ) -> Result<Vec<ServiceId>, ServiceError> {
        let tag = tag
            .parse()
            .map_err(|error| ServiceError::Invalid(format!("tag: {error}")))?;
        let filter = ServiceFilter {
            project: Some(project),
            kind: Some(kind.to_owned()),
            tag: Some(tag),
            ..ServiceFilter::new(Visible::Everything)
        };
        let sort = Sort::ascending(ServiceColumn::Name);
        let mut found = Vec::new();
        loop {
            let slice = Slice {
                offset: found.len() as u64,
                limit: PAGE,
            };
            let page = self.store.services(&filter, sort, slice).await?;
            let is_last = (page.items.len() as u64) < PAGE;
            found.extend(page.items.into_iter().map(|view| view.service.id));
            if is_last || found.len() > most {
                return Ok(found);
            }
        }
    }
}
