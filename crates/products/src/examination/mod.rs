//! Finds out whether a service proves our authentication and, if not, why: a state machine without I/O.
//!
//! The proof is asked for without a credential first. That tells whether authentication is on at all, and whether this is the
//! product that it was said to be, before anything of ours is shown to it. Only then comes the credential; and when a token is refused for a
//! reason that the product does not tell, tokens that differ in one thing.
//!
//! ```text
//! bare ─┬─ accepted ───────────────▶ (version) ─▶ no authentication
//!       ├─ another's answer ─▶ who else ────────▶ not this product
//!       └─ refused ─▶ token ─┬─ accepted ─▶ (version) ─▶ proven
//!                            ├─ expired ─▶ longer lives ─▶ clock apart
//!                            └─ refused ─▶ again ─▶ wide span ─▶ empty issuer ─▶ other names ─▶ key file or key
//! ```

mod answers;
mod steps;

use crate::clock::ahead_s;
use crate::excerpt;
use crate::finding::{Finding, Verdict};
use crate::product::{Product, product};
use crate::{Answer, Call, Claims, Credential, Kind, TOKEN_LIFE_S, Unreachable};

/// The most calls that an examination takes.
pub const MAX_ATTEMPTS: usize = 8;

/// The lives that are tried when a token has expired, in seconds.
const LONGER_LIVES_S: [i64; 3] = [3_600, 21_600, DAY_S];

/// The longest that a token is made valid for, in seconds.
const DAY_S: i64 = 86_400;

/// Names under which people store a public key.
const COMMON_NAMES: [&str; 4] = ["my-ecp.pub", "jwt-ecp.pub", "edgeward.pem", "public.pem"];

/// A call to be sent now, and what with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// What to call.
    pub call: Call,
    /// What to present.
    pub proof: Presented,
}

/// What a call presents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Presented {
    /// No credential at all.
    Nothing,
    /// A token with these claims, in the product's [`Product::authorization`].
    Token(Claims),
    /// User and password.
    Basic,
}

/// The examination of one service.
#[derive(Debug)]
pub struct Examination {
    kind: Kind,
    credential: Credential,
    file: String,
    now_s: i64,
    asked: usize,
    ahead_s: Option<i64>,
    step: Step,
}

/// What is asked next.
#[derive(Clone, Debug)]
enum Step {
    Bare,
    Basic,
    Token,
    Again,
    Longer(usize),
    WideSpan,
    EmptyIssuer,
    OtherName { at: usize, otherwise: Verdict },
    Version(Accepted),
    WhoElse { at: usize, answered: String },
    Done(Verdict),
}

/// What has been accepted.
#[derive(Clone, Copy, Debug)]
enum Accepted {
    OurCredential,
    Anybody,
}

impl Examination {
    /// Of a service that is said to be of this kind. `file` is the file name of our public key with its ending; `now_s` is the time in seconds since 1970.
    pub fn new(kind: Kind, credential: Credential, file: impl Into<String>, now_s: i64) -> Self {
        Self {
            kind,
            credential,
            file: file.into(),
            now_s,
            asked: 0,
            ahead_s: None,
            step: Step::Bare,
        }
    }

    /// What to send now; nothing when it is over. The same until something is [`heard`](Self::heard).
    pub fn next(&self) -> Option<Attempt> {
        if self.asked >= MAX_ATTEMPTS {
            return None;
        }
        let product = self.product();
        let (call, proof) = match &self.step {
            Step::Bare => (product.proof(), Presented::Nothing),
            Step::Basic => (product.proof(), Presented::Basic),
            Step::Token | Step::Again => (product.proof(), self.token(&self.file, TOKEN_LIFE_S)),
            Step::Longer(at) => (
                product.proof(),
                self.token(&self.file, *LONGER_LIVES_S.get(*at)?),
            ),
            Step::WideSpan => {
                let mut claims = product.claims(&self.file, self.now_s, DAY_S);
                claims.issued_at = self.now_s.saturating_sub(DAY_S);
                (product.proof(), Presented::Token(claims))
            }
            Step::EmptyIssuer => (product.proof(), self.token("", TOKEN_LIFE_S)),
            Step::OtherName { at, .. } => (
                product.proof(),
                self.token(COMMON_NAMES.get(*at)?, TOKEN_LIFE_S),
            ),
            Step::Version(_) => (product.version_call(), Presented::Nothing),
            Step::WhoElse { at, .. } => {
                (self.others().nth(*at)?.version_call(), Presented::Nothing)
            }
            Step::Done(_) => return None,
        };
        Some(Attempt { call, proof })
    }

    /// Takes what came back for the [`next`](Self::next) attempt.
    pub fn heard(&mut self, heard: Result<Answer, Unreachable>) {
        self.asked += 1;
        self.step = match heard {
            Ok(answer) => {
                self.ahead_s = self.ahead_s.or_else(|| ahead_s(&answer, self.now_s));
                self.after(self.step.clone(), &answer)
            }
            Err(Unreachable { why }) => match &self.step {
                Step::Bare | Step::Basic | Step::Token => Step::Done(Verdict::Unreachable {
                    why: excerpt::printable(&why),
                }),
                // What was found so far holds without it.
                step => Step::Done(self.conclusion(step)),
            },
        };
    }

    /// What was found; before the end, what is known so far.
    pub fn finding(self) -> Finding {
        Finding {
            kind: self.kind,
            verdict: self.conclusion(&self.step),
            file: self.file,
        }
    }

    fn product(&self) -> &'static dyn Product {
        product(self.kind)
    }

    /// The other products, which can be told by their answers.
    fn others(&self) -> impl Iterator<Item = &'static dyn Product> + use<> {
        let own = self.kind;
        Kind::ALL
            .into_iter()
            .filter(move |kind| *kind != own && *kind != Kind::Http)
            .map(product)
    }

    fn token(&self, issuer: &str, life_s: i64) -> Presented {
        Presented::Token(self.product().claims(issuer, self.now_s, life_s))
    }

    /// What is known when nothing more is heard at this step.
    fn conclusion(&self, step: &Step) -> Verdict {
        match step {
            Step::Done(verdict) => verdict.clone(),
            Step::Bare | Step::Basic | Step::Token => Verdict::Unreachable {
                why: "it was not asked to the end".to_owned(),
            },
            Step::Again | Step::WideSpan | Step::EmptyIssuer => Verdict::KeyFileOrKey,
            Step::Longer(at) => self.expired(*at),
            Step::OtherName { otherwise, .. } => otherwise.clone(),
            Step::Version(accepted) => self.yes(*accepted, None),
            Step::WhoElse { answered, .. } => Verdict::NotThisProduct {
                looks_like: None,
                answered: answered.clone(),
            },
        }
    }
}
