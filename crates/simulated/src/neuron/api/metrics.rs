//! Prometheus text.

use std::fmt::Write as _;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Here, params};
use crate::neuron::Shared;
use crate::neuron::code::Code;
use crate::neuron::plant::{Node, Side};

/// Messages per second that a subscription is said to send.
const MESSAGES_PER_S: f64 = 1.0;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Category {
    Global,
    Driver,
    App,
}

#[derive(Deserialize)]
pub(super) struct MetricsParams {
    category: Option<Category>,
    node: Option<String>,
}

pub(super) async fn metrics(
    State(shared): Here,
    query: Result<Query<MetricsParams>, QueryRejection>,
) -> Result<Response, Code> {
    let asked = params(query)?;
    let mut text = String::new();
    let all = asked.category.is_none();
    if (all && asked.node.is_none()) || matches!(asked.category, Some(Category::Global)) {
        global(&mut text, &shared);
    }
    let plant = shared.plant.lock();
    if let Some(node) = &asked.node {
        plant.node(node)?;
    }
    let named = |node: &&Node| asked.node.as_ref().is_none_or(|name| *name == node.name);
    for node in plant.nodes.iter().filter(named) {
        match node.plugin.side {
            Side::South if all || matches!(asked.category, Some(Category::Driver)) => {
                driver(&mut text, node, shared.elapsed_s());
            }
            Side::North if all || matches!(asked.category, Some(Category::App)) => {
                app(&mut text, node, shared.elapsed_s());
            }
            _ => {}
        }
    }
    Ok(([(header::CONTENT_TYPE, "text/plain")], text).into_response())
}

fn global(text: &mut String, shared: &Shared) {
    let plant = shared.plant.lock();
    let count = |side, running: Option<bool>| {
        let nodes = plant.nodes.iter().filter(|node| node.plugin.side == side);
        nodes
            .filter(|node| running.is_none_or(|running| node.is_linked() == running))
            .count()
    };
    let tags: usize = plant
        .nodes
        .iter()
        .flat_map(|node| &node.groups)
        .map(|group| group.tags.len())
        .sum();
    let mut metric = |name: &str, kind: &str, value: String| {
        let _infallible = write!(
            text,
            "# HELP {name} Simulated\n# TYPE {name} {kind}\n{name} {value}\n"
        );
    };
    metric("core_dumped", "gauge", "0".to_owned());
    metric(
        "uptime_seconds",
        "counter",
        shared.started.elapsed().as_secs().to_string(),
    );
    metric("cpu_percent", "gauge", "1.5".to_owned());
    metric("cpu_cores", "counter", "4".to_owned());
    metric("mem_total_bytes", "counter", (4_u64 << 30).to_string());
    metric("mem_used_bytes", "gauge", (900_u64 << 20).to_string());
    metric("rss_bytes", "gauge", (24_u64 << 20).to_string());
    for (side, name) in [(Side::North, "north"), (Side::South, "south")] {
        metric(
            &format!("{name}_nodes_total"),
            "gauge",
            count(side, None).to_string(),
        );
        metric(
            &format!("{name}_running_nodes_total"),
            "gauge",
            count(side, Some(true)).to_string(),
        );
        metric(
            &format!("{name}_disconnected_nodes_total"),
            "gauge",
            count(side, Some(false)).to_string(),
        );
    }
    metric("license_max_tags", "gauge", "0".to_owned());
    metric("license_used_tags", "gauge", tags.to_string());
}

fn driver(text: &mut String, node: &Node, elapsed_s: f64) {
    let tags: usize = node.groups.iter().map(|group| group.tags.len()).sum();
    let reads: f64 = node
        .groups
        .iter()
        .map(|group| group.tags.len() as f64 * elapsed_s * 1000.0 / f64::from(group.interval_ms))
        .sum();
    let label = format!("{{node=\"{}\"}}", node.name);
    let _infallible = write!(
        text,
        "link_state{label} {link}\nrunning_state{label} {run}\nlast_rtt_ms{label} {rtt}\n\
         tags_total{label} {tags}\ntag_reads_total{label} {reads}\ntag_read_errors_total{label} 0\n",
        link = u8::from(node.is_linked()),
        run = node.run as u8,
        rtt = if node.is_linked() { 3 } else { 9999 },
        reads = reads as u64,
    );
    for group in &node.groups {
        let _infallible = writeln!(
            text,
            "group_tags_total{{node=\"{}\",group=\"{}\"}} {}",
            node.name,
            group.name,
            group.tags.len()
        );
    }
}

fn app(text: &mut String, node: &Node, elapsed_s: f64) {
    let label = format!("{{node=\"{}\"}}", node.name);
    let sent = (node.links.len() as f64 * elapsed_s * MESSAGES_PER_S) as u64;
    let _infallible = write!(
        text,
        "link_state{label} {link}\nrunning_state{label} {run}\nsend_msgs_total{label} {sent}\n\
         send_msg_errors_total{label} 0\nrecv_msgs_total{label} 0\ncached_msgs{label} 0\n",
        link = u8::from(node.is_linked()),
        run = node.run as u8,
    );
}
