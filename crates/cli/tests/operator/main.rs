//! The operator's commands, run as a person runs them: the program itself, against a small control plane of our own that
//! answers as the REST API does. What is looked at is standard output, standard error and the exit code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up must fail"
)]

mod agents;
mod api_tokens;
mod audit;
mod connecting;
mod curl;
mod devices;
mod fake;
mod hosting;
mod many_services;
mod own_account;
mod places;
mod run;
mod services;
mod settings;
mod signing_in;
mod users;
