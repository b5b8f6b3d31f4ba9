//! Which services are known to accept which of the installation's key pairs. Only those count that want tokens.

use edgeward_domain::access::Visible;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};

use super::KeyUse;
use super::row::{TOKEN, to_numbers};
use crate::database::entity::service;
use crate::database::fault::Broken;
use crate::database::places::visible_project;

/// That a service wants tokens, and is not known to accept this key pair.
pub(super) fn behind(key: u32) -> Condition {
    let keys = service::Column::Keys;
    // Numbers with a space between them: alone, first, last, or among others.
    let accepted = Condition::any()
        .add(keys.eq(key.to_string()))
        .add(keys.like(format!("{key} %")))
        .add(keys.like(format!("% {key}")))
        .add(keys.like(format!("% {key} %")));
    Condition::all()
        .add(service::Column::Authentication.eq(TOKEN))
        .add(Condition::any().add(keys.is_null()).add(accepted.not()))
}

/// How key pairs are used, in their order.
pub(super) async fn key_use(
    on: &impl ConnectionTrait,
    visible: &Visible,
    keys: &[u32],
) -> Result<Vec<KeyUse>, Broken> {
    let mut counts = service::Entity::find()
        .select_only()
        .column(service::Column::Keys)
        .column_as(Expr::col(service::Column::Id).count(), "services")
        .filter(service::Column::Authentication.eq(TOKEN))
        .group_by(service::Column::Keys);
    if let Some(visible) = visible_project(service::Column::ProjectId, visible) {
        counts = counts.filter(visible);
    }
    let counts: Vec<(Option<String>, i64)> = counts.into_tuple().all(on).await?;
    let mut all = vec![KeyUse::default(); keys.len()];
    for (known, services) in counts {
        let known = known.as_deref().map(to_numbers).unwrap_or_default();
        let services = u64::try_from(services).unwrap_or_default();
        for (key, of_key) in keys.iter().zip(&mut all) {
            if known.contains(key) {
                of_key.proven += services;
            } else {
                of_key.behind += services;
            }
        }
    }
    Ok(all)
}
