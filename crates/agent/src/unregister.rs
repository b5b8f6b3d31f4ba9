//! Giving up the device's identity: the control plane is told, and then everything that makes the device known is removed.
//!
//! What the device noted about itself (the change log, documents about changes) stays. Starting and stopping the agent is not
//! done here.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use edgeward_mqtt::{Lane, Publish, QoS};
use edgeward_wire::report::{Report, State};
use edgeward_wire::topic::{Topic, Up};

use crate::config::SnapPlaces;
use crate::connection::{dial, presence};
use crate::params;
use crate::state::{Identity, StateDir};

/// The device is not unregistered.
#[derive(Debug, thiserror::Error)]
pub enum UnregisterError {
    /// Nothing was removed: the control plane does not know.
    #[error("the control plane could not be told")]
    Tell(#[source] Box<dyn Error + Send + Sync>),
    /// Some of it is still there.
    #[error("cannot remove {}", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Tells the control plane, on a connection of its own, that the device will not come back with this identity; acknowledged
/// when this is back. No agent may be connected with it.
///
/// # Errors
/// It was not told.
pub async fn tell(identity: &Identity) -> Result<(), UnregisterError> {
    let failed = |error: Box<dyn Error + Send + Sync>| UnregisterError::Tell(error);
    let link = dial(identity).await.map_err(|error| failed(error.into()))?;
    // Reports are plain data and always fit JSON.
    let report = serde_json::to_vec(&Report::Unregister).unwrap_or_default();
    let messages = [
        (Topic::Up(identity.agent, Up::Report), report),
        (
            Topic::Up(identity.agent, Up::Status),
            presence(State::Offline, link.run),
        ),
    ];
    let mut incoming = link.incoming;
    let client = link.client;
    let drain = async { while incoming.next().await.is_ok() {} };
    let say = async {
        for (topic, payload) in messages {
            let publish = Publish {
                topic: topic.to_string().into(),
                payload: payload.into(),
                qos: QoS::AtLeastOnce,
                retain: false,
            };
            client
                .publish(publish, Lane::Control)
                .await
                .map_err(|error| failed(error.into()))?;
        }
        client.disconnect().await;
        Ok(())
    };
    tokio::select! {
        biased;
        said = say => said,
        () = drain => Err(failed("the connection was lost".into())),
    }
}

/// Removes the identity, and what was commanded to it; the files that were there. What is not there is passed over.
///
/// # Errors
/// Some of it is still there; repeating it is safe.
pub fn forget(dir: &StateDir, places: &SnapPlaces) -> Result<Vec<PathBuf>, UnregisterError> {
    let mut files = params::files(places, dir.path());
    files.extend(dir.identity_files());
    let mut removed = Vec::new();
    for path in files {
        match fs::remove_file(&path) {
            Ok(()) => removed.push(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(UnregisterError::Remove { path, source }),
        }
    }
    // Orders have passwords in them, and mean nothing to whom the device belongs to next.
    match fs::remove_dir_all(dir.hosted_folder()) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            let path = dir.hosted_folder();
            return Err(UnregisterError::Remove { path, source });
        }
        _ => {}
    }
    for folder in removed.iter().filter_map(|file| file.parent()) {
        sync(folder)?;
    }
    Ok(removed)
}

/// Whether there is anything to be forgotten.
pub fn is_registered(dir: &StateDir, places: &SnapPlaces) -> bool {
    let files = params::files(places, dir.path()).into_iter();
    files.chain(dir.identity_files()).any(|file| file.exists())
}

fn sync(folder: &Path) -> Result<(), UnregisterError> {
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| UnregisterError::Remove {
            path: folder.to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_makes_the_device_known_goes_and_the_rest_stays() {
        let base = tempfile::tempdir().unwrap();
        let current = base.path().join("current");
        let state = base.path().join("state");
        for folder in [&current, &state, &base.path().join("7")] {
            fs::create_dir(folder).unwrap();
        }
        let places = SnapPlaces {
            data: Some(base.path().join("7")),
            ..SnapPlaces::default()
        };
        let elsewhere = base.path().join("elsewhere");
        let params = serde_json::json!({"url": "http://x", "path": elsewhere});
        let gone = [
            (elsewhere.clone(), "{}".to_owned()),
            (current.join(".secret"), "{}".to_owned()),
            (current.join("params"), params.to_string()),
            (state.join("identity.json"), "{}".to_owned()),
            (state.join("ledger.json"), "{}".to_owned()),
            (state.join("running.json"), "{}".to_owned()),
        ];
        for (file, text) in &gone {
            fs::write(file, text).unwrap();
        }
        fs::write(state.join("changes.db"), "").unwrap();
        fs::create_dir(state.join("hosting")).unwrap();
        fs::write(state.join("hosting/neuron.json"), "{}").unwrap();
        let dir = StateDir::new(&state);
        assert!(is_registered(&dir, &places));
        let removed = forget(&dir, &places).unwrap();
        assert_eq!(removed, gone.map(|(file, _)| file));
        assert!(!is_registered(&dir, &places));
        assert!(state.join("changes.db").exists());
        assert!(!state.join("hosting").exists());
        assert_eq!(forget(&dir, &places).unwrap(), Vec::<PathBuf>::new());
    }
}
