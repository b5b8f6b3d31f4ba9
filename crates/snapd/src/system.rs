//! The device: its operating system, its users, and its restart.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Question;
use crate::{Snapd, SnapdError};

/// What the device runs.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct SystemInfo {
    /// snapd's series, such as `16`.
    pub series: String,
    /// snapd's version.
    pub version: String,
    /// The operating system.
    pub os_release: OsRelease,
    /// Whether it is an ordinary Linux rather than one made of snaps.
    pub on_classic: bool,
    /// The kernel's version.
    pub kernel_version: String,
    /// In Debian's words, such as `amd64`.
    pub architecture: String,
}

/// From os-release(5).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct OsRelease {
    /// Such as `ubuntu-core`.
    pub id: String,
    /// Such as `22`.
    pub version_id: String,
}

/// A user to be made, with the SSH keys that the store knows for the address.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct NewUser {
    /// Whose account.
    pub email: String,
    /// Whether the user may become root.
    pub sudoer: bool,
    /// Whether to do so on a device that has users already.
    pub force_managed: bool,
}

impl Snapd {
    /// What the device runs.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn system_info(&self) -> Result<SystemInfo, SnapdError> {
        self.result(Question::get("/v2/system-info")).await
    }

    /// Makes a user; snapd's answer about whom it made.
    ///
    /// # Errors
    /// snapd does not do so, or there is no answer.
    pub async fn create_user(&self, user: &NewUser) -> Result<Value, SnapdError> {
        let body = json!({
            "action": "create",
            "email": user.email,
            "sudoer": user.sudoer,
            "force-managed": user.force_managed,
        });
        self.result(Question::json(Method::POST, "/v2/users", &body))
            .await
    }

    /// Removes a user that snapd has made; its answer about whom it removed.
    ///
    /// # Errors
    /// snapd does not do so, or there is no answer.
    pub async fn remove_user(&self, name: &str) -> Result<Value, SnapdError> {
        let body = json!({"action": "remove", "username": name});
        self.result(Question::json(Method::POST, "/v2/users", &body))
            .await
    }

    /// Restarts the device, in a moment.
    ///
    /// # Errors
    /// snapd does not do so, or there is no answer.
    pub async fn reboot(&self) -> Result<(), SnapdError> {
        let body = json!({"action": "reboot"});
        let _nothing: Value = self
            .result(Question::json(Method::POST, "/v2/systems", &body))
            .await?;
        Ok(())
    }
}
