mod wire;

use std::time::Duration;

use edgeward_testkit::browser::Browser;
use edgeward_testkit::{ask, eventually};
use futures::StreamExt as _;
use http::Request;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::*;
use crate::serving::STOP_GRACE;

const LIMIT: Duration = Duration::from_secs(20);

/// A simulated Neuron, and a token for it.
struct Stage {
    neuron: Neuron,
    token: String,
    _certs: tempfile::TempDir,
}

impl Stage {
    async fn set(site: Site) -> Self {
        let certs = tempfile::tempdir().unwrap();
        let neuron = Neuron::start(NeuronOptions::new(site, certs.path()))
            .await
            .unwrap();
        let mut stage = Self {
            neuron,
            token: String::new(),
            _certs: certs,
        };
        let login = json!({"name": "admin", "pass": "0000"});
        let (_, answer) = stage.call("POST", "/login", login).await;
        stage.token = answer["token"].as_str().unwrap().to_owned();
        stage
    }

    /// A call with the token, if there is one: status and body.
    async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let (status, text) = self.raw(method, path, &body.to_string()).await;
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn raw(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v2{path}"));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let request = request.body(body.to_owned()).unwrap();
        let answer = ask(self.neuron.address(), request).await.unwrap();
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        (answer.status().as_u16(), text)
    }
}

#[tokio::test]
async fn three_calls_are_open_and_refusals_are_spelled_as_neurons_are() {
    let mut stage = Stage::set(Site::PressShop).await;
    let token = std::mem::take(&mut stage.token);
    assert_eq!(
        stage.raw("POST", "/ping", "{}").await,
        (200, "{}".to_owned())
    );
    assert_eq!(stage.raw("GET", "/metrics", "").await.0, 200);
    let refused = (401, "{\"error\": 1004}".to_owned());
    for (method, path) in [
        ("GET", "/version"),
        ("GET", "/node?type=1"),
        ("POST", "/read"),
        ("GET", "/status"),
    ] {
        assert_eq!(stage.raw(method, path, "{}").await, refused, "{path}");
    }
    stage.token = format!("{token}x");
    assert_eq!(
        stage.raw("GET", "/version", "").await,
        (401, "{\"error\": 1005}".to_owned())
    );
    stage.token = token;
    assert_eq!(stage.get("/version").await["version"], "2.15.0");
    assert_eq!(stage.get("/status").await, json!({"status": "ready"}));
}

#[tokio::test]
async fn logins_and_passwords() {
    let stage = Stage::set(Site::PressShop).await;
    let rows = [
        (r#"{"name": "admin", "pass": "0001"}"#, 401, 1009),
        (r#"{"name": "nobody", "pass": "0000"}"#, 401, 1009),
        (r#"{"name": "admin", "pass": "0"}"#, 400, 1012),
        (r#"{"name": "admin""#, 400, 1002),
    ];
    for (body, status, code) in rows {
        let expected = (status, format!("{{\"error\": {code}}}"));
        assert_eq!(stage.raw("POST", "/login", body).await, expected, "{body}");
    }
    let change = |old: &str, new: &str| json!({"name": "admin", "old_pass": old, "new_pass": new});
    assert_eq!(
        stage
            .call("POST", "/password", change("9999", "abcd"))
            .await
            .0,
        401
    );
    assert_eq!(
        stage
            .call("POST", "/password", change("0000", "abcd"))
            .await,
        (200, json!({"error": 0}))
    );
    let login = |pass: &str| json!({"name": "admin", "pass": pass});
    assert_eq!(stage.call("POST", "/login", login("0000")).await.0, 401);
    assert_eq!(stage.call("POST", "/login", login("abcd")).await.0, 200);
}

#[tokio::test]
async fn calls_fail_with_neurons_numbers() {
    let stage = Stage::set(Site::PressShop).await;
    let group = json!({"node": "press-1", "group": "nothing"});
    let rows = [
        ("GET", "/node", json!({}), 400, 1003),
        ("GET", "/node?type=3", json!({}), 400, 1003),
        (
            "POST",
            "/node",
            json!({"name": "press-1", "plugin": "Modbus TCP"}),
            409,
            2002,
        ),
        (
            "POST",
            "/node",
            json!({"name": "x", "plugin": "OPC UA"}),
            404,
            2301,
        ),
        ("DELETE", "/node", json!({"name": "x"}), 404, 2003),
        (
            "PUT",
            "/node",
            json!({"name": "x", "new_name": "y"}),
            404,
            2003,
        ),
        (
            "POST",
            "/node/ctl",
            json!({"node": "press-1", "cmd": 0}),
            409,
            2007,
        ),
        (
            "POST",
            "/node/ctl",
            json!({"node": "x", "cmd": 0}),
            404,
            2003,
        ),
        ("POST", "/node/ctl", json!({"node": "press-1"}), 400, 1002),
        ("POST", "/read", group.clone(), 404, 2106),
        ("DELETE", "/group", group, 404, 2106),
        (
            "POST",
            "/group",
            json!({"node": "press-1", "group": "hydraulics", "interval": 1000}),
            409,
            2104,
        ),
        (
            "POST",
            "/subscribe",
            json!({"app": "mqtt-north", "driver": "press-1", "group": "hydraulics"}),
            409,
            2101,
        ),
        (
            "DELETE",
            "/subscribe",
            json!({"app": "mqtt-north", "driver": "x", "group": "y"}),
            404,
            2102,
        ),
        ("GET", "/schema?schema_name=opcua", json!({}), 404, 2301),
        ("PUT", "/log/level", json!({"level": "loud"}), 400, 1003),
        (
            "PUT",
            "/global/config",
            json!({"nodes": [{"name": "a", "plugin": "?"}]}),
            404,
            2301,
        ),
    ];
    for (method, path, body, status, code) in rows {
        let expected = (status, json!({"error": code}));
        assert_eq!(
            stage.call(method, path, body.clone()).await,
            expected,
            "{method} {path} {body}"
        );
    }
}

#[tokio::test]
async fn a_driver_is_made_set_filled_subscribed_and_removed() {
    let stage = Stage::set(Site::PaintLine).await;
    let done = (200, json!({"error": 0}));
    assert_eq!(
        stage
            .call(
                "POST",
                "/node",
                json!({"name": "new", "plugin": "Modbus TCP"})
            )
            .await,
        done
    );
    assert_eq!(
        stage.get("/node/setting?node=new").await,
        json!({"error": 2005})
    );
    assert_eq!(stage.get("/node/state?node=new").await["running"], 1);
    let setting = json!({"node": "new", "params": {"host": "10.0.0.1", "port": 502}});
    assert_eq!(
        stage.call("POST", "/node/setting", setting.clone()).await,
        done
    );
    assert_eq!(stage.get("/node/setting?node=new").await, setting);
    assert_eq!(stage.get("/node/state?node=new").await["running"], 3);
    let group = json!({"node": "new", "group": "g", "interval": 500});
    assert_eq!(stage.call("POST", "/group", group).await, done);
    let tag = |name: &str| json!({"name": name, "address": "1!400001", "attribute": 3, "type": 9});
    let tags = json!({"node": "new", "group": "g", "tags": [tag("a"), tag("b"), tag("a")]});
    assert_eq!(
        stage.call("POST", "/tags", tags).await,
        (200, json!({"index": 2, "error": 2202}))
    );
    let link = json!({"app": "mqtt-north", "driver": "new", "group": "g"});
    assert_eq!(stage.call("POST", "/subscribe", link).await, done);
    let config = stage.get("/global/config").await;
    assert_eq!(config["subscriptions"].as_array().unwrap().len(), 3);
    assert_eq!(
        stage.call("DELETE", "/node", json!({"name": "new"})).await,
        done
    );
    let linked = stage.get("/subscribe?app=mqtt-north").await;
    assert_eq!(linked["groups"].as_array().unwrap().len(), 2);
    // The document taken before brings it all back.
    assert_eq!(
        stage.call("PUT", "/global/config", config.clone()).await,
        done
    );
    assert_eq!(stage.get("/global/config").await, config);
}

#[tokio::test]
async fn values_move_can_be_written_and_stop_with_their_driver() {
    let stage = Stage::set(Site::CoolingPlant).await;
    let group = json!({"node": "chiller-1", "group": "water"});
    let read = async || stage.call("POST", "/read", group.clone()).await.1["tags"].clone();
    let first = read().await;
    assert_eq!(first.as_array().unwrap().len(), 6);
    eventually("other values", LIMIT, async || {
        let now = read().await;
        if now[0] == first[0] { Err(now) } else { Ok(()) }
    })
    .await
    .unwrap();
    let write =
        |tag: &str| json!({"node": "chiller-1", "group": "water", "tag": tag, "value": 7.5});
    assert_eq!(
        stage
            .call("POST", "/write", write("supply setpoint"))
            .await
            .1,
        json!({"error": 0})
    );
    assert_eq!(
        stage.call("POST", "/write", write("power")).await.1,
        json!({"error": 3004})
    );
    assert_eq!(
        read().await[5],
        json!({"name": "supply setpoint", "value": 7.5})
    );
    stage
        .call("POST", "/node/ctl", json!({"node": "chiller-1", "cmd": 1}))
        .await;
    assert_eq!(
        read().await[0],
        json!({"name": "supply temperature", "error": 3002})
    );
    let metrics = stage
        .raw("GET", "/metrics?category=driver&node=chiller-1", "")
        .await
        .1;
    assert!(
        metrics.contains("link_state{node=\"chiller-1\"} 0\n"),
        "{metrics}"
    );
    let metrics = stage.raw("GET", "/metrics", "").await.1;
    assert!(
        metrics.contains("\nsouth_running_nodes_total 2\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn live_channels_want_a_token_and_then_flow() {
    let stage = Stage::set(Site::PaintLine).await;
    let address = stage.neuron.address();
    let connect = async |cookie: &str| {
        let mut request = format!("ws://{address}/web/live")
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("cookie", cookie.parse().unwrap());
        let stream = TcpStream::connect(address).await.unwrap();
        tokio_tungstenite::client_async(request, stream).await
    };
    assert!(connect("a=b").await.is_err());
    let cookie = format!("neuron_token={}", stage.token);
    let (mut socket, _) = connect(&cookie).await.unwrap();
    let message = tokio::time::timeout(LIMIT, socket.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let message: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
    assert_eq!(message["groups"][0]["node"], "booth");

    let mut events = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /web/events HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\n\r\n");
    events.write_all(request.as_bytes()).await.unwrap();
    stage
        .call("POST", "/node/ctl", json!({"node": "oven", "cmd": 1}))
        .await;
    let mut text = String::new();
    let mut piece = [0; 1024];
    while !text.contains("Node oven was stopped") {
        let read = tokio::time::timeout(LIMIT, events.read(&mut piece))
            .await
            .unwrap()
            .unwrap();
        assert!(read > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    // Neither of the two keeps the Neuron from stopping.
    tokio::time::timeout(STOP_GRACE / 2, stage.neuron.stop())
        .await
        .unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn the_page_signs_in_and_shows_values_that_move() {
    let stage = Stage::set(Site::PressShop).await;
    let browser = Browser::start().await.unwrap();
    let page = browser
        .open(&format!("http://{}/", stage.neuron.address()))
        .await
        .unwrap();
    page.wait_for("#sign-in", LIMIT).await.unwrap();
    page.fill("#password", "1111").await.unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for_text("User name or password is wrong", LIMIT)
        .await
        .unwrap();
    page.forget();
    page.fill("#password", "0000").await.unwrap();
    page.press("Enter").await.unwrap();
    for way in ["poll", "socket", "events"] {
        page.wait_for(&format!("#way-{way}.on"), LIMIT)
            .await
            .unwrap();
    }
    page.wait_for(".value small", LIMIT).await.unwrap();
    let before = page.text("#groups").await.unwrap();
    let moved = format!(
        "document.querySelector('#groups').innerText !== {}",
        json!(before)
    );
    page.wait_until(&moved, LIMIT).await.unwrap();
    page.click("[aria-label='Stop press-2']").await.unwrap();
    page.wait_for_text("Node press-2 was stopped", LIMIT)
        .await
        .unwrap();
    page.wait_for("[aria-label='Start press-2']", LIMIT)
        .await
        .unwrap();
    page.reload().await.unwrap();
    page.wait_for("#way-socket.on", LIMIT).await.unwrap();
    assert!(page.console().is_empty(), "{:?}", page.console());
    assert!(
        page.failed_requests().is_empty(),
        "{:?}",
        page.failed_requests()
    );
    if let Some(folder) = std::env::var_os("EDGEWARD_PICTURES") {
        let folder = std::path::PathBuf::from(folder);
        page.wait_until(
            "document.querySelector('polyline').points.length > 20",
            LIMIT,
        )
        .await
        .unwrap();
        page.screenshot(&folder.join("neuron-1440.png"))
            .await
            .unwrap();
        page.set_viewport(390, 844).await.unwrap();
        page.screenshot(&folder.join("neuron-390.png"))
            .await
            .unwrap();
        page.click_text("Sign out").await.unwrap();
        page.wait_for("#sign-in", LIMIT).await.unwrap();
        page.screenshot(&folder.join("neuron-sign-in.png"))
            .await
            .unwrap();
    }
}
