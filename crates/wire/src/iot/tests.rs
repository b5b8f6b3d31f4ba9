//! What was observed between the real programs, frozen; and that nothing can make a reader panic.

mod golden;
mod hostile;
