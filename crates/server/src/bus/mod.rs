//! Joins the message bus to the concepts: who a client is, what it may do, and where its messages go.

mod clash;
mod commander;
mod counted;
mod gate;
mod intake;

pub use commander::{AskError, CommandError, Commander};
pub use counted::{Counted, Rates};
pub use gate::Gate;
pub use intake::Intake;
