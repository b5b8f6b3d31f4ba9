//! What every product is asked for. Each product's file answers it, and knows nothing of the others.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::credential::{Claims, ISSUED_EARLIER_S};
use crate::{Answer, Call, Configuration, Hazard, Kind};
use crate::{anything, ekuiper, nanomq, neuron, neuronex};

/// The product of a kind.
pub fn product(kind: Kind) -> &'static dyn Product {
    match kind {
        Kind::Neuron => &neuron::Neuron,
        Kind::NanoMq => &nanomq::NanoMq,
        Kind::EKuiper => &ekuiper::EKuiper,
        Kind::NeuronEx => &neuronex::NeuronEx,
        Kind::Http => &anything::Anything,
    }
}

/// What one product's API says.
pub trait Product: Sync {
    /// Which it is.
    fn kind(&self) -> Kind;

    /// Its name, for people.
    fn title(&self) -> &'static str;

    /// The port that it listens on unless told otherwise.
    fn default_port(&self) -> Option<u16>;

    /// `http` or `https`, unless told otherwise.
    fn default_scheme(&self) -> &'static str {
        "http"
    }

    /// Whom a token must be for.
    fn audience(&self) -> Option<&'static str>;

    /// The header `Authorization` with a token.
    fn authorization(&self, token: &str) -> String {
        format!("Bearer {token}")
    }

    /// Whether it can be set up to want user and password.
    fn takes_basic(&self) -> bool {
        false
    }

    /// Where the file with our public key belongs.
    fn key_place(&self) -> Option<KeyPlace>;

    /// How authentication is switched on, as an instruction.
    fn switch_on(&self) -> &'static str;

    /// A harmless call that needs authentication, and whose answer tells the product.
    fn proof(&self) -> Call;

    /// What the answer to [`Product::proof`] says.
    fn read(&self, answer: &Answer) -> Reading;

    /// How causes are told apart that it gives one answer for.
    fn tactics(&self) -> Tactics;

    /// The call whose answer has the version; the proof itself unless said otherwise.
    fn version_call(&self) -> Call {
        self.proof()
    }

    /// The version in the answer to [`Product::version_call`]; nothing when it is another product's answer.
    fn version(&self, answer: &Answer) -> Option<String>;

    /// The calls that [`Product::health`] wants the answers of, in its order; all with the credential.
    fn health_calls(&self) -> Vec<Call>;

    /// How it fares, by the answers to [`Product::health_calls`]; nothing for a call without an answer.
    fn health(&self, answers: &[Option<Answer>]) -> Health;

    /// What a token for it claims that is valid from now on for `life_s` seconds; `issuer` is the public key's file name.
    fn claims(&self, issuer: &str, now_s: i64, life_s: i64) -> Claims {
        Claims {
            issuer: issuer.to_owned(),
            audience: self.audience(),
            issued_at: now_s.saturating_sub(ISSUED_EARLIER_S),
            expires_at: now_s.saturating_add(life_s),
            body_encode: true,
        }
    }

    /// Whether calls of this path must wait for each other, for each service.
    fn serialised(&self, _path: &str) -> bool {
        false
    }

    /// Whether [`Product::validate`] has to see the body of such a call; its own body may be left out.
    fn looks_into(&self, _call: &Call) -> bool {
        false
    }

    /// Whether answers may hold what [`Product::mask`] takes out.
    fn gives_secrets_away(&self) -> bool {
        false
    }

    /// An answer's body without what nobody should see or keep.
    fn mask(&self, _path: &str, body: Bytes) -> Bytes {
        body
    }

    /// How its configuration is read and written, if that can be done over HTTP.
    fn configuration(&self) -> Option<&'static dyn Configuration> {
        None
    }

    /// The call that restarts it, with the credential; it is away for a moment then. Neuron, eKuiper and NeuronEX have none.
    fn restart(&self) -> Option<Call> {
        None
    }

    /// Whether a call may be sent.
    ///
    /// # Errors
    /// What it would do.
    fn validate(&self, _call: &Call) -> Result<(), Hazard> {
        Ok(())
    }
}

/// Where the file with our public key belongs, and what must be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyPlace {
    /// The folder, as the product's documents call it.
    pub folder: &'static str,
    /// Whether a file that is put there is taken up without a restart.
    pub hot: bool,
    /// How the file gets there; `{file}` stands for its name.
    pub(crate) how: &'static str,
    /// What must be set; `{file}` stands for its name.
    pub(crate) setting: &'static str,
}

impl KeyPlace {
    /// How this file gets there.
    pub fn how(&self, file: &str) -> String {
        self.how.replace("{file}", file)
    }

    /// What must be set for this file to be used.
    pub fn setting(&self, file: &str) -> String {
        self.setting.replace("{file}", file)
    }
}

/// What a product's answer to its proof says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    /// Yes.
    Accepted,
    /// It has seen no credential, or none that it understands.
    NothingSeen,
    /// The password is wrong, or no key fits: which, it does not say.
    Refused,
    /// There is no key of the token's issuer.
    NoKey,
    /// The key of the token's issuer has not signed it.
    OtherKey,
    /// The token has expired.
    Expired,
    /// The token is not valid yet.
    NotYetValid,
    /// For a reason that is none of these, such as that we may not.
    OtherRefusal,
    /// It is in trouble itself, and says nothing about us.
    Failing,
    /// This product does not answer so.
    Foreign,
}

/// How causes are told apart that a product gives one answer for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tactics {
    /// The first token after a key was put there is refused, the next accepted.
    pub twice: bool,
    /// A token with an empty issuer is checked with the first key there is.
    pub empty_issuer: bool,
    /// An expired token is refused like one with a wrong key.
    pub mute_about_time: bool,
    /// So long after its end a token is still accepted, in seconds.
    pub leeway_s: i64,
}

/// A number that is worth following over time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// Stable, snake_case, unit last; a plain count has none.
    pub name: String,
    /// How much.
    pub value: i64,
}

/// How a service fares.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Health {
    /// Its key figures.
    pub figures: Vec<Figure>,
    /// What is wrong, in words; empty when nothing is.
    pub troubles: Vec<String>,
}

impl Health {
    /// The value of a figure.
    pub fn figure(&self, name: &str) -> Option<i64> {
        let figure = self.figures.iter().find(|figure| figure.name == name)?;
        Some(figure.value)
    }

    /// Adds a figure, if there is one.
    pub(crate) fn add(&mut self, name: &str, value: Option<i64>) {
        self.figures.extend(value.map(|value| Figure {
            name: name.to_owned(),
            value,
        }));
    }

    /// Adds that so many of something are in a bad state, if there are any.
    pub(crate) fn complain(&mut self, count: Option<i64>, noun: &str, state: &str) {
        match count {
            Some(1) => self.troubles.push(format!("1 {noun} is {state}")),
            Some(count) if count > 1 => self.troubles.push(format!("{count} {noun}s are {state}")),
            _ => {}
        }
    }
}
