//! Members of organisations and of projects: the same operations at both.

use edgeward_api::list::List;
use edgeward_api::user::{Member, MemberByEmail, MemberRequest, MemberRole};
use edgeward_ids::{OrganisationId, ProjectId, UserId};

use crate::request::Operation;
use crate::{Client, ClientError};

/// What has members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An organisation.
    Organisation(OrganisationId),
    /// A project.
    Project(ProjectId),
}

impl Place {
    fn members(self) -> String {
        match self {
            Self::Organisation(id) => format!("organisations/{id}/members"),
            Self::Project(id) => format!("projects/{id}/members"),
        }
    }
}

impl Client {
    /// The members of a place.
    ///
    /// # Errors
    /// Refused with 404 when there is no such place that one may see.
    pub async fn members(&self, place: Place) -> Result<List<Member>, ClientError> {
        self.ask(Operation::get(place.members())).await
    }

    /// Makes a user a member, or changes what they are there.
    ///
    /// # Errors
    /// Refused with 404 when place or user cannot be seen, with 409 when it would leave no administrator.
    pub async fn set_member(
        &self,
        place: Place,
        user: UserId,
        role: MemberRole,
    ) -> Result<Member, ClientError> {
        let operation = Operation::put(format!("{}/{user}", place.members()));
        self.send(operation, &MemberRequest { role }).await
    }

    /// The same by e-mail address, for somebody whom the caller cannot see yet.
    ///
    /// # Errors
    /// Refused with 404 when there is no such place, or no user with this address.
    pub async fn set_member_by_email(
        &self,
        place: Place,
        request: &MemberByEmail,
    ) -> Result<Member, ClientError> {
        self.send(Operation::put(place.members()), request).await
    }

    /// Takes a membership away.
    ///
    /// # Errors
    /// Refused with 404 when they are no member, with 409 when it would leave no administrator.
    pub async fn remove_member(&self, place: Place, user: UserId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("{}/{user}", place.members())))
            .await
    }
}
