//! The audit log as it is read: pages, an export, and whether its chain is whole. What writes it are the store's changes.
//!
//! Who may read what: a system administrator everything, an organisation's administrator what belongs to it, a project's
//! administrator what belongs to it; everybody else nothing.

mod actions;
mod export;
pub mod http;
mod view;

#[cfg(test)]
mod tests;
