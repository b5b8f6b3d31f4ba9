//! Which devices a command is about, where that is said by what they are.

use clap::Args;
use edgeward_api::selection::{Condition, Selection, Test};
use edgeward_client::Client;
use serde_json::Value;

use crate::error::CliError;
use crate::place;

/// Devices by place, tag, model and what they report; all of it together.
#[derive(Args)]
pub(crate) struct SelectionOptions {
    /// The devices of this organisation (id, beginning of an id, or name)
    #[arg(long)]
    organisation: Option<String>,
    /// The devices of this project (id, beginning of an id, or name)
    #[arg(long)]
    project: Option<String>,
    /// Only those with this tag. May be repeated: those with all of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Only those that report this model
    #[arg(long)]
    model: Option<String>,
    /// Only those whose twin reports this: /snaps/hello/channel=latest/edge, /os/id!=ubuntu-core, /snaps/hello (it is there),
    /// or !/snaps/hello (it is not). Numbers, true and false are taken as such, unless in quotes. May be repeated
    #[arg(long = "where", value_name = "CONDITION", value_parser = condition)]
    conditions: Vec<Condition>,
}

impl SelectionOptions {
    /// Whether anything was chosen.
    pub(crate) const fn is_empty(&self) -> bool {
        self.organisation.is_none()
            && self.project.is_none()
            && self.tags.is_empty()
            && self.model.is_none()
            && self.conditions.is_empty()
    }

    /// As the control plane is asked.
    pub(crate) async fn request(self, client: &Client) -> Result<Selection, CliError> {
        let (organisation_id, project_id) = place::ids(
            client,
            self.organisation.as_deref(),
            self.project.as_deref(),
        )
        .await?;
        if organisation_id.is_none() && project_id.is_none() {
            return Err(CliError::usage(
                "say whose devices: --project <name>, or --organisation <name> for all of its projects",
            ));
        }
        Ok(Selection {
            organisation_id,
            project_id,
            tags: self.tags,
            model: self.model,
            conditions: self.conditions,
        })
    }
}

/// `/path=value`, `/path!=value`, `/path` or `!/path`.
fn condition(text: &str) -> Result<Condition, String> {
    let (path, test, value) = if let Some(path) = text.strip_prefix('!') {
        (path, Test::Absent, None)
    } else if let Some((path, value)) = text.split_once("!=") {
        (path, Test::IsNot, Some(value))
    } else if let Some((path, value)) = text.split_once('=') {
        (path, Test::Is, Some(value))
    } else {
        (text, Test::Present, None)
    };
    if !path.starts_with('/') {
        return Err(format!(
            "\"{path}\" is not a path; write it as /snaps/hello/channel"
        ));
    }
    Ok(Condition {
        path: path.to_owned(),
        test,
        value: value.map(value_of),
    })
}

/// JSON where it is a number, true, false or a text in quotes; else the text itself.
fn value_of(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::String(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_read_as_they_are_written() {
        let cases = [
            (
                "/snaps/hello/channel=latest/edge",
                Test::Is,
                Some(json!("latest/edge")),
            ),
            ("/os/version_id!=22", Test::IsNot, Some(json!(22))),
            ("/os/version_id=\"22\"", Test::Is, Some(json!("22"))),
            ("/snaps/hello/devmode=true", Test::Is, Some(json!(true))),
            ("/snaps/hello", Test::Present, None),
            ("!/snaps/hello", Test::Absent, None),
        ];
        for (text, test, value) in cases {
            let found = condition(text).unwrap();
            assert_eq!((found.test, &found.value), (test, &value), "{text}");
            assert!(found.path.starts_with("/") && !found.path.contains('='));
        }
        let error = condition("snaps.hello=1").unwrap_err();
        assert!(error.contains("/snaps/hello/channel"), "{error}");
    }
}
