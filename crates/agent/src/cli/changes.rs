//! `changes`: what snapd has done on this device.

use edgeward_agent::changes::{Entry, read};
use edgeward_runtime::{Chain, ExitCode};

use super::args::{Options, Output};
use super::output::{json, say, warn};
use super::{load_config_or_complain, paths};

pub(crate) fn changes(last: Option<u32>, options: &Options) -> ExitCode {
    let config = match load_config_or_complain(options) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let state_dir = paths::state_dir(options);
    let location = config
        .change_log
        .location
        .resolve(&config.places, &state_dir);
    let file = match location {
        Ok(file) => file,
        Err(problem) => {
            warn(&format!("snaplogger.database.location: {problem}"));
            return ExitCode::Usage;
        }
    };
    match read(&file, last) {
        Ok(entries) if options.output == Output::Json => json(&entries),
        Ok(entries) if entries.is_empty() => say(&format!(
            "No changes are noted in {}. The agent notes them while it runs, on devices with snapd.\n",
            file.display()
        )),
        Ok(entries) => say(&table(&entries)),
        Err(error) => {
            warn(&Chain(&error).to_string());
            return ExitCode::Failed;
        }
    }
    ExitCode::Done
}

fn table(entries: &[Entry]) -> String {
    let width = |column: fn(&Entry) -> &str, title: &str| {
        let longest = entries.iter().map(|entry| column(entry).chars().count());
        longest.chain([title.len()]).max().unwrap_or(0)
    };
    let id = width(|entry| &entry.id, "ID");
    let status = width(|entry| &entry.status, "Status");
    let mut text = format!(
        "{:<id$}  {:<status$}  {:<20}  Summary\n",
        "ID", "Status", "Begun"
    );
    for entry in entries {
        let begun = seconds(&entry.spawn_time);
        text.push_str(&format!(
            "{:<id$}  {:<status$}  {begun:<20}  {}\n",
            entry.id,
            entry.status,
            first_line(&entry.summary)
        ));
        if !entry.err.is_empty() {
            let indent = id + status + 26;
            text.push_str(&format!("{:indent$}{}\n", "", first_line(&entry.err)));
        }
    }
    text
}

/// `2026-11-20T19:35:31.883718491+01:00` without what is below a second, and with its zone.
fn seconds(time: &str) -> String {
    let Some((whole, rest)) = time.split_once('.') else {
        return time.to_owned();
    };
    let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{whole}{zone}")
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_a_table_with_errors_below() {
        let entry = |id: &str, status: &str, err: &str| Entry {
            id: id.into(),
            spawn_time: "2026-11-20T19:35:31.883718491Z".into(),
            ready_time: None,
            kind: "install-snap".into(),
            summary: "Install hello".into(),
            status: status.into(),
            ready: true,
            err: err.into(),
            tasks: serde_json::Value::Null,
        };
        let entries = [
            entry("9", "Done", ""),
            entry("10", "Error", "cannot do it\nat all"),
        ];
        assert_eq!(
            table(&entries),
            "ID  Status  Begun                 Summary\n\
             9   Done    2026-11-20T19:35:31Z  Install hello\n\
             10  Error   2026-11-20T19:35:31Z  Install hello\n\
             \x20                                 cannot do it\n"
        );
    }
}
