//! Fields as a person finds them, by their labels; and what the system asks pages to look like.

use std::time::Duration;

use serde_json::{Value, json};

use super::{BrowserError, Page};
use crate::eventually;

impl Page {
    /// Clicks the field with this label, empties it, and types into it.
    ///
    /// # Errors
    /// There is no such field, or it cannot be clicked.
    pub async fn fill_labelled(&self, label: &str, text: &str) -> Result<(), BrowserError> {
        self.click_labelled(label).await?;
        let field = labelled(label);
        self.evaluate::<Value>(&format!("void {field}.select?.()"))
            .await?;
        self.type_text(text).await
    }

    /// Clicks the field with this label.
    ///
    /// # Errors
    /// There is no such field, or it cannot be clicked.
    pub async fn click_labelled(&self, label: &str) -> Result<(), BrowserError> {
        self.click_on(&format!("a field {label:?} to click"), &labelled(label))
            .await
    }

    /// Waits until the field with this label has this value.
    ///
    /// # Errors
    /// It has not within the limit; the error tells its last value.
    pub async fn wait_for_value(
        &self,
        label: &str,
        value: &str,
        limit: Duration,
    ) -> Result<(), BrowserError> {
        let what = format!("the field {label:?} to have {value:?}");
        eventually(&what, limit, async || {
            let shown = format!("{}?.value", labelled(label));
            match self.evaluate::<Option<String>>(&shown).await {
                Ok(Some(shown)) if shown == value => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await?;
        Ok(())
    }

    /// Says to the page that the system's colours are dark, or light.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn set_dark(&self, dark: bool) -> Result<(), BrowserError> {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.command("Emulation.setEmulatedMedia", features)
            .await
            .map(drop)
    }
}

/// The visible field whose label shows exactly this text.
fn labelled(label: &str) -> String {
    format!(
        "[...document.querySelectorAll('label')]
           .filter(l => l.innerText.trim() === {} && l.control?.checkVisibility()).map(l => l.control)[0]",
        json!(label)
    )
}
