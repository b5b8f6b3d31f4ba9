//! `edgeward audit export`: the entries as they come.

use std::path::PathBuf;

use clap::Args;
use edgeward_client::Client;

use super::FilterOptions;
use crate::choices::Format;
use crate::download;
use crate::error::CliError;

#[derive(Args)]
pub(crate) struct ExportOptions {
    #[command(flatten)]
    filter: FilterOptions,
    /// In which form
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// Where to; standard output when absent
    #[arg(long)]
    file: Option<PathBuf>,
}

pub(crate) async fn carry_out(client: &Client, options: ExportOptions) -> Result<(), CliError> {
    let mut filter = options.filter.filter(client).await?;
    filter.format = Some(options.format.into());
    let entries = client.export_audit(&filter).await?;
    download::to(entries, options.file.as_deref()).await
}
