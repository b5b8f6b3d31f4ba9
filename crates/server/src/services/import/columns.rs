//! Which value of a line is what: the first line says it, in ECP's words or in ours.

/// What ECP calls a service's address.
pub(super) const ENDPOINT: &str = "endpoint";
/// The service's name.
pub(super) const NAME: &str = "name";
/// The tags.
pub(super) const TAGS: &str = "tagName";
/// What the service is.
pub(super) const CATEGORY: &str = "category";
/// How it is reached.
pub(super) const NODE_TYPE: &str = "nodeType";
/// What it speaks.
pub(super) const SCHEME: &str = "scheme";
/// The agent that offers it.
pub(super) const AGENT: &str = "agentID";
/// What it wants to see.
pub(super) const AUTHENTICATION: &str = "authentication";
/// The user's name.
pub(super) const USER: &str = "username";
/// The password.
pub(super) const PASSWORD: &str = "password";
/// The certificate that is believed.
pub(super) const PINNED: &str = "pinned";
/// Free text.
pub(super) const DESCRIPTION: &str = "description";
/// Its id where the list is from; it gets another one.
const SERVICE: &str = "serviceID";

/// Each column with other words for it. Case does not matter, nor do spaces, `_` and `-`.
const KNOWN: [(&str, &[&str]); 13] = [
    (CATEGORY, &["kind"]),
    (NAME, &[]),
    (NODE_TYPE, &["way"]),
    (ENDPOINT, &["address"]),
    (SCHEME, &[]),
    (TAGS, &["tag", "tags"]),
    (AGENT, &[]),
    (SERVICE, &["id"]),
    (AUTHENTICATION, &["auth"]),
    (USER, &["user"]),
    (PASSWORD, &[]),
    (PINNED, &[]),
    (DESCRIPTION, &["desc"]),
];

/// Without these nothing can be added.
const NEEDED: [&str; 3] = [CATEGORY, NAME, ENDPOINT];

/// The longest name of a column that is repeated, in characters.
const MAX_SHOWN_CHARS: usize = 40;

/// Where in a line the values are.
pub(super) struct Columns {
    /// For each value the column's name; none where nobody knows it.
    names: Vec<Option<&'static str>>,
}

impl Columns {
    /// As the first line names them; with those that nobody knows.
    pub(super) fn read(first: &[String]) -> Result<(Self, Vec<String>), String> {
        let mut names: Vec<Option<&'static str>> = Vec::new();
        let mut ignored = Vec::new();
        for word in first {
            let known = known(word);
            match known {
                Some(name) if names.contains(&known) => {
                    return Err(format!("the column {name} is named twice"));
                }
                None if !word.trim().is_empty() => {
                    ignored.push(word.trim().chars().take(MAX_SHOWN_CHARS).collect());
                }
                _ => {}
            }
            names.push(known);
        }
        let missing: Vec<&str> = NEEDED
            .into_iter()
            .filter(|needed| !names.contains(&Some(needed)))
            .collect();
        if missing.is_empty() {
            return Ok((Self { names }, ignored));
        }
        Err(format!(
            "the first line does not name the column {}; it names all columns with commas between them, such as \
             category,name,nodeType,endpoint,scheme,tagName",
            missing.join(" and the column ")
        ))
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.names.len()
    }

    /// The value in a column, as it is written; empty where the line or the list has none.
    pub(super) fn value<'a>(&self, values: &'a [String], column: &str) -> &'a str {
        let at = self.names.iter().position(|name| *name == Some(column));
        at.and_then(|at| values.get(at)).map_or("", String::as_str)
    }
}

fn known(word: &str) -> Option<&'static str> {
    let bare = |word: &str| -> String {
        let kept = word.chars().filter(|c| !matches!(c, ' ' | '_' | '-'));
        kept.flat_map(char::to_lowercase).collect()
    };
    let word = bare(word);
    let found = KNOWN
        .iter()
        .find(|(name, others)| bare(name) == word || others.contains(&word.as_str()));
    found.map(|(name, _)| *name)
}
