use std::collections::HashMap;

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{Membership, OrganisationRole, ProjectRole, Visible};
use edgeward_domain::audit::By;
use edgeward_ids::{OrganisationId, ProjectId, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::change::{put, remove};
use super::grants::{organisation_role, origin_from_word, project_role};
use super::{Member, MemberChange, MemberOf, MemberRefusal, MemberStore, Origin};
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::people::{organisation_member, project_member};
use crate::database::{Database, Guard};
use crate::users::list;
use crate::users::sql::lock_user;
use crate::{Failure, Page, Slice, Sort, StoreError, UserColumn, UserFilter, UserView};

#[async_trait]
impl MemberStore for Database {
    async fn organisation_members(
        &self,
        id: OrganisationId,
        text: Option<&str>,
        slice: Slice,
    ) -> Result<Page<Member<OrganisationRole>>, StoreError> {
        carry_out("list the members of an organisation", async {
            let filter = UserFilter {
                organisation: Some(id),
                ..anybody(text)
            };
            let reading = self.read().await?;
            let sort = Sort::ascending(UserColumn::Name);
            let page = list::matching(&reading, self.kind(), &filter, sort, slice).await?;
            let rows = organisation_member::Entity::find()
                .filter(organisation_member::Column::OrganisationId.eq(id.as_uuid()))
                .filter(organisation_member::Column::UserId.is_in(ids(&page)))
                .all(&reading)
                .await?;
            reading.commit().await?;
            let seats = rows
                .into_iter()
                .map(|row| {
                    let role = organisation_role(&row.role)?;
                    Ok((row.user_id, (role, origin_from_word(&row.origin)?)))
                })
                .collect::<Result<_, Broken>>()?;
            Ok(seated(page, seats))
        })
        .await
    }

    async fn project_members(
        &self,
        id: ProjectId,
        text: Option<&str>,
        slice: Slice,
    ) -> Result<Page<Member<ProjectRole>>, StoreError> {
        carry_out("list the members of a project", async {
            let filter = UserFilter {
                project: Some(id),
                ..anybody(text)
            };
            let reading = self.read().await?;
            let sort = Sort::ascending(UserColumn::Name);
            let page = list::matching(&reading, self.kind(), &filter, sort, slice).await?;
            let rows = project_member::Entity::find()
                .filter(project_member::Column::ProjectId.eq(id.as_uuid()))
                .filter(project_member::Column::UserId.is_in(ids(&page)))
                .all(&reading)
                .await?;
            reading.commit().await?;
            let seats = rows
                .into_iter()
                .map(|row| {
                    let role = project_role(&row.role)?;
                    Ok((row.user_id, (role, origin_from_word(&row.origin)?)))
                })
                .collect::<Result<_, Broken>>()?;
            Ok(seated(page, seats))
        })
        .await
    }

    async fn set_member(
        &self,
        user: UserId,
        membership: Membership,
        by: &By,
        now: Moment,
    ) -> Result<MemberChange, Failure<MemberRefusal>> {
        attempt("record a membership", async {
            let mut transaction = self.write().await?;
            transaction.guard(Guard::People).await?;
            let user = lock_user(&transaction, user)
                .await?
                .ok_or(Fault::Rule(MemberRefusal::UnknownUser))?;
            let change = put(&mut transaction, &user, membership, Origin::Hand, by, now).await?;
            transaction.commit().await?;
            Ok(change)
        })
        .await
    }

    async fn remove_member(
        &self,
        user: UserId,
        of: MemberOf,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<MemberRefusal>> {
        attempt("end a membership", async {
            let mut transaction = self.write().await?;
            transaction.guard(Guard::People).await?;
            let user = lock_user(&transaction, user)
                .await?
                .ok_or(Fault::Rule(MemberRefusal::UnknownUser))?;
            remove(&mut transaction, &user, of, by, now).await?;
            Ok(transaction.commit().await?)
        })
        .await
    }
}

fn anybody(text: Option<&str>) -> UserFilter {
    UserFilter {
        text: text.map(str::to_owned),
        ..UserFilter::new(Visible::Everything)
    }
}

fn ids(page: &Page<UserView>) -> Vec<Uuid> {
    page.items
        .iter()
        .map(|view| view.user.id.as_uuid())
        .collect()
}

fn seated<R>(page: Page<UserView>, mut seats: HashMap<Uuid, (R, Origin)>) -> Page<Member<R>> {
    let items = page
        .items
        .into_iter()
        .filter_map(|user| {
            let (role, origin) = seats.remove(&user.user.id.as_uuid())?;
            Some(Member { user, role, origin })
        })
        .collect();
    Page {
        items,
        total: page.total,
    }
}
