//! Use cases of the settings.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use edgeward_api::access::{Language, ProviderName};
use edgeward_api::settings::{
    self as api, LinkRules, MailRequest, PasswordRules, ProviderRequest, RootAddressSource,
    SessionRules,
};
use edgeward_domain::access::Permit;
use edgeward_domain::audit::By;
use edgeward_pki::{PkiError, SecretBox};
use edgeward_store::{SettingStore, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::stored::{StoredMail, StoredProvider, Values, name};
use super::{LivePublic, SsoProvider, check};
use crate::access::LiveRules;
use crate::mail::Mailer;
use crate::now;
use crate::web::Public;

/// How often settings are read anew, for changes that another control plane made.
pub const REFRESH_EVERY: Duration = Duration::from_secs(5);

/// The most providers of single sign-on.
const MAX_PROVIDERS: usize = 20;

/// For what the mail server's password is sealed.
const MAIL_PASSWORD: &str = "settings: the mail server's password";

/// What settings stand on.
pub struct Start {
    /// Where they are kept.
    pub store: Arc<dyn SettingStore>,
    /// Seals the secrets among them.
    pub secrets: Arc<SecretBox>,
    /// The console's address in the configuration file, which nothing set here changes.
    pub configured_url: Option<String>,
    /// The console's address as long as nobody has set one.
    pub listening_url: String,
    /// Where edge services have their host names.
    pub services_domain: String,
}

/// The settings as they are now.
pub struct Settings {
    start: Start,
    current: ArcSwap<Values>,
    rules: LiveRules,
    public: LivePublic,
    /// One change at a time, each over what the one before has left.
    changing: Mutex<()>,
}

/// Why a setting was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// What was asked for cannot be a setting.
    #[error("{0}")]
    Invalid(String),
    /// The configuration file has the last word.
    #[error("the address is set by console.public_url in the configuration file; change it there")]
    Configured,
    /// There is no such provider.
    #[error("there is no such provider")]
    UnknownProvider,
    /// Too many providers.
    #[error("there are {MAX_PROVIDERS} providers already; delete one first")]
    TooManyProviders,
    /// A secret cannot be sealed or opened.
    #[error("cannot work on the secret of the setting {0}")]
    Secret(&'static str, #[source] PkiError),
    /// What is stored is not what this program writes.
    #[error("cannot read the setting {0}")]
    Damaged(&'static str, #[source] serde_json::Error),
    /// The database failed.
    #[error("cannot read or write the settings")]
    Store(#[from] StoreError),
}

impl Settings {
    /// Reads all settings.
    ///
    /// # Errors
    /// The database fails, or what it holds is damaged.
    pub async fn open(start: Start) -> Result<Self, SettingsError> {
        let values = Values::default();
        let settings = Self {
            rules: Arc::new(ArcSwap::from_pointee(values.rules())),
            public: Arc::new(ArcSwap::from_pointee(public(&start, &values))),
            current: ArcSwap::from_pointee(values),
            changing: Mutex::default(),
            start,
        };
        settings.refresh().await?;
        Ok(settings)
    }

    /// Reads all settings anew; whether any of them has changed. Safe to repeat.
    ///
    /// # Errors
    /// The database fails, or what it holds is damaged. Then everything stays as it was.
    pub async fn refresh(&self) -> Result<bool, SettingsError> {
        let unset = Values::default();
        let values = Values {
            root_address: self.read(name::ROOT_ADDRESS).await?.flatten(),
            language: self.read(name::LANGUAGE).await?.unwrap_or(unset.language),
            passwords: self.read(name::PASSWORDS).await?.unwrap_or(unset.passwords),
            sessions: self.read(name::SESSIONS).await?.unwrap_or(unset.sessions),
            links: self.read(name::LINKS).await?.unwrap_or(unset.links),
            mail: self.read(name::MAIL).await?.flatten(),
            providers: self.read(name::SSO).await?.unwrap_or_default(),
            guide_done: self.read(name::GUIDE).await?.unwrap_or_default(),
        };
        if values == **self.current.load() {
            return Ok(false);
        }
        self.rules.store(Arc::new(values.rules()));
        self.public.store(Arc::new(public(&self.start, &values)));
        self.current.store(Arc::new(values));
        Ok(true)
    }

    async fn read<T: DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, SettingsError> {
        let text = self.start.store.setting(name).await?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| SettingsError::Damaged(name, error))
    }

    /// What signing in goes by; follows the settings.
    pub fn rules(&self) -> LiveRules {
        self.rules.clone()
    }

    /// How people reach the control plane; follows the settings.
    pub fn public(&self) -> LivePublic {
        self.public.clone()
    }

    /// The language of whoever has not chosen one.
    pub fn language(&self) -> Language {
        self.current.load().language
    }

    /// The language that somebody has chosen (`en` or `zh`), or else everybody's.
    pub fn language_of(&self, chosen: Option<&str>) -> Language {
        match chosen {
            Some("en") => Language::En,
            Some("zh") => Language::Zh,
            _ => self.language(),
        }
    }

    /// Whether mail can be sent.
    pub fn mail_is_set(&self) -> bool {
        self.current.load().mail.is_some()
    }

    /// What sends mail; none while no mail server is set.
    ///
    /// # Errors
    /// The password cannot be opened.
    pub fn mailer(&self) -> Result<Option<Mailer>, SettingsError> {
        let values = self.current.load();
        let mailer = values.mail.as_ref().map(|mail| self.mailer_of(mail));
        mailer.transpose()
    }

    /// What sends mail as this request says, with the stored password where it names none.
    ///
    /// # Errors
    /// The request cannot be a setting.
    pub fn mailer_as(&self, request: &MailRequest) -> Result<Mailer, SettingsError> {
        let kept = kept_password(self.current.load().mail.as_ref(), request);
        check::mail(request, request.password.is_some() || kept.is_some())
            .map_err(SettingsError::Invalid)?;
        let mut mail = without_password(request);
        mail.password = kept;
        let mut mailer = self.mailer_of(&mail)?;
        if request.password.is_some() {
            mailer.password.clone_from(&request.password);
        }
        Ok(mailer)
    }

    fn mailer_of(&self, mail: &StoredMail) -> Result<Mailer, SettingsError> {
        let open = |sealed: &String| self.start.secrets.open(MAIL_PASSWORD, sealed);
        let password = mail.password.as_ref().map(open).transpose();
        Ok(Mailer {
            host: mail.host.clone(),
            port: mail.port,
            security: mail.security,
            username: mail.username.clone(),
            password: password.map_err(|error| SettingsError::Secret(name::MAIL, error))?,
            from: mail.from.clone(),
            own_name: host_of(&self.public.load().console_url),
        })
    }

    /// Single sign-on that is offered at sign-in.
    pub fn providers_offered(&self) -> Vec<ProviderName> {
        let values = self.current.load();
        let offered = values.providers.iter().filter(|provider| provider.enabled);
        offered
            .map(|provider| ProviderName {
                id: provider.id.clone(),
                name: provider.name.clone(),
            })
            .collect()
    }

    /// A provider that is offered, with its secret.
    ///
    /// # Errors
    /// The secret cannot be opened.
    pub fn provider(&self, id: &str) -> Result<Option<SsoProvider>, SettingsError> {
        let values = self.current.load();
        let found = values.providers.iter().find(|p| p.id == id && p.enabled);
        let opened = found.map(|stored| {
            let purpose = client_secret(&stored.id);
            let open = |sealed: &String| self.start.secrets.open(&purpose, sealed);
            let secret = stored.client_secret.as_ref().map(open).transpose();
            let secret = secret.map_err(|error| SettingsError::Secret(name::SSO, error))?;
            Ok(SsoProvider::new(stored, secret))
        });
        opened.transpose()
    }

    /// All settings, without their secrets.
    pub fn shown(&self) -> api::Settings {
        let values = self.current.load();
        let public = self.public.load();
        api::Settings {
            root_address: api::RootAddress {
                url: public.console_url.clone(),
                source: self.source(&values),
                services_domain: self.start.services_domain.clone(),
            },
            language: values.language,
            passwords: values.passwords,
            sessions: values.sessions,
            links: values.links,
            mail: values.mail.as_ref().map(StoredMail::shown),
            providers: values
                .providers
                .iter()
                .map(|provider| provider.shown(&public.console_url))
                .collect(),
            guide_done: values.guide_done,
        }
    }

    fn source(&self, values: &Values) -> RootAddressSource {
        match (&self.start.configured_url, &values.root_address) {
            (Some(_), _) => RootAddressSource::Configuration,
            (None, Some(_)) => RootAddressSource::Setting,
            (None, None) => RootAddressSource::Listening,
        }
    }

    /// Sets the root address; none for where the control plane listens.
    pub async fn set_root_address(
        &self,
        _permit: &Permit,
        url: Option<&str>,
        by: &By,
    ) -> Result<(), SettingsError> {
        if self.start.configured_url.is_some() {
            return Err(SettingsError::Configured);
        }
        let url = url.map(check::root_address).transpose();
        let url = url.map_err(SettingsError::Invalid)?;
        let _one = self.begin().await?;
        let before = &self.current.load().root_address;
        self.put(name::ROOT_ADDRESS, &url, json!(before), json!(url), by)
            .await
    }

    /// Sets the language of whoever has not chosen one.
    pub async fn set_language(
        &self,
        _permit: &Permit,
        language: Language,
        by: &By,
    ) -> Result<(), SettingsError> {
        let _one = self.begin().await?;
        let before = self.current.load().language;
        self.put_plain(name::LANGUAGE, &before, &language, by).await
    }

    /// Sets what passwords must be like. Those that are in use stay good.
    pub async fn set_passwords(
        &self,
        _permit: &Permit,
        rules: PasswordRules,
        by: &By,
    ) -> Result<(), SettingsError> {
        check::passwords(&rules).map_err(SettingsError::Invalid)?;
        let _one = self.begin().await?;
        let before = self.current.load().passwords;
        self.put_plain(name::PASSWORDS, &before, &rules, by).await
    }

    /// Sets how long sessions last; those that are open follow at their next use.
    pub async fn set_sessions(
        &self,
        _permit: &Permit,
        rules: SessionRules,
        by: &By,
    ) -> Result<(), SettingsError> {
        check::sessions(&rules).map_err(SettingsError::Invalid)?;
        let _one = self.begin().await?;
        let before = self.current.load().sessions;
        self.put_plain(name::SESSIONS, &before, &rules, by).await
    }

    /// Sets how long links last; those that were given keep their end.
    pub async fn set_links(
        &self,
        _permit: &Permit,
        rules: LinkRules,
        by: &By,
    ) -> Result<(), SettingsError> {
        check::links(&rules).map_err(SettingsError::Invalid)?;
        let _one = self.begin().await?;
        let before = self.current.load().links;
        self.put_plain(name::LINKS, &before, &rules, by).await
    }

    /// Sets whether the first-run guide is done.
    pub async fn set_guide(
        &self,
        _permit: &Permit,
        done: bool,
        by: &By,
    ) -> Result<(), SettingsError> {
        let _one = self.begin().await?;
        let before = self.current.load().guide_done;
        self.put_plain(name::GUIDE, &before, &done, by).await
    }

    /// Sets the mail server. The password that is stored stays when none is given and server and user name stay the same.
    pub async fn set_mail(
        &self,
        _permit: &Permit,
        request: &MailRequest,
        by: &By,
    ) -> Result<(), SettingsError> {
        let _one = self.begin().await?;
        let before = self.current.load().mail.clone();
        let kept = kept_password(before.as_ref(), request);
        check::mail(request, request.password.is_some() || kept.is_some())
            .map_err(SettingsError::Invalid)?;
        let mut mail = without_password(request);
        mail.password = match &request.password {
            Some(password) => Some(self.seal(name::MAIL, MAIL_PASSWORD, password)?),
            None => kept,
        };
        let shown_before = json!(before.as_ref().map(StoredMail::shown));
        let mut shown = json!(mail.shown());
        mark(&mut shown, "password_changed", request.password.is_some());
        self.put(name::MAIL, &Some(mail), shown_before, shown, by)
            .await
    }

    /// Forgets the mail server.
    pub async fn remove_mail(&self, _permit: &Permit, by: &By) -> Result<(), SettingsError> {
        let _one = self.begin().await?;
        let before = self.current.load().mail.as_ref().map(StoredMail::shown);
        self.put(
            name::MAIL,
            &None::<StoredMail>,
            json!(before),
            json!(null),
            by,
        )
        .await
    }

    /// Makes or changes a provider. The secret that is stored stays when none is given and the issuer stays the same.
    pub async fn set_provider(
        &self,
        _permit: &Permit,
        id: &str,
        request: ProviderRequest,
        by: &By,
    ) -> Result<(), SettingsError> {
        check::provider_id(id).map_err(SettingsError::Invalid)?;
        check::provider(&request).map_err(SettingsError::Invalid)?;
        let _one = self.begin().await?;
        let mut providers = self.current.load().providers.clone();
        let at = providers.iter().position(|provider| provider.id == id);
        if at.is_none() && providers.len() >= MAX_PROVIDERS {
            return Err(SettingsError::TooManyProviders);
        }
        let before = at.map(|at| providers.remove(at));
        let changed = request.client_secret.is_some();
        let secret = match (&request.client_secret, &before) {
            (Some(secret), _) => Some(self.seal(name::SSO, &client_secret(id), secret)?),
            (None, Some(before)) if before.client_secret.is_some() => {
                if before.issuer != request.issuer {
                    let fault = "the client secret must be given again for another issuer";
                    return Err(SettingsError::Invalid(fault.into()));
                }
                before.client_secret.clone()
            }
            (None, _) => None,
        };
        let provider = StoredProvider {
            id: id.to_owned(),
            name: request.name.to_string(),
            issuer: request.issuer,
            client_id: request.client_id,
            client_secret: secret,
            enabled: request.enabled,
            create_users: request.create_users,
            rules: request.rules,
        };
        let url = self.public.load().console_url.clone();
        let shown_before = json!(before.map(|provider| provider.shown(&url)));
        let mut shown = json!(provider.shown(&url));
        mark(&mut shown, "client_secret_changed", changed);
        providers.insert(at.unwrap_or(providers.len()), provider);
        self.put(name::SSO, &providers, shown_before, shown, by)
            .await
    }

    /// Forgets a provider. Whoever signed in with it stays signed in.
    pub async fn remove_provider(
        &self,
        _permit: &Permit,
        id: &str,
        by: &By,
    ) -> Result<(), SettingsError> {
        let _one = self.begin().await?;
        let mut providers = self.current.load().providers.clone();
        let at = providers.iter().position(|provider| provider.id == id);
        let before = providers.remove(at.ok_or(SettingsError::UnknownProvider)?);
        let shown = before.shown(&self.public.load().console_url);
        self.put(name::SSO, &providers, json!(shown), json!(null), by)
            .await
    }

    /// Waits for the change before this one, and sees what it has left.
    async fn begin(&self) -> Result<tokio::sync::MutexGuard<'_, ()>, SettingsError> {
        let one = self.changing.lock().await;
        self.refresh().await?;
        Ok(one)
    }

    fn seal(
        &self,
        name: &'static str,
        purpose: &str,
        secret: &str,
    ) -> Result<String, SettingsError> {
        let sealed = self.start.secrets.seal(purpose, secret);
        sealed.map_err(|error| SettingsError::Secret(name, error))
    }

    async fn put_plain<T: Serialize>(
        &self,
        name: &'static str,
        before: &T,
        after: &T,
        by: &By,
    ) -> Result<(), SettingsError> {
        self.put(name, after, json!(before), json!(after), by).await
    }

    /// Writes a setting, unless nothing of it changes.
    async fn put<T: Serialize>(
        &self,
        name: &'static str,
        value: &T,
        before: Value,
        after: Value,
        by: &By,
    ) -> Result<(), SettingsError> {
        if before == after {
            return Ok(());
        }
        let text = serde_json::to_string(value).map_err(|e| SettingsError::Damaged(name, e))?;
        let shown = |value: Value| (!value.is_null()).then(|| value.to_string());
        self.start
            .store
            .put_setting(name, &text, shown(before), shown(after), by, now())
            .await?;
        self.refresh().await?;
        Ok(())
    }
}

fn public(start: &Start, values: &Values) -> Public {
    let url = start
        .configured_url
        .as_ref()
        .or(values.root_address.as_ref())
        .unwrap_or(&start.listening_url);
    Public::new(url, &start.services_domain)
}

/// The name under which this control plane introduces itself.
fn host_of(url: &str) -> String {
    let host = url::Url::parse(url).ok();
    let host = host.and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "localhost".into())
}

fn client_secret(id: &str) -> String {
    format!("settings: the client secret of {id}")
}

/// A password goes nowhere but where it was meant for.
fn kept_password(stored: Option<&StoredMail>, request: &MailRequest) -> Option<String> {
    let stored = stored?;
    let same = stored.host == request.host && stored.username == request.username;
    (same && request.password.is_none())
        .then(|| stored.password.clone())
        .flatten()
}

fn without_password(request: &MailRequest) -> StoredMail {
    StoredMail {
        host: request.host.clone(),
        port: request.port,
        security: request.security,
        username: request.username.clone(),
        password: None,
        from: request.from.clone(),
    }
}

/// What the audit log shows of a secret: that it was exchanged.
fn mark(shown: &mut Value, what: &str, changed: bool) {
    if changed && let Some(fields) = shown.as_object_mut() {
        fields.insert(what.to_owned(), true.into());
    }
}
