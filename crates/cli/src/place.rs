//! The place that a command is about: an organisation, or a project of one; and what somebody is to be there.

use clap::Args;
use edgeward_api::user::MembershipRequest;
use edgeward_client::Client;
use edgeward_ids::{OrganisationId, ProjectId};

use crate::choices::Role;
use crate::error::CliError;
use crate::resolve;

/// A place to look at, for filters.
#[derive(Args)]
pub(crate) struct PlaceFilter {
    /// Only in this organisation (id, beginning of an id, or name)
    #[arg(long)]
    organisation: Option<String>,
    /// Only in this project (id, beginning of an id, or name)
    #[arg(long)]
    project: Option<String>,
}

impl PlaceFilter {
    /// The ids to filter with: of the project, or else of the organisation.
    pub(crate) async fn ids(
        &self,
        client: &Client,
    ) -> Result<(Option<OrganisationId>, Option<ProjectId>), CliError> {
        ids(
            client,
            self.organisation.as_deref(),
            self.project.as_deref(),
        )
        .await
    }
}

/// A membership to give.
#[derive(Args)]
pub(crate) struct MembershipOptions {
    /// In this organisation (id, beginning of an id, or name)
    #[arg(long)]
    organisation: Option<String>,
    /// In this project (id, beginning of an id, or name)
    #[arg(long)]
    project: Option<String>,
    /// The role there; in a project viewer or admin
    #[arg(long, value_enum)]
    role: Option<Role>,
}

impl MembershipOptions {
    /// The membership, if one was named.
    pub(crate) async fn request(
        &self,
        client: &Client,
    ) -> Result<Option<MembershipRequest>, CliError> {
        let named = self.organisation.is_some() || self.project.is_some();
        let role = match (named, self.role) {
            (false, None) => return Ok(None),
            (false, Some(_)) => {
                return Err(CliError::usage("a role without the place where it counts")
                    .hint("name the place with --organisation or --project"));
            }
            (true, None) => {
                return Err(CliError::usage("a place without what to be there")
                    .hint("name it with --role viewer or --role admin"));
            }
            (true, Some(role)) => role,
        };
        if self.project.is_some() && role == Role::Member {
            return Err(CliError::usage(
                "\"member\" is for organisations; in a project somebody is viewer or admin",
            ));
        }
        let (organisation_id, project_id) = ids(
            client,
            self.organisation.as_deref(),
            self.project.as_deref(),
        )
        .await?;
        Ok(Some(MembershipRequest {
            organisation_id,
            project_id,
            role: role.into(),
        }))
    }
}

/// The ids of a named place: of the project, or else of the organisation.
pub(crate) async fn ids(
    client: &Client,
    organisation: Option<&str>,
    project: Option<&str>,
) -> Result<(Option<OrganisationId>, Option<ProjectId>), CliError> {
    Ok(match (organisation, project) {
        (organisation, Some(project)) => {
            let (_, project) = resolve::project(client, organisation, project).await?;
            (None, Some(project.id))
        }
        (Some(organisation), None) => {
            let organisation = resolve::organisation(client, organisation).await?;
            (Some(organisation.id), None)
        }
        (None, None) => (None, None),
    })
}
