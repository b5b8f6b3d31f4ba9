//! The AsyncAPI 3 document of the NATS API, made from the types. `docs/asyncapi.json` has to be equal to it; with
//! `EDGEWARD_WRITE_ASYNCAPI=1` the test writes it.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::messages::{
    AppsRequest, AssertionsReply, AssertionsRequest, ChangeReply, ConnectionStatusReply,
    EmptyRequest, SnapRequest, SnapsReply,
};
use super::subject::FILTERS;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/asyncapi.json");
const WRITE: &str = "EDGEWARD_WRITE_ASYNCAPI";

/// What stands behind a subject.
struct Operation {
    /// Unique; also the name of the channel.
    name: &'static str,
    subject: &'static str,
    summary: &'static str,
    request: Message,
    reply: Message,
}

struct Message {
    name: &'static str,
    schema: Value,
    examples: Vec<Value>,
}

fn message<T: JsonSchema>(
    generator: &mut SchemaGenerator,
    name: &'static str,
    examples: impl IntoIterator<Item = Value>,
) -> Message {
    Message {
        name,
        schema: generator.subschema_for::<T>().to_value(),
        examples: examples.into_iter().collect(),
    }
}

fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (name, subject) in [
        ("assertionsV1", "v1.snapd.v2.assertions.get"),
        ("assertions", "snapd.v2.assertions.get"),
    ] {
        operations.push(Operation {
            name,
            subject,
            summary: "An assertion of the device",
            request: message::<AssertionsRequest>(
                schemas,
                "AssertionsRequest",
                [json!({"type": "model"})],
            ),
            reply: message::<AssertionsReply>(
                schemas,
                "AssertionsReply",
                [json!({"stream": "type: model\n…\n"})],
            ),
        });
    }
    for (name, subject) in [
        ("snapsV1", "v1.snapd.v2.snaps.get"),
        ("snaps", "snapd.v2.snaps.get"),
    ] {
        operations.push(Operation {
            name,
            subject,
            summary: "All revisions of all snaps",
            request: message::<EmptyRequest>(schemas, "SnapsRequest", [json!({})]),
            reply: message::<SnapsReply>(
                schemas,
                "SnapsReply",
                [json!({"snaps": [{"name": "hello-world", "revision": "29"}]})],
            ),
        });
    }
    for (name, subject) in [
        ("appsV1", "v1.snapd.v2.apps.post"),
        ("apps", "snapd.v2.apps.post"),
    ] {
        operations.push(Operation {
            name,
            subject,
            summary: "Starts or stops services",
            request: message::<AppsRequest>(
                schemas,
                "AppsRequest",
                [json!({"action": "start", "names": ["hello-world.service"]})],
            ),
            reply: change_reply(schemas),
        });
    }
    operations.push(Operation {
        name: "snapV1",
        subject: "v1.snapd.v2.snaps.{snap}.post",
        summary: "Has a snap follow another channel, without refreshing it now",
        request: message::<SnapRequest>(
            schemas,
            "SnapRequest",
            [json!({"action": "switch", "channel": "latest/edge"})],
        ),
        reply: change_reply(schemas),
    });
    operations.push(Operation {
        name: "connectionStatus",
        subject: "iot.agent.mqtt.connection.status",
        summary: "Whether the agent is connected to its control plane",
        request: message::<EmptyRequest>(schemas, "ConnectionStatusRequest", [json!({})]),
        reply: message::<ConnectionStatusReply>(
            schemas,
            "ConnectionStatusReply",
            [
                json!({"connected": true}),
                json!({"connected": false, "errorInfo": {"message": "the control plane cannot be reached"}}),
            ],
        ),
    });
    operations
}

fn change_reply(schemas: &mut SchemaGenerator) -> Message {
    message::<ChangeReply>(
        schemas,
        "ChangeReply",
        [
            json!({"changeId": "91"}),
            json!({"changeId": "-1", "error": "Invalid action"}),
        ],
    )
}

fn document() -> Value {
    let mut settings = SchemaSettings::draft07();
    settings.definitions_path = "/components/schemas".into();
    let mut generator = settings.into_generator();
    let (mut channels, mut listed, mut messages) = (Map::new(), Map::new(), Map::new());
    for operation in operations(&mut generator) {
        let Operation {
            name,
            subject,
            summary,
            request,
            reply,
        } = operation;
        let replies = format!("{name}Reply");
        let reference = |channel: &str, message: &str| json!({"$ref": format!("#/channels/{channel}/messages/{message}")});
        let of_components =
            |message: &str| json!({"$ref": format!("#/components/messages/{message}")});
        let mut channel = json!({
            "address": subject,
            "messages": {request.name: of_components(request.name)},
        });
        if subject.contains("{snap}") {
            channel["parameters"] =
                json!({"snap": {"description": "The name of the snap; it has no dot."}});
        }
        listed.insert(
            name.to_owned(),
            json!({
                "action": "receive",
                "summary": summary,
                "channel": {"$ref": format!("#/channels/{name}")},
                "messages": [reference(name, request.name)],
                "reply": {
                    "address": {
                        "description": "The reply subject of the request.",
                        "location": "$message.header#/replyTo",
                    },
                    "channel": {"$ref": format!("#/channels/{replies}")},
                    "messages": [reference(&replies, reply.name)],
                },
            }),
        );
        channels.insert(name.to_owned(), channel);
        channels.insert(
            replies,
            json!({"address": null, "messages": {reply.name: of_components(reply.name)}}),
        );
        for Message {
            name,
            schema,
            examples,
        } in [request, reply]
        {
            let examples: Vec<_> = examples
                .into_iter()
                .map(|payload| json!({"payload": payload}))
                .collect();
            let message = json!({
                "name": name, "contentType": "application/json", "payload": schema, "examples": examples,
            });
            messages.insert(name.to_owned(), message);
        }
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Edgeward agent: snapd over NATS",
            "version": "1",
            "description": "What the agent on a device answers to local programs, through the NATS server on the device. \
                It connects as the user \"snapd\" with the password nats.snapd.password; without one there is no such API. \
                Every request is carried out once and answered; a reply with \"error\" says why it was not.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"device": {"host": "localhost:4222", "protocol": "nats", "security": [{"$ref": "#/components/securitySchemes/password"}]}},
        "channels": channels,
        "operations": listed,
        "components": {
            "messages": messages,
            "schemas": generator.take_definitions(true),
            "securitySchemes": {"password": {"type": "userPassword", "description": "The user \"snapd\"."}},
        },
    })
}

#[test]
fn the_document_is_what_the_code_says() {
    let generated = format!("{:#}\n", document());
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(FILE, &generated).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        kept == generated,
        "docs/asyncapi.json is not what the code says; run {WRITE}=1 cargo test -p edgeward-agent asyncapi"
    );
}

#[test]
fn every_subject_is_in_the_document() {
    let document = document();
    let mut addresses: Vec<_> = document["channels"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|channel| channel["address"].as_str())
        .map(|address| address.replace("{snap}", "*"))
        .collect();
    addresses.sort();
    let mut filters = FILTERS.map(str::to_owned);
    filters.sort();
    assert_eq!(addresses, filters);
}
