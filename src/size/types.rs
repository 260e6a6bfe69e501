//! Descriptions of types, which a Go program has for reflection and the garbage collector.
//!
//! `internal/abi/type.go` of Go describes them. They lie one after the other, each with the name of its
//! package or a way to a type that has one.

use super::claims::Claims;
use super::module_data::ModuleData;
use super::owner::{Owner, Part, Purpose};
use super::packages::Packages;
use super::program::Program;
use super::words::Words;

/// How maps are described, which Go 1.24 changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MapForm {
    /// With buckets.
    Buckets,
    /// With groups of slots.
    Groups,
}

/// Kinds of types that say more of themselves than all do.
mod kind {
    pub(super) const ARRAY: u8 = 17;
    pub(super) const CHAN: u8 = 18;
    pub(super) const FUNC: u8 = 19;
    pub(super) const INTERFACE: u8 = 20;
    pub(super) const MAP: u8 = 21;
    pub(super) const POINTER: u8 = 22;
    pub(super) const SLICE: u8 = 23;
    pub(super) const STRUCT: u8 = 25;
    pub(super) const LAST: u8 = 26;
}

/// What follows a type that has a name or methods.
const UNCOMMON_BYTES: usize = 16;
/// What a name costs beside its text, which may be empty: each is kept until all are counted.
const STEPS_PER_NAME: usize = 64;
/// More fields, methods or parameters than any type has.
const MOST_MEMBERS: usize = 1 << 16;
/// How many types a type is followed through to one that has a package.
const DEEPEST: usize = 5;
/// The longest name or path of a type; generated ones have some thousand bytes.
const LONGEST_NAME: usize = 1 << 16;

/// Attributes descriptions of types to packages.
pub(super) struct Types<'a, 'p> {
    pub(super) program: &'p Program<'a>,
    pub(super) module_data: &'p ModuleData,
    pub(super) maps: MapForm,
}

/// A description of a type.
#[derive(Clone, Copy)]
struct Type<'a> {
    words: Words<'a>,
    kind: u8,
    flags: u8,
    /// The address of what is special to its kind, and how long that is.
    special: usize,
    special_bytes: usize,
}

impl<'a> Types<'a, '_> {
    /// Makes the claims.
    pub(super) fn claim(&self, packages: &mut Packages, claims: &mut Claims) {
        let ModuleData {
            types, types_end, ..
        } = *self.module_data;
        let Some(start) = self.program.place_of(types) else {
            return;
        };
        let section_end = self
            .program
            .section_at(start)
            .map_or(0, |section| section.end);
        let length = usize::try_from(types_end - types).unwrap_or_default();
        let end = start
            .saturating_add(length)
            .min(usize::try_from(section_end).unwrap_or_default());
        let step = self.program.words.pointer_bytes;
        let mut place = start;
        while place < end && self.program.budget.spend(step).is_some() {
            place += match self.at_place(place) {
                Some(found) => self
                    .claim_type(place, found, packages, claims)
                    .next_multiple_of(step),
                None => step,
            };
        }
    }

    fn at_address(&self, address: u64) -> Option<Type<'a>> {
        self.at_place(self.program.place_of(address)?)
    }

    /// Reads the type at a place; `None` where what is there cannot be one.
    fn at_place(&self, place: usize) -> Option<Type<'a>> {
        let words = self.program.words.from(place)?;
        let pointer = words.pointer_bytes;
        let small = 2 * pointer + 4;
        let (flags, kind) = (words.u8(small)?, words.u8(small + 3)? & 0x1f);
        let is_alignment = |at: usize| matches!(words.u8(at), Some(1 | 2 | 4 | 8 | 16));
        let is_plain = flags < 0x40
            && (1..=kind::LAST).contains(&kind)
            && is_alignment(small + 1)
            && is_alignment(small + 2)
            && words.pointer(pointer)? <= words.pointer(0)?;
        if !is_plain {
            return None;
        }
        let is_place = |address: u64| address == 0 || self.program.place_of(address).is_some();
        let header = 4 * pointer + 16;
        let makes_sense = is_place(words.pointer(small + 4)?)
            && is_place(words.pointer(small + 4 + pointer)?)
            && self.name_at_offset(words, header - 8).is_some();
        makes_sense.then_some(Type {
            words,
            kind,
            flags,
            special: header,
            special_bytes: self.special_bytes(kind, pointer),
        })
    }

    fn special_bytes(&self, kind: u8, pointer: usize) -> usize {
        match kind {
            kind::ARRAY => 3 * pointer,
            kind::CHAN => 2 * pointer,
            kind::FUNC | kind::POINTER | kind::SLICE => pointer,
            kind::INTERFACE | kind::STRUCT => 4 * pointer,
            kind::MAP => match self.maps {
                MapForm::Groups => (7 * pointer + 4).next_multiple_of(pointer),
                MapForm::Buckets => 4 * pointer + 8,
            },
            _ => 0,
        }
    }

    /// Claims a type at a place with its members and names, and returns how long it is by itself.
    fn claim_type(
        &self,
        place: usize,
        found: Type<'a>,
        packages: &mut Packages,
        claims: &mut Claims,
    ) -> usize {
        let owner = self.owner(found, packages, 0);
        let owner = owner.unwrap_or(Owner::Purpose(Purpose::RuntimeTables));
        let mut claim = |start: usize, length: usize| {
            let start = start as u64;
            claims.add(
                start..start.saturating_add(length as u64),
                owner,
                Part::Types,
            );
        };
        let Type { words, special, .. } = found;
        let pointer = words.pointer_bytes;
        let mut length = special + found.special_bytes;
        let mut names = vec![self.name_at_offset(words, special - 8)];
        if let Some(uncommon) = found.uncommon() {
            length += UNCOMMON_BYTES;
            names.push(self.name_at_offset(words, uncommon));
            let count = usize::from(words.u16(uncommon + 4).unwrap_or_default());
            let first = words.offset(uncommon + 8).map(|offset| uncommon + offset);
            if let Some(first) = first.filter(|_| count > 0) {
                claim(place + first, 16 * count);
                names.extend(
                    (0..count).map(|method| self.name_at_offset(words, first + 16 * method)),
                );
            }
        }
        if found.kind == kind::FUNC {
            length += found.parameters().unwrap_or_default() * pointer;
        }
        claim(place, length);
        if let Some((at, count)) = self.members(found) {
            let member = if found.kind == kind::STRUCT {
                3 * pointer
            } else {
                8
            };
            claim(at, member * count);
            let members = self.program.words.from(at);
            names.extend((0..count).map(|number| match found.kind {
                kind::STRUCT => self.name_at_address(members?.pointer(member * number)?),
                _ => self.name_at_offset(members?, member * number),
            }));
        }
        for (start, text_bytes) in names.into_iter().flatten() {
            claim(start, text_bytes);
        }
        length
    }

    /// Returns where the fields of a struct or the methods of an interface are, and how many.
    fn members(&self, found: Type<'a>) -> Option<(usize, usize)> {
        if !matches!(found.kind, kind::STRUCT | kind::INTERFACE) {
            return None;
        }
        let pointer = found.words.pointer_bytes;
        let at = self
            .program
            .place_of(found.words.pointer(found.special + pointer)?)?;
        let count = usize::try_from(found.words.pointer(found.special + 2 * pointer)?).ok()?;
        self.program.budget.spend(count)?;
        (count > 0 && count < MOST_MEMBERS).then_some((at, count))
    }

    /// Returns whose a type is: its package's, else that of what it is made of.
    fn owner(&self, found: Type<'a>, packages: &mut Packages, depth: usize) -> Option<Owner> {
        if depth > DEEPEST {
            return None;
        }
        self.program.budget.spend(1)?;
        let words = found.words;
        if let Some(uncommon) = found.uncommon()
            && words.u32(uncommon) != Some(0)
            && let Some(owner) = self.package(self.name_at_offset(words, uncommon), packages)
        {
            return Some(owner);
        }
        let pointer = words.pointer_bytes;
        let mut of_type =
            |address: Option<u64>| self.owner(self.at_address(address?)?, packages, depth + 1);
        match found.kind {
            kind::ARRAY | kind::CHAN | kind::POINTER | kind::SLICE => {
                of_type(words.pointer(found.special))
            }
            kind::MAP => of_type(words.pointer(found.special))
                .or_else(|| of_type(words.pointer(found.special + pointer))),
            kind::FUNC => {
                let first = found.special + found.special_bytes + found.uncommon_bytes();
                let count = found.parameters()?.min(DEEPEST);
                (0..count).find_map(|number| of_type(words.pointer(first + number * pointer)))
            }
            kind::STRUCT | kind::INTERFACE => {
                let path = self.name_at_address(words.pointer(found.special)?);
                self.package(path, packages)
            }
            _ => None,
        }
    }

    /// Returns the owner of a package whose path is a name.
    fn package(&self, name: Option<(usize, usize)>, packages: &mut Packages) -> Option<Owner> {
        let (place, length) = name?;
        let head = self.name_head(place)?;
        let text = self.program.words.bytes.get(place + head..place + length)?;
        let path = str::from_utf8(text).ok().filter(|path| !path.is_empty())?;
        Some(packages.owner(path))
    }

    /// Returns where the name is whose offset stands at `at`, and its length with all that belongs to
    /// it.
    fn name_at_offset(&self, words: Words<'a>, at: usize) -> Option<(usize, usize)> {
        let offset = u64::from(words.u32(at)?);
        self.name_at_address(self.module_data.types.checked_add(offset)?)
    }

    fn name_at_address(&self, address: u64) -> Option<(usize, usize)> {
        const HAS_TAG: u8 = 2;
        const HAS_PACKAGE: u8 = 4;
        const KNOWN_FLAGS: u8 = 0x1f;
        let place = self.program.place_of(address)?;
        let words = self.program.words.from(place)?;
        let flags = words.u8(0).filter(|flags| flags & !KNOWN_FLAGS == 0)?;
        let (length, digits) = length_at(words, 1)?;
        let mut end = 1 + digits + length;
        if length > LONGEST_NAME {
            return None;
        }
        self.program.budget.spend(length + STEPS_PER_NAME)?;
        str::from_utf8(words.bytes.get(1 + digits..end)?).ok()?;
        if flags & HAS_TAG != 0 {
            let (length, digits) = length_at(words, end)?;
            end += digits + length;
        }
        if flags & HAS_PACKAGE != 0 {
            end += 4;
        }
        (end <= words.bytes.len()).then_some((place, end))
    }

    /// Returns where the text of a name begins, whose flags are at a place.
    fn name_head(&self, place: usize) -> Option<usize> {
        let words = self.program.words.from(place)?;
        let (_, digits) = length_at(words, 1)?;
        Some(1 + digits)
    }
}

impl Type<'_> {
    /// Returns where what only named types have begins.
    fn uncommon(&self) -> Option<usize> {
        const UNCOMMON: u8 = 1;
        let at = self.special + self.special_bytes;
        (self.flags & UNCOMMON != 0).then_some(at)
    }

    fn uncommon_bytes(&self) -> usize {
        self.uncommon().map_or(0, |_| UNCOMMON_BYTES)
    }

    /// Returns the number of parameters and results of a function.
    fn parameters(&self) -> Option<usize> {
        const VARIADIC: u16 = 1 << 15;
        let taken = usize::from(self.words.u16(self.special)?);
        let given = usize::from(self.words.u16(self.special + 2)? & !VARIADIC);
        Some(taken + given)
    }
}

/// Reads a length of seven bits a byte, the lowest first, and says how many bytes it takes.
fn length_at(words: Words<'_>, at: usize) -> Option<(usize, usize)> {
    /// Texts of types are as long as types are, and some are generated.
    const MOST_DIGITS: usize = 3;
    let mut length = 0;
    for digit in 0..MOST_DIGITS {
        let byte = words.u8(at + digit)?;
        length |= usize::from(byte & 0x7f) << (7 * digit);
        if byte & 0x80 == 0 {
            return Some((length, digit + 1));
        }
    }
    None
}
