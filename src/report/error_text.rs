//! Errors as people read them.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::model::{BuildError, ForeignText};

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Writes `error: [phase] target: message`, a `caused by:` line for each cause that says something
/// new, and a `hint:` line for each hint.
///
/// Every text passes [`ForeignText`] here, so that whatever a cause quotes is harmless.
///
/// # Errors
/// Those of the writer.
pub fn write_error(to: &mut dyn Write, error: &BuildError) -> io::Result<()> {
    write_labelled(to, ERROR, "error", &error.to_string())?;
    let mut said = error.to_string();
    for cause in error.causes() {
        let text = cause.to_string();
        if !said.contains(&text) {
            write_labelled(to, Style::new(), "  caused by", &text)?;
        }
        said = text;
    }
    error
        .hints
        .iter()
        .try_for_each(|hint| write_labelled(to, HINT, "  hint", hint))
}

/// Writes `LABEL: TEXT`, with further lines of the text indented below it.
pub(crate) fn write_labelled(
    to: &mut dyn Write,
    style: Style,
    label: &str,
    text: &str,
) -> io::Result<()> {
    let shown = ForeignText::new(text).to_string();
    let mut lines = shown.trim_end().lines();
    writeln!(
        to,
        "{style}{label}:{style:#} {}",
        lines.next().unwrap_or_default()
    )?;
    lines.try_for_each(|line| writeln!(to, "    {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Phase;

    #[test]
    fn an_error_shows_its_causes_and_hints_once() {
        let cause = io::Error::other("the registry answered 403\nDENIED: \x1b[31mno");
        let error = BuildError::new(
            Phase::Publish,
            "linux/arm64",
            "cannot publish r.example/api:v3",
        )
        .because(cause)
        .hint("log in with a user that may push");
        let mut text = Vec::new();
        write_error(&mut text, &error).unwrap();
        let plain = anstream::adapter::strip_bytes(&text).into_vec();
        insta::assert_snapshot!(String::from_utf8(plain).unwrap(), @r"
        error: [publish] linux/arm64: cannot publish r.example/api:v3
          caused by: the registry answered 403
            DENIED: \u{1b}[31mno
          hint: log in with a user that may push
        ");
    }
}
