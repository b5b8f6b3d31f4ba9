//! Ports for programs that cannot choose one themselves and say which.

use anyhow::Result;
use edgeward_testkit::process::ProcessError;

/// How many times other ports are tried when one is taken.
const TRIES: usize = 20;

/// Below the kernel's own range, so that no outgoing connection has it by chance.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// Starts something on two ports; on others when one is taken.
pub async fn on_free_ports<T>(mut start: impl AsyncFnMut(u16, u16) -> Result<T>) -> Result<T> {
    let mut tries_left = TRIES;
    loop {
        match start(draw(), draw()).await {
            Err(error) if tries_left > 0 && is_port_taken(&error) => tries_left -= 1,
            result => return result,
        }
    }
}

fn draw() -> u16 {
    FIRST + u16::from_be_bytes(edgeward_pki::random_bytes()) % COUNT
}

fn is_port_taken(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<ProcessError>()
        .is_some_and(ProcessError::is_port_taken)
}
