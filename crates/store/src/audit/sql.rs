#![allow(unused_variables)]
use async_trait::async_trait;
use super::*;
use crate::database::Database;

#[async_trait]
impl AuditStore for Database {    async fn entries(
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
