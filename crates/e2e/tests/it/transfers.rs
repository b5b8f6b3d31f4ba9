//! Transfers that never end by themselves, to see what becomes of them when something breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use edgeward_client::{Client, ClientError, ProxyAnswer, ProxyRequest};
use edgeward_ids::ServiceId;
use edgeward_testkit::eventually;
use edgeward_testkit::services::pattern;
use futures::{StreamExt as _, stream};
use http::{HeaderMap, Method, StatusCode};
use tokio::task::JoinHandle;

use crate::system::{LIMIT, System, within};

/// How soon whoever reads or writes learns that there is no more, once the control plane can know.
pub const END_LIMIT: Duration = Duration::from_secs(10);

/// How soon a request works once the way is back.
const AGAIN_LIMIT: Duration = Duration::from_secs(5);

/// How much must have gone before something happens.
const UNDER_WAY_BYTES: u64 = 1024 * 1024;

const PIECE_BYTES: usize = 16 * 1024;

/// An endless download and an endless upload of the test kit's service.
pub struct Transfers {
    download: ProxyAnswer,
    upload: JoinHandle<Result<ProxyAnswer, ClientError>>,
    sent: Arc<AtomicU64>,
}

impl Transfers {
    /// Starts both, and waits until both are under way.
    pub async fn start(system: &System, service: ServiceId) -> Self {
        let download = system.get(service, "/endless").await.unwrap();
        let sent = Arc::new(AtomicU64::new(0));
        let upload = tokio::spawn(upload(system.client.clone(), service, sent.clone()));
        let mut transfers = Self {
            download,
            upload,
            sent,
        };
        transfers.go_on(UNDER_WAY_BYTES).await;
        transfers
    }

    /// Waits until so much more has gone both ways.
    pub async fn go_on(&mut self, bytes: u64) {
        let mut come = 0;
        while come < bytes {
            let piece = within("a piece", LIMIT, self.download.next_piece()).await;
            come += piece.unwrap().expect("an endless body goes on").len() as u64;
        }
        let goal = self.sent.load(Ordering::Relaxed) + bytes;
        eventually("an upload under way", LIMIT, async || {
            match self.sent.load(Ordering::Relaxed) {
                sent if sent >= goal => Ok(()),
                sent => Err(format!("{sent} bytes")),
            }
        })
        .await
        .unwrap();
    }

    /// Whoever reads and whoever writes goes away.
    pub fn abandon(self) {
        self.upload.abort();
    }

    /// Both must end with an error within this time, and never as if they were whole.
    pub async fn are_broken(mut self, limit: Duration) {
        let end = async {
            loop {
                match self.download.next_piece().await {
                    Ok(Some(_)) => {}
                    other => return other,
                }
            }
        };
        let end = within("the end of the download", limit, end).await;
        assert!(matches!(end, Err(ClientError::Broken { .. })), "{end:?}");
        let end = within("the end of the upload", limit, self.upload).await;
        let end = end.unwrap().map(|answer| answer.status);
        assert!(end.is_err(), "{end:?}");
    }
}

/// A request through the tunnel works within five seconds from now.
pub async fn works_again(system: &System, service: ServiceId) {
    let status = eventually("a request that works", AGAIN_LIMIT, async || {
        let answer = system.get(service, "/").await.map_err(|e| e.to_string())?;
        Ok::<_, String>(answer.status)
    });
    assert_eq!(status.await.unwrap(), StatusCode::OK);
}

async fn upload(
    client: Client,
    service: ServiceId,
    sent: Arc<AtomicU64>,
) -> Result<ProxyAnswer, ClientError> {
    let pieces = stream::iter(0..).map(move |number| {
        sent.fetch_add(PIECE_BYTES as u64, Ordering::Relaxed);
        Ok(pattern(number * PIECE_BYTES as u64, PIECE_BYTES).into())
    });
    let request = ProxyRequest {
        method: Method::POST,
        path: "/sink".to_owned(),
        headers: HeaderMap::new(),
        body: Some((pieces.boxed(), None)),
    };
    client.proxy(service, request).await
}
