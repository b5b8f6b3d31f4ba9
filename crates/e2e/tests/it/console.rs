//! The console in a browser: what a person does with a new device, from the one-time link to signing out.
//!
//! Every page on the way is also shown as on a phone, where nothing may scroll sideways. With
//! `EDGEWARD_PICTURES=<folder>` each is photographed, large and small, light and dark.

use std::path::PathBuf;
use std::time::Duration;

use edgeward_agent::config::Config as AgentConfig;
use edgeward_agent::enrolment::{self, Target};
use edgeward_api::agent::Presence;
use edgeward_testkit::browser::{Browser, Page};
use edgeward_testkit::eventually;
use edgeward_testkit::services::Service;
use serde_json::json;

use crate::system::{EMBEDDED, LIMIT, System, agent_config, start_agent};

/// Sizes in CSS pixels.
const DESK: (u32, u32) = (1440, 900);
const PHONE: (u32, u32) = (390, 844);

/// The first page with everything it loads, as it crosses the network, in bytes.
const MAX_FIRST_PAGE_BYTES: u64 = 300_000;

/// How long the layout may take to settle.
const SETTLE_LIMIT: Duration = Duration::from_secs(5);

/// The longest page that is photographed whole, in CSS pixels.
const MAX_PICTURE_HEIGHT: u32 = 3000;

/// The console in a tab, and what a person does there.
pub struct Console {
    pub page: Page,
    pictures: Option<PathBuf>,
}

impl Console {
    /// In this tab.
    pub fn at(page: Page) -> Self {
        Self {
            page,
            pictures: std::env::var_os("EDGEWARD_PICTURES").map(PathBuf::from),
        }
    }

    async fn sees(&self, text: &str) {
        self.page.wait_for_text(text, LIMIT).await.unwrap();
    }

    /// Waits for a row of a list, or an entry, that shows all of these.
    async fn sees_together(&self, texts: &[&str]) {
        const ENTRIES: &str =
            "[...document.querySelectorAll('[role=row],li')].map(e => e.innerText)";
        eventually(
            &format!("an entry with {texts:?}"),
            LIMIT,
            async || match self.page.evaluate::<Vec<String>>(ENTRIES).await {
                Ok(entries) => {
                    let found = |entry: &String| texts.iter().all(|text| entry.contains(text));
                    entries
                        .iter()
                        .any(found)
                        .then_some(())
                        .ok_or(format!("{entries:?}"))
                }
                Err(error) => Err(error.to_string()),
            },
        )
        .await
        .unwrap();
    }

    async fn sees_no_more(&self, text: &str) {
        let gone = format!("!document.body.innerText.includes({})", json!(text));
        self.page.wait_until(&gone, LIMIT).await.unwrap();
    }

    /// Presses the button, link, option or menu item that says exactly this.
    async fn presses(&self, text: &str) {
        self.page.click_text(text).await.unwrap();
    }

    /// Presses what a screen reader calls this.
    async fn presses_named(&self, name: &str) {
        let selector = format!("[aria-label={}]", json!(name));
        self.page.click(&selector).await.unwrap();
    }

    /// Goes to a page by the navigation.
    async fn goes_to(&self, place: &str) {
        let link = format!("nav a[href={}]", json!(place));
        self.page.click(&link).await.unwrap();
        let there = format!("location.pathname === {}", json!(place));
        self.page.wait_until(&there, LIMIT).await.unwrap();
    }

    /// Shows what is there at both sizes: no way sideways, and no complaint of the browser's.
    pub async fn fits(&self, name: &str) {
        for (size, (width, height)) in [("desk", DESK), ("phone", PHONE)] {
            self.page.set_viewport(width, height).await.unwrap();
            eventually(
                &format!("{name} to fit on a {size}"),
                SETTLE_LIMIT,
                async || {
                    let widest = self.page.evaluate::<(u32, Vec<String>)>(TOO_WIDE).await;
                    match widest {
                        Ok((shown, _)) if shown <= width => Ok(()),
                        other => Err(format!("{other:?}")),
                    }
                },
            )
            .await
            .unwrap();
            self.photograph(name, size, width, height).await;
        }
        self.page.set_viewport(DESK.0, DESK.1).await.unwrap();
        self.is_quiet();
    }

    async fn photograph(&self, name: &str, size: &str, width: u32, height: u32) {
        let Some(folder) = &self.pictures else {
            return;
        };
        let whole: u32 = self
            .page
            .evaluate("document.documentElement.scrollHeight")
            .await
            .unwrap();
        let whole = whole.clamp(height, MAX_PICTURE_HEIGHT);
        self.page.set_viewport(width, whole).await.unwrap();
        for (scheme, dark) in [("dark", true), ("light", false)] {
            self.page.set_dark(dark).await.unwrap();
            self.page.wait_until(AT_REST, SETTLE_LIMIT).await.unwrap();
            let file = folder.join(format!("{name}-{size}-{scheme}.png"));
            self.page.screenshot(&file).await.unwrap();
        }
    }

    /// Nothing went wrong, but that someone who is not signed in was told so.
    fn is_quiet(&self) {
        let mut console = self.page.console();
        console.retain(|message| !message.text.ends_with(SESSION));
        assert_eq!(console, [], "on the browser's console");
        let mut failed = self.page.failed_requests();
        failed
            .retain(|request| !(request.url.ends_with(SESSION) && request.reason == "status 401"));
        assert_eq!(failed, []);
    }
}

/// Where the page asks who is signed in.
const SESSION: &str = "/api/v1/session";

/// The width of what can be scrolled to, and what reaches beyond the window.
const TOO_WIDE: &str = "[
    document.documentElement.scrollWidth,
    [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      .slice(0, 5).map(e => e.outerHTML.slice(0, 150)),
]";

/// Nothing changes its colour or place any more.
pub const AT_REST: &str = "document.getAnimations().every(a => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)";

/// All bytes that came over the network for the page that is shown.
const LOADED_BYTES: &str =
    "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)";

/// A device called this.
fn device(host_name: &str, service: &Service) -> AgentConfig {
    AgentConfig {
        host_name: Some(host_name.to_owned()),
        description: "Hall 3, beside the door".to_owned(),
        ..agent_config(&[("neuron", service.address())])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_api_is_described_on_a_page_that_needs_no_other_host() {
    let system = System::start(EMBEDDED).await;
    let browser = Browser::start().await.unwrap();
    let docs = format!("http://{}/api/docs", system.console);
    let console = Console::at(browser.open(&docs).await.unwrap());
    console.sees("/api/v1/services/{id}/open").await;
    let elsewhere: Vec<String> = console
        .page
        .evaluate(
            "performance.getEntriesByType('resource').map(entry => entry.name)
               .filter(name => !name.startsWith(location.origin + '/') && !name.startsWith('data:'))",
        )
        .await
        .unwrap();
    assert_eq!(elsewhere, Vec::<String>::new());
    console.is_quiet();
    console.photograph("docs", "desk", DESK.0, DESK.1).await;
    console.photograph("docs", "phone", PHONE.0, PHONE.1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_from_joining_to_going_as_a_person_sees_it() {
    let service = Service::start().await.unwrap();
    let system = System::start(EMBEDDED).await;
    let browser = Browser::start_with(&["--lang=en-US"]).await.unwrap();
    let link = system.setup_url.clone().unwrap();
    let console = Console::at(browser.open(&link).await.unwrap());
    let page = &console.page;
    // Gone with the first reload.
    page.evaluate::<()>("void (window.sameAsBefore = true)")
        .await
        .unwrap();

    // The first administrator.
    console.sees("Create the first administrator").await;
    let loaded: u64 = page.evaluate(LOADED_BYTES).await.unwrap();
    assert!(
        (100_000..MAX_FIRST_PAGE_BYTES).contains(&loaded),
        "{loaded} bytes"
    );
    console.fits("setup").await;
    for (label, text) in [
        ("E-mail address", "ada@example.com"),
        ("Your name", "Ada Berger"),
        ("Password", "correct horse 1"),
    ] {
        page.fill_labelled(label, text).await.unwrap();
    }
    console.presses("Create administrator").await;

    // The overview, while a device joins.
    console.sees("No device has joined yet").await;
    console.sees("Live").await;
    console.fits("overview-empty").await;
    let joined = system.join_with(device("press-shop-1", &service)).await;
    console.sees("Waiting to be adopted").await;
    console.sees_together(&["press-shop-1", "Online"]).await;
    console.sees_no_more("No device has joined yet").await;
    console.fits("overview-waiting").await;

    // Adopting it.
    console.presses_named("Adopt press-shop-1").await;
    let field = |label, value| page.wait_for_value(label, value, LIMIT);
    field("Name", "press-shop-1").await.unwrap();
    field("Organisation", "Default").await.unwrap();
    field("Project", "Default").await.unwrap();
    console.fits("adopt").await;
    page.fill_labelled("Name", "Press shop").await.unwrap();
    page.click_labelled("Project").await.unwrap();
    console.presses("New project…").await;
    page.fill_labelled("Name of the new project", "Hall 3")
        .await
        .unwrap();
    console.presses("Adopt agent").await;
    console
        .sees("Press shop now belongs to Default / Hall 3.")
        .await;
    console.fits("adopted").await;

    // Opening its service: the focus is there already.
    let id = system.online_service(joined.id, "neuron").await.id;
    let focused =
        "document.activeElement.getAttribute('aria-label') === 'Open neuron in a new tab'";
    page.wait_until(focused, LIMIT).await.unwrap();
    page.press("Enter").await.unwrap();
    let port = system.console.port();
    let own = browser
        .opened_page(&format!("{id}.localhost:{port}"), LIMIT)
        .await
        .unwrap();
    own.wait_for_text("Test service", LIMIT).await.unwrap();
    assert_eq!(
        own.url().await.unwrap(),
        format!("http://{id}.localhost:{port}/")
    );
    own.close().await.unwrap();
    console.presses("Close").await;

    // Among the services, while its device goes away and comes back.
    console.goes_to("/services").await;
    console
        .sees_together(&["Press shop", "Online", "http", "Hall 3"])
        .await;
    console.fits("services").await;
    joined.handle.stop().await;
    console.sees_together(&["Press shop", "Offline"]).await;
    console.fits("services-offline").await;
    console.presses("Press shop").await;
    console.sees("Press shop is offline").await;
    console.sees(&format!("edgeward service curl {id} /")).await;
    console.fits("service-offline").await;
    let back = start_agent(&joined.state_dir, &joined.config);
    console.sees("Reached through Press shop, direct").await;
    console.fits("service").await;
    back.stop().await;
    console.presses("Press shop").await;
    console.sees("Not heard from").await;
    console.fits("agent-offline").await;
    let back = start_agent(&joined.state_dir, &joined.config);
    console.sees_no_more("Not heard from").await;
    console.fits("agent").await;

    // A second device, with the line that the page gives.
    console.goes_to("/join").await;
    console.fits("join").await;
    console.presses("Make token").await;
    console.sees("Waiting for the device…").await;
    console.fits("join-token").await;
    let line: String = page
        .evaluate("document.querySelector('main code').innerText")
        .await
        .unwrap();
    let token = line.strip_prefix("$ edgeward-agent join ").unwrap();
    let second = Target {
        state_dir: system.folder.path().join("second"),
        config: device("paint-line-1", &service),
        replace: false,
    };
    let second_id = enrolment::join(&token.trim().parse().unwrap(), &second)
        .await
        .unwrap()
        .agent;
    let other = start_agent(&second.state_dir, &second.config);
    console.sees_together(&["paint-line-1", "Online"]).await;
    console.fits("join-arrived").await;

    // The list of agents.
    console.goes_to("/agents").await;
    console
        .sees_together(&["Press shop", "press-shop-1", "Online", "Hall 3"])
        .await;
    console
        .sees_together(&["paint-line-1", "Unmanaged", "Online"])
        .await;
    console.fits("agents").await;
    page.fill("[aria-label='Search agents']", "nothing of the kind")
        .await
        .unwrap();
    console.sees("No agent matches").await;
    console.fits("agents-none").await;
    console.presses("Clear filters").await;
    other.stop().await;
    console.sees_together(&["paint-line-1", "Offline"]).await;
    system.wait_presence(second_id, Presence::Offline).await;

    // Letting it go: released, then deleted, each after a question.
    console.presses("Press shop").await;
    console.presses("Release agent…").await;
    console.sees("Release Press shop?").await;
    console
        .sees("The edge service neuron and its address here go.")
        .await;
    console.fits("release").await;
    console.presses("Release agent").await;
    console.sees("Press shop was released").await;
    console.sees("Not adopted").await;
    console.fits("agent-unmanaged").await;
    console.presses("Delete agent…").await;
    console.sees("Delete press-shop-1?").await;
    console.fits("delete").await;
    console.presses("Delete agent").await;
    console.sees("press-shop-1 was deleted").await;
    console.sees("1 agent").await;
    console.goes_to("/services").await;
    console.sees("No edge service yet").await;
    console.fits("services-empty").await;
    back.stop().await;

    // Signing out; until here nothing was ever loaded again.
    let same: Option<bool> = page.evaluate("window.sameAsBefore").await.unwrap();
    assert_eq!(same, Some(true));
    console.presses_named("Account").await;
    console.sees("Ada Berger").await;
    console.presses("Sign out").await;
    console
        .sees("With the e-mail address of your account.")
        .await;
    console.fits("sign-in").await;
    page.fill_labelled("E-mail address", "ada@example.com")
        .await
        .unwrap();
    page.fill_labelled("Password", "correct horse 1")
        .await
        .unwrap();
    page.press("Enter").await.unwrap();
    console.sees("Overview").await;
    console.is_quiet();
}
