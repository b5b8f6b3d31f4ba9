//! Writing.

use super::is_formula;

/// One value. What a spreadsheet would take for a formula begins with an apostrophe instead.
fn cell(text: &str) -> String {
    let guard = if is_formula(text) { "'" } else { "" };
    let quoted = text.contains([',', '"', '\n', '\r']) || text.trim() != text;
    if quoted {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

/// A record, with the end of its line.
pub(crate) fn row<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = values.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}
