//! The bytes of a file that is not the same in two images.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::bytes::{byte_difference, text_around};
use super::hints::{self, Origin};
use super::programs::build_differences;
use super::{ByteDifference, Cause, ContentChange, Difference, SectionDifference};
use crate::compile::{BuildInfo, Section, sections};

/// Bytes that can be read anywhere.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek + ?Sized> ReadSeek for T {}

/// Returns in what a file differs: how it was built, where both are Go programs, and which bytes;
/// its bytes in A and B are `files`, where they were kept. `origins` is what the images say they
/// were made from.
///
/// # Errors
/// Those of the files.
pub fn content_differences(
    change: &ContentChange,
    files: Option<[&mut dyn ReadSeek; 2]>,
    origins: [&Origin; 2],
) -> io::Result<Vec<Difference>> {
    let path = format!("/{}", change.path);
    let [size_a, size_b] = change.size_bytes;
    let told = |size: u64| format!("{size} bytes");
    let mut content =
        Difference::new(Cause::Content, &path, "").between(told(size_a), told(size_b));
    let Some([a, b]) = files else {
        let hint = "its bytes are not compared: too many files differ, or they are too long";
        return Ok(vec![content.hint(hint)]);
    };
    let mut found = Vec::new();
    let mut bytes = compared(a, b)?;
    if change.is_program {
        let builds = (build_info(a)?, build_info(b)?);
        if let (Some(of_a), Some(of_b)) = &builds {
            found = build_differences(&path, of_a, of_b);
        }
        bytes.sections = section_differences(a, b)?;
        content.hints = match builds {
            // How they were built explains it.
            _ if !found.is_empty() => Vec::new(),
            (Some(_), Some(_)) => hints::of_go_program(&bytes, origins),
            _ => hints::of_executable(&bytes),
        };
    }
    content.bytes = Some(bytes);
    found.push(content);
    Ok(found)
}

fn compared(a: &mut dyn ReadSeek, b: &mut dyn ReadSeek) -> io::Result<ByteDifference> {
    a.rewind()?;
    b.rewind()?;
    let mut found = byte_difference(&mut *a, &mut *b)?.unwrap_or_default();
    found.text_a = text_at(a, found.first)?;
    found.text_b = text_at(b, found.first)?;
    Ok(found)
}

/// Returns the text around a byte, of some words at most.
fn text_at(file: &mut dyn ReadSeek, at: u64) -> io::Result<Option<String>> {
    const BEFORE: u64 = 24;
    const WINDOW: u64 = 72;
    let start = at.saturating_sub(BEFORE);
    file.seek(SeekFrom::Start(start))?;
    let mut window = Vec::new();
    file.take(WINDOW).read_to_end(&mut window)?;
    // At most `BEFORE`, so it is no more than any `usize`.
    let within = usize::try_from(at - start).unwrap_or_default();
    Ok(text_around(&window, within))
}

fn build_info(file: &mut dyn ReadSeek) -> io::Result<Option<BuildInfo>> {
    file.rewind()?;
    BuildInfo::read(file)
}

/// Returns the sections that differ: those of A in the order of its file, then those that only B
/// has.
fn section_differences(
    a: &mut dyn ReadSeek,
    b: &mut dyn ReadSeek,
) -> io::Result<Vec<SectionDifference>> {
    const SHOWN: usize = 64;
    let (of_a, mut of_b) = (sections(&mut *a), sections(&mut *b));
    let mut found = Vec::new();
    for section in &of_a {
        let other = of_b.iter().position(|other| other.name == section.name);
        let other = other.map(|at| of_b.remove(at));
        let first = match &other {
            None => None,
            Some(other) => match first_difference((a, section), (b, other))? {
                None => continue,
                first => first,
            },
        };
        found.push(SectionDifference {
            name: section.name.clone(),
            size_a: Some(section.size_bytes),
            size_b: other.map(|other| other.size_bytes),
            first,
        });
    }
    found.extend(of_b.into_iter().map(|section| SectionDifference {
        name: section.name,
        size_a: None,
        size_b: Some(section.size_bytes),
        first: None,
    }));
    found.truncate(SHOWN);
    Ok(found)
}

fn first_difference(
    (a, of_a): (&mut dyn ReadSeek, &Section),
    (b, of_b): (&mut dyn ReadSeek, &Section),
) -> io::Result<Option<u64>> {
    a.seek(SeekFrom::Start(of_a.offset))?;
    b.seek(SeekFrom::Start(of_b.offset))?;
    let found = byte_difference(
        BufReader::new(a.take(of_a.size_bytes)),
        BufReader::new(b.take(of_b.size_bytes)),
    )?;
    Ok(found.map(|found| found.first))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::compile::sample_elf;

    fn change(is_program: bool) -> ContentChange {
        ContentChange {
            path: "app".to_owned(),
            size_bytes: [1, 1],
            layers: [0, 0],
            is_program,
        }
    }

    fn differences(a: &[u8], b: &[u8], is_program: bool) -> Vec<Difference> {
        let origin = Origin::default();
        let files: [&mut dyn ReadSeek; 2] = [&mut Cursor::new(a), &mut Cursor::new(b)];
        content_differences(&change(is_program), Some(files), [&origin, &origin]).unwrap()
    }

    #[test]
    fn the_first_differing_byte_is_shown_with_its_text() {
        let found = differences(b"port: 8080\n", b"port: 8081\n", false);
        let bytes = found[0].bytes.as_ref().unwrap();
        assert_eq!((bytes.first, bytes.count), (9, 1));
        assert_eq!(bytes.text_a.as_deref(), Some("port: 8080"));
        assert_eq!(bytes.text_b.as_deref(), Some("port: 8081"));
    }

    #[test]
    fn the_sections_of_a_program_that_differ_are_named() {
        let program = |words: &[u8]| sample_elf(&[(".text", b"code"), (".rodata", words)]);
        let found = differences(
            &program(b"hello from here"),
            &program(b"hello From here"),
            true,
        );
        let bytes = found[0].bytes.as_ref().unwrap();
        let section = SectionDifference {
            name: ".rodata".to_owned(),
            size_a: Some(15),
            size_b: Some(15),
            first: Some(6),
        };
        assert_eq!(bytes.sections, [section]);
    }

    #[test]
    fn files_that_were_not_kept_differ_in_their_sizes() {
        let origin = Origin::default();
        let found = content_differences(&change(true), None, [&origin, &origin]).unwrap();
        assert!(found[0].bytes.is_none() && found[0].hints[0].contains("not compared"));
    }
}
