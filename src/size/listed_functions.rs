//! The functions that Go's runtime lists in a program, read piece by piece in the order of the file, so that
//! little is held however large the program is.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, Read, Seek, SeekFrom};
use std::ops::Range;

use object::Endianness;

use super::budget::Budget;
use super::owner::{Owner, Purpose};
use super::packages::Packages;
use super::pclntab::{FIELD_BYTES, Form, MOST_FUNCTIONS, UNIT, is_header};
use super::program_size::Parts;
use super::words::{LONGEST_TEXT, Words};
use crate::compile::Section;
use crate::model::ReadAhead;

/// The list of functions of a program: `pclntab` in Go's linker, of Go 1.18 or later.
pub(super) struct ListedFunctions {
    /// The number of the section that it is in.
    pub(super) section: usize,
    order: Endianness,
    count: usize,
    /// Where their names are in the file.
    names: Range<u64>,
    /// Where the list is in the file, and what is said of each function, up to the end of the section.
    functions: Range<u64>,
}

/// What is held of one function.
struct Listed {
    size_bytes: u32,
    /// Where what is said of it begins in the list, and how long that is.
    record: u32,
    record_bytes: u32,
    /// Where its name begins among the names.
    name: u32,
    /// The part of its package that it was compiled in.
    unit: u32,
}

/// The beginning of a table: eight bytes, and as many numbers, each as long as an address.
const HEADER_BYTES: usize = 8 + 8 * 8;

/// So many bytes at its beginning tell a table.
const FIRST_BYTES: usize = 8;

/// Where nothing says where it is, so many places are tried.
const MOST_PLACES: usize = 64;

impl ListedFunctions {
    /// Finds the list: in a section of its own, else as the only thing of its form among the data, as in PE.
    ///
    /// # Errors
    /// When the program cannot be read.
    pub(super) fn find(
        program: &mut (impl Read + Seek),
        sections: &[Section],
    ) -> io::Result<Option<Self>> {
        let is_named = |section: &Section| section.name.ends_with("gopclntab");
        if let Some(number) = sections.iter().position(is_named) {
            let section = &sections[number];
            return Self::at(program, number, section.offset, end_of(section));
        }
        for (number, section) in sections.iter().enumerate() {
            if section.name.ends_with("text") {
                continue;
            }
            for place in places(program, section)? {
                if let Some(found) = Self::at(program, number, place, end_of(section))? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    /// Reads the beginning of a list, where there is one that ends before `end`.
    fn at(
        program: &mut (impl Read + Seek),
        section: usize,
        start: u64,
        end: u64,
    ) -> io::Result<Option<Self>> {
        let mut head = Vec::with_capacity(HEADER_BYTES);
        program.seek(SeekFrom::Start(start))?;
        let length = (HEADER_BYTES as u64).min(end.saturating_sub(start));
        program.by_ref().take(length).read_to_end(&mut head)?;
        Ok(Self::parse(&head, section, start, end))
    }

    fn parse(head: &[u8], section: usize, start: u64, end: u64) -> Option<Self> {
        let order = match head.first()? {
            0xff => Endianness::Big,
            _ => Endianness::Little,
        };
        let words = Words {
            bytes: head,
            order,
            pointer_bytes: match head.get(7)? {
                4 => 4,
                _ => 8,
            },
        };
        if !is_header(words) || Form::of(words)? < Form::Go18 {
            return None;
        }
        let word = |number: usize| words.pointer(8 + number * words.pointer_bytes);
        let count = usize::try_from(word(0)?).ok()?;
        let count = (1..MOST_FUNCTIONS).contains(&count).then_some(count)?;
        let (names, units, functions) = (word(3)?, word(4)?, word(7)?);
        let list_bytes = (2 * count + 1) * FIELD_BYTES;
        let functions = start.checked_add(functions)?..end;
        let is_inside = functions.start.checked_add(list_bytes as u64)? <= end;
        let names = start.checked_add(names)?..start.checked_add(units)?;
        let is_in_order = names.start <= names.end && names.end <= functions.start;
        (is_inside && is_in_order).then_some(Self {
            section,
            order,
            count,
            names,
            functions,
        })
    }

    /// Returns what each package has: its code, and what the runtime knows of that.
    ///
    /// # Errors
    /// When the program cannot be read.
    pub(super) fn owned(
        &self,
        program: impl Read + Seek,
        packages: &mut Packages,
        budget: &Budget,
    ) -> io::Result<BTreeMap<Owner, Parts>> {
        let mut program = ReadAhead::new(program);
        let mut functions = self.listed(&mut program)?;
        self.look_up(&mut program, &mut functions)?;
        functions.sort_unstable_by_key(|function| (function.name, function.record));
        let mut owned: BTreeMap<Owner, Parts> = BTreeMap::new();
        let (mut units, mut nameless) = (BTreeMap::new(), Vec::new());
        for alike in functions.chunk_by(|one, other| one.name == other.name) {
            let name = self.name(&mut program, alike[0].name)?;
            if budget.spend(name.len() + 1).is_none() {
                break;
            }
            let owner = packages.owner_of_symbol(&name);
            let mut parts = sum(alike);
            parts.table_bytes += name.len() as u64 + 1;
            match owner {
                Some(owner) => {
                    for function in alike {
                        units.entry(function.unit).or_insert(owner);
                    }
                    owned.entry(owner).or_default().extend(&parts);
                }
                None => nameless.push((alike[0].unit, parts)),
            }
        }
        // Those of assembly are in the package that they were compiled with.
        for (unit, parts) in nameless {
            let owner = units.get(&unit).copied();
            let owner = owner.unwrap_or(Owner::Purpose(Purpose::NoPackage));
            owned.entry(owner).or_default().extend(&parts);
        }
        Ok(owned)
    }

    /// Returns the functions of the list, as far as it makes sense.
    fn listed(&self, program: &mut ReadAhead<impl Read + Seek>) -> io::Result<Vec<Listed>> {
        let mut functions = Vec::with_capacity(self.count);
        program.seek(SeekFrom::Start(self.functions.start))?;
        let mut begin = self.word(program)?;
        for _ in 0..self.count {
            let (record, end) = (self.word(program)?, self.word(program)?);
            let Some(size_bytes) = end.checked_sub(begin) else {
                break;
            };
            functions.push(Listed {
                size_bytes,
                record,
                record_bytes: 0,
                name: 0,
                unit: u32::MAX,
            });
            begin = end;
        }
        Ok(functions)
    }

    /// Looks up what is said of each function: records stand behind the list, one after the other.
    fn look_up(
        &self,
        program: &mut ReadAhead<impl Read + Seek>,
        functions: &mut Vec<Listed>,
    ) -> io::Result<()> {
        functions.sort_unstable_by_key(|function| function.record);
        for number in 0..functions.len() {
            let next = functions.get(number + 1).map(|next| next.record);
            let function = &mut functions[number];
            let start = self.functions.start + u64::from(function.record);
            if start + (UNIT + FIELD_BYTES) as u64 > self.functions.end {
                functions.truncate(number);
                break;
            }
            let next = next.unwrap_or(function.record);
            function.record_bytes = next.saturating_sub(function.record);
            program.seek(SeekFrom::Start(start + FIELD_BYTES as u64))?;
            function.name = self.word(program)?;
            program.seek(SeekFrom::Start(start + UNIT as u64))?;
            function.unit = self.word(program)?;
        }
        Ok(())
    }

    fn name(&self, program: &mut ReadAhead<impl Read + Seek>, name: u32) -> io::Result<Vec<u8>> {
        let at = self.names.start + u64::from(name);
        let mut text = Vec::new();
        let longest = self.names.end.saturating_sub(at).min(LONGEST_TEXT as u64);
        program.seek(SeekFrom::Start(at))?;
        program.take(longest).read_until(0, &mut text)?;
        if text.last() == Some(&0) {
            text.pop();
        }
        Ok(text)
    }

    fn word(&self, program: &mut ReadAhead<impl Read + Seek>) -> io::Result<u32> {
        let mut bytes = [0; FIELD_BYTES];
        program.read_exact(&mut bytes)?;
        Ok(match self.order {
            Endianness::Little => u32::from_le_bytes(bytes),
            Endianness::Big => u32::from_be_bytes(bytes),
        })
    }
}

fn end_of(section: &Section) -> u64 {
    section.offset.saturating_add(section.size_bytes)
}

/// Functions that share a name share its bytes.
fn sum(alike: &[Listed]) -> Parts {
    let mut parts = Parts::default();
    for function in alike {
        parts.code_bytes += u64::from(function.size_bytes);
        parts.table_bytes += u64::from(function.record_bytes) + 2 * FIELD_BYTES as u64;
    }
    parts
}

/// Returns where in a section a table may begin: where its first bytes stand. All programs that have no section for
/// it are for processors that put the lowest byte first.
fn places(program: &mut (impl Read + Seek), section: &Section) -> io::Result<Vec<u64>> {
    const PIECE: usize = 1 << 16;
    let (mut found, mut held) = (Vec::new(), Vec::with_capacity(PIECE + FIRST_BYTES));
    program.seek(SeekFrom::Start(section.offset))?;
    let mut rest = program.by_ref().take(section.size_bytes);
    let mut at = section.offset;
    while found.len() < MOST_PLACES && rest.by_ref().take(PIECE as u64).read_to_end(&mut held)? > 0
    {
        let begins = held.windows(FIRST_BYTES).enumerate();
        let begins = begins.filter(|(_, bytes)| is_beginning(bytes));
        found.extend(begins.map(|(place, _)| at + place as u64));
        // One may stand across the border of two pieces.
        let done = held.len().saturating_sub(FIRST_BYTES - 1);
        held.drain(..done);
        at += done as u64;
    }
    found.truncate(MOST_PLACES);
    Ok(found)
}

fn is_beginning(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xf0 | 0xf1, 0xff, 0xff, 0xff, 0, 0, 1 | 2 | 4, 4 | 8]
    )
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// Returns a table of functions: of each its name, its length and its unit.
    fn table(functions: &[(&str, u32, u32)]) -> Vec<u8> {
        let (mut names, mut list, mut records) = (Vec::new(), Vec::new(), Vec::new());
        let list_bytes = (2 * functions.len() + 1) * FIELD_BYTES;
        let mut address = 0_u32;
        let word =
            |to: &mut Vec<u8>, word: usize| to.extend(u32::try_from(word).unwrap().to_le_bytes());
        for (name, size_bytes, unit) in functions {
            list.extend(address.to_le_bytes());
            word(&mut list, list_bytes + records.len());
            address += size_bytes;
            let record = records.len();
            word(&mut records, 0);
            word(&mut records, names.len());
            records.resize(record + UNIT, 0);
            records.extend(unit.to_le_bytes());
            names.extend(name.bytes().chain([0]));
        }
        list.extend(address.to_le_bytes());
        let end = HEADER_BYTES + names.len();
        let mut table = vec![0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8];
        for word in [functions.len(), 0, 0, HEADER_BYTES, end, end, end, end] {
            table.extend((word as u64).to_le_bytes());
        }
        table.extend([names, list, records].concat());
        table
    }

    fn read(section: &str, bytes: &[u8]) -> Option<BTreeMap<String, Parts>> {
        let section = Section {
            name: section.to_owned(),
            offset: 0,
            size_bytes: bytes.len() as u64,
        };
        let mut file = Cursor::new(bytes);
        let found = ListedFunctions::find(&mut file, &[section]).unwrap()?;
        let mut packages = Packages::default();
        let owned = found.owned(file, &mut packages, &Budget::for_program(bytes.len()));
        let (owned, paths) = (owned.unwrap(), packages.into_paths());
        let named = owned.into_iter().map(|(owner, parts)| match owner {
            Owner::Package(number) => (paths[number].clone(), parts),
            Owner::Purpose(purpose) => (purpose.as_str().to_owned(), parts),
        });
        Some(named.collect())
    }

    #[test]
    fn code_is_of_the_package_that_a_name_tells_and_else_of_that_of_its_unit() {
        let functions = [
            ("a/b.F", 100, 1),
            ("memmove", 30, 1),
            ("c.G", 7, 2),
            ("lost", 5, 9),
        ];
        let bytes = table(&functions);
        let owned = read(".gopclntab", &bytes).unwrap();
        let code = owned
            .iter()
            .map(|(name, parts)| (name.as_str(), parts.code_bytes));
        let nobody = Purpose::NoPackage.as_str();
        let expected = BTreeMap::from([("a/b", 130), ("c", 7), (nobody, 5)]);
        assert_eq!(code.collect::<BTreeMap<_, _>>(), expected);
    }

    #[test]
    fn a_table_without_a_section_of_its_own_is_found_among_data() {
        let bytes = table(&[("a/b.F", 100, 1)]);
        for ahead in [0, 3, (1 << 16) - 4, 1 << 16] {
            let bytes = [vec![0xff; ahead], bytes.clone()].concat();
            let owned = read(".rdata", &bytes).unwrap();
            assert_eq!(owned["a/b"].code_bytes, 100, "{ahead}");
        }
        assert_eq!(read(".rdata", &[0xf1; 100]), None);
    }

    proptest! {
        #[test]
        fn whatever_a_table_says_reading_it_ends(
            words in prop::collection::vec(0_u64..400, 8),
            rest in prop::collection::vec(any::<u8>(), 0..400),
        ) {
            let head = [0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8];
            let words = words.into_iter().flat_map(u64::to_le_bytes);
            let bytes: Vec<u8> = head.into_iter().chain(words).chain(rest).collect();
            read(".gopclntab", &bytes);
        }
    }
}
