//! Text in HTML.

use std::fmt;

use crate::model::ForeignText;

/// Text of any origin, in an element or in an attribute between double quotes: nothing of it is markup.
pub(super) struct Escaped<T>(pub(super) T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in ForeignText::new(&self.0.to_string()).to_string().chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

/// A table, for all who do not see plots too.
pub(super) struct Table<'a> {
    /// What it is of.
    pub(super) caption: &'a str,
    /// The heads of its columns.
    pub(super) heads: &'a [&'a str],
    /// Its rows, the first cell of each of which names it.
    pub(super) rows: Vec<Vec<Cell>>,
}

/// A cell.
pub(super) enum Cell {
    /// Text.
    Text(String),
    /// Text that reads badly in several lines.
    Line(String),
    /// A number, to the right.
    Number(String),
    /// Markup that is whole.
    Markup(String),
}

impl Cell {
    /// A cell of text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A cell of a number.
    pub(super) fn number(number: impl fmt::Display) -> Self {
        Self::Number(number.to_string())
    }
}

impl Table<'_> {
    /// Tells whether a column is one of numbers.
    fn is_numeric(&self, column: usize) -> bool {
        let first = self.rows.first().and_then(|row| row.get(column));
        matches!(first, Some(Cell::Number(_)))
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let caption = Escaped(self.caption);
        write!(
            f,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\"><table>\
             <caption>{caption}</caption><thead><tr>"
        )?;
        for (number, head) in self.heads.iter().enumerate() {
            let class = if self.is_numeric(number) {
                " class=\"n\""
            } else {
                ""
            };
            write!(f, "<th scope=\"col\"{class}>{}</th>", Escaped(head))?;
        }
        f.write_str("</tr></thead><tbody>")?;
        for row in &self.rows {
            f.write_str("<tr>")?;
            for (number, cell) in row.iter().enumerate() {
                cell.write(f, number == 0)?;
            }
            f.write_str("</tr>")?;
        }
        f.write_str("</tbody></table></div>")
    }
}

impl Cell {
    fn write(&self, f: &mut fmt::Formatter<'_>, is_name: bool) -> fmt::Result {
        let (open, close) = if is_name {
            ("<th scope=\"row\"", "</th>")
        } else {
            ("<td", "</td>")
        };
        match self {
            Self::Text(text) => write!(f, "{open}>{}{close}", Escaped(text)),
            Self::Line(text) => write!(f, "{open} class=\"l\">{}{close}", Escaped(text)),
            Self::Number(text) => write!(f, "{open} class=\"n\">{}{close}", Escaped(text)),
            Self::Markup(text) => write!(f, "{open}>{text}{close}"),
        }
    }
}

/// Something that opens to show what a plot shows.
pub(super) fn details(summary: &str, content: impl fmt::Display) -> String {
    format!(
        "<details><summary>{}</summary>{content}</details>",
        Escaped(summary)
    )
}

/// Says how many of `count` a table of `most` rows leaves out; `what` they are.
pub(super) fn left_out(count: usize, most: usize, what: &str) -> String {
    match count.saturating_sub(most) {
        0 => String::new(),
        more => format!("<p>{more} {} are not shown.</p>", Escaped(what)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_is_markup() {
        let shown = Escaped("</title><script>x('\"&\u{1b}\u{202e}").to_string();
        assert_eq!(
            shown,
            "&lt;/title&gt;&lt;script&gt;x(&#39;&quot;&amp;\\u{1b}\\u{202e}"
        );
    }

    #[test]
    fn a_table_names_its_rows_and_columns() {
        let table = Table {
            caption: "a & b",
            heads: &["<x>", "y"],
            rows: vec![vec![Cell::text("<r>"), Cell::number(1)]],
        };
        let text = table.to_string();
        assert!(text.contains("<caption>a &amp; b</caption>"), "{text}");
        assert!(
            text.contains("<th scope=\"row\">&lt;r&gt;</th><td class=\"n\">1</td>"),
            "{text}"
        );
    }
}
