#![allow(unused_variables)]
use super::*;
use crate::database::Database;
use async_trait::async_trait;

#[async_trait]
impl AuditStore for Database {
    async fn entries(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        unimplemented!()
    }
    async fn export(
        &self,
        filter: &AuditFilter,
        after: u64,
        limit: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        unimplemented!()
    }
    async fn verify(&self, from: Position, limit: u64) -> Result<Checked, StoreError> {
        unimplemented!()
    }
    async fn append(&self, note: Note, by: &By, now: Moment) -> Result<(), StoreError> {
        unimplemented!()
    }
}
