//! What a delivery is asked for with.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use edgeward_api::delivery::{
    DeliveryPlan, DeliveryRequest, DeliveryTo, MAX_DELIVERY_BYTES, Values,
};
use edgeward_client::Client;
use edgeward_ids::Name;

use crate::error::CliError;
use crate::{files, resolve, time};

/// The longest that a wave may be watched: 30 days.
const MAX_WATCH_S: u64 = 30 * 24 * 3600;

/// What stands in the first column of a table for all services without a value of their own.
const DEFAULT: &str = "default";

#[derive(Args)]
pub(crate) struct RequestOptions {
    /// The template (id, beginning of an id, or exact name)
    template: String,
    /// Which version of it; the newest unless said otherwise
    #[arg(long)]
    version: Option<u32>,
    /// What to call the delivery; the template and its version unless said otherwise
    #[arg(long)]
    name: Option<Name>,
    /// To this service (id, beginning of an id, or exact name); may be given often
    #[arg(long = "to", value_name = "SERVICE")]
    to: Vec<String>,
    /// To all services of the template's project and kind with this tag
    #[arg(long)]
    tag: Option<String>,
    /// A value for all services that have none of their own; may be given often
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// A CSV file with a row for each service: its id or name first, then its values in columns named like the placeholders; the row
    /// "default" is for services without a value of their own
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// How many services each wave takes, such as 1,10%,50%; the rest is a wave of its own. All at once unless said otherwise
    #[arg(long, value_delimiter = ',', value_name = "SIZES")]
    waves: Vec<String>,
    /// How many services may fail before it pauses: a number, or a share of all such as 5%
    #[arg(long, default_value = "0", value_name = "NUMBER")]
    failure_limit: String,
    /// How long to watch each wave before the next one begins, such as 30m or 24h
    #[arg(long, value_parser = |text: &str| time::span(text, MAX_WATCH_S), value_name = "TIME")]
    watch: Option<Duration>,
}

impl RequestOptions {
    /// As the control plane is asked.
    pub(super) async fn request(self, client: &Client) -> Result<DeliveryRequest, CliError> {
        let template = resolve::template(client, &self.template).await?;
        let version = self.version.unwrap_or(template.newest);
        let name = match self.name {
            Some(name) => name,
            None => format!("{} {version}", template.name)
                .parse()
                .map_err(|error| {
                    CliError::usage(format!("{error}; give the delivery a name with --name"))
                })?,
        };
        let table = match &self.table {
            Some(file) => Table::read(file)?,
            None => Table::default(),
        };
        let mut defaults = table.defaults;
        defaults.extend(self.set);
        let named = self.to.into_iter().map(|service| (service, Values::new()));
        let mut services = Vec::new();
        for (service, values) in table.services.into_iter().chain(named) {
            let service_id = resolve::service(client, &service).await?.id;
            services.push(DeliveryTo { service_id, values });
        }
        Ok(DeliveryRequest {
            name,
            template_id: template.id,
            version: Some(version),
            services,
            tag: self.tag,
            defaults,
            plan: DeliveryPlan {
                waves: self.waves,
                failure_limit: Some(self.failure_limit),
                watch_s: self.watch.unwrap_or_default().as_secs(),
            },
        })
    }
}

/// Values as a spreadsheet has them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    defaults: Values,
    services: Vec<(String, Values)>,
}

impl Table {
    fn read(file: &Path) -> Result<Self, CliError> {
        let text = files::text(file, MAX_DELIVERY_BYTES)?;
        Self::parse(&text)
            .map_err(|problem| CliError::usage(format!("{}: {problem}", file.display())))
    }

    /// An empty field is no value.
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names = reader.headers().map_err(|error| error.to_string())?.clone();
        let mut table = Self::default();
        for row in reader.records() {
            let row = row.map_err(|error| error.to_string())?;
            let line = row.position().map_or(0, csv::Position::line);
            let service = row.get(0).unwrap_or_default().trim();
            if service.is_empty() {
                return Err(format!(
                    "line {line}: the first column is empty; it names the service, or is \"{DEFAULT}\""
                ));
            }
            let values: Values = names
                .iter()
                .zip(&row)
                .skip(1)
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
                .collect();
            if service == DEFAULT {
                table.defaults.extend(values);
            } else {
                table.services.push((service.to_owned(), values));
            }
        }
        Ok(table)
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("\"{text}\" is no NAME=VALUE"))?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_default_row_and_a_row_for_each_service() {
        let text = "\u{feff}service,host,port\ndefault,10.0.0.1,1883\nPump 1,,1884\n\"Pump, 2\",\"a \"\"b\"\"\",\n";
        let table = Table::parse(text).unwrap();
        let values = |pairs: &[(&str, &str)]| -> Values {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        assert_eq!(
            table.defaults,
            values(&[("host", "10.0.0.1"), ("port", "1883")])
        );
        assert_eq!(
            table.services,
            [
                ("Pump 1".to_owned(), values(&[("port", "1884")])),
                ("Pump, 2".to_owned(), values(&[("host", "a \"b\"")])),
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said_with_its_line() {
        let error = Table::parse("service,host\n,10.0.0.1\n").unwrap_err();
        assert!(
            error.starts_with("line 2: the first column is empty"),
            "{error}"
        );
        let error = Table::parse("service,host\nPump 1,a,b\n").unwrap_err();
        assert!(error.contains("line: 2"), "{error}");
        assert!(pair("host").unwrap_err().contains("NAME=VALUE"));
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
    }
}
