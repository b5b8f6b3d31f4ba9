//! Organisations and their projects.

pub mod http;
