//! Settings: text by name. What is secret in them comes sealed.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::audit::By;

use crate::StoreError;

pub(crate) mod sql;

/// Settings.
#[async_trait]
pub trait SettingStore: Send + Sync {
    /// The value that a setting was given, if it was.
    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Gives a setting this value. What is `shown` is recorded of the value before and the new one: JSON without secrets.
    async fn put_setting(
        &self,
        name: &str,
        value: &str,
        shown_before: Option<String>,
        shown_after: Option<String>,
        by: &By,
        now: Moment,
    ) -> Result<(), StoreError>;

    /// Gives a setting its value unless it has one; the value that it has from now on.
    async fn set_once(&self, name: &str, value: &str, now: Moment) -> Result<String, StoreError>;
}
