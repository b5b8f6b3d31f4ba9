//! Configurations brought to many services: from one that runs, by a template, to others; read back, put back, undone.

mod many;
mod stories;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use edgeward_api::delivery::{
    DeliveredService, DeliveredServiceFilter, Delivery, DeliveryPlan, DeliveryRequest, DeliveryTo,
};
use edgeward_api::rollout::State;
use edgeward_api::service::{ServiceAuthentication, ServiceKind, ServiceRequest};
use edgeward_api::template::{Extent, Template, TemplateRequest};
use edgeward_ids::{RolloutId, ServiceId};
use edgeward_server::config::DirectServices;
use edgeward_simulated::Access;
use edgeward_simulated::ekuiper::{EKuiper, EKuiperOptions};
use edgeward_testkit::eventually;
use serde_json::{Value, json};

use crate::system::{Parts, Plan, System};

/// How long a delivery may take. Those that fail are looked at for a while first.
const END_LIMIT: Duration = Duration::from_secs(120);

/// A control plane that may dial this machine.
fn near(parts: Parts) -> Plan {
    System::plan(parts).with(|config| {
        config.direct_services = DirectServices {
            refused_networks: Vec::new(),
            ..DirectServices::default()
        };
    })
}

/// An eKuiper that asks nobody who they are, with a stream and a rule.
async fn ekuiper() -> EKuiper {
    let options = EKuiperOptions {
        access: Access::Open,
        ..EKuiperOptions::new("nowhere")
    };
    let ekuiper = EKuiper::start(options).await.unwrap();
    set(
        ekuiper.address(),
        &configuration("tcp://10.0.0.1:1883", "factory/old"),
    )
    .await;
    ekuiper
}

/// A configuration with a stream and a rule that publishes to a broker.
fn configuration(broker: &str, topic: &str) -> Value {
    let rule = json!({
        "id": "alarm",
        "sql": "SELECT * FROM pumps WHERE pressure > 5",
        "actions": [{"mqtt": {"server": broker, "topic": topic}}],
    });
    json!({
        "streams": {"pumps": "CREATE STREAM pumps () WITH (DATASOURCE=\"pumps\", FORMAT=\"JSON\")"},
        "rules": {"alarm": rule.to_string()},
    })
}

/// Makes this all that an eKuiper has, without the control plane.
async fn set(address: SocketAddr, configuration: &Value) {
    let answer = reqwest::Client::new()
        .post(format!("http://{address}/data/import"))
        .json(&json!({"content": configuration.to_string()}))
        .send();
    assert_eq!(answer.await.unwrap().status().as_u16(), 200);
}

/// All that an eKuiper has, asked without the control plane.
async fn all(address: SocketAddr) -> Value {
    let answer = reqwest::get(format!("http://{address}/data/export")).await;
    answer.unwrap().json().await.unwrap()
}

/// Where the rule of an eKuiper publishes.
fn published(all: &Value) -> (String, String) {
    let rule: Value = serde_json::from_str(all["rules"]["alarm"].as_str().unwrap()).unwrap();
    let sink = &rule["actions"][0]["mqtt"];
    let text = |name: &str| sink[name].as_str().unwrap().to_owned();
    (text("server"), text("topic"))
}

impl System {
    async fn add_ekuiper(&self, name: &str, address: SocketAddr) -> ServiceId {
        let request = ServiceRequest {
            project_id: self.organisation().await.projects[0].id,
            name: name.parse().unwrap(),
            kind: ServiceKind::EKuiper,
            address: format!("http://{address}"),
            pinned: None,
            description: String::new(),
            authentication: ServiceAuthentication::None,
            user: None,
            password: None,
            tags: Vec::new(),
            unproven: true,
        };
        self.client.add_service(&request).await.unwrap().id
    }

    /// A template with `${broker}` and `${topic}` in it, made from a running service as a person would.
    async fn template_from(&self, service: ServiceId) -> Template {
        let taken = self.client.service_configuration(service).await.unwrap();
        assert_eq!(
            (taken.kind.as_str(), taken.form.as_str()),
            ("ekuiper", "json")
        );
        let text = taken
            .text
            .replace("tcp://10.0.0.1:1883", "${broker}")
            .replace("factory/old", "${topic}");
        let request = TemplateRequest {
            project_id: self.organisation().await.projects[0].id,
            name: "Alarms".parse().unwrap(),
            kind: ServiceKind::EKuiper,
            description: "pressure alarms of all pumps".into(),
            extent: Extent::Part,
            text,
        };
        self.client.add_template(&request).await.unwrap()
    }

    /// Waits until a delivery is in this state.
    async fn delivery_is(&self, id: RolloutId, state: State) -> Delivery {
        eventually(
            &format!("a delivery that is {state:?}"),
            END_LIMIT,
            async || {
                let delivery = self.client.delivery(id).await.map_err(|e| e.to_string())?;
                if delivery.state == state {
                    Ok(delivery)
                } else {
                    Err(format!(
                        "{:?} {} {:?}",
                        delivery.state, delivery.reason, delivery.counts
                    ))
                }
            },
        )
        .await
        .unwrap()
    }

    /// What became of each service of a delivery.
    async fn delivered(&self, id: RolloutId) -> BTreeMap<String, DeliveredService> {
        let filter = DeliveredServiceFilter::default();
        let found = self.client.delivered_services(id, &filter).await.unwrap();
        let named = |service: DeliveredService| (service.name.to_string(), service);
        found.items.into_iter().map(named).collect()
    }
}

/// To these services, all at once, with a broker for all and a topic for each.
fn request(template: &Template, services: &[ServiceId]) -> DeliveryRequest {
    let to = |(number, service): (usize, &ServiceId)| DeliveryTo {
        service_id: *service,
        values: values(&[("topic", &format!("factory/{number}"))]),
    };
    DeliveryRequest {
        name: "Alarms to the new broker".parse().unwrap(),
        template_id: template.id,
        version: None,
        services: services.iter().enumerate().map(to).collect(),
        tag: None,
        defaults: values(&[("broker", "tcp://10.0.0.2:1883")]),
        plan: DeliveryPlan::default(),
    }
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}
