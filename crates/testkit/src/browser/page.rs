//! A page: go, look, wait, click, type, take a picture.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::devtools::Devtools;
use super::watch::Watch;
use super::{BrowserError, ConsoleMessage, FIRST_SIZE, FailedRequest};
use crate::eventually;

/// How long a page may take to load.
const LOAD_LIMIT: Duration = Duration::from_secs(30);

/// How long an element may take to be there, still, and free to click.
const CLICK_LIMIT: Duration = Duration::from_secs(15);

/// Below this width a page is shown as on a phone, with touch.
const PHONE_WIDTH: u32 = 600;

/// A tab.
#[derive(Debug)]
pub struct Page {
    devtools: Devtools,
    target: String,
    session: String,
    watch: Arc<Watch>,
}

/// Where to click.
#[derive(Deserialize)]
struct Spot {
    x: f64,
    y: f64,
}

impl Page {
    pub(super) async fn attach(devtools: &Devtools, target: &str) -> Result<Self, BrowserError> {
        let attach = json!({"targetId": target, "flatten": true});
        let attached = devtools
            .command(None, "Target.attachToTarget", attach)
            .await?;
        let session = attached["sessionId"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let watch = Arc::new(Watch::default());
        devtools.watch(&session, Arc::clone(&watch));
        let page = Self {
            devtools: devtools.clone(),
            target: target.to_owned(),
            session,
            watch,
        };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            page.command(&format!("{domain}.enable"), json!({})).await?;
        }
        page.set_viewport(FIRST_SIZE.0, FIRST_SIZE.1).await?;
        Ok(page)
    }

    /// Goes to an address and waits until it is loaded.
    ///
    /// # Errors
    /// The address cannot be loaded; a status such as 404 is no error.
    pub async fn go_to(&self, url: &str) -> Result<(), BrowserError> {
        let result = self.command("Page.navigate", json!({"url": url})).await?;
        if let Some(error) = result["errorText"].as_str() {
            return Err(BrowserError::Refused {
                method: format!("to load {url}"),
                message: error.to_owned(),
            });
        }
        self.wait_until("document.readyState === 'complete'", LOAD_LIMIT)
            .await
    }

    /// Lets a script run in each document from now on, before the document's own, whatever the document's policy says.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn before_documents(&self, script: &str) -> Result<(), BrowserError> {
        let script = json!({"source": script});
        self.command("Page.addScriptToEvaluateOnNewDocument", script)
            .await
            .map(drop)
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// It does not load.
    pub async fn reload(&self) -> Result<(), BrowserError> {
        self.evaluate::<Value>("void (window.__edgewardOld = true)")
            .await?;
        self.command("Page.reload", json!({})).await?;
        let loaded = "!window.__edgewardOld && document.readyState === 'complete'";
        self.wait_until(loaded, LOAD_LIMIT).await
    }

    /// The page's address.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn url(&self) -> Result<String, BrowserError> {
        self.evaluate("location.href").await
    }

    /// Evaluates an expression (promises are awaited) and gives its value; `null` and `undefined` fit `()` and `Option`.
    ///
    /// # Errors
    /// It throws, or its value has another shape.
    pub async fn evaluate<T: DeserializeOwned>(&self, script: &str) -> Result<T, BrowserError> {
        let params = json!({
            "expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let mut answer = self.command("Runtime.evaluate", params).await?;
        if let Some(details) = answer.get("exceptionDetails") {
            let thrown = details["exception"]["description"].as_str();
            let thrown = thrown.or(details["text"].as_str()).unwrap_or_default();
            return Err(BrowserError::Script(format!("{thrown} in {script}")));
        }
        serde_json::from_value(answer["result"]["value"].take()).map_err(|source| {
            BrowserError::Shape {
                what: script.to_owned(),
                source,
            }
        })
    }

    /// Waits until an expression is true.
    ///
    /// # Errors
    /// It is not within the limit; the error tells its last value, and where the page is.
    pub async fn wait_until(&self, script: &str, limit: Duration) -> Result<(), BrowserError> {
        let truth = format!("Promise.resolve({script}).then(v => [!!v, String(v), location.href])");
        eventually(script, limit, async || {
            // Errors are waited out too: while a page loads there may be nothing to ask.
            match self.evaluate::<(bool, String, String)>(&truth).await {
                Ok((true, ..)) => Ok(()),
                Ok((false, value, url)) => Err(format!("{value} at {url}")),
                Err(error) => Err(error.to_string()),
            }
        })
        .await?;
        Ok(())
    }

    /// Waits until an element is there and visible.
    ///
    /// # Errors
    /// It is not within the limit.
    pub async fn wait_for(&self, selector: &str, limit: Duration) -> Result<(), BrowserError> {
        let script = format!(
            "(e => !!e && (e.checkVisibility ? e.checkVisibility() : true))(document.querySelector({}))",
            json!(selector)
        );
        self.wait_until(&script, limit).await
    }

    /// Waits until the page shows this text.
    ///
    /// # Errors
    /// It does not within the limit; the error tells the beginning of what it shows.
    pub async fn wait_for_text(&self, text: &str, limit: Duration) -> Result<(), BrowserError> {
        let what = format!("the text {text:?} on the page");
        eventually(&what, limit, async || {
            let shown = self.text("body").await.map_err(|error| error.to_string())?;
            if shown.contains(text) {
                Ok(())
            } else {
                Err(format!("{:?}", shown.chars().take(500).collect::<String>()))
            }
        })
        .await?;
        Ok(())
    }

    /// The text that the first element of this selector shows.
    ///
    /// # Errors
    /// There is no such element.
    pub async fn text(&self, selector: &str) -> Result<String, BrowserError> {
        self.evaluate(&format!(
            "document.querySelector({}).innerText",
            json!(selector)
        ))
        .await
    }

    /// Clicks the first element of this selector with the mouse, once it is there, still, and nothing covers it.
    ///
    /// # Errors
    /// It does not become so.
    pub async fn click(&self, selector: &str) -> Result<(), BrowserError> {
        let element = format!("document.querySelector({})", json!(selector));
        self.click_on(&format!("{selector} to click"), &element)
            .await
    }

    /// Clicks the smallest visible button, link, tab, option, label or menu item that shows exactly this text.
    ///
    /// # Errors
    /// There is none, or it cannot be clicked.
    pub async fn click_text(&self, text: &str) -> Result<(), BrowserError> {
        let element = format!(
            "[...document.querySelectorAll('button,a,label,summary,[role=button],[role=tab],[role=option],[role=menuitem],[role=link]')]
               .filter(e => e.innerText.trim() === {} && e.checkVisibility())
               .sort((a, b) => a.contains(b) ? 1 : b.contains(a) ? -1 : 0)[0]",
            json!(text)
        );
        self.click_on(&format!("{text:?} to click"), &element).await
    }

    /// Moves the mouse from one point of the page to another with the button held, as in dragging.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn drag(&self, from: (f64, f64), to: (f64, f64)) -> Result<(), BrowserError> {
        const STEPS: u32 = 10;
        self.mouse("mouseMoved", from, false).await?;
        self.mouse("mousePressed", from, true).await?;
        for step in 1..=STEPS {
            let part = f64::from(step) / f64::from(STEPS);
            let at = (
                from.0 + (to.0 - from.0) * part,
                from.1 + (to.1 - from.1) * part,
            );
            self.mouse("mouseMoved", at, true).await?;
        }
        self.mouse("mouseReleased", to, true).await
    }

    /// Types text where the focus is.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn type_text(&self, text: &str) -> Result<(), BrowserError> {
        self.command("Input.insertText", json!({"text": text}))
            .await
            .map(drop)
    }

    /// Clicks a field, empties it, and types into it.
    ///
    /// # Errors
    /// The field is not there or cannot be clicked.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<(), BrowserError> {
        self.click(selector).await?;
        let select = format!("document.querySelector({}).select?.()", json!(selector));
        self.evaluate::<Value>(&select).await?;
        self.type_text(text).await
    }

    /// Presses and releases a key: `Enter`, `Escape`, `Tab`, `Backspace`, `ArrowDown` and so on, or one character.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn press(&self, key: &str) -> Result<(), BrowserError> {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "Tab" => (9, ""),
            "Backspace" => (8, ""),
            "Delete" => (46, ""),
            "End" => (35, ""),
            "Home" => (36, ""),
            "ArrowLeft" => (37, ""),
            "ArrowUp" => (38, ""),
            "ArrowRight" => (39, ""),
            "ArrowDown" => (40, ""),
            other => (other.bytes().next().map_or(0, u32::from), other),
        };
        let down = if text.is_empty() {
            "rawKeyDown"
        } else {
            "keyDown"
        };
        for kind in [down, "keyUp"] {
            let mut event =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            if kind == "keyDown" {
                event["text"] = text.into();
            }
            self.command("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }

    /// Sets the visible size, in CSS pixels; below 600 wide it is a phone with touch.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn set_viewport(&self, width: u32, height: u32) -> Result<(), BrowserError> {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < PHONE_WIDTH,
        });
        self.command("Emulation.setDeviceMetricsOverride", metrics)
            .await
            .map(drop)
    }

    /// Writes a picture (PNG) of what is visible.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn screenshot(&self, file: &Path) -> Result<(), BrowserError> {
        let answer = self
            .command("Page.captureScreenshot", json!({"format": "png"}))
            .await?;
        let data = answer["data"].as_str().unwrap_or_default();
        let write = |source| BrowserError::File {
            what: format!("write the picture {}", file.display()),
            source,
        };
        let png = STANDARD
            .decode(data)
            .map_err(|error| write(std::io::Error::other(error)))?;
        std::fs::write(file, png).map_err(write)
    }

    /// Errors, warnings and uncaught exceptions since the page was opened or [`Page::forget`] was called.
    pub fn console(&self) -> Vec<ConsoleMessage> {
        self.watch.console()
    }

    /// Requests without an answer, or with a status of 400 and more, since then.
    pub fn failed_requests(&self) -> Vec<FailedRequest> {
        self.watch.failed()
    }

    /// Forgets what [`Page::console`] and [`Page::failed_requests`] have collected.
    pub fn forget(&self) {
        self.watch.forget();
    }

    /// Closes the page.
    ///
    /// # Errors
    /// It is gone already.
    pub async fn close(self) -> Result<(), BrowserError> {
        let target = json!({"targetId": self.target});
        self.devtools
            .command(None, "Target.closeTarget", target)
            .await
            .map(drop)
    }

    pub(super) async fn click_on(&self, what: &str, element: &str) -> Result<(), BrowserError> {
        let script = format!(
            "(async () => {{
               const find = () => {element}, box = e => e.getBoundingClientRect();
               const e = find();
               if (!e) return 'not there';
               if (e.disabled) return 'disabled';
               e.scrollIntoView({{block: 'center', inline: 'center', behavior: 'instant'}});
               const a = box(e);
               await new Promise(r => setTimeout(r, 40));
               const b = box(e);
               if (!b.width || !b.height) return 'invisible';
               if (a.x !== b.x || a.y !== b.y) return 'moving';
               const x = b.x + b.width / 2, y = b.y + b.height / 2;
               const top = document.elementFromPoint(x, y);
               if (!top || !(e.contains(top) || top.contains(e))) return 'covered by ' + (top ? top.outerHTML.slice(0, 200) : 'nothing');
               return {{x, y}};
             }})()"
        );
        let spot = eventually(what, CLICK_LIMIT, async || {
            let found = self
                .evaluate::<Value>(&script)
                .await
                .map_err(|error| error.to_string())?;
            serde_json::from_value::<Spot>(found.clone()).map_err(|_| found.to_string())
        })
        .await?;
        let at = (spot.x, spot.y);
        self.mouse("mouseMoved", at, false).await?;
        self.mouse("mousePressed", at, true).await?;
        self.mouse("mouseReleased", at, true).await
    }

    async fn mouse(&self, kind: &str, (x, y): (f64, f64), held: bool) -> Result<(), BrowserError> {
        let button = if held { "left" } else { "none" };
        let event = json!({
            "type": kind, "x": x, "y": y, "button": button, "buttons": u8::from(held),
            "clickCount": u8::from(held && kind != "mouseMoved"),
        });
        self.command("Input.dispatchMouseEvent", event)
            .await
            .map(drop)
    }

    pub(super) async fn command(&self, method: &str, params: Value) -> Result<Value, BrowserError> {
        self.devtools
            .command(Some(&self.session), method, params)
            .await
    }
}
