//! What somebody may do, as the console asks for it.

use edgeward_api::access as api;
use edgeward_domain::access::{Grants, Role, Scope};
use edgeward_domain::organisation::Organisation;

/// The greatest role at each place that is seen with these grants.
pub fn to_api(grants: &Grants, organisations: Vec<Organisation>) -> api::Permissions {
    let organisations = organisations
        .into_iter()
        .filter_map(|organisation| {
            let role = grants.role_at(Scope::Organisation(organisation.id))?;
            let projects = organisation.projects.into_iter().filter_map(|project| {
                let scope = Scope::Project {
                    organisation: organisation.id,
                    project: project.id,
                };
                Some(api::ProjectPermissions {
                    id: project.id,
                    name: project.name,
                    role: role_to_api(grants.role_at(scope)?),
                })
            });
            Some(api::OrganisationPermissions {
                id: organisation.id,
                name: organisation.name,
                role: role_to_api(role),
                projects: projects.collect(),
            })
        })
        .collect();
    api::Permissions {
        system_admin: grants.is_system_admin(),
        organisations,
    }
}

const fn role_to_api(role: Role) -> api::Role {
    match role {
        Role::SystemAdmin => api::Role::SystemAdmin,
        Role::OrganisationAdmin => api::Role::OrganisationAdmin,
        Role::ProjectAdmin => api::Role::ProjectAdmin,
        Role::Viewer => api::Role::Viewer,
    }
}
