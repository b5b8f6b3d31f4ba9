//! The steps of a service that is a snap.

use std::io;

use edgeward_wire::hosting::KeyFile;
use tokio::sync::watch;

use super::book::Entry;
use super::{Hosting, Trouble, Went};

impl Hosting {
    /// One step towards what is wished.
    pub(super) async fn snap_step(
        &self,
        _entry: &Entry,
        _snap: &str,
        _news: &mut watch::Receiver<u64>,
    ) -> Result<Went, Trouble> {
        Err(Trouble::Passing("not there yet".to_owned()))
    }
}

/// Writes key files into a folder of the device, which is made if it is not there.
pub(super) fn write_keys(_folder: &str, _files: &[KeyFile]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
