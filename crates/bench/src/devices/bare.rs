//! The limits: SQL alone, and a mosquitto that keeps nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use edgeward_ids::ActionId;
use edgeward_mqtt::{Client, Incoming, Lane, Options, Protocol, Publish, QoS};
use edgeward_wire::action::{ActionName, ActionRequest};
use edgeward_wire::command::{Body, Command, SignedCommand};
use edgeward_wire::topic::{Down, Topic};
use tokio::net::TcpStream;

use super::rate;
use crate::database::{Cell, Connection};
use crate::light::{Broker, Enrolled, Fleet};
use crate::peers::mosquitto::Mosquitto;

/// How many rows one transaction has.
const ROWS: usize = 1000;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(60);

/// How many reports a light agent answers an action with.
const REPORTS: usize = 3;

/// Inserts so many documents with a change each, and says how many a second.
pub async fn documents(connection: &mut Connection, document: &str, count: usize) -> Result<f64> {
    connection
        .run("CREATE TABLE bare_documents (n BIGINT PRIMARY KEY, document TEXT, patch TEXT)")
        .await?;
    let patch = "{\"snaps\":{\"snap-1\":{\"version\":\"1.1.1\"}}}";
    let began = Instant::now();
    let mut number = 0;
    while number < count {
        let end = count.min(number + ROWS);
        let rows = (number..end).map(|number| {
            vec![
                Cell::Number(i64::try_from(number).unwrap_or_default()),
                Cell::from(document),
                Cell::from(patch),
            ]
        });
        connection
            .insert("bare_documents", &["n", "document", "patch"], rows)
            .await?;
        number = end;
    }
    let rate = rate(count, began.elapsed());
    connection.run("DROP TABLE bare_documents").await?;
    Ok(rate)
}

/// Sends each an action over a mosquitto that keeps nothing, and says how long it is until all have answered.
pub async fn actions(ca_pem: &str, enrolled: &Enrolled) -> Result<Duration> {
    let mosquitto = Mosquitto::start(ca_pem).await?;
    let broker = Broker {
        address: mosquitto.address,
        authority_pem: mosquitto.authority_pem.clone(),
    };
    let mut fleet = Fleet::connect(&broker, &enrolled.identities).await?;
    fleet.subscribe().await?;
    let (client, mut incoming) = listen(&mosquitto).await?;
    let mut messages = Vec::with_capacity(enrolled.identities.len());
    for identity in &enrolled.identities {
        let command = Command {
            agent: identity.agent,
            number: 1,
            expires_at_us: i64::MAX,
            body: Body::Act {
                action: ActionId::generate(),
                request: ActionRequest {
                    name: ActionName::Refresh,
                    snap: "hello".to_owned(),
                    data: String::new(),
                },
                not_after_us: i64::MAX,
            },
        };
        let signed = SignedCommand {
            payload: serde_json::to_vec(&command)?,
            signature: vec![0; 64],
        };
        messages.push(Publish {
            topic: Arc::from(Topic::Down(identity.agent, Down::Command).to_string()),
            payload: serde_json::to_vec(&signed)?.into(),
            qos: QoS::AtLeastOnce,
            retain: false,
        });
    }
    let wanted = messages.len() * REPORTS;
    let began = Instant::now();
    let send = async {
        for message in messages {
            client.publish(message, Lane::Control).await?;
        }
        anyhow::Ok(())
    };
    let hear = async {
        for _ in 0..wanted {
            let received = tokio::time::timeout(LIMIT, incoming.next()).await;
            received.context("an answer is missing")??;
        }
        anyhow::Ok(())
    };
    tokio::try_join!(send, hear)?;
    let took = began.elapsed();
    fleet.all_there()?;
    Ok(took)
}

/// A client in place of the control plane, which hears what devices report.
async fn listen(mosquitto: &Mosquitto) -> Result<(Client, Incoming)> {
    let stream = TcpStream::connect(mosquitto.plain_address).await?;
    stream.set_nodelay(true)?;
    let options = Options {
        protocol: Protocol::V5,
        client_id: "bench".to_owned(),
        username: None,
        password: None,
        keep_alive_s: 60,
        clean_session: true,
        will: None,
        max_packet_bytes: u32::MAX,
        connect_timeout: LIMIT,
    };
    let (client, incoming) = edgeward_mqtt::connect(stream, options).await?;
    client
        .subscribe(&[("edgeward/v1/agents/+/up/report", QoS::AtLeastOnce)])
        .await?;
    Ok((client, incoming))
}
