//! Process plumbing for every program.
