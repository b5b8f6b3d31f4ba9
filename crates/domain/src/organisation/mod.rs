//! Organisations hold projects, and projects hold edge services.

use edgeward_ids::{Name, OrganisationId, ProjectId, UserId};

use crate::Moment;

/// The most organisations in one installation.
pub const MAX_ORGANISATIONS: u64 = 100;

/// The most projects in one organisation.
pub const MAX_PROJECTS_PER_ORGANISATION: u64 = 100;

/// The most projects in one installation.
pub const MAX_PROJECTS: u64 = 1000;

/// The longest description of an organisation or project, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 100;

/// What the first organisation and its first project are called.
pub const DEFAULT_NAME: &str = "Default";

/// An organisation with its projects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organisation {
    /// The id.
    pub id: OrganisationId,
    /// Unique in the installation.
    pub name: Name,
    /// Free text, at most [`MAX_DESCRIPTION_CHARS`] characters.
    pub description: String,
    /// When it was made.
    pub created_at: Moment,
    /// Its projects, by name.
    pub projects: Vec<Project>,
}

/// A project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Project {
    /// The id.
    pub id: ProjectId,
    /// The organisation that holds it.
    pub organisation: OrganisationId,
    /// Unique in its organisation.
    pub name: Name,
    /// Free text, at most [`MAX_DESCRIPTION_CHARS`] characters.
    pub description: String,
    /// When it was made.
    pub created_at: Moment,
}

/// Why an organisation may not be made, changed or deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OrganisationRefusal {
    /// There is no such organisation.
    #[error("there is no such organisation")]
    Unknown,
    /// Somebody who is to be its administrator does not exist.
    #[error("there is no user {0}")]
    UnknownUser(UserId),
    /// It holds projects, this many.
    #[error("the organisation still holds projects ({0}); delete them first")]
    HasProjects(u64),
    /// Another organisation is called so.
    #[error("there is an organisation of that name already")]
    NameTaken,
    /// [`MAX_ORGANISATIONS`] exist.
    #[error("there are {MAX_ORGANISATIONS} organisations already, and no more are allowed")]
    TooMany,
}

/// Why a project may not be made, changed or deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProjectRefusal {
    /// There is no such project.
    #[error("there is no such project")]
    Unknown,
    /// Somebody who is to be its administrator does not exist.
    #[error("there is no user {0}")]
    UnknownUser(UserId),
    /// It has agents or edge services.
    #[error(
        "the project still has agents ({agents}) and edge services ({services}); release or transfer its agents, and remove the services that are reached directly, first"
    )]
    InUse {
        /// So many agents.
        agents: u64,
        /// So many edge services.
        services: u64,
    },
    /// Devices are registered in it, this many.
    #[error("devices are still registered in the project ({0}); delete their registrations first")]
    HasRegistrations(u64),
    /// There is no such organisation.
    #[error("there is no such organisation")]
    UnknownOrganisation,
    /// Another project of the organisation is called so.
    #[error("the organisation has a project of that name already")]
    NameTaken,
    /// The organisation has [`MAX_PROJECTS_PER_ORGANISATION`].
    #[error(
        "the organisation has {MAX_PROJECTS_PER_ORGANISATION} projects already, and no more are allowed"
    )]
    TooManyInOrganisation,
    /// The installation has [`MAX_PROJECTS`].
    #[error("there are {MAX_PROJECTS} projects already, and no more are allowed")]
    TooMany,
}

/// May another organisation be made where `organisations` exist?
pub fn may_add_organisation(organisations: u64) -> Result<(), OrganisationRefusal> {
    if organisations < MAX_ORGANISATIONS {
        Ok(())
    } else {
        Err(OrganisationRefusal::TooMany)
    }
}

/// May an organisation that holds this many projects be deleted?
pub fn may_delete_organisation(projects: u64) -> Result<(), OrganisationRefusal> {
    match projects {
        0 => Ok(()),
        _ => Err(OrganisationRefusal::HasProjects(projects)),
    }
}

/// May a project with this much in it be deleted?
pub fn may_delete_project(agents: u64, services: u64) -> Result<(), ProjectRefusal> {
    match (agents, services) {
        (0, 0) => Ok(()),
        _ => Err(ProjectRefusal::InUse { agents, services }),
    }
}

/// May another project be made in an organisation that has `here`, where `everywhere` exist in all?
pub fn may_add_project(here: u64, everywhere: u64) -> Result<(), ProjectRefusal> {
    if here >= MAX_PROJECTS_PER_ORGANISATION {
        Err(ProjectRefusal::TooManyInOrganisation)
    } else if everywhere >= MAX_PROJECTS {
        Err(ProjectRefusal::TooMany)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
