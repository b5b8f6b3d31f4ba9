//! The audit log: pages of entries, the whole as a download, and its verification from end to end.

use edgeward_api::audit::{Entry, EntryFilter, EntryPage, Verification, VerificationRequest};
use edgeward_api::list::List;

use crate::request::Operation;
use crate::{Client, ClientError, Download};

impl Client {
    /// A page of the entries that match, the newest first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn audit(&self, filter: &EntryFilter) -> Result<EntryPage, ClientError> {
        self.ask_for(Operation::get("audit"), filter).await
    }

    /// All entries that match, in the form that the filter names. That it was fetched is an entry, too.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn export_audit(&self, filter: &EntryFilter) -> Result<Download, ClientError> {
        let request = self.request(&Operation::get("audit/export")).query(filter);
        let response = self.answered(request).await?;
        Ok(Download::new(response, self.server()))
    }

    /// Everything that an entry can say was done.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn audit_actions(&self) -> Result<List<String>, ClientError> {
        self.ask(Operation::get("audit/actions")).await
    }

    /// Goes over a part of the chain.
    ///
    /// # Errors
    /// Refused with 403 unless one is a system administrator.
    pub async fn verify_audit_from(
        &self,
        request: &VerificationRequest,
    ) -> Result<Verification, ClientError> {
        self.ask_for(Operation::get("audit/verification"), request)
            .await
    }

    /// Goes over the whole chain part by part, telling each part's answer to `progress`; the last answer is either
    /// complete or says what is broken. Entries made meanwhile are verified, too.
    ///
    /// # Errors
    /// See [`Client::verify_audit_from`]; [`ClientError::VerificationStalled`] when a part brings nothing new.
    pub async fn verify_audit(
        &self,
        mut progress: impl FnMut(&Verification),
    ) -> Result<Verification, ClientError> {
        let mut request = VerificationRequest::default();
        loop {
            let answer = self.verify_audit_from(&request).await?;
            progress(&answer);
            if answer.complete || answer.broken.is_some() {
                return Ok(answer);
            }
            if answer.verified_to <= request.after {
                return Err(ClientError::VerificationStalled {
                    after: request.after,
                });
            }
            request = VerificationRequest {
                after: answer.verified_to,
                hash: Some(answer.hash),
            };
        }
    }

    /// The entry with this number, unless it is missing or cannot be seen.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn audit_entry(&self, number: u64) -> Result<Option<Entry>, ClientError> {
        let filter = EntryFilter {
            before: number.checked_add(1),
            limit: Some(1),
            ..EntryFilter::default()
        };
        let page = self.audit(&filter).await?;
        Ok(page.items.into_iter().find(|entry| entry.number == number))
    }
}
