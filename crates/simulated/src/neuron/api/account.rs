//! Users, passwords, logins.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{Answer, Asked, Here};
use crate::neuron::code::Code;

/// The user that a Neuron has from the start, with a password that everybody knows: it is Neuron's own default.
const FIRST_USER: (&str, &str) = ("admin", "0000");

/// How long a password may be, in characters.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 4..=32;

/// Names and passwords. In clear, as befits a simulation that holds no secret.
pub(in crate::neuron) struct Accounts(HashMap<String, String>);

impl Default for Accounts {
    fn default() -> Self {
        let (name, password) = FIRST_USER;
        Self(HashMap::from([(name.to_owned(), password.to_owned())]))
    }
}

impl Accounts {
    fn check(&self, name: &str, password: &str) -> Result<(), Code> {
        check_length(password)?;
        match self.0.get(name) {
            Some(known) if known == password => Ok(()),
            _ => Err(Code::WrongUserOrPassword),
        }
    }
}

fn check_length(password: &str) -> Result<(), Code> {
    let fits = PASSWORD_CHARS.contains(&password.chars().count());
    fits.then_some(()).ok_or(Code::PasswordLength)
}

#[derive(Deserialize)]
pub(super) struct Login {
    name: String,
    pass: String,
}

#[derive(Serialize)]
pub(super) struct LoggedIn {
    token: String,
}

pub(super) async fn login(State(shared): Here, Asked(login): Asked<Login>) -> Answer<LoggedIn> {
    shared.accounts.lock().check(&login.name, &login.pass)?;
    // Signing takes a millisecond or so of pure arithmetic.
    let signing = tokio::task::spawn_blocking(move || shared.gate.login_token()).await;
    match signing {
        Ok(Ok(token)) => Ok(Json(LoggedIn { token })),
        _ => Err(Code::WrongUserOrPassword),
    }
}

#[derive(Deserialize)]
pub(super) struct NewPassword {
    name: String,
    old_pass: String,
    new_pass: String,
}

pub(super) async fn change_password(State(shared): Here, Asked(asked): Asked<NewPassword>) -> Code {
    let mut accounts = shared.accounts.lock();
    let checked =
        check_length(&asked.new_pass).and_then(|()| accounts.check(&asked.name, &asked.old_pass));
    match checked {
        Ok(()) => {
            accounts.0.insert(asked.name, asked.new_pass);
            Code::Done
        }
        Err(code) => code,
    }
}
