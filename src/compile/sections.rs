//! The parts of a program, as its headers name them.

use std::io::{Read, Seek};
use std::ops::Range;

use object::{File, Object as _, ObjectSection as _, ReadCache, ReadRef};

/// A part of a program, such as `.text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Where it begins in the file.
    pub offset: u64,
    /// The number of its bytes in the file.
    pub size_bytes: u64,
}

/// Returns the sections of an ELF, Mach-O or PE program that have bytes in the file, in the order
/// of the file; none where it is something else, or its headers make no sense.
pub fn sections(program: impl Read + Seek) -> Vec<Section> {
    let cache = ReadCache::new(program);
    let Ok(file) = File::parse(Modest(&cache)) else {
        return Vec::new();
    };
    let mut sections: Vec<Section> = file
        .sections()
        .filter_map(|section| {
            let (offset, size_bytes) = section.file_range()?;
            let name = String::from_utf8_lossy(section.name_bytes().ok()?).into_owned();
            let is_named = !name.is_empty() && size_bytes > 0;
            is_named.then_some(Section {
                name,
                offset,
                size_bytes,
            })
        })
        .collect();
    sections.sort_by_key(|section| section.offset);
    sections
}

/// Headers of a program that somebody else made: none of any size is held in memory.
#[derive(Clone, Copy)]
struct Modest<R>(R);

impl<'a, R: ReadRef<'a>> ReadRef<'a> for Modest<R> {
    fn len(self) -> Result<u64, ()> {
        self.0.len()
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        const LONGEST_TABLE: u64 = 1 << 20;
        if size > LONGEST_TABLE {
            return Err(());
        }
        self.0.read_bytes_at(offset, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        self.0.read_bytes_at_until(range, delimiter)
    }
}

/// A program for tests.
#[cfg(test)]
pub(crate) fn sample_elf(sections: &[(&str, &[u8])]) -> Vec<u8> {
    const HEADER_BYTES: u64 = 64;
    let (mut names, mut content, mut table) = (vec![0], Vec::new(), vec![0; 64]);
    let mut all = sections.to_vec();
    let listed: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
    let all_names = format!("\0{}\0.shstrtab\0", listed.join("\0"));
    all.push((".shstrtab", all_names.as_bytes()));
    for (name, bytes) in &all {
        table.extend(u32::try_from(names.len()).unwrap().to_le_bytes());
        table.extend(1_u32.to_le_bytes());
        let offset = HEADER_BYTES + content.len() as u64;
        for field in [0, 0, offset, bytes.len() as u64, 0, 1, 0] {
            table.extend(u64::to_le_bytes(field));
        }
        content.extend_from_slice(bytes);
        names.extend(format!("{name}\0").bytes());
    }
    let mut program = b"\x7fELF\x02\x01\x01".to_vec();
    program.resize(16, 0);
    program.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    for address in [0, 0, HEADER_BYTES + content.len() as u64] {
        program.extend(u64::to_le_bytes(address));
    }
    program.extend([0; 4]);
    let count = u16::try_from(all.len()).unwrap();
    for half in [64, 0, 0, 64, count + 1, count] {
        program.extend(u16::to_le_bytes(half));
    }
    program.extend(content);
    program.extend(table);
    program
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sections_are_named_where_they_are() {
        let program = sample_elf(&[(".text", b"code"), (".rodata", b"some words")]);
        let found = sections(Cursor::new(&program));
        let names: Vec<&str> = found.iter().map(|section| section.name.as_str()).collect();
        assert_eq!(names, [".text", ".rodata", ".shstrtab"]);
        let words = usize::try_from(found[1].offset).unwrap();
        assert!(program[words..].starts_with(b"some words"));
        assert_eq!(found[1].size_bytes, 10);
        assert!(sections(Cursor::new(b"text")).is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(
            flips in prop::collection::vec((0..300_usize, any::<u8>()), 1..8),
        ) {
            let mut program = sample_elf(&[(".text", b"code"), (".rodata", b"words")]);
            for (at, byte) in flips {
                let at = at % program.len();
                program[at] = byte;
            }
            sections(Cursor::new(&program));
        }
    }
}
