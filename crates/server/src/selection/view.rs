//! Conversions between the rules and the REST API.

use std::collections::BTreeSet;

use edgeward_api::selection as api;
use edgeward_domain::access::Scope;
use edgeward_domain::selection::{
    Condition, MAX_CONDITIONS, MAX_TAGS, MAX_TEXT_CHARS, Selection, Tag, Test,
};
use edgeward_ids::{OrganisationId, ProjectId};

use crate::api::ApiError;
use crate::people::Places;

/// Which devices are meant, and the scope that they are in.
pub(crate) fn to_domain(
    places: &Places,
    selection: &api::Selection,
) -> Result<(Selection, Scope), ApiError> {
    let scope = match (selection.project_id, selection.organisation_id) {
        (Some(project), _) => places.project(project)?,
        (None, Some(organisation)) => places.organisation(organisation)?,
        (None, None) => {
            return Err(ApiError::invalid(
                "the selection needs an organisation_id or a project_id",
            ));
        }
    };
    let (organisation, project) = match scope {
        Scope::Project {
            organisation,
            project,
        } => (organisation, Some(project)),
        Scope::Organisation(organisation) => (organisation, None),
        Scope::System | Scope::Anywhere => return Err(ApiError::not_found("organisation")),
    };
    if selection
        .organisation_id
        .is_some_and(|named| named != organisation)
    {
        return Err(ApiError::invalid(
            "the selection's project is not in the selection's organisation",
        ));
    }
    let selection = in_place(organisation, project, selection)?;
    Ok((selection, scope))
}

/// Which devices of a place are meant.
pub(crate) fn in_place(
    organisation: OrganisationId,
    project: Option<ProjectId>,
    selection: &api::Selection,
) -> Result<Selection, ApiError> {
    if selection.conditions.len() > MAX_CONDITIONS {
        return Err(ApiError::invalid(format!(
            "the selection has {} conditions; {MAX_CONDITIONS} are allowed",
            selection.conditions.len()
        )));
    }
    let model = selection.model.clone().filter(|model| !model.is_empty());
    if model
        .as_ref()
        .is_some_and(|model| model.chars().count() > MAX_TEXT_CHARS)
    {
        return Err(ApiError::invalid(format!(
            "the selection's model has more than {MAX_TEXT_CHARS} characters"
        )));
    }
    let conditions = selection.conditions.iter().map(condition);
    Ok(Selection {
        organisation,
        project,
        tags: tags(&selection.tags)?,
        model,
        conditions: conditions.collect::<Result<_, _>>()?,
    })
}

fn condition(condition: &api::Condition) -> Result<Condition, ApiError> {
    let path = &condition.path;
    let test = match (condition.test, condition.value.clone()) {
        (api::Test::Is, Some(value)) => Test::Is(value),
        (api::Test::IsNot, Some(value)) => Test::IsNot(value),
        (api::Test::Present, None) => Test::Present,
        (api::Test::Absent, None) => Test::Absent,
        (api::Test::Is | api::Test::IsNot, None) => {
            return Err(ApiError::invalid(format!(
                "the condition on {path} needs a value to compare with"
            )));
        }
        (api::Test::Present | api::Test::Absent, Some(_)) => {
            return Err(ApiError::invalid(format!(
                "the condition on {path} compares with nothing: leave the value out"
            )));
        }
    };
    Condition::new(path, test).map_err(ApiError::invalid)
}

/// Tags as they are given, checked.
pub(super) fn tags(tags: &[String]) -> Result<BTreeSet<Tag>, ApiError> {
    if tags.len() > MAX_TAGS {
        return Err(ApiError::invalid(format!(
            "{} tags were given; {MAX_TAGS} are allowed",
            tags.len()
        )));
    }
    tags.iter()
        .map(|tag| tag.parse().map_err(ApiError::invalid))
        .collect()
}

/// As the REST API shows it.
pub(crate) fn to_api(selection: &Selection) -> api::Selection {
    let conditions = selection.conditions.iter().map(|condition| {
        let (test, value) = match condition.test() {
            Test::Is(value) => (api::Test::Is, Some(value.clone())),
            Test::IsNot(value) => (api::Test::IsNot, Some(value.clone())),
            Test::Present => (api::Test::Present, None),
            Test::Absent => (api::Test::Absent, None),
        };
        api::Condition {
            path: condition.path().to_owned(),
            test,
            value,
        }
    });
    api::Selection {
        organisation_id: Some(selection.organisation),
        project_id: selection.project,
        tags: selection.tags.iter().map(Tag::to_string).collect(),
        model: selection.model.clone(),
        conditions: conditions.collect(),
    }
}
