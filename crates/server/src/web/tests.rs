//! What is embedded is what was built from the sources beside it, and it arrives small and whole.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};

use super::Files;

/// The first page with all its files, as it crosses the network, in bytes.
const MAX_FIRST_PAGE_BYTES: usize = 300_000;

/// Folders and files under `web/` that are not inputs of the build.
fn ignored(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    matches!(name, "node_modules" | ".vite") || name.ends_with(".log")
}

fn collect(folder: &Path, root: &Path, found: &mut BTreeMap<String, PathBuf>) {
    for entry in fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if ignored(&entry) {
            continue;
        }
        if entry.is_dir() {
            collect(&entry, root, found);
        } else {
            found.insert(
                entry
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned(),
                entry,
            );
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn the_console_was_built_from_its_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut inputs = BTreeMap::new();
    collect(&root.join("web"), &root, &mut inputs);
    let lines: String = inputs
        .iter()
        .map(|(name, file)| format!("{}  {name}\n", hex(&fs::read(file).unwrap())))
        .collect();
    let kept = fs::read_to_string(root.join("crates/server/web-dist/.inputs.sha256")).unwrap();
    assert_eq!(
        kept.trim(),
        hex(lines.as_bytes()),
        "run cargo xtask web and commit crates/server/web-dist"
    );
}

#[test]
fn the_rest_api_is_described_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let kept = fs::read_to_string(root.join("openapi.json")).unwrap();
    assert!(
        kept == crate::openapi_json(),
        "run cargo xtask openapi and commit openapi.json"
    );
}

/// The answer to a `GET` of this path with these headers.
async fn get(path: &str, headers: &[(HeaderName, &str)]) -> Response {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
    let headers = HeaderMap::from_iter(headers);
    super::console(Method::GET, path.parse().unwrap(), headers).await
}

async fn body(answer: Response) -> Vec<u8> {
    let body = answer.into_body().collect().await.unwrap();
    body.to_bytes().to_vec()
}

fn unpacked(gzip: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(gzip)
        .read_to_end(&mut plain)
        .unwrap();
    plain
}

#[tokio::test]
async fn files_travel_as_gzip_and_the_first_page_is_small() {
    let names: Vec<_> = Files::iter()
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert!(names.iter().any(|name| name == "index.html"), "{names:?}");
    let start = Files::get("index.html").unwrap().data;
    let start = String::from_utf8(start.into_owned()).unwrap();
    let mut total = 0;
    for name in names {
        let file = Files::get(&name).unwrap().data;
        let path = format!("/{name}");

        let plain = get(&path, &[]).await;
        assert_eq!(plain.headers().get(header::CONTENT_ENCODING), None);
        assert_eq!(plain.headers()[header::VARY], "accept-encoding", "{name}");
        let plain_tag = plain.headers()[header::ETAG].clone();
        assert!(body(plain).await == *file, "{name}");

        let browser = [(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")];
        let packed = get(&path, &browser).await;
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip", "{name}");
        assert_eq!(packed.headers()[header::VARY], "accept-encoding", "{name}");
        assert_eq!(packed.headers()[header::CACHE_CONTROL], "no-cache");
        assert_ne!(packed.headers()[header::ETAG], plain_tag, "two forms");
        let packed = body(packed).await;
        assert!(unpacked(&packed) == *file, "{name}");
        // The start page and what it names; the rest comes once somebody is signed in.
        if name == "index.html" || start.contains(name.as_ref()) {
            total += packed.len();
        }
    }
    assert!(total > 100_000, "{total} bytes compressed");
    assert!(total < MAX_FIRST_PAGE_BYTES, "{total} bytes compressed");
}

#[tokio::test]
async fn gzip_is_for_those_who_take_it() {
    let cases = [
        ("gzip", true),
        ("br, GZIP;q=0.5", true),
        ("*", true),
        ("gzip;q=0", false),
        ("*;q=1, gzip;q=0.0", false),
        ("*;q=0", false),
        ("br, identity", false),
        ("", false),
    ];
    for (accepted, expected) in cases {
        let answer = get("/", &[(header::ACCEPT_ENCODING, accepted)]).await;
        let packed = answer.headers().contains_key(header::CONTENT_ENCODING);
        assert_eq!(packed, expected, "{accepted:?}");
    }
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let gzip = (header::ACCEPT_ENCODING, "gzip");
    let first = get("/assets/app.js", std::slice::from_ref(&gzip)).await;
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let again = [gzip.clone(), (header::IF_NONE_MATCH, known.as_str())];
        let answer = get("/assets/app.js", &again).await;
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(answer.headers()[header::VARY], "accept-encoding");
        assert_eq!(body(answer).await, b"");
    }
    let plain = get("/assets/app.js", &[(header::IF_NONE_MATCH, &tag)]).await;
    assert_eq!(plain.status(), StatusCode::OK, "the other form is another");
}
