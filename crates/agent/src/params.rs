//! The file `params` of the iot-agent: where the identity service is, and where its answer is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::SnapPlaces;
use crate::state::replace_file;

/// Its name, and that of the file that it names unless it says otherwise.
const PARAMS: &str = "params";
const SECRET: &str = ".secret";

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// What is in it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Params {
    /// The identity service.
    pub url: String,
    /// Where the device's credentials are.
    pub path: PathBuf,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParamsError {
    /// It cannot be read or written.
    #[error("cannot {attempt} {}", path.display())]
    Io {
        /// What was tried.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It does not make sense.
    #[error("{} is damaged; write it again with \"edgeward-agent configure --url <url>\"", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: serde_json::Error,
    },
    /// The address is none.
    #[error(
        "\"{0}\" is no address of an identity service; write one such as https://identity.example.com"
    )]
    Url(String),
}

impl Params {
    /// For this identity service, with the credentials where they usually are.
    ///
    /// # Errors
    /// The address is none.
    pub fn new(url: &str, places: &SnapPlaces, state_dir: &Path) -> Result<Self, ParamsError> {
        check_url(url)?;
        Ok(Self {
            url: url.trim().to_owned(),
            path: places.current_dir(state_dir).join(SECRET),
        })
    }

    /// What is there; none if nothing is.
    ///
    /// # Errors
    /// It cannot be read, or makes no sense.
    pub fn read(places: &SnapPlaces, state_dir: &Path) -> Result<Option<Self>, ParamsError> {
        let path = places.current_dir(state_dir).join(PARAMS);
        let failed = |source| ParamsError::Io {
            attempt: "read",
            path: path.clone(),
            source,
        };
        let text = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
            Ok(metadata) if metadata.len() > MAX_BYTES => {
                return Err(failed(io::ErrorKind::FileTooLarge.into()));
            }
            Ok(_) => fs::read_to_string(&path).map_err(failed)?,
        };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|source| ParamsError::Damaged { path, source })
    }

    /// Puts it where the agent looks for it, readable for the owner only; the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, places: &SnapPlaces, state_dir: &Path) -> Result<PathBuf, ParamsError> {
        let folder = places.current_dir(state_dir);
        let path = folder.join(PARAMS);
        // Two texts always fit JSON.
        let text = serde_json::to_vec(self).unwrap_or_default();
        replace_file(&path, &text).map_err(|source| ParamsError::Io {
            attempt: "write",
            path: path.clone(),
            source,
        })?;
        Ok(path)
    }
}

/// Whether it is the address of an identity service: `http` or `https`, a host, and perhaps a port and a path.
pub(crate) fn check_url(url: &str) -> Result<http::Uri, ParamsError> {
    let bad = || ParamsError::Url(url.chars().take(200).collect());
    let uri: http::Uri = url.trim().parse().map_err(|_| bad())?;
    let http = matches!(uri.scheme_str(), Some("http" | "https"));
    let host = uri
        .authority()
        .is_some_and(|host| !host.as_str().contains('@'));
    if !http || !host || uri.query().is_some() {
        return Err(bad());
    }
    Ok(uri)
}

/// The files that an identity of the iot-agent's consists of, whether they are there or not.
pub(crate) fn files(places: &SnapPlaces, state_dir: &Path) -> Vec<PathBuf> {
    let folder = places.current_dir(state_dir);
    let mut files = vec![folder.join(SECRET), folder.join(PARAMS)];
    if let Ok(Some(params)) = Params::read(places, state_dir)
        && !files.contains(&params.path)
    {
        files.insert(0, params.path);
    }
    files
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn params_are_as_the_iot_agent_has_them() {
        let dir = tempfile::tempdir().unwrap();
        let none = SnapPlaces::default();
        assert_eq!(Params::read(&none, dir.path()).unwrap(), None);
        let params = Params::new("http://identity.local:8030/", &none, dir.path()).unwrap();
        let file = params.write(&none, dir.path()).unwrap();
        assert_eq!(file, dir.path().join("params"));
        let text = fs::read_to_string(&file).unwrap();
        let expected = format!(
            r#"{{"url":"http://identity.local:8030/","path":"{}/.secret"}}"#,
            dir.path().display()
        );
        assert_eq!(text, expected);
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(Params::read(&none, dir.path()).unwrap(), Some(params));
        fs::write(&file, "{").unwrap();
        let error = Params::read(&none, dir.path()).unwrap_err();
        assert!(matches!(error, ParamsError::Damaged { .. }), "{error}");
    }

    #[test]
    fn only_addresses_are_addresses() {
        let none = SnapPlaces::default();
        for bad in [
            "",
            "identity",
            "ftp://x",
            "http://",
            "http://a:b@c",
            "http://x/?q",
        ] {
            let error = Params::new(bad, &none, Path::new("/s")).unwrap_err();
            assert!(matches!(error, ParamsError::Url(_)), "{bad}: {error}");
        }
        assert!(Params::new("https://x/base/path", &none, Path::new("/s")).is_ok());
    }
}
