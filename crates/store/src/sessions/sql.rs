#![allow(unused_variables)]
use super::*;
use crate::database::Database;
use async_trait::async_trait;

#[async_trait]
impl SessionStore for Database {
    async fn create_session(
        &self,
        session: NewSession,
        by: &By,
        now: Moment,
    ) -> Result<Session, Failure<SessionRefusal>> {
        unimplemented!()
    }
    async fn session(&self, token_hash: &str, now: Moment) -> Result<Option<Session>, StoreError> {
        unimplemented!()
    }
    async fn sessions_of(&self, user: UserId, now: Moment) -> Result<Vec<Session>, StoreError> {
        unimplemented!()
    }
    async fn session_used(
        &self,
        id: SessionId,
        at: Moment,
        expires_at: Moment,
    ) -> Result<bool, StoreError> {
        unimplemented!()
    }
    async fn end_session(&self, id: SessionId, by: &By, now: Moment) -> Result<bool, StoreError> {
        unimplemented!()
    }
    async fn end_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        by: &By,
        now: Moment,
    ) -> Result<u64, StoreError> {
        unimplemented!()
    }
    async fn forget_ended_sessions(&self, now: Moment) -> Result<u64, StoreError> {
        unimplemented!()
    }
}
