//! Where the runtime of Go finds the parts of the program that it runs in.

use super::pclntab::{Form, Pclntab};
use super::program::{Content, Program};
use super::words::Words;

/// The addresses that the linker writes for the runtime, `moduledata` in `runtime/symtab.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ModuleData {
    /// Where code begins.
    pub(super) text: u64,
    /// Where descriptions of types begin and end.
    pub(super) types: u64,
    pub(super) types_end: u64,
    /// Where what is known of functions beside the table begins.
    pub(super) function_data: u64,
    /// Where the table that finds functions by their addresses begins.
    pub(super) find_functions: u64,
}

/// The number of words before those that its form decides.
const FIRST_WORDS: usize = 32;

impl ModuleData {
    /// Finds it by what it begins with: the address of the table of functions, then that of the
    /// names in it. `None` in programs of Go before 1.18, and in those whose addresses are only known
    /// when they are loaded.
    pub(super) fn find(program: &Program<'_>, table: &Pclntab<'_>) -> Option<Self> {
        if table.form < Form::Go18 {
            return None;
        }
        let section = program.section_at(table.start)?;
        let address = section.address_of(table.start as u64);
        let names = address.checked_add(table.names as u64)?;
        let data = program
            .sections
            .iter()
            .filter(|section| section.content == Content::Data);
        let mut found = data.filter_map(|section| {
            let words = program.bytes_of(section)?;
            let at = find_pair(words, address, names)?;
            Self::read(words.from(at)?, table)
        });
        found.next()
    }

    fn read(words: Words<'_>, table: &Pclntab<'_>) -> Option<Self> {
        let word = |number: usize| words.pointer(number * words.pointer_bytes);
        // Go 1.20 put the counters of coverage before what follows.
        let rest = match table.form {
            Form::Go20 => FIRST_WORDS + 2,
            _ => FIRST_WORDS,
        };
        let found = Self {
            find_functions: word(19)?,
            text: word(22)?,
            types: word(rest + 3)?,
            types_end: word(rest + 4)?,
            function_data: word(rest + 6)?,
        };
        (found.types <= found.types_end).then_some(found)
    }
}

/// Returns where two addresses stand one after the other.
fn find_pair(words: Words<'_>, first: u64, second: u64) -> Option<usize> {
    let step = words.pointer_bytes;
    let mut places = (0..words.bytes.len()).step_by(step);
    places.find(|&at| words.pointer(at) == Some(first) && words.pointer(at + step) == Some(second))
}
