//! Things with what is said of each, and others below them, as people read them.

use std::io::{self, Write};

use crate::model::ForeignText;

/// The width of the longest name of a field.
const NAME: usize = 12;

/// A thing, and what is below it.
pub(super) struct Tree {
    head: String,
    fields: Vec<(&'static str, Vec<String>)>,
    below: Vec<Self>,
}

impl Tree {
    pub(super) fn new(head: impl Into<String>) -> Self {
        Self {
            head: head.into(),
            fields: Vec::new(),
            below: Vec::new(),
        }
    }

    /// Says something of it; nothing where there are no values.
    pub(super) fn field(
        &mut self,
        name: &'static str,
        values: impl IntoIterator<Item: Into<String>>,
    ) {
        let values = values.into_iter().map(Into::into).collect();
        self.fields.push((name, values));
    }

    /// Puts others below it.
    pub(super) fn extend(&mut self, below: impl IntoIterator<Item = Self>) {
        self.below.extend(below);
    }

    /// Writes it with all that is below it. Whatever it says passes [`ForeignText`], and no value can
    /// pass for a field or a thing of its own.
    ///
    /// # Errors
    /// Those of the writer.
    pub(super) fn write_to(&self, to: &mut dyn Write) -> io::Result<()> {
        self.write_at(to, "", "")
    }

    fn write_at(&self, to: &mut dyn Write, first: &str, rest: &str) -> io::Result<()> {
        let head = ForeignText::new(&self.head).to_string().replace('\n', " ");
        writeln!(to, "{first}{head}")?;
        let bar = if self.below.is_empty() {
            "   "
        } else {
            "│  "
        };
        for (name, values) in &self.fields {
            write_field(to, &format!("{rest}{bar}"), name, values)?;
        }
        for (number, tree) in self.below.iter().enumerate() {
            let (corner, bar) = if number + 1 == self.below.len() {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            tree.write_at(to, &format!("{rest}{corner}"), &format!("{rest}{bar}"))?;
        }
        Ok(())
    }
}

/// Writes each line of each value, the first beside `name`, the others below it.
fn write_field(to: &mut dyn Write, rest: &str, name: &str, values: &[String]) -> io::Result<()> {
    let mut name = name;
    for value in values {
        let shown = ForeignText::new(value).to_string();
        for line in shown.split('\n') {
            let line = format!("{rest}{name:NAME$} {line}");
            writeln!(to, "{}", line.trim_end())?;
            name = "";
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_stands_below_what_it_belongs_to() {
        let mut leaf = Tree::new("leaf");
        leaf.field("size", ["1 KB"]);
        let mut branch = Tree::new("branch\n└─ false\x1b[2J");
        branch.field("labels", ["a=b\nuser root\x1b[2J", "c=d"]);
        branch.field("env", [""; 0]);
        branch.extend([leaf, Tree::new("other")]);
        let mut root = Tree::new("root");
        root.field("digest", ["sha256:00"]);
        root.extend([branch, Tree::new("last")]);
        let mut text = Vec::new();
        root.write_to(&mut text).unwrap();
        insta::assert_snapshot!(String::from_utf8(text).unwrap(), @r"
        root
        │  digest       sha256:00
        ├─ branch └─ false\u{1b}[2J
        │  │  labels       a=b
        │  │               user root\u{1b}[2J
        │  │               c=d
        │  ├─ leaf
        │  │     size         1 KB
        │  └─ other
        └─ last
        ");
    }
}
