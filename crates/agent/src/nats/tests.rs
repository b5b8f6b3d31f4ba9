use std::collections::HashMap;

use async_nats::{Client, ConnectOptions};
use edgeward_ids::AgentId;
use edgeward_testkit::nats::NatsServer;
use serde_json::{Value, json};

use super::answer::Answerer;
use super::subject::{Call, FILTERS};
use super::*;
use crate::LinkState;
use crate::fake_snapd::{Answer, FakeSnapd};

const USER: &str = "snapd";
const PASSWORD: &str = "a very long password indeed";

/// How long a reply may take.
const LIMIT: Duration = Duration::from_secs(20);

fn answers(asked: &str, body: &Value) -> Answer {
    match asked {
        "GET /v2/assertions/model" => Answer::Assertion("type: model\n\nsignature\n"),
        "GET /v2/snaps?select=all" => Answer::Result(json!([{
            "id": "abc", "name": "hello", "type": "app", "status": "active", "version": "2", "revision": "x2",
            "tracking-channel": "latest/edge", "installed-size": 4096, "confinement": "strict", "devmode": false,
            "apps": [{"snap": "hello", "name": "svc", "daemon": "simple", "enabled": true}],
        }])),
        "POST /v2/apps" if body["names"] == json!(["hello.svc"]) => Answer::Change("91"),
        "POST /v2/snaps/hello" => Answer::Change("77"),
        _ => Answer::Refused("snapd says no"),
    }
}

fn status(link: LinkState) -> (watch::Sender<Status>, watch::Receiver<Status>) {
    watch::channel(Status {
        agent: AgentId::generate(),
        link,
        since_us: 0,
        membership: None,
    })
}

struct Running {
    server: NatsServer,
    snapd: FakeSnapd,
    status: watch::Sender<Status>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start() -> Self {
        let server = NatsServer::start(&[(USER, PASSWORD)]).await.unwrap();
        let snapd = FakeSnapd::start(answers);
        let (status, statuses) = status(LinkState::Connecting);
        let config = NatsConfig {
            url: server.url(),
            password: Some(Secret::new(PASSWORD)),
        };
        let nats = Nats::new(&config, snapd.client(), statuses).unwrap();
        let stop = CancellationToken::new();
        let task = tokio::spawn(nats.run(stop.clone()));
        Self {
            server,
            snapd,
            status,
            stop,
            task,
        }
    }

    /// A local program.
    async fn program(&self) -> Client {
        ConnectOptions::with_user_and_password(USER.to_owned(), PASSWORD.to_owned())
            .request_timeout(Some(LIMIT))
            .connect(self.server.url())
            .await
            .unwrap()
    }
}

/// Asks until somebody is there to answer.
async fn ask(program: &Client, subject: &str, request: Value) -> Value {
    edgeward_testkit::eventually("a reply", LIMIT, async || {
        let payload = request.to_string().into();
        match program.request(subject.to_owned(), payload).await {
            Ok(reply) => Ok(serde_json::from_slice(&reply.payload).unwrap()),
            Err(error) => Err(error.to_string()),
        }
    })
    .await
    .unwrap()
}

async fn ask_once(program: &Client, subject: &str, request: &Value) -> Value {
    let payload = request.to_string().into();
    let reply = program.request(subject.to_owned(), payload).await.unwrap();
    serde_json::from_slice(&reply.payload).unwrap()
}

#[tokio::test]
async fn every_subject_is_answered_once_and_errors_too() {
    let running = Running::start().await;
    let program = running.program().await;
    let assertion = json!({"stream": "type: model\n\nsignature\n"});
    let snaps = json!({"snaps": [{
        "id": "abc", "name": "hello", "type": "app", "status": "active", "version": "2", "trackingChannel": "latest/edge",
        "revision": "x2", "installedSize": 4096, "apps": [{"name": "svc", "daemon": "simple", "enabled": true}],
    }]});
    let no_change = |error: &str| json!({"changeId": "-1", "error": error});
    let cases = [
        (
            "snapd.v2.assertions.get",
            json!({"type": "model"}),
            assertion.clone(),
        ),
        (
            "v1.snapd.v2.assertions.get",
            json!({"type": "model"}),
            assertion,
        ),
        (
            "v1.snapd.v2.assertions.get",
            json!({"type": "serial"}),
            json!({"error": "only assertions of the type \"model\" are given out"}),
        ),
        ("snapd.v2.snaps.get", json!({}), snaps.clone()),
        ("v1.snapd.v2.snaps.get", json!({}), snaps),
        (
            "v1.snapd.v2.apps.post",
            json!({"action": "start", "names": ["hello.svc"]}),
            json!({"changeId": "91"}),
        ),
        (
            "snapd.v2.apps.post",
            json!({"action": "stop", "names": ["other"]}),
            no_change("snapd says no"),
        ),
        (
            "snapd.v2.apps.post",
            json!({"action": "explode", "names": []}),
            no_change("Invalid action"),
        ),
        (
            "v1.snapd.v2.snaps.hello.post",
            json!({"action": "switch", "channel": "edge"}),
            json!({"changeId": "77"}),
        ),
        (
            "v1.snapd.v2.snaps.hello.post",
            json!({"action": "remove"}),
            no_change("Invalid action"),
        ),
        (
            "v1.snapd.v2.apps.post",
            json!(["no", "request"]),
            no_change(
                "the request cannot be read: invalid type: string \"no\", expected a borrowed string at line 1 column 5",
            ),
        ),
    ];
    for (subject, request, expected) in cases {
        let reply = ask(&program, subject, request.clone()).await;
        if request.is_array() {
            let error = reply["error"].as_str().unwrap();
            assert!(error.starts_with("the request cannot be read: "), "{error}");
        } else {
            assert_eq!(reply, expected, "{subject}");
        }
    }
    let mut orders: HashMap<String, Vec<Value>> = HashMap::new();
    for (asked, body) in running.snapd.orders() {
        orders.entry(asked).or_default().push(body);
    }
    assert_eq!(
        orders["POST /v2/apps"],
        [
            json!({"action": "start", "names": ["hello.svc"]}),
            json!({"action": "stop", "names": ["other"]}),
        ]
    );
    let switch = json!({"action": "switch", "channel": "edge"});
    assert_eq!(orders["POST /v2/snaps/hello"], [switch]);
    running.stop.cancel();
    running.task.await.unwrap();
}

#[tokio::test]
async fn local_programs_learn_whether_the_agent_is_connected_also_after_the_server_was_away() {
    let mut running = Running::start().await;
    let subject = "iot.agent.mqtt.connection.status";
    let program = running.program().await;
    assert_eq!(
        ask(&program, subject, json!({})).await,
        json!({"connected": false, "errorInfo": {"message": "not connected yet"}})
    );
    running.status.send_modify(|status| {
        status.link = LinkState::Online {
            address: "x:1".into(),
        }
    });
    running.server.restart().await.unwrap();
    let program = running.program().await;
    assert_eq!(
        ask(&program, subject, json!({})).await,
        json!({"connected": true})
    );
}

#[tokio::test]
async fn many_requests_at_once_are_each_answered_and_done_once() {
    let running = Running::start().await;
    let program = running.program().await;
    ask(&program, "snapd.v2.snaps.get", json!({})).await;
    let start = json!({"action": "start", "names": ["hello.svc"]});
    let many = (0..200).map(|_| ask_once(&program, "v1.snapd.v2.apps.post", &start));
    let replies = futures::future::join_all(many).await;
    assert!(
        replies.iter().all(|reply| reply["changeId"] == "91"),
        "{replies:?}"
    );
    assert_eq!(running.snapd.orders().len(), 200);
}

#[tokio::test]
async fn a_wrong_password_and_a_server_that_is_none_are_told() {
    let server = NatsServer::start(&[(USER, PASSWORD)]).await.unwrap();
    let open = async |address: String, password: &str| {
        let opened = Connection::open(&address, &Secret::new(password)).await;
        Chain(&opened.err().unwrap()).to_string()
    };
    let error = open(server.address().to_string(), "wrong").await;
    assert_eq!(error, "the NATS server refuses: Authorization Violation");
    let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = other.local_addr().unwrap().to_string();
    let answer = async {
        use tokio::io::AsyncWriteExt as _;
        let (mut stream, _) = other.accept().await.unwrap();
        stream.write_all(b"220 mail.example.com\r\n").await.unwrap();
        stream
    };
    let (error, _stream) = tokio::join!(open(address, PASSWORD), answer);
    assert_eq!(
        error,
        "the NATS server says what is not understood: \"220 mail.example.com\""
    );
}

#[tokio::test]
async fn a_reply_that_is_too_large_for_the_server_is_an_error() {
    let snapd = FakeSnapd::start(answers);
    let (_status, status) = status(LinkState::Stopped);
    let answerer = Answerer {
        snapd: snapd.client(),
        status,
    };
    let reply = answerer.answer(&Call::Snaps, b"", 100).await;
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    assert_eq!(reply["snaps"], json!([]));
    let error = reply["error"].as_str().unwrap();
    assert!(
        error.ends_with("the NATS server takes 100 at most"),
        "{error}"
    );
}

#[tokio::test]
async fn without_a_password_there_is_no_api() {
    let snapd = Snapd::new("/nowhere");
    let (_status, status) = status(LinkState::Connecting);
    assert!(Nats::new(&NatsConfig::default(), snapd, status).is_none());
}

#[test]
fn each_filter_has_its_call_and_nothing_else_has() {
    for filter in FILTERS {
        assert!(
            Call::parse(&filter.replace('*', "hello")).is_some(),
            "{filter}"
        );
    }
    for other in [
        "snapd.v2.snaps.hello.post",
        "v1.snapd.v2.snaps..post",
        "v1.snapd.v2.snaps.a.b.post",
        "v1.snapd.v2.snaps.get.",
        "",
    ] {
        assert_eq!(Call::parse(other), None, "{other}");
    }
}
