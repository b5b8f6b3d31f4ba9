//! What somebody was given: the system, organisations, projects. And which role that makes at a scope.

use std::collections::{BTreeMap, BTreeSet};

use edgeward_ids::{OrganisationId, ProjectId};

use super::{Membership, OrganisationRole, ProjectRole, Role};

/// Where something is done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// The installation itself.
    System,
    /// One organisation.
    Organisation(OrganisationId),
    /// One project.
    Project {
        /// The organisation that holds it.
        organisation: OrganisationId,
        /// The project.
        project: ProjectId,
    },
    /// Anywhere at all: for what needs a role, and not a place.
    Anywhere,
}

/// All that somebody was given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Grants {
    system_admin: bool,
    organisations: BTreeMap<OrganisationId, OrganisationRole>,
    projects: BTreeMap<ProjectId, (OrganisationId, ProjectRole)>,
}

/// What may be seen: for lists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Visible {
    /// All there is.
    Everything,
    /// Whatever belongs to one of these.
    Only {
        /// Organisations, with all their projects.
        organisations: BTreeSet<OrganisationId>,
        /// Projects of other organisations.
        projects: BTreeSet<ProjectId>,
    },
}

impl Grants {
    /// Everything: the system administrator's.
    pub fn system_admin() -> Self {
        Self {
            system_admin: true,
            ..Self::default()
        }
    }

    /// These memberships. Of two for one place the greater counts.
    pub fn new(system_admin: bool, memberships: impl IntoIterator<Item = Membership>) -> Self {
        let mut grants = Self {
            system_admin,
            ..Self::default()
        };
        for membership in memberships {
            grants.add(membership);
        }
        grants
    }

    fn add(&mut self, membership: Membership) {
        match membership {
            Membership::Organisation { id, role } => {
                let had = self.organisations.entry(id).or_insert(role);
                *had = role.max(*had);
            }
            Membership::Project {
                id,
                organisation,
                role,
            } => {
                self.organisations
                    .entry(organisation)
                    .or_insert(OrganisationRole::Member);
                let had = self.projects.entry(id).or_insert((organisation, role));
                had.1 = role.max(had.1);
            }
        }
    }

    /// Whether it is everything.
    pub const fn is_system_admin(&self) -> bool {
        self.system_admin
    }

    /// The memberships, organisations first.
    pub fn memberships(&self) -> impl Iterator<Item = Membership> + '_ {
        let organisations = self
            .organisations
            .iter()
            .map(|(id, role)| Membership::Organisation {
                id: *id,
                role: *role,
            });
        let projects = self
            .projects
            .iter()
            .map(|(id, (organisation, role))| Membership::Project {
                id: *id,
                organisation: *organisation,
                role: *role,
            });
        organisations.chain(projects)
    }

    /// The greatest role at a scope; none where nothing there may be seen.
    ///
    /// A project's administrator is one at the organisation too: what little that allows there, [`super::Action`] says.
    pub fn role_at(&self, scope: Scope) -> Option<Role> {
        if self.system_admin {
            return Some(Role::SystemAdmin);
        }
        match scope {
            Scope::System => None,
            Scope::Organisation(id) => self.at_organisation(id),
            Scope::Project {
                organisation,
                project,
            } => self.at_project(organisation, project),
            Scope::Anywhere => self.anywhere(),
        }
    }

    fn at_organisation(&self, id: OrganisationId) -> Option<Role> {
        let role = *self.organisations.get(&id)?;
        let leads_a_project = self
            .projects
            .values()
            .any(|(organisation, role)| *organisation == id && *role == ProjectRole::Admin);
        Some(match role {
            OrganisationRole::Admin => Role::OrganisationAdmin,
            _ if leads_a_project => Role::ProjectAdmin,
            OrganisationRole::Viewer | OrganisationRole::Member => Role::Viewer,
        })
    }

    fn at_project(&self, organisation: OrganisationId, project: ProjectId) -> Option<Role> {
        let in_organisation = self.organisations.get(&organisation);
        if in_organisation == Some(&OrganisationRole::Admin) {
            return Some(Role::OrganisationAdmin);
        }
        match self.projects.get(&project) {
            Some((_, ProjectRole::Admin)) => Some(Role::ProjectAdmin),
            Some((_, ProjectRole::Viewer)) => Some(Role::Viewer),
            None if in_organisation == Some(&OrganisationRole::Viewer) => Some(Role::Viewer),
            None => None,
        }
    }

    fn anywhere(&self) -> Option<Role> {
        let organisations = self
            .organisations
            .keys()
            .filter_map(|id| self.at_organisation(*id));
        Role::ALL
            .into_iter()
            .find(|role| organisations.clone().any(|found| found == *role))
    }

    /// What both allow: a token of somebody's never allows more than they are allowed themselves.
    pub fn both(&self, other: &Self) -> Self {
        if self.system_admin {
            return other.clone();
        }
        if other.system_admin {
            return self.clone();
        }
        let mut both = Self::default();
        for (id, role) in &self.organisations {
            if let Some(theirs) = other.organisations.get(id) {
                both.organisations.insert(*id, *role.min(theirs));
            }
        }
        let projects = self.projects.iter().chain(&other.projects);
        for (project, (organisation, _)) in projects {
            let at = |grants: &Self| match grants.at_project(*organisation, *project)? {
                Role::Viewer => Some(ProjectRole::Viewer),
                _ => Some(ProjectRole::Admin),
            };
            if let (Some(mine), Some(theirs)) = (at(self), at(other)) {
                both.add(Membership::Project {
                    id: *project,
                    organisation: *organisation,
                    role: mine.min(theirs),
                });
            }
        }
        both
    }

    /// Where things of projects may be seen by somebody of at least this role.
    pub fn visible(&self, at_least: Role) -> Visible {
        if self.system_admin {
            return Visible::Everything;
        }
        let enough = |role: Role| role.least(at_least) == at_least;
        let organisations = self
            .organisations
            .iter()
            .filter(|(_, role)| match role {
                OrganisationRole::Admin => enough(Role::OrganisationAdmin),
                OrganisationRole::Viewer => enough(Role::Viewer),
                OrganisationRole::Member => false,
            })
            .map(|(id, _)| *id)
            .collect();
        let projects = self
            .projects
            .iter()
            .filter(|(_, (_, role))| match role {
                ProjectRole::Admin => enough(Role::ProjectAdmin),
                ProjectRole::Viewer => enough(Role::Viewer),
            })
            .map(|(id, _)| *id)
            .collect();
        Visible::Only {
            organisations,
            projects,
        }
    }
}

impl Visible {
    /// Whether something of this project is among it.
    pub fn project(&self, organisation: OrganisationId, project: ProjectId) -> bool {
        match self {
            Self::Everything => true,
            Self::Only {
                organisations,
                projects,
            } => organisations.contains(&organisation) || projects.contains(&project),
        }
    }
}
