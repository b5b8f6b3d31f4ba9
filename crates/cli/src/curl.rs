//! `edgeward service curl`: one HTTP request to a service, with curl's words. Bodies stream both ways, of any size.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use edgeward_client::{BodyStream, Client, ProxyAnswer, ProxyRequest};
use edgeward_runtime::ExitCode;
use futures::StreamExt;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_util::io::ReaderStream;

use crate::error::CliError;
use crate::{output, resolve};

/// How much is read from a file at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

#[derive(Args)]
pub(crate) struct CurlOptions {
    /// Id, beginning of an id, or exact name
    service: String,
    /// Path and query, such as /api/v2/version
    path: String,
    /// The method; GET, or POST with data, or PUT with an upload
    #[arg(short = 'X', long, value_name = "METHOD")]
    request: Option<Method>,
    /// Send this text; @FILE sends a file's content, @- standard input
    #[arg(short, long, value_name = "DATA", conflicts_with = "upload_file")]
    data: Option<String>,
    /// As --data, with the headers for JSON
    #[arg(long, value_name = "DATA", conflicts_with_all = ["upload_file", "data"])]
    json: Option<String>,
    /// A header, such as "Accept: text/plain"
    #[arg(short = 'H', long, value_name = "LINE", value_parser = header_line)]
    header: Vec<(HeaderName, HeaderValue)>,
    /// Upload this file; - is standard input
    #[arg(short = 'T', long, value_name = "FILE")]
    upload_file: Option<PathBuf>,
    /// Write the answer's body to this file instead of standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Print status and headers first
    #[arg(short, long)]
    include: bool,
    /// Exit with 1 when the service answers with a status of 400 or above
    #[arg(short, long)]
    fail: bool,
}

pub(crate) async fn carry_out(client: &Client, options: CurlOptions) -> Result<ExitCode, CliError> {
    tokio::select! {
        result = exchange(client, &options) => result,
        // Goes the way of an error, so that no half of a file stays behind.
        _ = tokio::signal::ctrl_c() => Err(CliError::refused("interrupted")),
    }
}

async fn exchange(client: &Client, options: &CurlOptions) -> Result<ExitCode, CliError> {
    let service = resolve::service(client, &options.service).await?;
    let request = request(options).await?;
    let mut answer = client.proxy(service.id, request).await?;
    if options.fail && (answer.status.is_client_error() || answer.status.is_server_error()) {
        return Err(CliError::refused(format!(
            "the service answered {}",
            answer.status
        )));
    }
    match &options.output_file {
        Some(file) => save(&mut answer, options, file).await?,
        None => {
            let mut stdout = tokio::io::stdout();
            write(&mut answer, options.include, &mut stdout, "standard output").await?;
        }
    }
    Ok(ExitCode::Done)
}

async fn request(options: &CurlOptions) -> Result<ProxyRequest, CliError> {
    let mut headers = HeaderMap::new();
    let data = options.json.as_ref().or(options.data.as_ref());
    if options.json.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    } else if options.data.is_some() {
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
    }
    for (name, _) in &options.header {
        headers.remove(name);
    }
    for (name, value) in &options.header {
        headers.append(name, value.clone());
    }
    let (usual, body) = match (data, &options.upload_file) {
        (Some(data), _) => (Method::POST, Some(text_body(data).await?)),
        (None, Some(file)) => (Method::PUT, Some(file_body(file).await?)),
        (None, None) => (Method::GET, None),
    };
    Ok(ProxyRequest {
        method: options.request.clone().unwrap_or(usual),
        path: options.path.clone(),
        headers,
        body,
    })
}

async fn text_body(data: &str) -> Result<(BodyStream, Option<u64>), CliError> {
    if let Some(file) = data.strip_prefix('@') {
        return file_body(Path::new(file)).await;
    }
    let length = data.len() as u64;
    let whole = Bytes::from(data.to_owned());
    Ok((Box::pin(futures::stream::iter([Ok(whole)])), Some(length)))
}

async fn file_body(file: &Path) -> Result<(BodyStream, Option<u64>), CliError> {
    if file == Path::new("-") {
        return Ok((pieces(tokio::io::stdin()), None));
    }
    let open = async {
        let opened = tokio::fs::File::open(file).await?;
        let metadata = opened.metadata().await?;
        if metadata.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder",
            ));
        }
        Ok((opened, metadata.is_file().then_some(metadata.len())))
    };
    let (opened, length) = open
        .await
        .map_err(|error| CliError::failed(format!("cannot read {}", file.display()), error))?;
    Ok((pieces(opened), length))
}

fn pieces(reader: impl AsyncRead + Send + 'static) -> BodyStream {
    Box::pin(
        ReaderStream::with_capacity(reader, PIECE_BYTES).map(|piece| piece.map_err(Into::into)),
    )
}

/// Writes the body to a file, which appears when it is whole and not before.
async fn save(
    answer: &mut ProxyAnswer,
    options: &CurlOptions,
    file: &Path,
) -> Result<(), CliError> {
    let name = file.display().to_string();
    let failed = |error| CliError::failed(format!("cannot write {name}"), error);
    if !file.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let temporary = tempfile::Builder::new()
            .prefix(".edgeward-")
            .make_in(folder, create_new)
            .map_err(failed)?;
        let mut writer =
            tokio::fs::File::from_std(temporary.as_file().try_clone().map_err(failed)?);
        write(answer, options.include, &mut writer, &name).await?;
        writer.sync_all().await.map_err(failed)?;
        temporary
            .persist(file)
            .map_err(|error| failed(error.error))?;
        return Ok(());
    }
    // A device or a pipe is written as it is.
    let mut writer = tokio::fs::OpenOptions::new()
        .write(true)
        .open(file)
        .await
        .map_err(failed)?;
    write(answer, options.include, &mut writer, &name).await
}

/// With the usual mode; what a service answers is no secret by itself.
fn create_new(path: &Path) -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
}

async fn write(
    answer: &mut ProxyAnswer,
    include: bool,
    writer: &mut (impl AsyncWrite + Unpin),
    name: &str,
) -> Result<(), CliError> {
    let mut written = Ok(());
    if include {
        written = writer.write_all(&head(answer)).await;
    }
    while written.is_ok() {
        let Some(piece) = answer.next_piece().await? else {
            written = writer.flush().await;
            break;
        };
        written = writer.write_all(&piece).await;
    }
    match written {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(CliError::failed(format!("cannot write {name}"), error)),
        Ok(()) => Ok(()),
    }
}

fn head(answer: &ProxyAnswer) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {}\r\n", answer.status).into_bytes();
    for (name, value) in &answer.headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn header_line(line: &str) -> Result<(HeaderName, HeaderValue), String> {
    let wrong = || {
        output::plain(&format!(
            "\"{line}\" is no header; write it as \"Name: value\""
        ))
    };
    let (name, value) = line.split_once(':').ok_or_else(wrong)?;
    Ok((
        name.trim().parse().map_err(|_| wrong())?,
        value.trim().parse().map_err(|_| wrong())?,
    ))
}
