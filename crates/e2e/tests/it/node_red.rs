//! A real Node-RED in a network from which only the broker's port can be reached: a browser edits and deploys a flow through the tunnel.

use std::time::Duration;

use edgeward_testkit::browser::Browser;
use edgeward_testkit::eventually;
use edgeward_testkit::netns::{Link, Namespace};
use edgeward_testkit::node_red::NodeRed;
use serde_json::Value;

use crate::system::{Device, LIMIT, Parts, System, adopted, with_both_parts};

with_both_parts! {
    a_flow_is_edited_and_deployed_through_the_tunnel,
}

/// The editor is a large page.
const EDITOR_LIMIT: Duration = Duration::from_secs(60);

/// A place in the middle of the editor's canvas, in pixels.
const CANVAS: (f64, f64) = (600.0, 400.0);

/// What the flow says once it runs, in the editor's debug sidebar, which hears of it over WebSocket.
const SAYING: &str = "hello from behind NAT";

/// A flow as the import dialogue takes it: once deployed, it says something at once.
fn flow() -> String {
    serde_json::json!([
        {"id": "a1", "type": "inject", "name": "start", "props": [{"p": "payload"}], "repeat": "", "once": true,
         "onceDelay": "0.5", "payload": SAYING, "payloadType": "str", "x": 140, "y": 80, "wires": [["a2"]]},
        {"id": "a2", "type": "debug", "name": "say", "active": true, "tosidebar": true, "complete": "payload",
         "targetType": "msg", "x": 340, "y": 80, "wires": []},
    ])
    .to_string()
}

async fn a_flow_is_edited_and_deployed_through_the_tunnel(parts: Parts) {
    let namespace = Namespace::create("plant").unwrap();
    let link = Link::to_host(&namespace).unwrap();
    let node_red = NodeRed::start(&namespace).await.unwrap();
    let system = System::plan(parts).at(link.near_address()).start().await;
    let device = Device::join(&system, node_red.address(), Some(&namespace)).await;
    namespace.allow_only_tcp_to(system.mqtt).unwrap();
    let _process = device.run();
    let (_, web) = adopted(&system).await;

    let browser = Browser::start().await.unwrap();
    let url = system.client.open_service(web).await.unwrap().url;
    let page = browser.open(&url).await.unwrap();
    page.wait_for(
        ".red-ui-palette-node[data-palette-type=inject]",
        EDITOR_LIMIT,
    )
    .await
    .unwrap();
    let comms = "document.querySelector('#red-ui-notifications')?.innerText ?? ''";

    // The import dialogue, as Ctrl-I opens it.
    page.evaluate::<()>("void RED.actions.invoke('core:show-import-dialog')")
        .await
        .unwrap();
    page.wait_for("#red-ui-clipboard-dialog-import-text", LIMIT)
        .await
        .unwrap();
    page.fill("#red-ui-clipboard-dialog-import-text", &flow())
        .await
        .unwrap();
    // The dialogue reads its field when a key goes up.
    page.press("End").await.unwrap();
    page.click("#red-ui-clipboard-dialog-ok").await.unwrap();
    page.wait_until(
        "document.querySelectorAll('.red-ui-flow-node').length >= 2",
        LIMIT,
    )
    .await
    .unwrap();
    // What was imported hangs on the mouse until it is put down.
    page.drag(CANVAS, CANVAS).await.unwrap();
    page.click("#red-ui-header-button-deploy").await.unwrap();
    page.wait_until(
        &format!("({comms}).includes('Successfully deployed')"),
        LIMIT,
    )
    .await
    .unwrap();

    let deployed = eventually("the flow in Node-RED", LIMIT, async || {
        let answer = system.get(web, "/flows").await.map_err(|e| e.to_string())?;
        let flows: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        let found = flows
            .as_array()
            .unwrap()
            .iter()
            .any(|node| node["payload"] == SAYING);
        if found {
            Ok(())
        } else {
            Err(flows.to_string())
        }
    });
    deployed.await.unwrap();

    page.evaluate::<()>("void RED.sidebar.show('debug')")
        .await
        .unwrap();
    page.wait_for_text(SAYING, LIMIT).await.unwrap();
    let mut errors = page.console();
    errors.retain(|message| message.level != "warning");
    assert_eq!(errors, Vec::new());
    assert_eq!(page.failed_requests(), Vec::new());
}
