//! Who uses which constants: text, of which the linker keeps one for all packages, belongs to the first
//! package whose code or data points at it.
//!
//! A constant has no length of its own here: it ends where the next one begins that anything points at.

use std::ops::Range;

use object::{Architecture, Endianness};

use super::claims::{Claims, Settled};
use super::owner::{Owner, Part};
use super::packages::Packages;
use super::pclntab::{Function, Pclntab};
use super::program::{Content, Program, Section};
use super::symbols::Symbol;
use super::words::Words;

/// Attributes constants by their users.
pub(super) struct Constants<'a, 'p> {
    pub(super) program: &'p Program<'a>,
    pub(super) table: &'p Pclntab<'a>,
    /// The functions in the order of their addresses.
    pub(super) functions: &'p [(Function<'a>, Owner)],
}

/// Something that is pointed at, and by whom, where that is known.
type Target = (u64, Option<Owner>);

/// More sections of constants than any program has.
const MOST_AREAS: usize = 8;

/// More targets than any program has: they are held in memory.
const MOST_TARGETS: usize = 8_000_000;

impl Constants<'_, '_> {
    /// Claims what is left of the constants when all that has a name is taken.
    pub(super) fn claim(&self, taken: &Settled, packages: &mut Packages, claims: &mut Claims) {
        let areas = self.areas();
        let targets = self.targets(&areas, packages);
        for (section, area) in &areas {
            let address = |place: u64| section.address_of(place);
            for gap in taken.gaps(area.clone()) {
                let first = targets.partition_point(|(target, _)| *target < address(gap.start));
                let mut inside = targets[first..]
                    .iter()
                    .take_while(|(target, _)| *target < address(gap.end))
                    .peekable();
                while let Some((target, owner)) = inside.next() {
                    let end = inside.peek().map_or(address(gap.end), |(next, _)| *next);
                    let start = section.start + (target - section.address);
                    if let Some(owner) = owner {
                        claims.add(start..start + (end - target), *owner, Part::Data);
                    }
                }
            }
        }
    }

    /// Returns where constants are: what lies behind their symbol, else read-only data as far as it is
    /// before the table of functions.
    fn areas(&self) -> Vec<(&Section, Range<u64>)> {
        if let Some((section, area)) = self.program.behind(b"go:string.*") {
            return vec![(section, area)];
        }
        let is_read_only = |section: &&Section| {
            section.content == Content::Data
                && matches!(
                    section.name.as_str(),
                    ".rodata" | ".rdata" | "__TEXT,__rodata"
                )
        };
        let sections = self.program.sections.iter().filter(is_read_only);
        let table = self.table.start as u64;
        let areas = sections.take(MOST_AREAS).map(|section| {
            let holds_table = (section.start..section.end).contains(&table);
            let end = if holds_table { table } else { section.end };
            (section, section.start..end)
        });
        areas.collect()
    }

    /// Returns what in these areas is pointed at, in the order of the addresses.
    fn targets(&self, areas: &[(&Section, Range<u64>)], packages: &mut Packages) -> Vec<Target> {
        let ranges: Vec<Range<u64>> = areas
            .iter()
            .map(|(section, area)| section.address_of(area.start)..section.address_of(area.end))
            .collect();
        let is_inside = |address: u64| ranges.iter().any(|range| range.contains(&address));
        let mut targets: Vec<Target> = Vec::new();
        for (function, owner) in self.functions {
            if targets.len() > MOST_TARGETS {
                break;
            }
            let found = self.of_code(function).into_iter();
            targets.extend(
                found
                    .filter(|target| is_inside(*target))
                    .map(|target| (target, Some(*owner))),
            );
        }
        self.of_data(&is_inside, packages, &mut targets);
        // Whoever comes first has it; a user that nobody knows comes last.
        targets.sort_by_key(|(address, owner)| (*address, owner.is_none()));
        targets.dedup_by_key(|(address, _)| *address);
        targets
    }

    /// Returns the addresses that the code of a function takes.
    fn of_code(&self, function: &Function<'_>) -> Vec<u64> {
        let code = self.program.place_of(function.address).and_then(|place| {
            let length = usize::try_from(function.size_bytes).ok()?;
            self.program
                .words
                .bytes
                .get(place..place.checked_add(length)?)
        });
        match (self.program.architecture, code) {
            (Architecture::X86_64, Some(code)) => taken_on_amd64(code, function.address),
            (Architecture::Aarch64, Some(code)) => taken_on_arm64(code, function.address),
            _ => Vec::new(),
        }
    }

    /// Adds what the data of the program points at.
    fn of_data(
        &self,
        is_inside: &impl Fn(u64) -> bool,
        packages: &mut Packages,
        targets: &mut Vec<Target>,
    ) {
        let is_data = |section: &&Section| section.content == Content::Data;
        let step = self.program.words.pointer_bytes;
        let mut users = Users::default();
        for section in self.program.sections.iter().filter(is_data) {
            let Some(words) = self.program.bytes_of(section) else {
                continue;
            };
            for at in (0..words.bytes.len()).step_by(step) {
                let Some(target) = words.pointer(at).filter(|target| is_inside(*target)) else {
                    continue;
                };
                if targets.len() > 2 * MOST_TARGETS {
                    return;
                }
                let address = section.address.wrapping_add(at as u64);
                let user = self.program.symbol_at(address);
                let Ok(owner) = users.owner(user, self.program, packages) else {
                    return;
                };
                targets.push((target, owner));
            }
        }
    }
}

/// The owners of the data that points at constants: of what lies side by side, the name is read once.
#[derive(Default)]
struct Users {
    last: Option<(u64, Option<Owner>)>,
}

/// No more is read: what was found until then counts.
struct Spent;

impl Users {
    /// Returns whose `user` is, where that is known.
    ///
    /// # Errors
    /// When names have cost enough.
    fn owner(
        &mut self,
        user: Option<&Symbol<'_>>,
        program: &Program<'_>,
        packages: &mut Packages,
    ) -> Result<Option<Owner>, Spent> {
        let Some(symbol) = user else {
            return Ok(None);
        };
        match self.last {
            Some((address, owner)) if address == symbol.address => Ok(owner),
            _ => {
                program.budget.spend(symbol.name.len()).ok_or(Spent)?;
                let owner = packages.owner_of_symbol(symbol.name);
                let owner = owner.filter(|owner| matches!(owner, Owner::Package(_)));
                self.last = Some((symbol.address, owner));
                Ok(owner)
            }
        }
    }
}

/// Finds `LEA register, [RIP + distance]`, by which Go takes addresses on amd64.
fn taken_on_amd64(code: &[u8], address: u64) -> Vec<u64> {
    const LEA: u8 = 0x8d;
    const LENGTH: u64 = 7;
    let words = Words {
        bytes: code,
        order: Endianness::Little,
        pointer_bytes: 8,
    };
    let found = memchr::memchr_iter(LEA, code).filter_map(|at| {
        let start = at.checked_sub(1)?;
        let is_long = matches!(code[start], 0x48 | 0x4c);
        let is_relative = words.u8(at + 1)? & 0xc7 == 0x05;
        let distance = words.u32(at + 2)?.cast_signed();
        let end = address.wrapping_add(start as u64 + LENGTH);
        (is_long && is_relative).then_some(end.wrapping_add_signed(distance.into()))
    });
    found.collect()
}

/// Finds `ADRP register, page` followed by `ADD register, register, rest`, by which Go takes addresses on
/// arm64.
fn taken_on_arm64(code: &[u8], address: u64) -> Vec<u64> {
    let words = Words {
        bytes: code,
        order: Endianness::Little,
        pointer_bytes: 8,
    };
    let pairs = (0..code.len()).step_by(4).filter_map(|at| {
        let (page, add) = (words.u32(at)?, words.u32(at + 4)?);
        let register = page & 0x1f;
        let is_pair = page & 0x9f00_0000 == 0x9000_0000
            && add & 0xffc0_0000 == 0x9100_0000
            && (add >> 5) & 0x1f == register;
        // 21 bits of pages, of which the two lowest stand apart, with a sign.
        let pages = ((page >> 5) & 0x7_ffff) << 2 | (page >> 29) & 3;
        let pages = i64::from((pages << 11).cast_signed() >> 11);
        let here = address.wrapping_add(at as u64) & !0xfff;
        let rest = u64::from((add >> 10) & 0xfff);
        is_pair.then_some(here.wrapping_add_signed(pages << 12).wrapping_add(rest))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_code_takes_are_found() {
        // lea 0x10(%rip),%rax; nop; lea -0x20(%rip),%r9
        let code = [
            0x48, 0x8d, 0x05, 0x10, 0, 0, 0, 0x90, 0x4c, 0x8d, 0x0d, 0xe0, 0xff, 0xff, 0xff,
        ];
        assert_eq!(taken_on_amd64(&code, 0x1000), [0x1017, 0x0fef]);
        assert_eq!(taken_on_amd64(&code[..5], 0x1000), [0_u64; 0]);
        // adrp x0, +2 pages; add x0, x0, #0x345; adrp x1, -1 page; add x1, x1, #4
        let code: Vec<u8> = [0xd000_0000_u32, 0x910d_1400, 0xf0ff_ffe1, 0x9100_1021]
            .into_iter()
            .flat_map(u32::to_le_bytes)
            .collect();
        assert_eq!(taken_on_arm64(&code, 0x10_0008), [0x10_2345, 0xf_f004]);
        assert_eq!(taken_on_arm64(&code[..6], 0), [0_u64; 0]);
    }
}
