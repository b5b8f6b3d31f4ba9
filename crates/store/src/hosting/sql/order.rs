//! Changing what is wished of a hosted service.

use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::hosting::{Change, Hosted, OrderRefusal, Wish};
use edgeward_ids::{AgentId, ServiceId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::super::row::{to_hosted, to_model, to_offer};
use super::to_be_told;
use crate::ServiceView;
use crate::agents::sql::has_agent;
use crate::database::entity::service;
use crate::database::fault::{Broken, Fault};
use crate::database::hosting::hosted_service;
use crate::database::{Database, Guard, Writing};
use crate::services::change::{about, find, must_find, shown};

pub(super) async fn order(
    database: &Database,
    id: ServiceId,
    change: Change,
    by: &By,
    now: Moment,
) -> Result<ServiceView, Fault<OrderRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Services).await?;
    let before = find(&*transaction, id)
        .await?
        .ok_or(Fault::Rule(OrderRefusal::Unknown))?;
    let row = locked(&transaction, &before)
        .await?
        .ok_or(Fault::Rule(OrderRefusal::NotHosted))?;
    let agent = AgentId::from_uuid(row.agent_id);
    let hosted = to_hosted(&row)?;
    let after = hosted.ordered(change.clone(), now).map_err(Fault::Rule)?;
    let model = to_model(agent, &to_offer(&row.offer)?, Some(id), &after);
    write(&transaction, model).await?;
    transaction.note(note(&before, &change, &hosted, &after), by, now);
    if after.course.wish == Wish::Present {
        let view = must_find(&*transaction, id).await?;
        transaction.commit().await?;
        return Ok(view);
    }
    service::Entity::delete_by_id(id.as_uuid())
        .exec(&*transaction)
        .await?;
    to_be_told(&transaction, agent).await?;
    transaction.commit().await?;
    Ok(before)
}

/// The hosted service's row, locked to the transaction's end.
async fn locked(
    transaction: &Writing<'_>,
    view: &ServiceView,
) -> Result<Option<hosted_service::Model>, Broken> {
    let Some(agent) = view.service.agent() else {
        return Ok(None);
    };
    has_agent(transaction, agent).await?;
    let row = hosted_service::Entity::find()
        .filter(hosted_service::Column::ServiceId.eq(view.service.id.as_uuid()))
        .lock_exclusive()
        .one(&**transaction)
        .await?;
    Ok(row)
}

/// Writes a row in place of the one of the same key.
pub(super) async fn write(
    transaction: &Writing<'_>,
    model: hosted_service::Model,
) -> Result<(), Broken> {
    let key: (Uuid, String) = (model.agent_id, model.offer.clone());
    hosted_service::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(hosted_service::Column::AgentId.eq(key.0))
        .filter(hosted_service::Column::Offer.eq(key.1))
        .exec(&**transaction)
        .await?;
    Ok(())
}

fn note(view: &ServiceView, change: &Change, before: &Hosted, after: &Hosted) -> Note {
    let running = |hosted: &Hosted| json!({ "running": hosted.course.running });
    let about = |action| about(action, &view.service);
    let ran = |action| about(action).before(running(before)).after(running(after));
    match change {
        Change::Start => ran("service.start"),
        Change::Stop => ran("service.stop"),
        Change::Restart => ran("service.restart"),
        Change::Upgrade { to, .. } => about("service.upgrade")
            .before(json!({ "present": before.course.present() }))
            .after(json!({ "to": to })),
        Change::Destroy => about("service.delete").before(shown(&view.service, &view.tags)),
        Change::Release => about("service.release").before(shown(&view.service, &view.tags)),
    }
}
