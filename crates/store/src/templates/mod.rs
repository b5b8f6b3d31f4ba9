//! Templates: texts with placeholders for one kind of edge service, in numbered versions. What the text means is not known here.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::By;
use edgeward_ids::{Name, OrganisationId, ProjectId, TemplateId};

use crate::{Failure, Page, Slice, StoreError};

mod row;
mod sql;

/// The most templates of a project.
pub const MAX_TEMPLATES: u64 = 1000;

/// The most versions of a template.
pub const MAX_VERSIONS: u32 = 1000;

/// A template, without its texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// The id.
    pub id: TemplateId,
    /// Its project.
    pub project: ProjectId,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// What it is called; unique in the project.
    pub name: Name,
    /// For which kind of service it is.
    pub kind: String,
    /// What it is for; may be empty.
    pub description: String,
    /// When it was made.
    pub created_at: Moment,
    /// By whom, by name.
    pub created_by: String,
    /// The number of its newest version.
    pub newest: u32,
    /// When that was made.
    pub changed_at: Moment,
}

/// A version of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateVersion {
    /// Its number, from 1.
    pub number: u32,
    /// How much of a configuration the text is, in words of others.
    pub extent: String,
    /// The text, with placeholders.
    pub text: String,
    /// What is new in it; may be empty.
    pub note: String,
    /// When it was made.
    pub created_at: Moment,
    /// By whom, by name.
    pub created_by: String,
}

/// A version of a template, without its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionView {
    /// Its number, from 1.
    pub number: u32,
    /// How much of a configuration the text is, in words of others.
    pub extent: String,
    /// What is new in it; may be empty.
    pub note: String,
    /// When it was made.
    pub created_at: Moment,
    /// By whom, by name.
    pub created_by: String,
}

/// A version that is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewVersion {
    /// How much of a configuration the text is, in words of others.
    pub extent: String,
    /// The text, with placeholders.
    pub text: String,
    /// What is new in it; may be empty.
    pub note: String,
}

/// A template that is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTemplate {
    /// The id.
    pub id: TemplateId,
    /// Its project.
    pub project: ProjectId,
    /// What it is to be called.
    pub name: Name,
    /// For which kind of service it is.
    pub kind: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Its first version.
    pub first: NewVersion,
}

/// Which templates to list; all conditions together.
#[derive(Clone, Debug)]
pub struct TemplateFilter {
    /// Only those of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only those of this project.
    pub project: Option<ProjectId>,
    /// Only those for this kind of service.
    pub kind: Option<String>,
    /// Only those with this in the name, kind or description, whatever the case.
    pub text: Option<String>,
    /// Only those of projects that may be seen.
    pub visible: Visible,
}

impl TemplateFilter {
    /// All that may be seen.
    pub const fn new(visible: Visible) -> Self {
        Self {
            organisation: None,
            project: None,
            kind: None,
            text: None,
            visible,
        }
    }
}

/// Why a template is not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TemplateRefusal {
    /// There is no such project.
    #[error("there is no such project")]
    UnknownProject,
    /// Another of the project is called so.
    #[error("another template of the project has this name")]
    NameTaken,
    /// The project has as many as it may.
    #[error("the project has {MAX_TEMPLATES} templates; delete some of them first")]
    TooMany,
}

/// Why a template gets no other version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VersionRefusal {
    /// There is no such template.
    #[error("there is no such template")]
    Unknown,
    /// It has as many as it may.
    #[error("the template has {MAX_VERSIONS} versions; make a new template")]
    TooMany,
}

/// There is no such template.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no such template")]
pub struct UnknownTemplate;

/// Templates. They go with their project.
#[async_trait]
pub trait TemplateStore: Send + Sync {
    /// Makes a template with its first version. Of two of the same name at the same moment one is refused.
    async fn add_template(
        &self,
        new: NewTemplate,
        by: &By,
        now: Moment,
    ) -> Result<Template, Failure<TemplateRefusal>>;

    /// Gives a template its next version. Two at the same moment get a number each.
    async fn add_version(
        &self,
        id: TemplateId,
        new: NewVersion,
        by: &By,
        now: Moment,
    ) -> Result<Template, Failure<VersionRefusal>>;

    /// The template with this id.
    async fn template(&self, id: TemplateId) -> Result<Option<Template>, StoreError>;

    /// The templates that match, by name.
    async fn templates(
        &self,
        filter: &TemplateFilter,
        slice: Slice,
    ) -> Result<Page<Template>, StoreError>;

    /// A template's version with this number.
    async fn version(
        &self,
        id: TemplateId,
        number: u32,
    ) -> Result<Option<TemplateVersion>, StoreError>;

    /// A template's versions, the newest first; empty where there is no such template.
    async fn versions(&self, id: TemplateId) -> Result<Vec<VersionView>, StoreError>;

    /// Deletes a template with all its versions. Deliveries keep what they delivered.
    async fn remove_template(
        &self,
        id: TemplateId,
        by: &By,
        now: Moment,
    ) -> Result<Template, Failure<UnknownTemplate>>;
}
