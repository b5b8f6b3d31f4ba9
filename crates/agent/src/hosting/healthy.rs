//! Whether a service answers.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::check::head_status;

/// How long a service may take for an answer before it is asked again.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether anything answers HTTP at a port of this device; otherwise what there is instead. Any answer will do: that it wants a token,
/// too.
pub(super) async fn answers(port: u16) -> Result<(), String> {
    let answer = async {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(|error| format!("nothing takes connections at its port ({error})"))?;
        let status = head_status(stream, &format!("127.0.0.1:{port}")).await;
        status.map_err(|_| "it does not answer HTTP at its port yet".to_owned())
    };
    match timeout(ANSWER_TIMEOUT, answer).await {
        Ok(answer) => answer.map(drop),
        Err(_) => Err(format!("it does not answer within {ANSWER_TIMEOUT:?}")),
    }
}
