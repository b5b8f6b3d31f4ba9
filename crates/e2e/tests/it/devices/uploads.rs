//! Logs and snapshots put to a server over HTTPS, with a certificate of an authority that only the device's system knows.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use edgeward_api::action::{Action, AskRequest, State, ToDo};
use edgeward_api::agent::Presence;
use edgeward_ids::AgentId;
use edgeward_pki::Authority;
use edgeward_pki::tls::Acceptor;
use edgeward_testkit::eventually;
use edgeward_testkit::process::Process;
use edgeward_testkit::snapd::{Device as SnapdDevice, LogEntry, SimSnap, SimulatedSnapd};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::system::{Device, EMBEDDED, System};

/// How long an action may take here.
const TIME: Duration = Duration::from_secs(30);

/// Request line and body of each.
type Puts = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A server that takes what is put to it; its authority is in a file.
async fn sink(authority_file: &Path) -> (SocketAddr, Puts) {
    let now = SystemTime::now();
    let authority = Authority::generate("files", now).unwrap();
    std::fs::write(authority_file, authority.certificate_pem()).unwrap();
    let issued = authority
        .issue_server(&["127.0.0.1".into()], Duration::from_secs(3600), now)
        .unwrap();
    let acceptor = Acceptor::https(&issued.certificate_pem, &issued.key_pem).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let puts = Puts::default();
    let kept = Arc::clone(&puts);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Whoever does not believe it goes away in the middle.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut bytes = Vec::new();
            let (line, body) = loop {
                let mut piece = [0; 16 * 1024];
                match stream.read(&mut piece).await {
                    Ok(0) | Err(_) => break (String::new(), Vec::new()),
                    Ok(count) => bytes.extend_from_slice(&piece[..count]),
                }
                if let Some(whole) = whole(&bytes) {
                    break whole;
                }
            };
            kept.lock().unwrap().push((line, body));
            let answer = b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        }
    });
    (address, puts)
}

/// Request line and body, once all of it is there.
fn whole(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let length: usize = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    })?;
    let body = &bytes[end + 4..];
    (body.len() == length).then(|| (head.lines().next().unwrap().to_owned(), body.to_vec()))
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_snapshots_go_to_a_server_that_the_devices_system_believes() {
    let system = System::start(EMBEDDED).await;
    let authority_file = system.folder.path().join("files-ca.pem");
    let (address, puts) = sink(&authority_file).await;
    let snapd = SimulatedSnapd::start(SnapdDevice {
        snaps: vec![SimSnap::new("hello").with_service("web")],
        ..SnapdDevice::default()
    })
    .unwrap();
    let control = snapd.control();
    control.log([LogEntry {
        timestamp: "2026-11-20T19:35:31.5Z".into(),
        message: "a line".into(),
        sid: "hello.web".into(),
        pid: "7".into(),
    }]);
    control.export_bytes(300_000);
    let device = Device::join_with_snapd(&system, snapd.socket()).await;
    let log = device.state_dir().with_extension("log");
    let start = |program: edgeward_testkit::process::Program| -> Process {
        program.start(log.clone()).unwrap()
    };
    let agents = system.client.agents(&Default::default()).await.unwrap();
    let agent = agents.items[0].id;

    let process = start(device.command("run"));
    system.wait_presence(agent, Presence::Online).await;
    system.adopt(agent, "press").await;
    let url = |path: &str| json!({"url": format!("https://{address}{path}")}).to_string();
    let refused = ended(&system, agent, "logs", "", url("/unknown")).await;
    assert_eq!(refused.state, State::Failed, "{refused:?}");
    assert!(
        refused.message.contains("no secure connection"),
        "{refused:?}"
    );
    assert_eq!(puts.lock().unwrap().len(), 0);
    process.kill();

    let _process = start(device.command("run").env("SSL_CERT_FILE", &authority_file));
    let sent = ended(&system, agent, "logs", "", url("/log?a=b")).await;
    assert_eq!(sent.state, State::Done, "{sent:?}");
    let sent = ended(&system, agent, "snapshot", "hello", url("/snapshot")).await;
    assert_eq!(sent.state, State::Done, "{sent:?}");
    let puts = puts.lock().unwrap().clone();
    let [(log_line, log), (snapshot_line, snapshot)] = puts.as_slice() else {
        panic!("{} were put", puts.len());
    };
    assert_eq!(log_line, "PUT /log?a=b HTTP/1.1");
    assert!(String::from_utf8_lossy(log).contains("hello.web a line"));
    assert_eq!(snapshot_line, "PUT /snapshot HTTP/1.1");
    assert_eq!(*snapshot, control.export_of(1));
}

async fn ended(system: &System, agent: AgentId, name: &str, snap: &str, data: String) -> Action {
    let request = AskRequest {
        device_ids: vec![agent],
        selection: None,
        action: ToDo {
            name: name.to_owned(),
            snap: snap.to_owned(),
            data,
        },
        expires_in_s: None,
    };
    let asked = system.client.ask_for_action(&request).await.unwrap();
    let id = asked.actions[0].id;
    eventually("the action ends", TIME, async || {
        let action = system.client.action(id).await;
        let action = action.map_err(|error| error.to_string())?;
        match action.state {
            State::Queued | State::Sent | State::Running => Err(format!("{action:?}")),
            _ => Ok(action),
        }
    })
    .await
    .unwrap()
}
