//! Tables with the largest rows first, of which the smaller ones are added up.

use std::io::{self, Write};

use super::counted;
use crate::model::{ByteSize, ForeignText};

/// A table: numbers to the left, names to the right, so that no name is cut.
pub(super) struct Columns<'a> {
    what: &'a str,
    heads: &'a [&'a str],
    limit: usize,
    rows: Vec<(String, Vec<String>)>,
    /// What is not shown: how many rows, and their bytes.
    rest: Option<(u64, i128)>,
}

impl<'a> Columns<'a> {
    /// Begins a table of at most `limit` rows, whose last column is `what`.
    pub(super) fn new(what: &'a str, heads: &'a [&'a str], limit: usize) -> Self {
        Self {
            what,
            heads,
            limit,
            rows: Vec::new(),
            rest: Some((0, 0)),
        }
    }

    /// Leaves out how much there is beside what is shown.
    pub(super) fn without_rest(mut self) -> Self {
        self.rest = None;
        self
    }

    /// Adds a row of so many bytes.
    pub(super) fn row(&mut self, name: &str, size_bytes: u64, cells: Vec<String>) {
        self.add(name, size_bytes.into(), cells);
    }

    /// Adds a row of something that grew or shrank.
    pub(super) fn change(&mut self, name: &str, change_bytes: i64, cells: Vec<String>) {
        self.add(name, change_bytes.into(), cells);
    }

    /// Adds rows that nobody listed.
    pub(super) fn more(&mut self, count: u64, size_bytes: u64) {
        if let Some((rows, bytes)) = &mut self.rest {
            *rows += count;
            *bytes += i128::from(size_bytes);
        }
    }

    fn add(&mut self, name: &str, bytes: i128, cells: Vec<String>) {
        if self.rows.len() < self.limit {
            let name = ForeignText::new(name)
                .to_string()
                .replace(['\n', '\t'], " ");
            self.rows.push((name, cells));
        } else if let Some((rows, rest)) = &mut self.rest {
            *rows += 1;
            *rest += bytes;
        }
    }

    /// Writes it, with an empty line before it.
    ///
    /// # Errors
    /// Those of the writer.
    pub(super) fn write_to(&self, to: &mut dyn Write) -> io::Result<()> {
        writeln!(to)?;
        let heads: Vec<String> = self.heads.iter().map(|&head| head.to_owned()).collect();
        self.write_row(to, &heads, self.what)?;
        for (name, cells) in &self.rows {
            self.write_row(to, cells, name)?;
        }
        match self.rest {
            Some((count, bytes)) if count > 0 => {
                let shown =
                    i64::try_from(bytes).map_or_else(|_| String::new(), |bytes| self.sized(bytes));
                self.write_row(
                    to,
                    &[shown],
                    &format!("({})", counted(count, "more", "more")),
                )
            }
            _ => Ok(()),
        }
    }

    /// Shows the bytes of what is left out as the first column does.
    fn sized(&self, bytes: i64) -> String {
        match self.heads.first() {
            Some(&"CHANGE") => signed(bytes),
            _ => ByteSize(bytes.unsigned_abs()).to_string(),
        }
    }

    fn write_row(&self, to: &mut dyn Write, cells: &[String], name: &str) -> io::Result<()> {
        const NARROWEST: usize = 9;
        for (number, head) in self.heads.iter().enumerate() {
            let cell = cells.get(number).map_or("", String::as_str);
            let width = self.width(number, head).max(NARROWEST);
            write!(to, "{cell:>width$}  ")?;
        }
        writeln!(to, "{name}")
    }

    fn width(&self, number: usize, head: &str) -> usize {
        let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(number));
        let widest = cells.map(|cell| cell.chars().count()).max();
        widest.unwrap_or_default().max(head.len())
    }
}

/// Shows a part of a whole in percent, to a tenth.
pub(super) fn share(part: u64, whole: u64) -> String {
    let (part, whole) = (u128::from(part), u128::from(whole.max(1)));
    let tenths = (part * 1000 + whole / 2) / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// Shows a number of bytes with its sign.
pub(super) fn signed(bytes: i64) -> String {
    let sign = if bytes < 0 { '-' } else { '+' };
    format!("{sign}{}", ByteSize(bytes.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_shown_is_added_up() {
        let mut table = Columns::new("MODULE", &["SIZE", "SHARE"], 1);
        for (name, size) in [("a\x1b[2J\nb", 3 << 20), ("c", 2048), ("d", 1024)] {
            table.row(
                name,
                size,
                vec![ByteSize(size).to_string(), share(size, 6 << 20)],
            );
        }
        let mut text = Vec::new();
        table.write_to(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let expected = [
            "",
            "     SIZE      SHARE  MODULE",
            "   3.0 MB     50.0 %  a\\u{1b}[2J b",
            "   3.0 KB             (2 more)",
        ];
        assert_eq!(lines, expected);
        assert_eq!(signed(-2048), "-2.0 KB");
        assert_eq!(share(1, 0), "100.0 %");
    }
}
