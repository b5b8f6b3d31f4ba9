//! Settings as they are stored: one JSON text for each name.

use edgeward_api::access::Language;
use edgeward_api::settings::{
    ClaimRule, LinkRules, MailSecurity, MailSettings, PasswordRules, Provider, SessionRules,
};
use serde::{Deserialize, Serialize};

use crate::access::Rules;

/// The names.
pub mod name {
    pub const ROOT_ADDRESS: &str = "root_address";
    pub const LANGUAGE: &str = "language";
    pub const PASSWORDS: &str = "passwords";
    pub const SESSIONS: &str = "sessions";
    pub const LINKS: &str = "links";
    pub const MAIL: &str = "mail";
    pub const SSO: &str = "sso";
    pub const GUIDE: &str = "guide";
}

/// All of them. What nobody has set is as in `default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// The root address; none for where the control plane listens.
    pub root_address: Option<String>,
    pub language: Language,
    pub passwords: PasswordRules,
    pub sessions: SessionRules,
    pub links: LinkRules,
    pub mail: Option<StoredMail>,
    pub providers: Vec<StoredProvider>,
    pub guide_done: bool,
}

/// The mail server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMail {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub username: Option<String>,
    /// Sealed.
    pub password: Option<String>,
    pub from: String,
}

/// A provider of single sign-on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredProvider {
    pub id: String,
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    /// Sealed.
    pub client_secret: Option<String>,
    pub enabled: bool,
    pub create_users: bool,
    pub rules: Vec<ClaimRule>,
}

impl Default for Values {
    fn default() -> Self {
        let rules = Rules::default();
        let hours = |duration: std::time::Duration| {
            u32::try_from(duration.as_secs() / 3600).unwrap_or(u32::MAX)
        };
        Self {
            root_address: None,
            language: Language::default(),
            passwords: PasswordRules {
                min_chars: rules.passwords.min_chars,
                letter: rules.passwords.letter,
                digit: rules.passwords.digit,
                symbol: rules.passwords.symbol,
            },
            sessions: SessionRules {
                idle_hours: hours(rules.idle),
                remembered_days: hours(rules.remembered) / 24,
            },
            links: LinkRules {
                invitation_hours: hours(rules.invitation),
                reset_hours: hours(rules.reset),
            },
            mail: None,
            providers: Vec::new(),
            guide_done: false,
        }
    }
}

impl Values {
    /// What signing in goes by.
    pub fn rules(&self) -> Rules {
        let hours = |hours: u32| std::time::Duration::from_secs(u64::from(hours) * 3600);
        Rules {
            passwords: edgeward_domain::access::PasswordRules {
                min_chars: self.passwords.min_chars,
                letter: self.passwords.letter,
                digit: self.passwords.digit,
                symbol: self.passwords.symbol,
            },
            idle: hours(self.sessions.idle_hours),
            remembered: hours(self.sessions.remembered_days) * 24,
            invitation: hours(self.links.invitation_hours),
            reset: hours(self.links.reset_hours),
        }
    }
}

impl StoredMail {
    /// Without the password.
    pub fn shown(&self) -> MailSettings {
        MailSettings {
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            username: self.username.clone(),
            password_set: self.password.is_some(),
            from: self.from.clone(),
        }
    }
}

impl StoredProvider {
    /// Without the secret.
    pub fn shown(&self, console_url: &str) -> Provider {
        Provider {
            id: self.id.clone(),
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret_set: self.client_secret.is_some(),
            enabled: self.enabled,
            create_users: self.create_users,
            rules: self.rules.clone(),
            redirect_url: crate::sso::redirect_url(console_url, &self.id),
        }
    }
}
