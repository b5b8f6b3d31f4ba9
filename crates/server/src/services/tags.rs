//! Tags of services: what they may be, and giving them to many at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use edgeward_api::event::Kind as Changed;
use edgeward_api::service as api;
use edgeward_domain::access::{Grants, Scope, Visible};
use edgeward_domain::audit::By;
use edgeward_domain::selection::Tag;
use edgeward_ids::{OrganisationId, ProjectId, ServiceId};
use edgeward_store::{
    RetagRefusal, Retagging, ServiceColumn, ServiceFilter, ServiceView, Slice, Sort, StoreError,
    Tagging,
};

use super::service::{LOOK, ServiceError, Services};
use crate::now;

/// Why a service's tags stay as they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TagDenial {
    /// There is none that one may see.
    #[error("there is no such service")]
    Unknown,
    /// One may only look at it.
    #[error("as a viewer of the service's project you may not change its tags")]
    Forbidden,
}

impl Services {
    /// Tags as people give them.
    pub(crate) fn tagging(&self, words: &[String]) -> Result<Tagging, ServiceError> {
        let limits = self.tag_limits;
        let tags = limits.read(words.iter().map(String::as_str));
        let tags = tags.map_err(|refusal| ServiceError::Invalid(refusal.to_string()))?;
        Ok(Tagging { tags, limits })
    }

    /// Where those of these services are that may be seen with these grants.
    pub async fn scopes(
        &self,
        grants: &Grants,
        ids: &[ServiceId],
    ) -> Result<HashMap<ServiceId, Scope>, ServiceError> {
        let filter = ServiceFilter {
            ids: Some(ids.to_vec()),
            ..ServiceFilter::new(grants.visible(LOOK.least_role()))
        };
        let sort = Sort::ascending(ServiceColumn::Created);
        let found = self.store.services(&filter, sort, Slice::FIRST).await?;
        let scopes = found.items.into_iter().map(|view| {
            let scope = Scope::Project {
                organisation: view.service.organisation,
                project: view.service.project,
            };
            (view.service.id, scope)
        });
        Ok(scopes.collect())
    }

    /// Those of these services that there are.
    pub(crate) async fn views(
        &self,
        ids: &[ServiceId],
    ) -> Result<HashMap<ServiceId, ServiceView>, StoreError> {
        let filter = ServiceFilter {
            ids: Some(ids.to_vec()),
            ..ServiceFilter::new(Visible::Everything)
        };
        let sort = Sort::ascending(ServiceColumn::Created);
        let found = self.store.services(&filter, sort, Slice::FIRST).await?;
        let views = found.items.into_iter();
        Ok(views.map(|view| (view.service.id, view)).collect())
    }

    /// Gives services tags and takes others from them, but for those that are denied; the answers are in the order of the request.
    pub async fn retag(
        &self,
        by: &By,
        request: &api::ServiceTagging,
        denied: &HashMap<ServiceId, TagDenial>,
    ) -> Result<Vec<api::ServiceTagged>, ServiceError> {
        let bad = |error: &dyn std::fmt::Display| ServiceError::Invalid(error.to_string());
        let remove: Result<BTreeSet<Tag>, _> =
            request.remove.iter().map(|tag| tag.parse()).collect();
        let retagging = Retagging {
            add: self.tagging(&request.add)?.tags,
            remove: remove.map_err(|error| bad(&error))?,
            limits: self.tag_limits,
        };
        let mut seen = HashSet::new();
        let ids = request.services.iter().copied();
        let ids: Vec<ServiceId> = ids
            .filter(|id| !denied.contains_key(id) && seen.insert(*id))
            .collect();
        let outcomes = self.store.retag(&ids, &retagging, by, now()).await?;
        let outcomes: HashMap<_, _> = ids.into_iter().zip(outcomes).collect();
        if outcomes.values().any(Result::is_ok) {
            self.events.changed(Changed::Services);
            self.events.changed(Changed::Audit);
        }
        let answers = request.services.iter().map(|id| {
            let outcome = match (denied.get(id), outcomes.get(id)) {
                (Some(denial), _) => Err(error(denial.code(), denial)),
                (None, Some(Ok(tags))) => Ok(words(tags)),
                (None, Some(Err(RetagRefusal::Tags(refusal)))) => {
                    Err(error("too_many_tags", refusal))
                }
                (None, Some(Err(RetagRefusal::Unknown)) | None) => {
                    Err(error(TagDenial::Unknown.code(), &TagDenial::Unknown))
                }
            };
            api::ServiceTagged {
                service_id: *id,
                tags: outcome.as_ref().ok().cloned(),
                error: outcome.err(),
            }
        });
        Ok(answers.collect())
    }

    /// The tags that services have that may be seen with these grants, in order.
    pub async fn tags_in_use(
        &self,
        grants: &Grants,
        organisation: Option<OrganisationId>,
        project: Option<ProjectId>,
    ) -> Result<Vec<api::ServiceTagUse>, ServiceError> {
        let visible = grants.visible(LOOK.least_role());
        let found = self.store.service_tags(organisation, project, &visible);
        let tags = found.await?.into_iter().map(|(tag, services)| {
            let tag = tag.to_string();
            api::ServiceTagUse { tag, services }
        });
        Ok(tags.collect())
    }
}

impl TagDenial {
    const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "not_found",
            Self::Forbidden => "forbidden",
        }
    }
}

fn error(code: &str, message: &impl ToString) -> api::ServiceTagError {
    api::ServiceTagError {
        code: code.to_owned(),
        message: message.to_string(),
    }
}

/// Tags as the REST API shows them.
pub(super) fn words(tags: &BTreeSet<Tag>) -> Vec<String> {
    tags.iter().map(Tag::to_string).collect()
}
