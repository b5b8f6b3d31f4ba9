//! Pages in headless Chromium: from navigation, or from the press of a button, to what one came for.
//!
//! The page's own clock begins at navigation. A script that is there before the page's own sees what one came for arrive, and
//! reads the clock after the frame that shows it. Beside it stands a page of the console without a list, and a document
//! without any script: what Chromium itself takes.

use std::time::Duration;

use anyhow::{Result, bail};
use edgeward_testkit::browser::{Browser, Page};
use serde_json::json;

use super::http::As;
use super::stage::Stage;
use super::world::{PASSWORD, SYSTEM_ADMIN};
use crate::table::Table;
use crate::timing::{Meter, Timed, Who, ms};

/// How long a page may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Visits before anything counts: Chromium keeps the console's files, and what it has made of its scripts, from the second on.
const WARM_UP: usize = 5;

/// First visits, each in a browser that was never there; fewer, since they only show what is kept afterwards.
const FIRST_VISITS: usize = 20;

/// A row with something in it, of any list of the console.
const ROW: &str = "[role=table] [role=row][aria-rowindex]:not([aria-rowindex='1'])";

/// A heading inside the frame.
const HEADING: &str = "#main h1";

/// An answer that Chromium shows by itself.
const PLAIN: &str = "/api/v1/session/options";

/// What a page is like that does not show what one came for.
const STATE: &str = "JSON.stringify({
    state: document.readyState, visibility: document.visibilityState, now: performance.now(), text: document.body.innerText.slice(0, 400),
    rows: document.querySelectorAll('[role=row]').length,
    last: performance.getEntriesByType('resource').slice(-6).map(e => [e.name.slice(-60), Math.round(e.startTime), Math.round(e.responseEnd)]),
})";

/// A page, and what one comes for.
struct Destination {
    title: &'static str,
    path: String,
    shows: &'static str,
}

/// Visits each page so many times, and gives a table.
pub async fn measure(stage: &Stage, visits: usize) -> Result<Table> {
    let browser = Browser::start().await?;
    let admin = &stage.world.people[SYSTEM_ADMIN].email;
    let cookie = stage
        .http(0)
        .await?
        .sign_in(admin, As::Browser)
        .await?
        .token;
    let mut table = Table::new(
        format!("### Pages on {}", stage.database.kind.name()),
        &[
            "page",
            "visits",
            "p50 ms",
            "p99 ms",
            "first visits",
            "p50 ms",
            "longest ms",
            "CPU-ms control plane",
            "CPU-ms PostgreSQL",
        ],
    );
    for to in destinations(stage) {
        stage.say(&format!("page: {}", to.title))?;
        let visitor = Visitor {
            stage,
            browser: &browser,
            cookie: &cookie,
        };
        let again = visitor.visit_again(&to, visits).await?;
        let first = visitor.visit_first(&to, FIRST_VISITS.min(visits)).await?;
        table.row(row(to.title, &again, Some(&first)));
    }
    stage.say("page: signing in")?;
    let signing_in = sign_in(stage, &browser, visits).await?;
    let title = "sign-in form: from the button to the frame with its first page";
    table.row(row(title, &signing_in, None));
    Ok(table)
}

fn destinations(stage: &Stage) -> Vec<Destination> {
    let world = &stage.world;
    let project = world.projects[0].id;
    let destination = |title, path: String, shows| Destination { title, path, shows };
    vec![
        destination("no console: a document of a line", PLAIN.into(), "body"),
        destination(
            "console without a list: profile",
            "/profile".into(),
            HEADING,
        ),
        destination("services: first 50 by name", "/services".into(), ROW),
        destination(
            "services: text and project, second page of 50",
            format!("/services?text=press&project={project}&page=2"),
            ROW,
        ),
        destination("services: 1000 by name", "/services?size=1000".into(), ROW),
        destination("entries: newest 100", "/audit?size=100".into(), ROW),
        destination(
            "entries: newest 100 of one organisation",
            format!("/audit?size=100&organisation={}", world.organisations[0]),
            ROW,
        ),
    ]
}

fn row(title: &str, again: &Timed, first: Option<&Timed>) -> Vec<String> {
    let dash = || "–".to_owned();
    let or_dash = |figure: &dyn Fn(&Timed) -> String| first.map_or_else(dash, figure);
    vec![
        title.to_owned(),
        again.rounds().to_string(),
        ms(again.p50()),
        ms(again.p99()),
        or_dash(&|first| first.rounds().to_string()),
        or_dash(&|first| ms(first.p50())),
        or_dash(&|first| ms(first.p99())),
        again.spent(0).map_or_else(dash, ms),
        again.spent(1).map_or_else(dash, ms),
    ]
}

/// Somebody who is signed in.
struct Visitor<'a> {
    stage: &'a Stage,
    browser: &'a Browser,
    cookie: &'a str,
}

impl Visitor<'_> {
    /// In one browser, which has been there before.
    async fn visit_again(&self, to: &Destination, visits: usize) -> Result<Timed> {
        let page = self.page(to.shows).await?;
        for _ in 0..WARM_UP {
            self.arrive(&page, to).await?;
        }
        let watched = self.stage.watched()?;
        let meter = Meter::start(&watched)?;
        let mut took = Vec::with_capacity(visits);
        for _ in 0..visits {
            took.push(self.arrive(&page, to).await?);
        }
        let timed = meter.stop(took)?;
        page.close().await?;
        Ok(timed)
    }

    /// Each time without anything kept from before.
    async fn visit_first(&self, to: &Destination, visits: usize) -> Result<Timed> {
        let nobody: [Who; 0] = [];
        let meter = Meter::start(&nobody)?;
        let mut took = Vec::with_capacity(visits);
        for _ in 0..visits {
            let page = self.page(to.shows).await?;
            took.push(self.arrive(&page, to).await?);
            page.close().await?;
        }
        meter.stop(took)
    }

    /// A page of a browser of its own, signed in, that has not seen the console.
    async fn page(&self, shows: &str) -> Result<Page> {
        let url = &self.stage.control_plane.url;
        let page = self.browser.open(&format!("{url}{PLAIN}")).await?;
        let cookie = json!(format!("edgeward_session={}; path=/", self.cookie));
        page.evaluate::<()>(&format!("void (document.cookie = {cookie})"))
            .await?;
        page.before_documents(&watch(shows)).await?;
        Ok(page)
    }

    /// Goes there, and says how long it took.
    async fn arrive(&self, page: &Page, to: &Destination) -> Result<Duration> {
        // The same address again would be another kind of navigation.
        page.go_to("about:blank").await?;
        let url = format!("{}{}", self.stage.control_plane.url, to.path);
        page.go_to(&url).await?;
        shown_after(page).await
    }
}

/// Fills in the form as many people, and says how long each saw nothing after the press of the button.
async fn sign_in(stage: &Stage, browser: &Browser, count: usize) -> Result<Timed> {
    let url = format!("{}/sign-in", stage.control_plane.url);
    let page = browser.open(&url).await?;
    page.before_documents(&watch(HEADING)).await?;
    let watched = stage.watched()?;
    let mut took = Vec::with_capacity(count);
    let mut meter = Meter::start(&watched)?;
    // From the end, where those who have signed in by other means are not.
    let people = stage.world.people.iter().rev();
    for (round, person) in people.take(WARM_UP + count).enumerate() {
        if round == WARM_UP {
            took.clear();
            meter = Meter::start(&watched)?;
        }
        page.go_to("about:blank").await?;
        page.go_to(&url).await?;
        page.fill("input[type=email]", &person.email).await?;
        page.fill("input[type=password]", PASSWORD).await?;
        page.click("button[type=submit]").await?;
        took.push(shown_after(&page).await?);
        page.evaluate::<()>("fetch('/api/v1/session', {method: 'DELETE'}).then(() => undefined)")
            .await?;
    }
    meter.stop(took)
}

/// A script that tells when something is shown: since navigation, or since a form was sent.
fn watch(shows: &str) -> String {
    let selector = json!(shows);
    format!(
        "(() => {{
           let since = 0;
           document.addEventListener('submit', () => {{ since = performance.now(); }}, true);
           const look = () => {{
             if (!document.querySelector({selector})) return;
             observer.disconnect();
             requestAnimationFrame(() => setTimeout(() => {{ window.__benchShown = performance.now() - since; }}));
           }};
           const observer = new MutationObserver(look);
           observer.observe(document, {{childList: true, subtree: true}});
           addEventListener('DOMContentLoaded', look);
         }})()"
    )
}

async fn shown_after(page: &Page) -> Result<Duration> {
    let shown = page.wait_until("window.__benchShown !== undefined", LIMIT);
    if let Err(error) = shown.await {
        let state: String = page.evaluate(STATE).await?;
        let failed = page.failed_requests();
        bail!(
            "{error}; the page: {state}; failed: {failed:?}; it says: {:?}",
            page.console()
        );
    }
    let ms: f64 = page.evaluate("window.__benchShown").await?;
    Ok(Duration::from_secs_f64(ms / 1e3))
}
