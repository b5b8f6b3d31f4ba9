//! Rollouts, and devices' tags.

use edgeward_api::list::List;
use edgeward_api::rollout::{
    Preview, Rollout, RolloutDevice, RolloutDeviceFilter, RolloutFilter, RolloutRequest,
};
use edgeward_api::selection::{TagFilter, TagUse, Tags};
use edgeward_ids::{AgentId, RolloutId};

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// What a rollout would do.
    ///
    /// # Errors
    /// Refused with 400 when it cannot be asked for so, with 403 without the role.
    pub async fn preview_rollout(&self, request: &RolloutRequest) -> Result<Preview, ClientError> {
        self.send(Operation::post("rollouts/preview"), request)
            .await
    }

    /// Begins a rollout; it is written down when this returns, and goes on by itself.
    ///
    /// # Errors
    /// Refused with 400 when it cannot be asked for so, with 403 without the role, with 409 when no device matches or too many.
    pub async fn begin_rollout(&self, request: &RolloutRequest) -> Result<Rollout, ClientError> {
        self.send(Operation::post("rollouts"), request).await
    }

    /// The rollouts that match, the newest first.
    ///
    /// # Errors
    /// Refused with 400 when the filter cannot be asked for.
    pub async fn rollouts(&self, filter: &RolloutFilter) -> Result<List<Rollout>, ClientError> {
        self.ask_for(Operation::get("rollouts"), filter).await
    }

    /// One rollout.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn rollout(&self, id: RolloutId) -> Result<Rollout, ClientError> {
        self.ask(Operation::get(format!("rollouts/{id}"))).await
    }

    /// A rollout's devices, in the order of their waves.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn rollout_devices(
        &self,
        id: RolloutId,
        filter: &RolloutDeviceFilter,
    ) -> Result<List<RolloutDevice>, ClientError> {
        self.ask_for(Operation::get(format!("rollouts/{id}/devices")), filter)
            .await
    }

    /// Pauses a rollout.
    ///
    /// # Errors
    /// Refused with 409 when it does not run.
    pub async fn pause_rollout(&self, id: RolloutId) -> Result<Rollout, ClientError> {
        self.change_rollout(id, "pause").await
    }

    /// Resumes a rollout.
    ///
    /// # Errors
    /// Refused with 409 when it is not paused.
    pub async fn resume_rollout(&self, id: RolloutId) -> Result<Rollout, ClientError> {
        self.change_rollout(id, "resume").await
    }

    /// Ends a rollout.
    ///
    /// # Errors
    /// Refused with 409 when it has ended.
    pub async fn abort_rollout(&self, id: RolloutId) -> Result<Rollout, ClientError> {
        self.change_rollout(id, "abort").await
    }

    /// Undoes a rollout.
    ///
    /// # Errors
    /// Refused with 409 when it is or was undone.
    pub async fn undo_rollout(&self, id: RolloutId) -> Result<Rollout, ClientError> {
        self.change_rollout(id, "undo").await
    }

    async fn change_rollout(&self, id: RolloutId, change: &str) -> Result<Rollout, ClientError> {
        self.ask(Operation::post(format!("rollouts/{id}/{change}")))
            .await
    }

    /// A device's tags.
    ///
    /// # Errors
    /// Refused with 404 when there is no such device that one may see.
    pub async fn tags(&self, device: AgentId) -> Result<Tags, ClientError> {
        self.ask(Operation::get(format!("devices/{device}/tags")))
            .await
    }

    /// Gives a device these tags in place of those that it has.
    ///
    /// # Errors
    /// Refused with 400 when one cannot be a tag, with 403 without the role, with 409 when its agent is not managed.
    pub async fn set_tags(&self, device: AgentId, tags: &Tags) -> Result<Tags, ClientError> {
        self.send(Operation::put(format!("devices/{device}/tags")), tags)
            .await
    }

    /// The tags that devices have, in order.
    ///
    /// # Errors
    /// Refused with 400 when the filter cannot be asked for.
    pub async fn tags_in_use(&self, filter: &TagFilter) -> Result<List<TagUse>, ClientError> {
        self.ask_for(Operation::get("tags"), filter).await
    }
}
