//! Assertions: signed statements, as text. They are passed on here and neither parsed nor verified.

use http::Response;

use crate::client::{Question, in_path};
use crate::{Snapd, SnapdError, Stream};

/// The largest stream of assertions that is read, in bytes.
const MAX_ASSERTIONS_BYTES: usize = 1024 * 1024;

/// Says how many there are.
const COUNT: &str = "x-ubuntu-assertions-count";

/// Some assertions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Assertions {
    /// One after the other, with an empty line between them.
    pub text: String,
    /// How many, by snapd's count.
    pub count: usize,
}

impl Snapd {
    /// All assertions of a type that the device knows, such as `model`, `serial` or `account`.
    ///
    /// # Errors
    /// There is no such type, or no answer.
    pub async fn assertions(&self, kind: &str) -> Result<Assertions, SnapdError> {
        let kind = in_path(kind)?;
        let question = Question::get(format!("/v2/assertions/{kind}"));
        read(self.ask(question).await?).await
    }

    /// The assertion about what the device is.
    ///
    /// # Errors
    /// There is none ([`SnapdError::is_missing`]), or no answer.
    pub async fn model(&self) -> Result<String, SnapdError> {
        let found = read(self.ask(Question::get("/v2/model")).await?).await?;
        Ok(found.text)
    }

    /// The assertion about which device it is.
    ///
    /// # Errors
    /// There is none (yet; [`SnapdError::is_missing`]), or no answer.
    pub async fn serial(&self) -> Result<String, SnapdError> {
        let found = read(self.ask(Question::get("/v2/model/serial")).await?).await?;
        Ok(found.text)
    }

    /// Hands over an assertion, or several with an empty line between them. Handing over what is known changes nothing.
    ///
    /// # Errors
    /// snapd does not accept it, or there is no answer.
    pub async fn ack(&self, text: &str) -> Result<(), SnapdError> {
        let question = Question::text("/v2/assertions", text.to_owned());
        self.ask(question)
            .await?
            .into_body()
            .read_all(MAX_ASSERTIONS_BYTES)
            .await?;
        Ok(())
    }
}

async fn read(answer: Response<Stream>) -> Result<Assertions, SnapdError> {
    let asked = answer.body().asked().to_owned();
    let count = answer
        .headers()
        .get(COUNT)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let bytes = answer.into_body().read_all(MAX_ASSERTIONS_BYTES).await?;
    let not = |reason: &str| SnapdError::Answer {
        asked: asked.clone(),
        reason: reason.to_owned(),
    };
    let count = count.ok_or_else(|| not("it does not count the assertions"))?;
    let text = String::from_utf8(bytes).map_err(|_| not("it is no text"))?;
    Ok(Assertions { text, count })
}
