//! Text as both databases take it, and searching in it.

use edgeward_ids::Name;
use sea_orm::sea_query::Expr;

use super::fault::Broken;
use crate::DatabaseKind;

/// Without NUL characters, which PostgreSQL cannot store; devices choose some of the texts.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "")
}

/// What a list's text filter searches: the parts in lower case, one per line. Lowered here, since the databases disagree on
/// what lower case is.
pub(crate) fn searchable(parts: &[&str]) -> String {
    storable(&parts.join("\n").to_lowercase())
}

/// A `LIKE` pattern, with `\` as its escape character, that finds the text in what [`searchable`] made.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in storable(&text.to_lowercase()).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// A column of text to sort by: by code points, as Rust does and neither database by itself.
pub(crate) fn by_code_points(kind: DatabaseKind, table: &str, column: &str) -> Expr {
    let collation = match kind {
        DatabaseKind::Sqlite => "BINARY",
        DatabaseKind::Postgres => "\"C\"",
    };
    Expr::cust(format!("\"{table}\".\"{column}\" COLLATE {collation}"))
}

/// A name, as it was stored.
pub(crate) fn to_name(text: &str) -> Result<Name, Broken> {
    text.parse().map_err(|_| Broken::corrupt("a name", text))
}
