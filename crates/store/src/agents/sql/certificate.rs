//! Which certificates of an agent are valid: the newest, and until that was seen in use the one that was last seen.

use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::agent::Certificate;
use edgeward_domain::device::Status;
use edgeward_ids::AgentId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::super::{CertificateUse, UnknownAgent};
use super::{notes, row};
use crate::database::devices::device;
use crate::database::entity::agent;
use crate::database::fault::{Broken, Fault};
use crate::database::{Database, Writing};

pub(super) async fn record(
    database: &Database,
    id: AgentId,
    certificate: Certificate,
    now: Moment,
) -> Result<(), Fault<UnknownAgent>> {
    let mut transaction = database.write().await?;
    let row = agent::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(&*transaction)
        .await?
        .ok_or(Fault::Rule(UnknownAgent))?;
    if row.certificate_serial.as_ref() == Some(&certificate.serial) {
        return Ok(());
    }
    let renewed = row.certificate_serial.clone();
    // A newest one that was never seen in use may never have arrived: what stays valid is the one before it.
    let previous = row.previous_serial.or(row.certificate_serial);
    agent::Entity::update_many()
        .col_expr(
            agent::Column::CertificateSerial,
            Expr::value(certificate.serial.clone()),
        )
        .col_expr(
            agent::Column::CertificateNotAfter,
            Expr::value(certificate.not_after.as_micros()),
        )
        .col_expr(agent::Column::PreviousSerial, Expr::value(previous))
        .filter(agent::Column::Id.eq(id.as_uuid()))
        .exec(&*transaction)
        .await?;
    // The first one is part of the enrolment.
    if let Some(renewed) = renewed
        && let Some(record) = row::find(&*transaction, id).await?
    {
        let home = record.view.home.as_ref().map(|home| home.organisation);
        let agent = &record.view.agent;
        transaction.note(
            notes::about("agent.renew_certificate", agent, home)
                .before(json!({ "serial": renewed }))
                .after(json!({ "serial": certificate.serial })),
            &notes::itself(agent),
            now,
        );
    }
    Ok(transaction.commit().await?)
}

/// Records the certificate of an enrolment: from now on it is the only one.
pub(crate) async fn replace_certificate(
    transaction: &Writing<'_>,
    id: AgentId,
    certificate: &Certificate,
) -> Result<(), Broken> {
    agent::Entity::update_many()
        .col_expr(
            agent::Column::CertificateSerial,
            Expr::value(certificate.serial.clone()),
        )
        .col_expr(
            agent::Column::CertificateNotAfter,
            Expr::value(certificate.not_after.as_micros()),
        )
        .col_expr(
            agent::Column::PreviousSerial,
            Expr::value(Option::<String>::None),
        )
        .filter(agent::Column::Id.eq(id.as_uuid()))
        .exec(&**transaction)
        .await?;
    Ok(())
}

pub(super) async fn seen(
    database: &Database,
    id: AgentId,
    serial: &str,
) -> Result<(), Fault<Infallible>> {
    if find(database, id, serial).await? != Some(CertificateUse::New) {
        return Ok(());
    }
    let transaction = database.write().await?;
    agent::Entity::update_many()
        .col_expr(
            agent::Column::PreviousSerial,
            Expr::value(Option::<String>::None),
        )
        .filter(agent::Column::Id.eq(id.as_uuid()))
        .filter(agent::Column::CertificateSerial.eq(serial))
        .exec(&*transaction)
        .await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn find(
    database: &Database,
    id: AgentId,
    serial: &str,
) -> Result<Option<CertificateUse>, Fault<Infallible>> {
    let serials: Option<(Option<String>, Option<String>)> = agent::Entity::find_by_id(id.as_uuid())
        .select_only()
        .columns([
            agent::Column::CertificateSerial,
            agent::Column::PreviousSerial,
        ])
        .into_tuple()
        .one(database.once())
        .await?;
    let Some((newest, previous)) = serials else {
        return Ok(None);
    };
    let used = if newest.as_deref() == Some(serial) {
        match previous {
            None => CertificateUse::Current,
            Some(_) => CertificateUse::New,
        }
    } else if previous.as_deref() == Some(serial) {
        CertificateUse::Previous
    } else {
        return Ok(None);
    };
    let disabled = device::Entity::find_by_id(id.as_uuid())
        .filter(device::Column::Status.eq(Status::Disabled.as_str()))
        .count(database.once())
        .await?;
    Ok((disabled == 0).then_some(used))
}
