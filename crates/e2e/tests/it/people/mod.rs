//! People: who may do what, that organisations do not see one another, that everything is recorded, and that a browser cannot
//! be made to act for somebody.

mod attacks;
pub mod cast;
mod letters;
mod records;
mod refusals;
mod rights;
mod signing_in;
mod sso;
mod surfer;
