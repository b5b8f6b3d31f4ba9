//! Very large bodies between a real nginx and a client, with every program a process of its own: nothing is kept in memory.

use std::time::Duration;

use edgeward_client::{ProxyAnswer, ProxyRequest};
use edgeward_ids::ServiceId;
use edgeward_testkit::nginx::Nginx;
use edgeward_testkit::usage;
use futures::{StreamExt as _, stream};
use http::{HeaderMap, Method, StatusCode};

use crate::system::{Device, Parts, System, adopted, with_both_parts, within};

with_both_parts! {
    a_gibibyte_each_way_in_flat_memory,
}

const VOLUME_BYTES: u64 = 1 << 30;

/// What goes each way before memory is looked at, so that code and buffers of the first use are not taken for growth.
const WARM_UP_BYTES: u64 = 64 << 20;

const PIECE_BYTES: usize = 256 * 1024;

/// How much a process may grow.
const GROWTH_BYTES: u64 = 32 * 1024 * 1024;

/// How long a transfer may take on a slow machine.
const TRANSFER_LIMIT: Duration = Duration::from_secs(180);

async fn a_gibibyte_each_way_in_flat_memory(parts: Parts) {
    let nginx = Nginx::start(None).await.unwrap();
    nginx.add_sparse_file("first", WARM_UP_BYTES).unwrap();
    nginx.add_sparse_file("large", VOLUME_BYTES).unwrap();
    let system = System::plan(parts).start_program().await;
    let device = Device::join(&system, nginx.address(), None).await;
    let agent = device.run();
    let (_, web) = adopted(&system).await;
    both_ways(&system, web, &nginx, "first", WARM_UP_BYTES, |_| {}).await;

    let pids = [
        ("control plane", system.plane.pid()),
        ("agent", agent.pid()),
    ];
    let before = pids.map(|(_, pid)| usage::rss(pid).unwrap());
    let grown = |after: &str| {
        for ((name, pid), before) in pids.iter().zip(before) {
            let grown = usage::peak_rss(*pid).unwrap().saturating_sub(before);
            assert!(
                grown <= GROWTH_BYTES,
                "after the {after} the {name} had grown by {grown} bytes"
            );
        }
    };

    both_ways(&system, web, &nginx, "large", VOLUME_BYTES, grown).await;
}

/// Downloads a file of zeros and uploads as many; `after` is called with what was just done.
async fn both_ways(
    system: &System,
    web: ServiceId,
    nginx: &Nginx,
    name: &str,
    length: u64,
    after: impl Fn(&str),
) {
    let answer = system.get(web, &format!("/{name}")).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    let bytes = within("the download", TRANSFER_LIMIT, zeros(answer)).await;
    assert_eq!(bytes, length);
    after("download");

    let sending = upload(system, web, name, length);
    let sent = within("the upload", TRANSFER_LIMIT, sending).await;
    assert_eq!(sent.status, StatusCode::CREATED);
    let stored = std::fs::metadata(nginx.uploaded(name)).unwrap();
    assert_eq!(stored.len(), length);
    after("upload");
}

/// The length of a body, all of which must be zeros.
async fn zeros(mut answer: ProxyAnswer) -> u64 {
    let mut bytes = 0;
    while let Some(piece) = answer.next_piece().await.unwrap() {
        assert!(piece.iter().all(|byte| *byte == 0));
        bytes += piece.len() as u64;
    }
    bytes
}

async fn upload(system: &System, service: ServiceId, name: &str, length: u64) -> ProxyAnswer {
    let piece = bytes::Bytes::from(vec![0; PIECE_BYTES]);
    let pieces = usize::try_from(length).unwrap() / PIECE_BYTES;
    let body = stream::repeat_with(move || Ok(piece.clone())).take(pieces);
    let request = ProxyRequest {
        method: Method::PUT,
        path: format!("/upload/{name}"),
        headers: HeaderMap::new(),
        body: Some((body.boxed(), Some(length))),
    };
    system.client.proxy(service, request).await.unwrap()
}
