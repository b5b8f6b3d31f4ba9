//! Members of organisations and projects.
//!
//! Whoever is a member of a project is one of its organisation. What has an active administrator keeps one, whatever is done
//! here or to the users.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{LastAdmin, Membership, OrganisationRole, ProjectRole};
use edgeward_domain::audit::By;
use edgeward_ids::{OrganisationId, ProjectId, UserId};

use crate::{Failure, Page, Slice, StoreError, UserView};

mod admins;
mod change;
pub(crate) mod grants;
mod sql;
mod sso;

pub(crate) use admins::{Ceasing, may_cease};
pub(crate) use change::put;
pub(crate) use sso::replace as replace_sso;

/// Where a membership comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Somebody gave it.
    Hand,
    /// A rule of single sign-on gave it; it follows that rule at the next sign-in.
    Sso,
}

/// A member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member<Role> {
    /// The user.
    pub user: UserView,
    /// What they are there.
    pub role: Role,
    /// Where that comes from.
    pub origin: Origin,
}

/// What one is a member of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberOf {
    /// An organisation.
    Organisation(OrganisationId),
    /// A project.
    Project(ProjectId),
}

/// What became of a membership.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberChange {
    /// It was made.
    Added,
    /// Its role was changed.
    Changed,
    /// It was so already.
    Unchanged,
}

/// Why a membership is not made, changed or ended.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MemberRefusal {
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// There is no such organisation.
    #[error("there is no such organisation")]
    UnknownOrganisation,
    /// There is no such project in that organisation.
    #[error("there is no such project")]
    UnknownProject,
    /// They are no member.
    #[error("this user is not a member")]
    NotAMember,
    /// Something would be left without an administrator.
    #[error(transparent)]
    LastAdmin(#[from] LastAdmin),
}

/// Members of organisations and projects.
#[async_trait]
pub trait MemberStore: Send + Sync {
    /// The members of an organisation by name, also those of its projects only. `text` as in
    /// [`UserFilter::text`](crate::UserFilter::text).
    async fn organisation_members(
        &self,
        id: OrganisationId,
        text: Option<&str>,
        slice: Slice,
    ) -> Result<Page<Member<OrganisationRole>>, StoreError>;

    /// The members of a project by name.
    async fn project_members(
        &self,
        id: ProjectId,
        text: Option<&str>,
        slice: Slice,
    ) -> Result<Page<Member<ProjectRole>>, StoreError>;

    /// Makes somebody a member, or changes what they are there. Whoever becomes a member of a project becomes one of its
    /// organisation. From now on the membership counts as given by hand.
    async fn set_member(
        &self,
        user: UserId,
        membership: Membership,
        by: &By,
        now: Moment,
    ) -> Result<MemberChange, Failure<MemberRefusal>>;

    /// Ends a membership. Whoever leaves an organisation leaves its projects.
    async fn remove_member(
        &self,
        user: UserId,
        of: MemberOf,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<MemberRefusal>>;
}
