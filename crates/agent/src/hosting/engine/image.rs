//! Fetching images.

use std::time::Duration;

use bollard::auth::DockerCredentials;
use bollard::query_parameters::CreateImageOptions;
use edgeward_wire::hosting::Login;
use futures::{StreamExt as _, pin_mut};
use tokio::time::timeout;

use super::{Engine, EngineError};

/// How long nothing may come while an image is fetched.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(300);

/// What an image is called whose name says nothing of a version.
const DEFAULT_TAG: &str = "latest";

impl Engine {
    /// Whether the device has the image.
    pub(crate) async fn has_image(&self, image: &str) -> Result<bool, EngineError> {
        let docker = self.docker().await?;
        match docker.inspect_image(&whole_name(image)).await {
            Ok(_) => Ok(true),
            Err(error) => match self.failed(format!("look for the image {image}"), error) {
                error if error.is_missing() => Ok(false),
                error => Err(error),
            },
        }
    }

    /// Fetches the image, telling how far it is.
    pub(crate) async fn pull(
        &self,
        image: &str,
        login: Option<&Login>,
        mut tell: impl FnMut(String),
    ) -> Result<(), EngineError> {
        let docker = self.docker().await?;
        let attempt = || format!("fetch the image {image}");
        let options = CreateImageOptions {
            from_image: Some(whole_name(image)),
            ..CreateImageOptions::default()
        };
        let credentials = login.map(|login| DockerCredentials {
            username: Some(login.user.clone()),
            password: Some(login.password.clone()),
            serveraddress: registry(image).map(str::to_owned),
            ..DockerCredentials::default()
        });
        let progress = docker.create_image(Some(options), None, credentials);
        pin_mut!(progress);
        loop {
            let next = timeout(SILENCE_TIMEOUT, progress.next()).await;
            let Some(step) = next.map_err(|_| EngineError::Refused {
                attempt: attempt(),
                status: 0,
                message: format!("nothing has come for {} seconds", SILENCE_TIMEOUT.as_secs()),
            })?
            else {
                break;
            };
            let step = step.map_err(|error| self.failed(attempt(), error))?;
            let detail = step.progress_detail.unwrap_or_default();
            let status = step.status.unwrap_or_default().to_lowercase();
            let layer = step.id.unwrap_or_default();
            tell(match (detail.current, detail.total) {
                (Some(current), Some(total)) if total > 0 => {
                    format!(
                        "{status} {layer}, {} %",
                        current.saturating_mul(100) / total
                    )
                }
                _ => format!("{status} {layer}").trim_end().to_owned(),
            });
        }
        // The engine reports some failures only in words that are not to be relied on.
        if self.has_image(image).await? {
            Ok(())
        } else {
            Err(EngineError::Refused {
                attempt: attempt(),
                status: 0,
                message: "it is not there afterwards".to_owned(),
            })
        }
    }
}

/// With the version that is meant where none is said; without one, the engine would fetch all.
fn whole_name(image: &str) -> String {
    let last = image.rsplit_once('/').map_or(image, |(_, last)| last);
    if last.contains([':', '@']) {
        image.to_owned()
    } else {
        format!("{image}:{DEFAULT_TAG}")
    }
}

/// The registry that an image's name begins with; none if it is the usual one.
fn registry(image: &str) -> Option<&str> {
    let (first, _) = image.split_once('/')?;
    (first.contains(['.', ':']) || first == "localhost").then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_say_their_version_and_registry() {
        for (image, whole, from) in [
            ("emqx/neuron", "emqx/neuron:latest", None),
            ("emqx/neuron:2.6.3", "emqx/neuron:2.6.3", None),
            ("neuron", "neuron:latest", None),
            ("r:5000/a", "r:5000/a:latest", Some("r:5000")),
            (
                "r.example.com/a/b@sha256:0",
                "r.example.com/a/b@sha256:0",
                Some("r.example.com"),
            ),
            ("localhost/a:1", "localhost/a:1", Some("localhost")),
        ] {
            assert_eq!((whole_name(image).as_str(), registry(image)), (whole, from));
        }
    }
}
