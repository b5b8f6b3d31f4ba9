//! Users, their links to set a password, and their membership of organisations and projects.

pub mod http;
mod invitations;
mod links;
mod members;
mod places;
mod service;

pub(crate) use places::{Places, checked_description};
pub(crate) use service::visible_or_self;
