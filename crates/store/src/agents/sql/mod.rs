use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::agent::{
    AdoptRefusal, Agent, Certificate, DeleteRefusal, Membership, ReleaseRefusal, Step,
    TransferRefusal,
};
use edgeward_domain::audit::{By, Note};
use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId};

use super::{
    AgentColumn, AgentFilter, AgentStore, AgentView, CertificateUse, EnrolRefusal, Hello,
    HelloOutcome, NewAgent, Released, RosterEntry, Transferred, UnknownAgent,
};
use crate::database::fault::{Broken, attempt, carry_out};
use crate::database::{Database, Writing};
use crate::{Failure, Page, Slice, Sort, StoreError};

mod adoption;
mod certificate;
mod commands;
mod enrolment;
mod hello;
mod list;
pub(crate) mod notes;
pub(crate) mod row;
mod transfer;

pub(crate) use adoption::remove_agents;
pub(crate) use certificate::replace_certificate;
pub(crate) use enrolment::insert_managed;

/// Whether there is such an agent; its row is locked to the transaction's end.
pub(crate) async fn has_agent(transaction: &Writing<'_>, id: AgentId) -> Result<bool, Broken> {
    Ok(row::lock(transaction, id).await?.is_some())
}

/// Something that was done to an agent, if there is one.
pub(crate) async fn note_about(
    transaction: &Writing<'_>,
    action: &'static str,
    id: AgentId,
) -> Result<Option<Note>, Broken> {
    let record = row::find(&**transaction, id).await?;
    Ok(record.map(|record| {
        let home = record.view.home.as_ref().map(|home| home.organisation);
        notes::about(action, &record.view.agent, home)
    }))
}

#[async_trait]
impl AgentStore for Database {
    async fn enrol_with_token(
        &self,
        secret_hash: &str,
        agent: NewAgent,
        now: Moment,
    ) -> Result<Agent, Failure<EnrolRefusal>> {
        attempt(
            "enrol an agent with a join token",
            enrolment::with_token(self, secret_hash, agent, now),
        )
        .await
    }

    async fn enrol_unmanaged(
        &self,
        agent: NewAgent,
        limit: u64,
        now: Moment,
    ) -> Result<Agent, Failure<EnrolRefusal>> {
        attempt(
            "enrol an unmanaged agent",
            enrolment::unmanaged(self, agent, limit, now),
        )
        .await
    }

    async fn record_certificate(
        &self,
        id: AgentId,
        certificate: Certificate,
        now: Moment,
    ) -> Result<(), Failure<UnknownAgent>> {
        attempt(
            "record an agent's certificate",
            certificate::record(self, id, certificate, now),
        )
        .await
    }

    async fn certificate_seen(&self, id: AgentId, serial: &str) -> Result<(), StoreError> {
        carry_out(
            "record that an agent's new certificate is in use",
            certificate::seen(self, id, serial),
        )
        .await
    }

    async fn find_by_certificate(
        &self,
        id: AgentId,
        serial: &str,
    ) -> Result<Option<CertificateUse>, StoreError> {
        carry_out(
            "look up an agent's certificate",
            certificate::find(self, id, serial),
        )
        .await
    }

    async fn forget_unfinished(&self, before: Moment, now: Moment) -> Result<u64, StoreError> {
        carry_out(
            "forget unfinished enrolments",
            enrolment::forget_unfinished(self, before, now),
        )
        .await
    }

    async fn record_hello(
        &self,
        id: AgentId,
        hello: Hello,
        now: Moment,
    ) -> Result<HelloOutcome, Failure<UnknownAgent>> {
        attempt("record a hello", hello::record(self, id, hello, now)).await
    }

    async fn record_heard(&self, heard: &[(AgentId, Moment)]) -> Result<(), StoreError> {
        carry_out("record when agents were heard", hello::heard(self, heard)).await
    }

    async fn agents(
        &self,
        filter: &AgentFilter,
        sort: Sort<AgentColumn>,
        slice: Slice,
    ) -> Result<Page<AgentView>, StoreError> {
        carry_out("list the agents", list::matching(self, filter, sort, slice)).await
    }

    async fn agent(&self, id: AgentId) -> Result<Option<AgentView>, StoreError> {
        carry_out("look up an agent", list::one(self, id)).await
    }

    async fn roster(&self) -> Result<Vec<RosterEntry>, StoreError> {
        carry_out("read the roster of agents", list::roster(self)).await
    }

    async fn adopt(
        &self,
        id: AgentId,
        name: Name,
        organisation: OrganisationId,
        project: ProjectId,
        by: &By,
        now: Moment,
    ) -> Result<AgentView, Failure<AdoptRefusal>> {
        attempt(
            "adopt an agent",
            adoption::adopt(self, id, name, (organisation, project), by, now),
        )
        .await
    }

    async fn confirm_membership(
        &self,
        id: AgentId,
        reported: Option<&Membership>,
        now: Moment,
    ) -> Result<Step, Failure<UnknownAgent>> {
        attempt(
            "record a reported membership",
            adoption::confirm(self, id, reported, now),
        )
        .await
    }

    async fn release(
        &self,
        id: AgentId,
        by: &By,
        now: Moment,
    ) -> Result<Released, Failure<ReleaseRefusal>> {
        attempt("release an agent", adoption::release(self, id, by, now)).await
    }

    async fn transfer_agents(
        &self,
        ids: &[AgentId],
        to: ProjectId,
        by: &By,
        now: Moment,
    ) -> Result<Vec<Transferred>, Failure<TransferRefusal>> {
        attempt(
            "transfer agents",
            transfer::transfer(self, ids, to, by, now),
        )
        .await
    }

    async fn delete(
        &self,
        id: AgentId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<DeleteRefusal>> {
        attempt("delete an agent", adoption::delete(self, id, by, now)).await
    }

    async fn next_command_number(&self, id: AgentId) -> Result<u64, Failure<UnknownAgent>> {
        attempt("number a command", commands::next_number(self, id)).await
    }

    async fn next_command_numbers(&self, ids: &[AgentId]) -> Result<Vec<Option<u64>>, StoreError> {
        carry_out("number commands", commands::next_numbers(self, ids)).await
    }

    async fn unsettled(&self) -> Result<Vec<Agent>, StoreError> {
        carry_out("list the unsettled agents", list::unsettled(self)).await
    }
}
