#![allow(unused_variables)]
use super::*;
use crate::database::Database;
use async_trait::async_trait;

#[async_trait]
impl SettingStore for Database {
    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        unimplemented!()
    }
    async fn put_setting(
        &self,
        name: &str,
        value: &str,
        shown_before: Option<String>,
        shown_after: Option<String>,
        by: &By,
        now: Moment,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }
    async fn set_once(&self, name: &str, value: &str, now: Moment) -> Result<String, StoreError> {
        unimplemented!()
    }
}
