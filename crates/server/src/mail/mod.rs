//! Mail: the few letters that the control plane writes, sent at once over the mail server of the settings.
//!
//! Nothing is queued: whoever asked for a letter learns whether the server took it, in the server's own words. What becomes
//! of it afterwards is the server's business.

mod letter;
mod mailer;

pub use letter::Letter;
pub use mailer::{MailError, Mailer};

use std::sync::Arc;

use edgeward_api::access::Language;

use crate::settings::Settings;

/// Sends letters with what is set at that moment.
pub struct Mail {
    settings: Arc<Settings>,
}

impl Mail {
    /// Over these settings.
    pub fn new(settings: Arc<Settings>) -> Self {
        Self { settings }
    }

    /// Sends a letter in this language.
    ///
    /// # Errors
    /// No mail server is set, or it did not take the letter in time.
    pub async fn send(
        &self,
        to: &str,
        language: Language,
        letter: Letter,
    ) -> Result<(), MailError> {
        let mailer = self
            .settings
            .mailer()
            .map_err(|e| MailError::Settings(Box::new(e)))?;
        let mailer = mailer.ok_or(MailError::NotSet)?;
        mailer.send(to, language, &letter).await
    }
}

#[cfg(test)]
mod tests;
