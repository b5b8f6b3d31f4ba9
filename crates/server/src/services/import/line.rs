//! A line of a list as a service that is to be, or what has to be put right in it.

use edgeward_api::service::{ServiceAuthentication, ServiceKind};
use edgeward_domain::service::{Authentication, Scheme};
use edgeward_ids::{Name, ProjectId, ServiceId};
use edgeward_store::{NewDirect, Tagging};
use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as WordError, StrDeserializer};

use super::Refusal;
use super::columns::{
    AGENT, AUTHENTICATION, CATEGORY, Columns, DESCRIPTION, ENDPOINT, NAME, NODE_TYPE, PASSWORD,
    PINNED, SCHEME, TAGS, USER,
};
use crate::csv::Record;
use crate::services::change::{Shown, described, located, trust};
use crate::services::service::{ServiceError, Services};

/// The code of what cannot be.
pub(super) const INVALID: &str = "invalid";

/// The code of what an agent has to bring.
const OF_AGENT: &str = "of_agent";

/// The code of too many tags.
pub(super) const TOO_MANY_TAGS: &str = "too_many_tags";

/// Between the tags of a service, where they are written.
pub(in crate::services) const TAG_SEPARATOR: &str = ";";

/// Words of ECP for [`ServiceKind::Http`].
const CUSTOM: [&str; 2] = ["customize", "custom"];

/// Words of ECP for [`ServiceAuthentication::Token`].
const TOKEN: &str = "jwt";

/// Words and numbers for services that are reached directly, in lower case.
const DIRECT: [&str; 4] = ["", "direct", "4", "managed - direct connection"];

/// Words and numbers for services that agents offer, in lower case.
const AGENTS: [&str; 4] = ["agent", "proxy", "3", "managed - agent"];

/// With what ECP's words for services begin that it runs itself, in lower case.
const HOSTED: &str = "hosted";

/// What ECP has as the scheme of services behind its 1.x agents, in lower case.
const MQTT: &str = "mqtt";

/// What becomes of a line.
type Line = Result<NewDirect, Refusal>;

impl Services {
    /// A line as a service of this project; or why it cannot be one.
    pub(super) fn line(
        &self,
        columns: &Columns,
        project: ProjectId,
        record: &Record,
    ) -> Result<Line, ServiceError> {
        let surplus = record.values.iter().skip(columns.len());
        if surplus.clone().any(|value| !value.trim().is_empty()) {
            return Ok(Err(Refusal {
                column: None,
                code: INVALID,
                reason: format!(
                    "the line has {} values and the first line {}; put a value with a comma in it within quotation marks",
                    record.values.len(),
                    columns.len()
                ),
            }));
        }
        let of = |column| columns.value(&record.values, column);
        match self.read_line(project, &of) {
            Ok(new) => Ok(Ok(new)),
            Err(Fault::Refused(refusal)) => Ok(Err(refusal)),
            Err(Fault::Failed(error)) => Err(error),
        }
    }

    fn read_line<'a>(
        &self,
        project: ProjectId,
        of: &impl Fn(&'static str) -> &'a str,
    ) -> Result<NewDirect, Fault> {
        let text = |column| of(column).trim();
        must_be_direct(text(NODE_TYPE), text(SCHEME), text(AGENT))?;
        let id = ServiceId::generate();
        let name: Name = text(NAME).parse().map_err(|error| wrong(NAME, error))?;
        let kind = kind(text(CATEGORY))?;
        let (scheme, address) = address(text(SCHEME), text(ENDPOINT))?;
        let pinned = Some(text(PINNED)).filter(|pinned| !pinned.is_empty());
        let trust = trust(scheme, pinned).map_err(fault(PINNED))?;
        let description = described(text(DESCRIPTION).to_owned()).map_err(fault(DESCRIPTION))?;
        let shown = shown(text(AUTHENTICATION), text(USER), of(PASSWORD))?;
        let column = if shown.user.is_some() {
            USER
        } else {
            AUTHENTICATION
        };
        let authentication = self
            .authentication(id, shown, &Authentication::None)
            .map_err(fault(column))?;
        let limits = self.tag_limits;
        let words = text(TAGS).split(|c: char| c.is_whitespace() || matches!(c, ';' | ',' | '|'));
        let tags = limits.read(words.filter(|word| !word.is_empty()));
        Ok(NewDirect {
            id,
            project,
            name,
            kind: kind.as_str().to_owned(),
            description,
            scheme,
            address,
            trust,
            authentication,
            check: None,
            tagging: Tagging {
                tags: tags.map_err(|error| wrong(TAGS, error))?,
                limits,
            },
        })
    }
}

/// What is in the way of a line.
pub(super) enum Fault {
    /// Something in it.
    Refused(Refusal),
    /// Something of ours.
    Failed(ServiceError),
}

fn wrong(column: &'static str, reason: impl ToString) -> Fault {
    Fault::Refused(Refusal {
        column: Some(column),
        code: INVALID,
        reason: reason.to_string(),
    })
}

fn fault(column: &'static str) -> impl Fn(ServiceError) -> Fault {
    move |error| match error {
        ServiceError::Invalid(reason) => wrong(column, reason),
        other => Fault::Failed(other),
    }
}

/// Only these can be added by a list.
pub(super) fn must_be_direct(node: &str, scheme: &str, agent: &str) -> Result<(), Fault> {
    let (node, scheme) = (node.to_lowercase(), scheme.to_lowercase());
    let by_agent =
        AGENTS.contains(&node.as_str()) || scheme == MQTT || (node.is_empty() && !agent.is_empty());
    if by_agent {
        return Err(Fault::Refused(Refusal {
            column: Some(NODE_TYPE),
            code: OF_AGENT,
            reason: "the service is behind an agent; adopt the agent instead, and its services come with it".to_owned(),
        }));
    }
    if node.starts_with(HOSTED) {
        return Err(wrong(
            NODE_TYPE,
            "a list cannot make services run; use Direct for one that runs already",
        ));
    }
    if !DIRECT.contains(&node.as_str()) {
        return Err(wrong(
            NODE_TYPE,
            "this is not a way to services; use Direct, or leave it empty",
        ));
    }
    Ok(())
}

/// One of a few words, or the number that stands for one.
fn word<T: for<'de> Deserialize<'de>>(column: &'static str, text: &str) -> Result<T, Fault> {
    let text: StrDeserializer<'_, WordError> = text.into_deserializer();
    T::deserialize(text).map_err(|error| wrong(column, error))
}

pub(super) fn kind(text: &str) -> Result<ServiceKind, Fault> {
    if CUSTOM.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Ok(ServiceKind::Http);
    }
    word(CATEGORY, text)
}

/// `host:port`, with its scheme beside it or before it.
pub(super) fn address(
    scheme: &str,
    endpoint: &str,
) -> Result<(Scheme, edgeward_domain::service::Address), Fault> {
    let said: Option<Scheme> = match scheme {
        "" => None,
        scheme => Some(scheme.parse().map_err(|error| wrong(SCHEME, error))?),
    };
    let full = if endpoint.contains("://") {
        endpoint.to_owned()
    } else {
        format!("{}://{endpoint}", said.unwrap_or(Scheme::Http))
    };
    let (scheme, address) = located(&full).map_err(fault(ENDPOINT))?;
    if said.is_some_and(|said| said != scheme) {
        let reason =
            format!("the scheme is another one than that of {ENDPOINT}; leave one of them out");
        return Err(wrong(SCHEME, reason));
    }
    Ok((scheme, address))
}

/// What is to be shown to the service. Whoever gives a user's name means `basic`.
pub(super) fn shown(method: &str, user: &str, password: &str) -> Result<Shown, Fault> {
    let method = match method {
        "" if user.is_empty() => ServiceAuthentication::None,
        "" => ServiceAuthentication::Basic,
        method if method.eq_ignore_ascii_case(TOKEN) => ServiceAuthentication::Token,
        method => word(AUTHENTICATION, method)?,
    };
    let (user, password) = match method {
        ServiceAuthentication::Basic => (Some(user), Some(password)),
        _ => (
            Some(user).filter(|user| !user.is_empty()),
            Some(password).filter(|password| !password.is_empty()),
        ),
    };
    if method == ServiceAuthentication::Basic && password.is_none_or(str::is_empty) {
        return Err(wrong(
            PASSWORD,
            "the authentication \"basic\" needs a password; an exported list has none, so write it in",
        ));
    }
    Ok(Shown {
        method,
        user: user.map(str::to_owned),
        password: password.map(str::to_owned),
    })
}
