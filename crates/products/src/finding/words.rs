//! What is said of a finding to people: what is the matter, and what to do about it.

use super::{Finding, Verdict, Wanted};
use crate::product::{KeyPlace, Product};
use crate::{Apart, product};

impl Finding {
    /// One sentence or two, without a full stop at the end.
    pub fn message(&self) -> String {
        let product = product(self.kind);
        let (title, file) = (product.title(), &self.file);
        match &self.verdict {
            Verdict::Proven {
                clock_ahead_s: None,
                ..
            } => format!("{title} accepts our credential, and no call without one"),
            Verdict::Proven {
                clock_ahead_s: Some(ahead_s),
                ..
            } => {
                let apart = Apart::Exactly { ahead_s: *ahead_s };
                format!(
                    "{title} accepts our credential, and no call without one; its clock is {}",
                    apart.words()
                )
            }
            Verdict::NoAuthentication { .. } => {
                format!("{title} has authentication switched off: it accepts anybody's calls")
            }
            Verdict::Reached { status } => format!(
                "the service answers ({status}), without a credential too, so that ours is not proven"
            ),
            Verdict::NoKeyFile => format!("{title} has no key file {file}{}", self.in_folder()),
            Verdict::OtherFileName { found: Some(found) } => format!(
                "{title} has our public key under the name {found}; it must be called {file}"
            ),
            Verdict::OtherFileName { found: None } => {
                format!("{title} has our public key under another name; it must be called {file}")
            }
            Verdict::OtherKey => {
                format!("{title} has a key file {file}, and there is another key than ours in it")
            }
            Verdict::KeyFileOrKey => format!(
                "{title} has no key file {file}{}, or there is another key than ours in it; it does not say which",
                self.in_folder()
            ),
            Verdict::Expired => {
                format!("{title} says that our token has expired, though its clock seems right")
            }
            Verdict::ClockApart { by } => format!(
                "{title} refuses our tokens, because its clock is {}",
                by.words()
            ),
            Verdict::WrongScheme {
                wants: Wanted::Token,
            } => {
                format!("{title} wants a token here, not user and password or nothing")
            }
            Verdict::WrongScheme {
                wants: Wanted::Basic,
            } => {
                format!("{title} wants user and password here, not a token")
            }
            Verdict::WrongScheme {
                wants: Wanted::Either,
            } => {
                format!("{title} wants a token, or user and password, and was given nothing")
            }
            Verdict::WrongPassword => format!("{title} does not know this user with this password"),
            Verdict::NotThisProduct {
                looks_like: Some(kind),
                ..
            } => {
                format!(
                    "this is not {title}; it looks like {}",
                    crate::product(*kind).title()
                )
            }
            Verdict::NotThisProduct { answered, .. } => {
                format!("this is not {title}: it answered {answered}")
            }
            Verdict::Unclear { status, said } if said.is_empty() => {
                format!("{title} answered {status} and nothing else, which explains nothing")
            }
            Verdict::Unclear { status, said } => {
                format!("{title} answered {status}, which explains nothing: \"{said}\"")
            }
            Verdict::Unreachable { why } => format!("{title} does not answer: {why}"),
        }
    }

    /// What to do about it, naming file and folder, without a full stop at the end; nothing when nothing needs to be done, or nobody knows what.
    pub fn fix(&self) -> Option<String> {
        let product = product(self.kind);
        let place = product.key_place();
        let file = &self.file;
        let put_key =
            |place: KeyPlace| format!("{}; needed: {}", place.how(file), place.setting(file));
        match &self.verdict {
            Verdict::Proven {
                clock_ahead_s: Some(_),
                ..
            }
            | Verdict::ClockApart { .. } => Some(
                "set the clock of the service's device, best by NTP; ours must be right too"
                    .to_owned(),
            ),
            Verdict::Proven { .. } | Verdict::Reached { .. } => None,
            Verdict::NoAuthentication { .. } => Some(match place {
                Some(place) => format!("{}; before that: {}", product.switch_on(), place.how(file)),
                None => product.switch_on().to_owned(),
            }),
            Verdict::NoKeyFile | Verdict::KeyFileOrKey => place.map(put_key),
            Verdict::OtherFileName { found } => place.map(|place| {
                let found = found.as_deref().unwrap_or("the file with our public key");
                let then = if place.hot {
                    String::new()
                } else {
                    format!("; needed: {}; restart the service", place.setting(file))
                };
                format!("rename {found} to {file} in {}{then}", place.folder)
            }),
            Verdict::OtherKey => place.map(|place| {
                format!(
                    "replace {file} in {} by the public key that this installation gives out",
                    place.folder
                )
            }),
            Verdict::Expired => Some(
                "compare the clock of the service's device with ours, and restart the service"
                    .to_owned(),
            ),
            Verdict::WrongScheme { wants } => Some(how_to_give(*wants, product, file)),
            Verdict::WrongPassword => {
                Some("give the user and password of the service's own configuration".to_owned())
            }
            Verdict::NotThisProduct {
                looks_like: Some(kind),
                ..
            } => Some(format!(
                "change the service's kind to {kind}, or correct its address"
            )),
            Verdict::NotThisProduct { .. } => Some(match product.default_port() {
                Some(port) => format!(
                    "correct the address; {} listens on port {port} unless told otherwise",
                    product.title()
                ),
                None => "correct the address".to_owned(),
            }),
            Verdict::Unclear { .. } | Verdict::Unreachable { .. } => None,
        }
    }

    fn in_folder(&self) -> String {
        let place = product(self.kind).key_place();
        place.map_or_else(String::new, |place| format!(" in {}", place.folder))
    }
}

fn how_to_give(wants: Wanted, product: &dyn Product, file: &str) -> String {
    let token = || match product.key_place() {
        Some(place) => format!("choose authentication by token, and {}", place.how(file)),
        None => "choose authentication by token".to_owned(),
    };
    match wants {
        Wanted::Token => token(),
        Wanted::Basic => {
            let or = product
                .key_place()
                .map(|place| format!("; or set {}", place.setting(file)));
            format!(
                "choose authentication by user and password{}",
                or.unwrap_or_default()
            )
        }
        Wanted::Either => format!("choose authentication by user and password; or {}", token()),
    }
}
