#![allow(unused_variables)]
use super::*;
use crate::database::Database;
use async_trait::async_trait;

#[async_trait]
impl MemberStore for Database {
    async fn organisation_members(
        &self,
        id: OrganisationId,
        text: Option<&str>,
        slice: Slice,
    ) -> Result<Page<Member<OrganisationRole>>, StoreError> {
        unimplemented!()
    }
    async fn project_members(
        &self,
        id: ProjectId,
        text: Option<&str>,
        slice: Slice,
    ) -> Result<Page<Member<ProjectRole>>, StoreError> {
        unimplemented!()
    }
    async fn set_member(
        &self,
        user: UserId,
        membership: Membership,
        by: &By,
        now: Moment,
    ) -> Result<MemberChange, Failure<MemberRefusal>> {
        unimplemented!()
    }
    async fn remove_member(
        &self,
        user: UserId,
        of: MemberOf,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<MemberRefusal>> {
        unimplemented!()
    }
}
