//! The installation's settings. Every change answers with all of them.

use edgeward_api::settings::{
    GuideRequest, LanguageRequest, LinkRules, MailRequest, MailTest, MailTestRequest,
    PasswordRules, ProviderRequest, ProviderTest, ProviderTestRequest, RootAddressRequest,
    RootAddressTest, SessionRules, Settings,
};

use crate::request::{Operation, segment};
use crate::{Client, ClientError};

impl Client {
    /// The settings, without their secrets.
    ///
    /// # Errors
    /// Refused with 403 unless one is a system administrator, as everything here.
    pub async fn settings(&self) -> Result<Settings, ClientError> {
        self.ask(Operation::get("settings")).await
    }

    /// Sets the address of the console.
    ///
    /// # Errors
    /// Refused with 409 when the configuration file sets it.
    pub async fn set_root_address(
        &self,
        request: &RootAddressRequest,
    ) -> Result<Settings, ClientError> {
        self.set("root-address", request).await
    }

    /// Forgets the address of the console that was set.
    ///
    /// # Errors
    /// Refused with 409 when the configuration file sets it.
    pub async fn remove_root_address(&self) -> Result<Settings, ClientError> {
        self.ask(Operation::delete("settings/root-address")).await
    }

    /// Whether an address leads to this control plane. That it does not is an answer, and no error.
    ///
    /// # Errors
    /// Refused with 400 when it is no address.
    pub async fn test_root_address(
        &self,
        request: &RootAddressRequest,
    ) -> Result<RootAddressTest, ClientError> {
        self.send(Operation::post("settings/root-address/test"), request)
            .await
    }

    /// Sets the language of whoever has not chosen one.
    ///
    /// # Errors
    /// See [`Client::settings`].
    pub async fn set_language(&self, request: LanguageRequest) -> Result<Settings, ClientError> {
        self.set("language", &request).await
    }

    /// Sets what passwords must be like from now on.
    ///
    /// # Errors
    /// Refused with 400 when a number is out of range.
    pub async fn set_password_rules(&self, rules: PasswordRules) -> Result<Settings, ClientError> {
        self.set("passwords", &rules).await
    }

    /// Sets how long sessions last from now on.
    ///
    /// # Errors
    /// Refused with 400 when a number is out of range.
    pub async fn set_session_rules(&self, rules: SessionRules) -> Result<Settings, ClientError> {
        self.set("sessions", &rules).await
    }

    /// Sets how long links last from now on.
    ///
    /// # Errors
    /// Refused with 400 when a number is out of range.
    pub async fn set_link_rules(&self, rules: LinkRules) -> Result<Settings, ClientError> {
        self.set("links", &rules).await
    }

    /// Says whether the first-run guide is done.
    ///
    /// # Errors
    /// See [`Client::settings`].
    pub async fn set_guide(&self, request: GuideRequest) -> Result<Settings, ClientError> {
        self.set("guide", &request).await
    }

    /// Sets the mail server.
    ///
    /// # Errors
    /// Refused with 400 when the sender or the host is none.
    pub async fn set_mail(&self, request: &MailRequest) -> Result<Settings, ClientError> {
        self.set("mail", request).await
    }

    /// Forgets the mail server; links are shown instead of sent.
    ///
    /// # Errors
    /// See [`Client::settings`].
    pub async fn remove_mail(&self) -> Result<Settings, ClientError> {
        self.ask(Operation::delete("settings/mail")).await
    }

    /// Sends a mail. That the mail server refuses it is an answer, and no error.
    ///
    /// # Errors
    /// Refused when no mail server is set or given.
    pub async fn test_mail(&self, request: &MailTestRequest) -> Result<MailTest, ClientError> {
        self.send(Operation::post("settings/mail/test"), request)
            .await
    }

    /// Makes a provider of single sign-on, or replaces the one with this id.
    ///
    /// # Errors
    /// Refused with 400 when the id or a rule is wrong.
    pub async fn set_provider(
        &self,
        id: &str,
        request: &ProviderRequest,
    ) -> Result<Settings, ClientError> {
        self.set(&format!("sso/{}", segment(id)), request).await
    }

    /// Forgets a provider of single sign-on.
    ///
    /// # Errors
    /// Refused with 404 when there is none.
    pub async fn remove_provider(&self, id: &str) -> Result<Settings, ClientError> {
        self.ask(Operation::delete(format!("settings/sso/{}", segment(id))))
            .await
    }

    /// Whether an issuer can be used. That it cannot is an answer, and no error.
    ///
    /// # Errors
    /// Refused with 400 when it is no address.
    pub async fn test_provider(
        &self,
        request: &ProviderTestRequest,
    ) -> Result<ProviderTest, ClientError> {
        self.send(Operation::post("settings/sso/test"), request)
            .await
    }

    async fn set(
        &self,
        what: &str,
        value: &(impl serde::Serialize + Sync),
    ) -> Result<Settings, ClientError> {
        self.send(Operation::put(format!("settings/{what}")), value)
            .await
    }
}
