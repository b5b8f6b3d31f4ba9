//! Where a browser goes after signing in: a path of the console, and never another site.

use url::Url;

/// The longest path that is taken, in bytes; it travels in a cookie.
const MAX_BYTES: usize = 1000;

/// The console's own path, as a browser would understand the text; none if it could lead elsewhere.
pub fn local_path(text: &str) -> Option<String> {
    // Browsers take "\" for "/", and leave out tabs and line breaks: what they could read in two ways is refused.
    let plain = text.len() <= MAX_BYTES && !text.contains(|c: char| c.is_control() || c == '\\');
    if !plain || !text.starts_with('/') || text.starts_with("//") {
        return None;
    }
    let base = Url::parse("https://console.invalid/").ok()?;
    let url = base.join(text).ok()?;
    let same = url.origin() == base.origin() && !url.path().starts_with("//");
    // The API gives no pages, and its answers to a GET are nothing that a link may make somebody ask for.
    let page = url.path() != "/api" && !url.path().starts_with("/api/");
    (same && page).then(|| url[url::Position::BeforePath..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_console_are_kept() {
        for (text, kept) in [
            ("/", "/"),
            (
                "/agents?state=online&page=2#top",
                "/agents?state=online&page=2#top",
            ),
            ("/a/../services", "/services"),
            (
                "/search?text=https://elsewhere.example",
                "/search?text=https://elsewhere.example",
            ),
            ("/设备", "/%E8%AE%BE%E5%A4%87"),
        ] {
            assert_eq!(local_path(text).as_deref(), Some(kept), "{text}");
        }
    }

    #[test]
    fn whatever_could_lead_elsewhere_is_refused() {
        for text in [
            "",
            "agents",
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "javascript:alert(1)",
            "/..//evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%2e//evil.example",
            "/api/v1/session",
            "/agents/../api/v1/audit/export",
            &format!("/{}", "a".repeat(MAX_BYTES)),
        ] {
            assert_eq!(local_path(text), None, "{text:?}");
        }
    }
}
