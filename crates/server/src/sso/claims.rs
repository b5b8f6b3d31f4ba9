//! What a provider says of somebody, and what the rules make of it. No I/O.

use edgeward_api::settings::ClaimRule;
use edgeward_api::user::MemberRole;
use edgeward_domain::access::{Email, Membership, OrganisationRole, ProjectRole};
use edgeward_store::SsoSignIn;
use serde_json::{Map, Value};

use super::Refusal;
use crate::settings::SsoProvider;

/// The longest display name, in characters.
const MAX_NAME_CHARS: usize = 100;

/// The longest subject, in bytes (OpenID Connect Core, 2, says 255 characters of ASCII).
const MAX_SUBJECT_BYTES: usize = 255;

/// What a provider says, by the name of the claim.
#[derive(Clone, Debug, Default)]
pub struct Claims(pub Map<String, Value>);

impl Claims {
    /// Whether it lacks something that signing in asks for.
    pub fn lacks_any(&self, rules: &[ClaimRule]) -> bool {
        let standard = ["email", "email_verified"];
        let mut wanted = rules.iter().map(|rule| rule.claim.as_str()).chain(standard);
        wanted.any(|claim| !self.0.contains_key(claim))
    }

    /// Adds what another answer says; what was said before stays.
    pub fn add(&mut self, other: Map<String, Value>) {
        for (claim, value) in other {
            if !value.is_null() {
                self.0.entry(claim).or_insert(value);
            }
        }
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim)?.as_str().map(str::trim)
    }

    /// The e-mail address as it was said; for the audit log.
    pub fn email_as_said(&self) -> &str {
        self.text("email").unwrap_or_default()
    }

    /// Whether a claim has this value, or contains it when it is a list.
    fn has(&self, claim: &str, value: &str) -> bool {
        match self.0.get(claim) {
            Some(Value::Array(values)) => values.iter().any(|v| is(v, value)),
            Some(single) => is(single, value),
            None => false,
        }
    }

    /// Whoever signs in, with what the rules give them.
    pub fn sign_in(&self, provider: &SsoProvider) -> Result<SsoSignIn, Refusal> {
        let subject = self.text("sub").unwrap_or_default();
        if subject.is_empty() || subject.len() > MAX_SUBJECT_BYTES {
            return Err(Refusal::Answer);
        }
        let email = self.text("email").ok_or(Refusal::NoEmail)?;
        let email: Email = email.parse().map_err(|_| Refusal::NoEmail)?;
        // Some providers say it as text.
        let email_verified = self.0.get("email_verified").is_some_and(|v| is(v, "true"));
        Ok(SsoSignIn {
            issuer: provider.issuer.clone(),
            subject: subject.to_owned(),
            display_name: self.display_name(&email),
            email,
            email_verified,
            memberships: self.memberships(&provider.rules),
            system_admin: self.system_admin(&provider.rules),
            create: provider.create_users,
        })
    }

    fn display_name(&self, email: &Email) -> String {
        let said = ["name", "preferred_username"]
            .iter()
            .filter_map(|claim| self.text(claim))
            .find(|name| !name.is_empty())
            .unwrap_or(email.as_str());
        let plain = said.chars().filter(|c| !c.is_control());
        plain.take(MAX_NAME_CHARS).collect()
    }

    /// None where no rule speaks of it.
    fn system_admin(&self, rules: &[ClaimRule]) -> Option<bool> {
        let mut speaking = rules.iter().filter(|rule| rule.system_admin).peekable();
        speaking.peek()?;
        Some(speaking.any(|rule| self.has(&rule.claim, &rule.value)))
    }

    fn memberships(&self, rules: &[ClaimRule]) -> Vec<Membership> {
        let matching = rules
            .iter()
            .filter(|rule| self.has(&rule.claim, &rule.value));
        matching.filter_map(membership).collect()
    }
}

fn is(said: &Value, value: &str) -> bool {
    match said {
        Value::String(text) => text == value,
        Value::Bool(said) => value == if *said { "true" } else { "false" },
        Value::Number(said) => said.to_string() == value,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

fn membership(rule: &ClaimRule) -> Option<Membership> {
    let (organisation, role) = (rule.organisation_id?, rule.role?);
    Some(match rule.project_id {
        Some(id) => Membership::Project {
            id,
            organisation,
            role: match role {
                MemberRole::Admin => ProjectRole::Admin,
                MemberRole::Viewer | MemberRole::Member => ProjectRole::Viewer,
            },
        },
        None => Membership::Organisation {
            id: organisation,
            role: match role {
                MemberRole::Admin => OrganisationRole::Admin,
                MemberRole::Viewer => OrganisationRole::Viewer,
                MemberRole::Member => OrganisationRole::Member,
            },
        },
    })
}
