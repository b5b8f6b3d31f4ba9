//! The four roles, and the memberships that give them.

use edgeward_ids::{OrganisationId, ProjectId};

/// What somebody is somewhere: the role at one scope. From the most to the least allowed, each containing the next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// Everything, everywhere.
    SystemAdmin,
    /// Everything in one organisation.
    OrganisationAdmin,
    /// Everything in one project.
    ProjectAdmin,
    /// Looking only.
    Viewer,
}

impl Role {
    /// All roles, from the most to the least allowed.
    pub const ALL: [Self; 4] = [
        Self::SystemAdmin,
        Self::OrganisationAdmin,
        Self::ProjectAdmin,
        Self::Viewer,
    ];

    /// The role's stable word, such as `system_admin`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SystemAdmin => "system_admin",
            Self::OrganisationAdmin => "organisation_admin",
            Self::ProjectAdmin => "project_admin",
            Self::Viewer => "viewer",
        }
    }

    /// The role with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// The lesser of two.
    pub fn least(self, other: Self) -> Self {
        let rank = |role| Self::ALL.iter().position(|r| *r == role);
        if rank(self) >= rank(other) {
            self
        } else {
            other
        }
    }
}

/// What a member of an organisation is in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OrganisationRole {
    /// Belongs to it, and sees those of its projects that they are a member of.
    Member,
    /// Sees all its projects.
    Viewer,
    /// Everything in it.
    Admin,
}

impl OrganisationRole {
    /// All, from the least to the most allowed.
    pub const ALL: [Self; 3] = [Self::Member, Self::Viewer, Self::Admin];

    /// The stable word: `member`, `viewer` or `admin`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Viewer => "viewer",
            Self::Admin => "admin",
        }
    }

    /// The role with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// What a member of a project is in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProjectRole {
    /// Sees it.
    Viewer,
    /// Everything in it.
    Admin,
}

impl ProjectRole {
    /// All, from the least to the most allowed.
    pub const ALL: [Self; 2] = [Self::Viewer, Self::Admin];

    /// The stable word: `viewer` or `admin`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Admin => "admin",
        }
    }

    /// The role with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Belonging to an organisation or a project, with what one is there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Membership {
    /// Of an organisation.
    Organisation {
        /// Which.
        id: OrganisationId,
        /// As what.
        role: OrganisationRole,
    },
    /// Of a project; whoever is one is a member of its organisation too.
    Project {
        /// Which.
        id: ProjectId,
        /// The organisation that holds it.
        organisation: OrganisationId,
        /// As what.
        role: ProjectRole,
    },
}
