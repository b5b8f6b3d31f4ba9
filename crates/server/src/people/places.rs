//! The organisations and projects that a caller may see, by id: for names in answers, and for what requests name.

use std::collections::HashMap;

use edgeward_api::user as api;
use edgeward_domain::access::{Action, Grants, Membership, OrganisationRole, ProjectRole, Scope};
use edgeward_domain::organisation::MAX_DESCRIPTION_CHARS;
use edgeward_ids::{Name, OrganisationId, ProjectId};

use crate::access::Caller;
use crate::api::ApiError;
use crate::app::App;

/// What a caller may see of organisations and projects.
pub(crate) struct Places {
    organisations: HashMap<OrganisationId, Name>,
    projects: HashMap<ProjectId, (OrganisationId, Name)>,
}

impl Places {
    /// Those of this caller.
    pub(crate) async fn of(app: &App, caller: &Caller) -> Result<Self, ApiError> {
        let found = app
            .store
            .organisations()
            .organisations(caller.grants())
            .await?;
        let projects = found
            .iter()
            .flat_map(|organisation| &organisation.projects)
            .map(|project| (project.id, (project.organisation, project.name.clone())))
            .collect();
        Ok(Self {
            organisations: found.into_iter().map(|o| (o.id, o.name)).collect(),
            projects,
        })
    }

    /// The scope of an organisation, if it may be seen.
    pub(crate) fn organisation(&self, id: OrganisationId) -> Result<Scope, ApiError> {
        let seen = self.organisations.contains_key(&id);
        seen.then_some(Scope::Organisation(id))
            .ok_or_else(|| ApiError::not_found("organisation"))
    }

    /// The scope of a project, if it may be seen.
    pub(crate) fn project(&self, id: ProjectId) -> Result<Scope, ApiError> {
        let (organisation, _) = self
            .projects
            .get(&id)
            .ok_or_else(|| ApiError::not_found("project"))?;
        Ok(Scope::Project {
            organisation: *organisation,
            project: id,
        })
    }

    /// The memberships among these grants that may be seen, with names.
    pub(crate) fn shown(&self, grants: &Grants) -> Vec<api::Membership> {
        let shown = grants.memberships().filter_map(|membership| {
            let (organisation_id, project, role) = match membership {
                Membership::Organisation { id, role } => (id, None, organisation_role(role)),
                Membership::Project {
                    id,
                    organisation,
                    role,
                } => (
                    organisation,
                    Some((id, self.projects.get(&id)?.1.clone())),
                    project_role(role),
                ),
            };
            Some(api::Membership {
                organisation_id,
                organisation_name: self.organisations.get(&organisation_id)?.clone(),
                project_id: project.as_ref().map(|(id, _)| *id),
                project_name: project.map(|(_, name)| name),
                role,
            })
        });
        shown.collect()
    }

    /// A membership that the caller wants to give, if they may.
    pub(crate) fn to_give(
        &self,
        caller: &Caller,
        request: &api::MembershipRequest,
    ) -> Result<Membership, ApiError> {
        let membership = self.named(request)?;
        match membership {
            Membership::Organisation { id, .. } => {
                caller.permit(Action::ManageOrganisationMembers, Scope::Organisation(id))?
            }
            Membership::Project { id, .. } => {
                caller.permit(Action::ManageProjectMembers, self.project(id)?)?
            }
        };
        Ok(membership)
    }

    /// The membership that a request names, at a place that may be seen.
    pub(crate) fn named(&self, request: &api::MembershipRequest) -> Result<Membership, ApiError> {
        match (request.project_id, request.organisation_id) {
            (Some(id), stated) => {
                let Scope::Project { organisation, .. } = self.project(id)? else {
                    return Err(ApiError::not_found("project"));
                };
                if stated.is_some_and(|stated| stated != organisation) {
                    return Err(ApiError::not_found("project in that organisation"));
                }
                let role = to_project_role(request.role)?;
                Ok(Membership::Project {
                    id,
                    organisation,
                    role,
                })
            }
            (None, Some(id)) => {
                self.organisation(id)?;
                let role = to_organisation_role(request.role);
                Ok(Membership::Organisation { id, role })
            }
            (None, None) => Err(ApiError::invalid(
                "a membership needs organisation_id or project_id",
            )),
        }
    }
}

/// A free text, at most 100 characters.
pub(crate) fn checked_description(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.chars().count() > MAX_DESCRIPTION_CHARS {
        return Err(ApiError::invalid(format!(
            "the description must have at most {MAX_DESCRIPTION_CHARS} characters"
        )));
    }
    Ok(text.to_owned())
}

pub(super) const fn organisation_role(role: OrganisationRole) -> api::MemberRole {
    match role {
        OrganisationRole::Member => api::MemberRole::Member,
        OrganisationRole::Viewer => api::MemberRole::Viewer,
        OrganisationRole::Admin => api::MemberRole::Admin,
    }
}

pub(super) const fn project_role(role: ProjectRole) -> api::MemberRole {
    match role {
        ProjectRole::Viewer => api::MemberRole::Viewer,
        ProjectRole::Admin => api::MemberRole::Admin,
    }
}

pub(super) const fn to_organisation_role(role: api::MemberRole) -> OrganisationRole {
    match role {
        api::MemberRole::Member => OrganisationRole::Member,
        api::MemberRole::Viewer => OrganisationRole::Viewer,
        api::MemberRole::Admin => OrganisationRole::Admin,
    }
}

pub(super) fn to_project_role(role: api::MemberRole) -> Result<ProjectRole, ApiError> {
    match role {
        api::MemberRole::Viewer => Ok(ProjectRole::Viewer),
        api::MemberRole::Admin => Ok(ProjectRole::Admin),
        api::MemberRole::Member => Err(ApiError::invalid(
            "a project has the roles viewer and admin; member is one of organisations",
        )),
    }
}
