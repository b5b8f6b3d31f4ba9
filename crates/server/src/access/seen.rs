//! What the outer layers of a request learn of whoever is calling, so that a refused change is recorded.

use std::sync::{Arc, OnceLock};

use edgeward_domain::audit::By;

use super::Caller;

/// Empty until somebody was recognised.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<OnceLock<By>>);

impl Seen {
    pub(super) fn set(&self, caller: &Caller) {
        let _ = self.0.set(caller.by());
    }

    /// Who it was.
    pub fn by(&self) -> Option<&By> {
        self.0.get()
    }
}
