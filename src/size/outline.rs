//! Which packages the code of a program is of, found with little memory while other things are made: of the
//! program itself only the part of its table of functions is held that names them.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use object::Endianness;

use super::budget::Budget;
use super::modules::Modules;
use super::owner::{Owner, Purpose};
use super::packages::Packages;
use super::pclntab::Pclntab;
use super::program_size::{PackageSize, Parts};
use super::rows::rows;
use super::words::Words;
use crate::compile::{BuildInfo, Section, sections};

/// What the bytes of a program are, roughly: code and names by package, all else by section. Together they
/// are all of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Its packages, the largest first: their code, and what the runtime knows of it.
    pub packages: Vec<PackageSize>,
    /// What is left of each section, and what is between them.
    pub rest: Vec<(String, u64)>,
}

/// More is not held of any table: a program of a hundred megabytes has less.
const MOST_BYTES: u64 = 24 << 20;

/// The numbers in front of a table, each as long as an address.
const HEADER_WORDS: usize = 8;

/// Returns the outline of a program that Go has linked; `None` where its table of functions has no section of
/// its own, as in PE, is of a form before Go 1.18, or is too long to be held.
///
/// # Errors
/// When it cannot be read.
pub fn outline(
    mut program: impl Read + Seek,
    info: &BuildInfo,
    size_bytes: u64,
) -> io::Result<Option<Outline>> {
    let sections = sections(&mut program);
    let named = |section: &&Section| section.name.ends_with("gopclntab");
    let Some(section) = sections.iter().find(named) else {
        return Ok(None);
    };
    let Some(names) = Names::read(&mut program, section)? else {
        return Ok(None);
    };
    let Some(table) = Pclntab::parse(names.words(), 0) else {
        return Ok(None);
    };
    let mut packages = Packages::default();
    let mut owned: BTreeMap<Owner, Parts> = BTreeMap::new();
    let budget = Budget::for_program(usize::try_from(size_bytes).unwrap_or(usize::MAX));
    let mut functions = table.functions(None).peekable();
    while let Some(function) = functions.next() {
        if budget.spend(function.name.len() + 1).is_none() {
            break;
        }
        let owner = packages.owner_of_symbol(function.name);
        let owner = owner.unwrap_or(Owner::Purpose(Purpose::NoPackage));
        let parts = owned.entry(owner).or_default();
        let next = functions.peek().map_or(function.record, |next| next.record);
        let record = next.saturating_sub(function.record) + 2 * table.field_bytes();
        parts.code_bytes = parts
            .code_bytes
            .saturating_add(function.size_bytes.min(size_bytes));
        parts.table_bytes += (function.name.len() + 1 + record) as u64;
    }
    let paths = packages.into_paths();
    let (_, packages) = rows(&owned, &paths, &Modules::new(Some(info)));
    let rest = rest(&sections, &packages, size_bytes);
    Ok(Some(Outline { packages, rest }))
}

/// Returns what is left of each section when the packages have what is theirs.
fn rest(sections: &[Section], packages: &[PackageSize], size_bytes: u64) -> Vec<(String, u64)> {
    let of = |part: fn(&Parts) -> u64| -> u64 { packages.iter().map(|it| part(&it.parts)).sum() };
    let left = |section: &Section| {
        let taken = match section.name.trim_start_matches(['.', '_']) {
            "text" => of(|parts| parts.code_bytes),
            "gopclntab" => of(|parts| parts.table_bytes),
            _ => 0,
        };
        section.size_bytes.saturating_sub(taken)
    };
    let mut rest: Vec<(String, u64)> = sections
        .iter()
        .map(|section| (section.name.clone(), left(section)))
        .collect();
    let known: u64 = rest.iter().map(|(_, size_bytes)| size_bytes).sum();
    let owned: u64 = packages.iter().map(|it| it.size_bytes).sum();
    let between = size_bytes.saturating_sub(known.saturating_add(owned));
    rest.push((Purpose::Headers.as_str().to_owned(), between));
    rest.retain(|(_, size_bytes)| *size_bytes > 0);
    rest
}

/// A table of functions without what it says of files and lines: a header, the names, and the functions.
struct Names {
    bytes: Vec<u8>,
    order: Endianness,
    pointer_bytes: usize,
}

impl Names {
    fn read(program: &mut (impl Read + Seek), section: &Section) -> io::Result<Option<Self>> {
        let mut head = [0; 8];
        program.seek(SeekFrom::Start(section.offset))?;
        program.read_exact(&mut head)?;
        let order = match head[..4] {
            [0xf0 | 0xf1, 0xff, 0xff, 0xff] => Endianness::Little,
            [0xff, 0xff, 0xff, 0xf0 | 0xf1] => Endianness::Big,
            _ => return Ok(None),
        };
        let pointer_bytes = usize::from(head[7]);
        if !matches!(pointer_bytes, 4 | 8) {
            return Ok(None);
        }
        let mut bytes = head.to_vec();
        bytes.resize(head.len() + HEADER_WORDS * pointer_bytes, 0);
        program.read_exact(&mut bytes[head.len()..])?;
        let mut table = Self {
            bytes,
            order,
            pointer_bytes,
        };
        let parts = [3, 4, 7].map(|number| table.words().pointer(8 + number * pointer_bytes));
        let [Some(names), Some(units), Some(functions)] = parts else {
            return Ok(None);
        };
        let (Some(names_bytes), Some(functions_bytes)) = (
            units.checked_sub(names),
            section.size_bytes.checked_sub(functions),
        ) else {
            return Ok(None);
        };
        if names_bytes.saturating_add(functions_bytes) > MOST_BYTES {
            return Ok(None);
        }
        let begin = table.bytes.len() as u64;
        for (from, length) in [(names, names_bytes), (functions, functions_bytes)] {
            program.seek(SeekFrom::Start(section.offset.saturating_add(from)))?;
            program
                .by_ref()
                .take(length)
                .read_to_end(&mut table.bytes)?;
        }
        let end = begin + names_bytes;
        for (number, place) in [(3, begin), (4, end), (5, end), (6, end), (7, end)] {
            table.set(number, place);
        }
        Ok(Some(table))
    }

    fn words(&self) -> Words<'_> {
        Words {
            bytes: &self.bytes,
            order: self.order,
            pointer_bytes: self.pointer_bytes,
        }
    }

    /// Says where a part begins now.
    fn set(&mut self, number: usize, place: u64) {
        let at = 8 + number * self.pointer_bytes;
        let word = match self.order {
            Endianness::Little => place.to_le_bytes(),
            Endianness::Big => place.to_be_bytes(),
        };
        let word = match self.order {
            Endianness::Little => &word[..self.pointer_bytes],
            Endianness::Big => &word[8 - self.pointer_bytes..],
        };
        self.bytes[at..at + self.pointer_bytes].copy_from_slice(word);
    }
}
