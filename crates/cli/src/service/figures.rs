//! `edgeward service figures`: how a service fares.

use edgeward_api::service::FigureSeries;
use edgeward_client::Client;

use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::{output, resolve};

/// Shows a service's key figures: the last value of each, and the least and the most of the last day.
pub(super) async fn show(global: &Global, client: &Client, service: &str) -> Result<(), CliError> {
    let service = resolve::service(client, service).await?;
    let figures = client.service_figures(service.id).await?;
    if global.output == Output::Json {
        return output::json(&figures);
    }
    for trouble in &figures.troubles {
        output::note(&output::plain(trouble));
    }
    if figures.series.is_empty() {
        output::note(
            "there are no figures: its kind has none, or it has not been asked yet; it is asked when it is looked at",
        );
        return Ok(());
    }
    let columns = ["FIGURE", "LAST", "LEAST", "MOST", "POINTS"];
    output::table(&columns, figures.series.iter().map(row))
}

fn row(series: &FigureSeries) -> Vec<String> {
    let values = || series.points.iter().map(|[_, value]| *value);
    let shown = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |v| v.to_string());
    vec![
        output::plain(&series.name),
        shown(values().next_back()),
        shown(values().min()),
        shown(values().max()),
        series.points.len().to_string(),
    ]
}
