//! Devices with snapd, and existing agents.

mod actions;
mod enrolment;
mod hostile_devices;
mod old_agents;
mod ours;
mod rollouts;
mod stage;
mod thousands;
mod uploads;
