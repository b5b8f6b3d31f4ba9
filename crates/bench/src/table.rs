//! A Markdown table of figures.

use std::fmt;

/// A table under a heading; shown as Markdown with columns of even width.
pub struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty one with these columns.
    pub fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        let head = columns.iter().map(|text| (*text).to_owned()).collect();
        Self {
            title: title.into(),
            rows: vec![head],
        }
    }

    /// Adds a row, with as many cells as there are columns.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.title)?;
        let columns = self.rows.first().map_or(0, Vec::len);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        for (number, row) in self.rows.iter().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                write!(f, "| {cell:<width$} ")?;
            }
            writeln!(f, "|")?;
            if number == 0 {
                writeln!(f, "{}|", "|---".repeat(columns))?;
            }
        }
        writeln!(f)
    }
}

/// Bytes as MiB with one decimal.
#[allow(clippy::cast_precision_loss)] // figures for people
pub fn mib(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1_048_576.0)
}

/// Bytes as MiB with one decimal and the unit.
pub fn in_mib(bytes: u64) -> String {
    format!("{} MiB", mib(bytes))
}

/// A ratio with two decimals, or a dash where there is nothing to divide by.
pub fn ratio(this: f64, that: f64) -> String {
    if that > 0.0 {
        format!("{:.2}", this / that)
    } else {
        "–".to_owned()
    }
}
