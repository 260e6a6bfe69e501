//! How two images compare, as people read about it.

use std::io::{self, Write};

use super::counted;
use crate::compare::{ByteDifference, Cause, Comparison, Difference, SectionDifference};
use crate::model::ForeignText;

/// The longest text of a side that is shown in full: the document has more of it.
const SIDE_CHARACTERS: usize = 200;

/// Writes what two images differ by: the first cause in a headline, then all differences that are
/// listed, by their causes.
///
/// Whatever the images say passes [`ForeignText`].
///
/// # Errors
/// Those of the writer.
pub fn write_comparison(to: &mut dyn Write, comparison: &Comparison) -> io::Result<()> {
    let (a, b) = (&comparison.a, &comparison.b);
    let Some(first) = &comparison.first else {
        if a.digest == b.digest {
            return line(to, 0, &format!("the images are the same: {}", a.digest));
        }
        return line(to, 0, "the images are the same for this platform");
    };
    let cause = first.cause.as_str();
    line(
        to,
        0,
        &format!(
            "the images differ, first by {cause}: {}",
            in_one_line(first)
        ),
    )?;
    line(to, 1, &format!("A  {}  {}", a.name, a.digest))?;
    line(to, 1, &format!("B  {}  {}", b.name, b.digest))?;
    let mut group = None;
    for difference in &comparison.differences {
        if group != Some(difference.cause) {
            close(to, comparison, group)?;
            writeln!(to)?;
            line(to, 0, title(difference.cause))?;
            group = Some(difference.cause);
        }
        write_difference(to, difference)?;
    }
    close(to, comparison, group)
}

/// Tells how many more differences of a group there are.
fn close(to: &mut dyn Write, comparison: &Comparison, group: Option<Cause>) -> io::Result<()> {
    let omitted = &comparison.omitted;
    match omitted
        .iter()
        .find(|omission| Some(omission.cause) == group)
    {
        Some(more) => line(to, 1, &format!("and {} more; --all lists them", more.count)),
        None => Ok(()),
    }
}

fn title(cause: Cause) -> &'static str {
    match cause {
        Cause::Platform => "platforms",
        Cause::Toolchain => "toolchain",
        Cause::Module => "modules",
        Cause::Setting => "flags and settings of the build",
        Cause::Files => "files and layers that only one has",
        Cause::Content => "content of files",
        Cause::Metadata => "modes, owners, times and places of files",
        Cause::Json => "configuration, manifest and index",
        Cause::Compression => "the same content, stored otherwise",
    }
}

fn write_difference(to: &mut dyn Write, difference: &Difference) -> io::Result<()> {
    line(
        to,
        1,
        &format!("{}{}", in_one_line(difference), platforms(difference)),
    )?;
    if let Some(bytes) = &difference.bytes {
        write_bytes(to, bytes)?;
    }
    for hint in &difference.hints {
        line(to, 2, &format!("hint: {hint}"))?;
    }
    Ok(())
}

/// An image of one platform says so where it matters; the index is no platform's.
fn platforms(difference: &Difference) -> String {
    match difference.platforms.as_slice() {
        [] => String::new(),
        _ if difference.cause == Cause::Platform => String::new(),
        some => format!("  ({})", some.join(", ")),
    }
}

fn in_one_line(difference: &Difference) -> String {
    let Difference { place, what, .. } = difference;
    let subject = match (what.as_str(), difference.cause) {
        ("", _) => place.clone(),
        (what, Cause::Platform) => what.to_owned(),
        (what, _) => format!("{place} {what}"),
    };
    let at = difference
        .bytes
        .as_ref()
        .map(first_byte)
        .unwrap_or_default();
    format!("{subject}: {}{at}", sides(difference))
}

fn sides(difference: &Difference) -> String {
    match (&difference.a, &difference.b) {
        (Some(a), Some(b)) if a == b => short(a),
        (Some(a), Some(b)) => format!("A {}, B {}", short(a), short(b)),
        (Some(a), None) => format!("only in A: {}", short(a)),
        (None, Some(b)) => format!("only in B: {}", short(b)),
        (None, None) => "they differ".to_owned(),
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SIDE_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn first_byte(bytes: &ByteDifference) -> String {
    match bytes.sections.first() {
        Some(section) => format!(", from byte {} on, first in {}", bytes.first, section.name),
        None => format!(", from byte {} on", bytes.first),
    }
}

fn write_bytes(to: &mut dyn Write, bytes: &ByteDifference) -> io::Result<()> {
    let shown: Vec<String> = bytes
        .ranges
        .iter()
        .map(|range| match range.end - range.start {
            1 => range.start.to_string(),
            _ => format!("{}-{}", range.start, range.end - 1),
        })
        .collect();
    let more = match bytes.more_ranges {
        0 => String::new(),
        more => format!(", and {} more", counted(more, "range", "ranges")),
    };
    let count = counted(bytes.count, "byte differs", "bytes differ");
    line(to, 2, &format!("{count}: {}{more}", shown.join(", ")))?;
    for (side, text) in [("A", &bytes.text_a), ("B", &bytes.text_b)] {
        if let Some(text) = text {
            line(to, 2, &format!("there {side} has {text:?}"))?;
        }
    }
    if !bytes.sections.is_empty() {
        let sections: Vec<String> = bytes.sections.iter().map(section).collect();
        line(to, 2, &format!("sections: {}", sections.join(", ")))?;
    }
    Ok(())
}

fn section(section: &SectionDifference) -> String {
    let SectionDifference { name, .. } = section;
    match (section.size_a, section.size_b) {
        (Some(_), None) => format!("{name} only in A"),
        (None, Some(_)) => format!("{name} only in B"),
        (Some(a), Some(b)) if a != b => format!("{name} ({a} and {b} bytes)"),
        _ => name.clone(),
    }
}

/// Writes one line: what is foreign in it breaks none.
fn line(to: &mut dyn Write, level: usize, text: &str) -> io::Result<()> {
    const STEP: usize = 2;
    let shown = ForeignText::new(text).to_string().replace('\n', " ");
    writeln!(to, "{:indent$}{shown}", "", indent = level * STEP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{ByteRange, ComparedImage, DifferenceList};

    fn image(name: &str) -> ComparedImage {
        ComparedImage {
            name: name.to_owned(),
            digest: format!("sha256:{name}"),
            media_type: String::new(),
        }
    }

    fn text(differences: Vec<Difference>) -> String {
        let images = [image("a.tar"), image("b.tar")];
        let comparison = Comparison::new(images, differences, DifferenceList::First);
        let mut text = Vec::new();
        write_comparison(&mut text, &comparison).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn the_first_cause_is_the_headline_and_the_rest_is_grouped() {
        let mut content = Difference::new(Cause::Content, "/app", "").between("9 bytes", "9 bytes");
        content.bytes = Some(ByteDifference {
            first: 3,
            count: 2,
            ranges: vec![ByteRange { start: 3, end: 5 }],
            text_a: Some("v1.0".to_owned()),
            text_b: Some("v1.1".to_owned()),
            ..ByteDifference::default()
        });
        let tags = Difference::new(Cause::Setting, "/app", "-tags");
        let differences = vec![
            content.hint("other source").on("linux/amd64"),
            tags.sides(Some("a\x1b[2J\nb".to_owned()), None)
                .on("linux/amd64"),
        ];
        insta::assert_snapshot!(text(differences), @r#"
        the images differ, first by setting: /app -tags: only in A: a\u{1b}[2J b
          A  a.tar  sha256:a.tar
          B  b.tar  sha256:b.tar

        flags and settings of the build
          /app -tags: only in A: a\u{1b}[2J b  (linux/amd64)

        content of files
          /app: 9 bytes, from byte 3 on  (linux/amd64)
            2 bytes differ: 3-4
            there A has "v1.0"
            there B has "v1.1"
            hint: other source
        "#);
    }

    #[test]
    fn what_is_not_listed_is_counted() {
        let file = |number| {
            let file = Difference::new(Cause::Files, format!("/{number:02}"), "");
            file.sides(None, Some("folder".to_owned()))
        };
        let text = text((0..12).map(file).collect());
        assert!(text.ends_with("  /09: only in B: folder\n  and 2 more; --all lists them\n"));
    }
}
