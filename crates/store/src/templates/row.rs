//! Templates between rows and what the callers see.

use edgeward_domain::Moment;
use edgeward_ids::{OrganisationId, ProjectId, TemplateId};
use sea_orm::{FromQueryResult, Set};

use super::{NewVersion, Template, TemplateVersion, VersionView};
use crate::database::deliveries::{template, template_version};
use crate::database::fault::Broken;
use crate::database::text::{searchable, storable, to_name};

pub(super) fn to_template(row: template::Model) -> Result<Template, Broken> {
    Ok(Template {
        id: TemplateId::from_uuid(row.id),
        project: ProjectId::from_uuid(row.project_id),
        organisation: OrganisationId::from_uuid(row.organisation_id),
        name: to_name(&row.name)?,
        kind: row.kind,
        description: row.description,
        created_at: Moment::from_micros(row.created_at),
        created_by: row.created_by,
        newest: row.newest.unsigned_abs(),
        changed_at: Moment::from_micros(row.changed_at),
    })
}

pub(super) fn to_row(template: &Template) -> template::ActiveModel {
    let search = [
        template.name.as_str(),
        &template.kind,
        &template.description,
    ];
    template::ActiveModel {
        id: Set(template.id.as_uuid()),
        organisation_id: Set(template.organisation.as_uuid()),
        project_id: Set(template.project.as_uuid()),
        name: Set(template.name.to_string()),
        kind: Set(storable(&template.kind)),
        description: Set(storable(&template.description)),
        search: Set(searchable(&search)),
        newest: Set(number(template.newest)),
        changed_at: Set(template.changed_at.as_micros()),
        created_at: Set(template.created_at.as_micros()),
        created_by: Set(storable(&template.created_by)),
    }
}

/// A template's newest version, made when the template last changed.
pub(super) fn to_version_row(
    template: &Template,
    new: &NewVersion,
    by: &str,
) -> template_version::ActiveModel {
    template_version::ActiveModel {
        template_id: Set(template.id.as_uuid()),
        number: Set(number(template.newest)),
        extent: Set(storable(&new.extent)),
        note: Set(storable(&new.note)),
        created_at: Set(template.changed_at.as_micros()),
        created_by: Set(storable(by)),
        text: Set(storable(&new.text)),
    }
}

pub(super) fn to_version(row: template_version::Model) -> TemplateVersion {
    TemplateVersion {
        number: row.number.unsigned_abs(),
        extent: row.extent,
        text: row.text,
        note: row.note,
        created_at: Moment::from_micros(row.created_at),
        created_by: row.created_by,
    }
}

/// A version's row without its text.
#[derive(FromQueryResult)]
pub(super) struct Listed {
    number: i32,
    extent: String,
    note: String,
    created_at: i64,
    created_by: String,
}

impl Listed {
    /// The columns that it needs.
    pub(super) const COLUMNS: [template_version::Column; 5] = [
        template_version::Column::Number,
        template_version::Column::Extent,
        template_version::Column::Note,
        template_version::Column::CreatedAt,
        template_version::Column::CreatedBy,
    ];

    pub(super) fn into_view(self) -> VersionView {
        VersionView {
            number: self.number.unsigned_abs(),
            extent: self.extent,
            note: self.note,
            created_at: Moment::from_micros(self.created_at),
            created_by: self.created_by,
        }
    }
}

/// A version's number as the database counts.
pub(super) fn number(version: u32) -> i32 {
    i32::try_from(version).unwrap_or(i32::MAX)
}
