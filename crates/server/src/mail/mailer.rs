//! Sends one letter over one connection to a mail server.

use std::fmt;
use std::time::Duration;

use edgeward_api::access::Language;
use edgeward_api::settings::MailSecurity;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncTransport as _, Tokio1Executor};

use super::Letter;
use crate::settings::SettingsError;

/// How long a letter may take altogether, from the name of the server to its last word.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the server may take for one step.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);

/// A mail server, with all that it wants to know.
#[derive(Clone)]
pub struct Mailer {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// The name to sign in with.
    pub username: Option<String>,
    /// The password that goes with it.
    pub password: Option<String>,
    /// The sender.
    pub from: String,
    /// The name under which this control plane introduces itself.
    pub own_name: String,
}

/// Why a letter was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// There is no mail server.
    #[error("no mail server is set")]
    NotSet,
    /// The settings cannot be read.
    #[error("cannot read the mail settings")]
    Settings(#[source] Box<SettingsError>),
    /// The recipient's address is none, or the sender's.
    #[error("{0} is not an e-mail address")]
    Address(String),
    /// The letter could not be written.
    #[error("cannot write the letter")]
    Write(#[source] lettre::error::Error),
    /// The server has said no; its own words.
    #[error("the mail server {server} refused: {words}")]
    Refused {
        /// Host and port.
        server: String,
        /// The code and what it said.
        words: String,
    },
    /// TLS could not be agreed on.
    #[error("cannot make a protected connection to the mail server {server}: {words}")]
    Tls {
        /// Host and port.
        server: String,
        /// Why.
        words: String,
    },
    /// There was no connection, or it broke.
    #[error("cannot talk to the mail server {server}: {words}")]
    Connection {
        /// Host and port.
        server: String,
        /// Why.
        words: String,
    },
    /// It took too long.
    #[error(
        "the mail server {server} did not answer in time; look at the host, the port and the firewall"
    )]
    TimedOut {
        /// Host and port.
        server: String,
    },
}

impl Mailer {
    /// Sends a letter in this language.
    ///
    /// # Errors
    /// The server did not take it within [`SEND_TIMEOUT`].
    pub async fn send(
        &self,
        to: &str,
        language: Language,
        letter: &Letter,
    ) -> Result<(), MailError> {
        self.send_trusting(to, language, letter, None).await
    }

    /// The same, believing one more authority (PEM) than this machine does.
    pub(super) async fn send_trusting(
        &self,
        to: &str,
        language: Language,
        letter: &Letter,
        authority: Option<&str>,
    ) -> Result<(), MailError> {
        let message = self.message(to, language, letter)?;
        let sent = tokio::time::timeout(SEND_TIMEOUT, async {
            let transport = self.transport(authority.map(str::to_owned)).await?;
            let sent = transport.send(message).await;
            sent.map_err(|error| self.why(&error))
        });
        match sent.await {
            Ok(sent) => sent.map(|_| ()),
            Err(_) => Err(MailError::TimedOut {
                server: self.server(),
            }),
        }
    }

    fn message(&self, to: &str, language: Language, letter: &Letter) -> Result<Message, MailError> {
        let mailbox = |text: &str| {
            let parsed = text.parse::<Mailbox>();
            parsed.map_err(|_| MailError::Address(text.chars().take(100).collect()))
        };
        let text = letter.text(language);
        let id = format!("<{}@{}>", uuid::Uuid::now_v7(), self.own_name);
        // No answers from machines to a machine (RFC 3834, 5).
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        );
        Message::builder()
            .from(mailbox(&self.from)?)
            .to(mailbox(to)?)
            .subject(text.subject)
            .message_id(Some(id))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(text.body)
            .map_err(MailError::Write)
    }

    async fn transport(
        &self,
        authority: Option<String>,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
        let tls = match self.security {
            MailSecurity::None => Tls::None,
            MailSecurity::Tls => Tls::Wrapper(self.parameters(authority).await?),
            MailSecurity::Starttls => Tls::Required(self.parameters(authority).await?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port)
            .tls(tls)
            .timeout(Some(STEP_TIMEOUT))
            .hello_name(ClientId::Domain(self.own_name.clone()));
        if let (Some(name), Some(password)) = (&self.username, &self.password) {
            builder = builder.credentials(Credentials::new(name.clone(), password.clone()));
        }
        Ok(builder.build())
    }

    /// Reads the authorities that this machine trusts, which are files.
    async fn parameters(&self, authority: Option<String>) -> Result<TlsParameters, MailError> {
        let host = self.host.clone();
        let made = tokio::task::spawn_blocking(move || {
            let mut builder = TlsParameters::builder(host);
            if let Some(pem) = authority {
                builder = builder.add_root_certificate(Certificate::from_pem(pem.as_bytes())?);
            }
            builder.build_rustls()
        });
        match made.await {
            Ok(made) => made.map_err(|error| self.why(&error)),
            Err(error) => Err(MailError::Tls {
                server: self.server(),
                words: error.to_string(),
            }),
        }
    }

    fn why(&self, error: &lettre::transport::smtp::Error) -> MailError {
        let server = self.server();
        let words = words(error);
        if error.is_timeout() {
            MailError::TimedOut { server }
        } else if error.is_tls() || words.contains("certificate") {
            MailError::Tls { server, words }
        } else if error.is_permanent() || error.is_transient() || error.is_client() {
            MailError::Refused { server, words }
        } else {
            MailError::Connection { server, words }
        }
    }

    fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

/// What the server said, or what the system says, without what the library says around it.
fn words(error: &lettre::transport::smtp::Error) -> String {
    let code = error.status().map(|code| format!("{code} "));
    let said =
        std::error::Error::source(error).map_or_else(|| error.to_string(), |s| s.to_string());
    let said = [code.unwrap_or_default(), said].concat();
    said.chars().filter(|c| !c.is_control()).take(500).collect()
}
