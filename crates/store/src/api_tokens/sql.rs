#![allow(unused_variables)]
use super::*;
use crate::database::Database;
use async_trait::async_trait;

#[async_trait]
impl ApiTokenStore for Database {
    async fn create_api_token(
        &self,
        token: NewApiToken,
        by: &By,
        now: Moment,
    ) -> Result<ApiToken, Failure<ApiTokenRefusal>> {
        unimplemented!()
    }
    async fn api_tokens(
        &self,
        filter: &ApiTokenFilter,
        slice: Slice,
    ) -> Result<Page<ApiToken>, StoreError> {
        unimplemented!()
    }
    async fn api_token(&self, id: ApiTokenId) -> Result<Option<ApiToken>, StoreError> {
        unimplemented!()
    }
    async fn presented_api_token(
        &self,
        secret_hash: &str,
    ) -> Result<Option<PresentedToken>, StoreError> {
        unimplemented!()
    }
    async fn api_token_used(&self, id: ApiTokenId, at: Moment) -> Result<bool, StoreError> {
        unimplemented!()
    }
    async fn delete_api_token(
        &self,
        id: ApiTokenId,
        by: &By,
        now: Moment,
    ) -> Result<bool, StoreError> {
        unimplemented!()
    }
}
