use std::time::Duration;

use pages::serve_page;

use super::*;
use crate::services::Service;

const LIMIT: Duration = Duration::from_secs(20);

/// A server of one page.
mod pages {
    use std::convert::Infallible;

    use http::Response;
    use http_body_util::Full;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;

    /// Serves this page at every path but `/missing`, and gives its port.
    pub(super) async fn serve_page(html: &'static str) -> u16 {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = move |request: http::Request<hyper::body::Incoming>| async move {
                    let found = request.uri().path() != "/missing";
                    let builder = Response::builder()
                        .status(if found { 200 } else { 404 })
                        .header("content-type", "text/html; charset=utf-8");
                    Ok::<_, Infallible>(builder.body(Full::<bytes::Bytes>::from(html)).unwrap())
                };
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service_fn(answer));
                tokio::spawn(connection);
            }
        });
        port
    }
}

const FORM: &str = "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Form</title>
<label for=name>Your name</label><input id=name value=old><button id=go disabled>Go on</button><p id=out></p><a href=/second target=_blank>More</a>
<script>
  document.cookie = 'seen=' + location.host;
  const name = document.getElementById('name'), go = document.getElementById('go');
  setTimeout(() => go.disabled = false, 200);
  go.onclick = e => document.getElementById('out').textContent = `Hello ${name.value}, trusted ${e.isTrusted}`;
  name.onkeydown = e => { if (e.key === 'Enter') document.getElementById('out').textContent = 'Entered ' + name.value };
</script>";

#[tokio::test]
async fn a_page_is_filled_in_clicked_and_read() {
    let port = serve_page(FORM).await;
    let browser = Browser::start().await.unwrap();
    let page = browser
        .open(&format!("http://127.0.0.1:{port}/"))
        .await
        .unwrap();
    page.fill("#name", "Grüße 你好").await.unwrap();
    page.click_text("Go on").await.unwrap();
    page.wait_for_text("Hello Grüße 你好, trusted true", LIMIT)
        .await
        .unwrap();
    page.fill_labelled("Your name", "Ada").await.unwrap();
    page.wait_for_value("Your name", "Ada", LIMIT)
        .await
        .unwrap();
    page.click("#name").await.unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for_text("Entered Ada", LIMIT).await.unwrap();
    let dark = "matchMedia('(prefers-color-scheme: dark)').matches";
    for scheme in [true, false] {
        page.set_dark(scheme).await.unwrap();
        assert_eq!(page.evaluate::<bool>(dark).await.unwrap(), scheme);
    }
    assert_eq!(
        page.evaluate::<u32>("Promise.resolve(6 * 7)")
            .await
            .unwrap(),
        42
    );
    assert!(matches!(
        page.evaluate::<u32>("nothing.at.all").await,
        Err(BrowserError::Script(_))
    ));
    page.click_text("More").await.unwrap();
    let second = browser.opened_page("/second", LIMIT).await.unwrap();
    second.wait_for("#name", LIMIT).await.unwrap();
    assert!(page.console().is_empty(), "{:?}", page.console());
}

#[tokio::test]
async fn localhost_names_lead_here_and_pages_share_nothing() {
    let port = serve_page(FORM).await;
    let browser = Browser::start().await.unwrap();
    let url = format!("http://abc.localhost:{port}/");
    let page = browser.open(&url).await.unwrap();
    assert_eq!(page.url().await.unwrap(), url);
    page.evaluate::<()>("void (localStorage.x = 1)")
        .await
        .unwrap();
    let other = browser.open(&url).await.unwrap();
    let stored: Option<String> = other.evaluate("localStorage.x").await.unwrap();
    assert_eq!(stored, None);
    other.close().await.unwrap();
}

#[tokio::test]
async fn pictures_have_the_size_of_the_viewport() {
    let port = serve_page(FORM).await;
    let browser = Browser::start().await.unwrap();
    let page = browser
        .open(&format!("http://127.0.0.1:{port}/"))
        .await
        .unwrap();
    page.set_viewport(390, 844).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.png");
    page.screenshot(&file).await.unwrap();
    let png = std::fs::read(file).unwrap();
    assert_eq!(&png[1..4], b"PNG");
    assert_eq!(
        (&png[16..20], &png[20..24]),
        (&390_u32.to_be_bytes()[..], &844_u32.to_be_bytes()[..])
    );
    assert_eq!(page.evaluate::<u32>("innerWidth").await.unwrap(), 390);
}

#[tokio::test]
async fn what_goes_wrong_is_collected() {
    let html = "<!doctype html><title>Bad</title><script>
        console.error('it', {a: 1}.a); setTimeout(() => { throw new Error('thrown') });
        fetch('/missing'); fetch('http://127.0.0.1:1/').catch(() => {});
    </script>";
    let port = serve_page(html).await;
    let browser = Browser::start().await.unwrap();
    let page = browser
        .open(&format!("http://127.0.0.1:{port}/"))
        .await
        .unwrap();
    eventually("all four", LIMIT, async || {
        let (console, failed) = (page.console(), page.failed_requests());
        let said = |part: &str| console.iter().any(|message| message.text.contains(part));
        let refused = |part: &str| failed.iter().any(|request| request.reason.contains(part));
        if said("it 1")
            && said("thrown")
            && said("/missing")
            && refused("status 404")
            && refused("net::ERR")
        {
            Ok(())
        } else {
            Err(format!("{console:?} {failed:?}"))
        }
    })
    .await
    .unwrap();
    page.forget();
    assert!(page.console().is_empty() && page.failed_requests().is_empty());
}

#[tokio::test]
async fn waiting_for_nothing_says_what_is_there() {
    let service = Service::start().await.unwrap();
    let browser = Browser::start().await.unwrap();
    let page = browser.open(&service.url("/")).await.unwrap();
    let error = page
        .wait_for_text("Dashboard", Duration::from_millis(300))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("Test service"), "{error}");
    let error = page
        .wait_until("1 > 2", Duration::from_millis(300))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("last seen: false at http://127.0.0.1"),
        "{error}"
    );
    let refusing = crate::services::Refusing::bind().unwrap();
    let error = page
        .go_to(&format!("http://{}/", refusing.address()))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("ERR_CONNECTION_REFUSED"),
        "{error}"
    );
}
