//! Copies bytes between a client and the broker, each direction to its own end.
//!
//! A direction's buffer is small while little is copied, grows under load, and shrinks again.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A direction's buffer at rest.
const MIN_BUFFER_BYTES: usize = 2 * 1024;

/// A direction's buffer under load.
const MAX_BUFFER_BYTES: usize = 128 * 1024;

/// After so long without a byte, a grown buffer is given back.
const SHRINK_AFTER: Duration = Duration::from_secs(2);

/// When one direction has ended, the other may take so long.
const OTHER_DIRECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// Which end closed first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum EndedBy {
    Client,
    Broker,
}

/// Copies both ways until both ends are closed, or one is and the other does not follow in time.
pub(crate) async fn relay<S>(client: S, broker: TcpStream) -> EndedBy
where
    S: AsyncRead + AsyncWrite,
{
    let (client_reader, client_writer) = tokio::io::split(client);
    let (broker_reader, broker_writer) = broker.into_split();
    let mut from_client = std::pin::pin!(copy(client_reader, broker_writer));
    let mut from_broker = std::pin::pin!(copy(broker_reader, client_writer));
    tokio::select! {
        _ = &mut from_client => {
            let _ = timeout(OTHER_DIRECTION_TIMEOUT, from_broker).await;
            EndedBy::Client
        }
        _ = &mut from_broker => {
            let _ = timeout(OTHER_DIRECTION_TIMEOUT, from_client).await;
            EndedBy::Broker
        }
    }
}

/// Copies until the reader's end, and passes the end on. An error ends it too; whose it was does not matter here.
async fn copy<R, W>(mut reader: R, mut writer: W) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; MIN_BUFFER_BYTES];
    loop {
        let read = if buffer.len() > MIN_BUFFER_BYTES {
            match timeout(SHRINK_AFTER, reader.read(&mut buffer)).await {
                Ok(read) => read?,
                Err(_) => {
                    buffer = vec![0; MIN_BUFFER_BYTES];
                    continue;
                }
            }
        } else {
            reader.read(&mut buffer).await?
        };
        if read == 0 {
            return writer.shutdown().await;
        }
        writer.write_all(&buffer[..read]).await?;
        writer.flush().await?;
        if read == buffer.len() && buffer.len() < MAX_BUFFER_BYTES {
            buffer = vec![0; buffer.len() * 4];
        }
    }
}
