//! Streams, tables and rules, and how they are exported and imported.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The most entries of one kind.
const MAX_ENTRIES: usize = 4096;

/// The keys of an export besides streams, tables and rules.
const OTHER_KINDS: [&str; 9] = [
    "nativePlugins",
    "portablePlugins",
    "sourceConfig",
    "sinkConfig",
    "connectionConfig",
    "Service",
    "Schema",
    "uploads",
    "scripts",
];

/// Definitions in SQL by name.
type Definitions = BTreeMap<String, String>;

/// What an eKuiper has.
#[derive(Default)]
pub(crate) struct State {
    pub(super) streams: Definitions,
    pub(super) tables: Definitions,
    pub(super) rules: BTreeMap<String, Rule>,
    others: Map<String, Value>,
    import_errors: Map<String, Value>,
}

/// A rule and what it does.
#[derive(Clone)]
pub(super) struct Rule {
    pub(super) definition: Value,
    pub(super) running: bool,
}

impl Rule {
    /// A rule from its JSON; it runs unless it says otherwise.
    ///
    /// # Errors
    /// What it lacks.
    pub(super) fn new(definition: Value) -> Result<(String, Self), String> {
        let id = definition["id"].as_str().unwrap_or_default().to_owned();
        if id.is_empty() {
            return Err("Missing rule id.".to_owned());
        }
        let sql = definition["sql"].as_str().unwrap_or_default();
        if sql.is_empty() && definition["graph"].is_null() {
            return Err("Missing rule SQL.".to_owned());
        }
        let selects = sql.trim_start().to_lowercase().starts_with("select ");
        if !sql.is_empty() && !selects {
            let found = sql.split_whitespace().next().unwrap_or_default();
            return Err(format!(
                "Parse SQL {sql} error: Found {found:?}, Expected SELECT."
            ));
        }
        if !definition["actions"].is_array() && definition["graph"].is_null() {
            return Err("Missing rule actions.".to_owned());
        }
        let running = definition["triggered"].as_bool().unwrap_or(true);
        let rule = Self {
            definition,
            running,
        };
        Ok((id, rule))
    }

    pub(super) fn status(&self) -> &'static str {
        if self.running {
            "Running"
        } else {
            "Stopped: canceled manually."
        }
    }
}

/// What is created by an SQL statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Stream,
    Table,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Table => "table",
        }
    }
}

/// The name in `CREATE STREAM name (…) …`.
///
/// # Errors
/// It is no such statement.
pub(super) fn created(kind: Kind, sql: &str) -> Result<String, String> {
    let mut words = sql.split(|c: char| c.is_whitespace() || c == '(');
    let mut word = || words.find(|word| !word.is_empty()).unwrap_or_default();
    let (create, what, name) = (word(), word(), word());
    if !create.eq_ignore_ascii_case("create") {
        return Err(format!("found {create:?}, expected CREATE."));
    }
    if !what.eq_ignore_ascii_case(kind.word()) || name.is_empty() {
        return Err(format!("found {what:?}, expected {}.", kind.word()));
    }
    Ok(name.to_owned())
}

impl State {
    pub(super) fn definitions(&mut self, kind: Kind) -> &mut Definitions {
        match kind {
            Kind::Stream => &mut self.streams,
            Kind::Table => &mut self.tables,
        }
    }

    /// Adds what the statement creates.
    ///
    /// # Errors
    /// The statement creates nothing, or it is there already.
    pub(super) fn create(&mut self, kind: Kind, sql: &str) -> Result<String, String> {
        let name = created(kind, sql)?;
        let known = self.definitions(kind);
        if known.contains_key(&name) {
            return Err(format!("{} {name} already exists", kind.word()));
        }
        if known.len() >= MAX_ENTRIES {
            return Err(format!("too many {}s", kind.word()));
        }
        known.insert(name.clone(), sql.to_owned());
        Ok(name)
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// It is none, or its id is taken.
    pub(super) fn add_rule(&mut self, definition: Value) -> Result<String, String> {
        let (id, rule) = Rule::new(definition)?;
        if self.rules.contains_key(&id) {
            return Err(format!("rule {id} already exists"));
        }
        if self.rules.len() >= MAX_ENTRIES {
            return Err("too many rules".to_owned());
        }
        self.rules.insert(id.clone(), rule);
        Ok(id)
    }

    /// Streams, tables and rules, rules as JSON in a text.
    pub(crate) fn export_ruleset(&self) -> Value {
        let rules: Map<_, _> = self
            .rules
            .iter()
            .map(|(id, rule)| (id.clone(), Value::String(rule.definition.to_string())))
            .collect();
        json!({"streams": self.streams, "tables": self.tables, "rules": rules})
    }

    /// Everything.
    pub(crate) fn export(&self) -> Value {
        let mut all = self.export_ruleset();
        for kind in OTHER_KINDS {
            all[kind] = self.others.get(kind).cloned().unwrap_or_else(|| json!({}));
        }
        all
    }

    /// What the last import could not take, by kind.
    pub(super) fn import_errors(&self) -> Value {
        Value::Object(self.import_errors.clone())
    }

    /// Forgets everything.
    pub(super) fn wipe(&mut self) {
        *self = Self::default();
    }

    /// Takes over what is in an export, each entry by itself; of what is there already the new one wins.
    ///
    /// # Errors
    /// It is no export; then nothing is taken.
    pub(crate) fn import(&mut self, content: &str) -> Result<(), String> {
        let content: Map<String, Value> =
            serde_json::from_str(content).map_err(|error| error.to_string())?;
        self.import_errors = empty_errors();
        for (kind, key) in [(Kind::Stream, "streams"), (Kind::Table, "tables")] {
            for (name, sql) in entries(&content, key) {
                let taken = match created(kind, sql.as_str().unwrap_or_default()) {
                    Ok(created) if created == *name => Ok(()),
                    Ok(other) => Err(format!("the statement creates {other}")),
                    Err(why) => Err(why),
                };
                match taken {
                    Ok(()) => {
                        let sql = sql.as_str().unwrap_or_default().to_owned();
                        self.definitions(kind).insert(name.clone(), sql);
                    }
                    Err(why) => self.import_errors[key][name] = json!(why),
                }
            }
        }
        for (id, definition) in entries(&content, "rules") {
            match rule_in(id, definition) {
                Ok(rule) => {
                    self.rules.insert(id.clone(), rule);
                }
                Err(why) => self.import_errors["rules"][id] = json!(why),
            }
        }
        for kind in OTHER_KINDS {
            let old = self.others.entry(kind).or_insert_with(|| json!({}));
            for (name, entry) in entries(&content, kind) {
                old[name] = merged(kind, &old[name], entry);
            }
        }
        Ok(())
    }

    /// Whether the last import left something out.
    pub(crate) fn import_failed(&self) -> bool {
        let mut kinds = self.import_errors.values();
        kinds.any(|errors| errors.as_object().is_some_and(|errors| !errors.is_empty()))
    }

    /// Adds the streams, tables and rules that are not there yet, and says how many of each.
    ///
    /// # Errors
    /// It is no export.
    pub(crate) fn import_ruleset(&mut self, content: &str) -> Result<[usize; 3], String> {
        let content: Map<String, Value> =
            serde_json::from_str(content).map_err(|error| error.to_string())?;
        let mut counts = [0; 3];
        for (place, kind, key) in [(0, Kind::Stream, "streams"), (1, Kind::Table, "tables")] {
            for (_, sql) in entries(&content, key) {
                let added = self.create(kind, sql.as_str().unwrap_or_default());
                counts[place] += usize::from(added.is_ok());
            }
        }
        for (id, definition) in entries(&content, "rules") {
            if let Ok(rule) = rule_in(id, definition)
                && !self.rules.contains_key(id)
            {
                self.rules.insert(id.clone(), rule);
                counts[2] += 1;
            }
        }
        Ok(counts)
    }
}

fn entries<'a>(
    content: &'a Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let entries = content.get(key).and_then(Value::as_object);
    entries.into_iter().flatten().take(MAX_ENTRIES)
}

/// An entry as it is after an import: of those that hold several configurations, each is taken by itself.
fn merged(kind: &str, old: &Value, new: &Value) -> Value {
    let fields = |entry: &Value| serde_json::from_str::<Map<String, Value>>(entry.as_str()?).ok();
    match (fields(old), fields(new)) {
        (Some(mut old), Some(new)) if kind.ends_with("Config") => {
            old.extend(new);
            Value::Object(old).to_string().into()
        }
        _ => new.clone(),
    }
}

/// A rule of an export, which is JSON in a text.
fn rule_in(id: &str, definition: &Value) -> Result<Rule, String> {
    let text = definition.as_str().unwrap_or_default();
    let mut definition: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if let Some(fields) = definition.as_object_mut() {
        fields.entry("id").or_insert_with(|| json!(id));
    }
    let (found, rule) = Rule::new(definition)?;
    if found == id {
        Ok(rule)
    } else {
        Err(format!("the rule's id is {found}"))
    }
}

fn empty_errors() -> Map<String, Value> {
    let kinds = ["streams", "tables", "rules"]
        .into_iter()
        .chain(OTHER_KINDS);
    kinds.map(|kind| (kind.to_owned(), json!({}))).collect()
}
