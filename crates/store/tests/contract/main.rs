//! The contract suite: every method of every trait, on SQLite and on PostgreSQL, in every run.
//!
//! A case is a function over a [`Bench`]; `on_both!` makes a test of it for each database. A case that is not listed there is
//! dead code, and the compiler says so.

// Helper functions of tests are not recognised as tests by clippy's own exception.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod actions;
mod adoption;
mod agents;
mod api_tokens;
mod audit;
mod deliveries;
mod devices;
mod enrolment;
mod hello;
mod hosting;
mod installation;
mod invitations;
mod lists;
mod members;
mod opening;
mod organisations;
mod people;
mod places;
mod rollouts;
mod services;
mod sessions;
mod settings;
mod sso;
mod support;
mod templates;
mod tokens;
mod transfer;
mod twins;
mod users;

/// Makes a test for each database of each case.
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let bench = crate::support::Bench::sqlite().await;
                super::$case(&bench).await;
                bench.store.close().await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let bench = crate::support::Bench::postgres().await;
                super::$case(&bench).await;
                bench.store.close().await;
            })+
        }
    };
}
pub(crate) use on_both;
