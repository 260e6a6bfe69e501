//! The table by which Go's runtime finds functions: every Go program has it, stripped or not.
//!
//! `debug/gosym` and `runtime/symtab.go` of Go describe it; its form has changed three times.

use object::Endianness;

use super::program::{Content, Program, Section};
use super::words::Words;

/// The form of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Go 1.2 to 1.15.
    Go2,
    /// Go 1.16 and 1.17.
    Go16,
    /// Go 1.18 and 1.19.
    Go18,
    /// Go 1.20 and later.
    Go20,
}

/// The table of functions of a program.
pub(super) struct Pclntab<'a> {
    pub(super) form: Form,
    /// The table and what is in the same section behind it.
    pub(super) words: Words<'a>,
    /// Where it begins in the file.
    pub(super) start: usize,
    /// The number of functions.
    count: usize,
    /// Where its parts begin.
    pub(super) names: usize,
    pub(super) units: usize,
    pub(super) files: usize,
    pub(super) pc_data: usize,
    pub(super) functions: usize,
    /// Where the code begins in memory, as the table has it; Go 1.26 leaves it out.
    text_start: u64,
}

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Function<'a> {
    pub(super) name: &'a [u8],
    /// Where it begins in memory.
    pub(super) address: u64,
    /// How far it is from there to the next one.
    pub(super) size_bytes: u64,
    /// Where what is said of it begins, from the beginning of the part `functions`.
    pub(super) record: usize,
}

/// More functions than any program has: large ones have some 200,000.
pub(super) const MOST_FUNCTIONS: usize = 2_000_000;

/// The length of one number in the list of functions, in forms of Go 1.18 and later.
pub(super) const FIELD_BYTES: usize = 4;

/// Where in the record of a function the unit of its package stands, in these forms.
pub(super) const UNIT: usize = 32;

impl Form {
    /// Returns the form of a table, by its first bytes.
    pub(super) fn of(words: Words<'_>) -> Option<Self> {
        Some(match words.u32(0)? {
            0xffff_fffb => Self::Go2,
            0xffff_fffa => Self::Go16,
            0xffff_fff0 => Self::Go18,
            0xffff_fff1 => Self::Go20,
            _ => return None,
        })
    }
}

/// Tells whether a table can begin so, behind its form.
pub(super) fn is_header(words: Words<'_>) -> bool {
    words.u16(4) == Some(0)
        && matches!(words.u8(6), Some(1 | 2 | 4))
        && words.u8(7).map(usize::from) == Some(words.pointer_bytes)
}

impl<'a> Pclntab<'a> {
    /// Finds the table in a program.
    pub(super) fn find(program: &Program<'a>) -> Option<Self> {
        let is_named = |section: &&Section| section.name.ends_with("gopclntab");
        let is_data = |section: &&Section| section.content == Content::Data;
        let named = program.sections.iter().filter(is_named);
        let others = program.sections.iter().filter(is_data);
        named
            .chain(others)
            .find_map(|section| Self::find_in(program, section))
    }

    fn find_in(program: &Program<'a>, section: &Section) -> Option<Self> {
        let words = program.bytes_of(section)?;
        let start = usize::try_from(section.start).ok()?;
        // What the magic numbers of all forms share.
        let (magic, ahead): (&[u8], usize) = match words.order {
            Endianness::Little => (&[0xff, 0xff, 0xff, 0, 0], 1),
            Endianness::Big => (&[0xff, 0xff, 0xff], 0),
        };
        memchr::memmem::find_iter(words.bytes, magic).find_map(|found| {
            let at = found.checked_sub(ahead)?;
            Self::parse(words.from(at)?, start + at)
        })
    }

    /// Reads the table that begins with `words`.
    pub(super) fn parse(words: Words<'a>, start: usize) -> Option<Self> {
        let form = Form::of(words)?;
        if !is_header(words) {
            return None;
        }
        let word = |number: usize| words.index(8 + number * words.pointer_bytes);
        let count = word(0).filter(|count| *count > 0 && *count < MOST_FUNCTIONS)?;
        let table = Self {
            form,
            words,
            start,
            count,
            names: 0,
            units: 0,
            files: 0,
            pc_data: 0,
            functions: 0,
            text_start: 0,
        };
        let first = match form {
            Form::Go2 => return table.with_place(0).checked(),
            Form::Go16 => 2,
            Form::Go18 | Form::Go20 => 3,
        };
        let text_start = words.pointer(8 + 2 * words.pointer_bytes)?;
        let parts = Self {
            names: word(first)?,
            units: word(first + 1)?,
            files: word(first + 2)?,
            pc_data: word(first + 3)?,
            functions: word(first + 4)?,
            text_start: if first == 3 { text_start } else { 0 },
            ..table
        };
        parts.checked()
    }

    fn with_place(self, functions: usize) -> Self {
        Self { functions, ..self }
    }

    /// Believes the header only where the first function makes sense.
    fn checked(self) -> Option<Self> {
        self.function(0, 0).is_some().then_some(self)
    }

    /// Returns the functions that have bytes, in their order in memory, with the code beginning at
    /// `text_start`, where the table does not know.
    pub(super) fn functions(&self, text_start: Option<u64>) -> impl Iterator<Item = Function<'a>> {
        let base = match self.form {
            Form::Go2 | Form::Go16 => 0,
            Form::Go18 | Form::Go20 => text_start.unwrap_or(self.text_start),
        };
        (0..self.count).map_while(move |number| self.function(number, base))
    }

    /// Where the list of addresses and records begins.
    pub(super) fn list(&self) -> usize {
        match self.form {
            Form::Go2 => 8 + self.words.pointer_bytes,
            _ => self.functions,
        }
    }

    /// The length of one number in that list.
    pub(super) fn field_bytes(&self) -> usize {
        if self.form >= Form::Go18 {
            FIELD_BYTES
        } else {
            self.words.pointer_bytes
        }
    }

    fn function(&self, number: usize, base: u64) -> Option<Function<'a>> {
        let field = self.field_bytes();
        let entry = self.list() + 2 * number * field;
        let read = |at: usize| match field {
            4 => self.words.u32(at).map(u64::from),
            _ => self.words.pointer(at),
        };
        let (begin, end) = (read(entry)?, read(entry + 2 * field)?);
        let record = usize::try_from(read(entry + field)?).ok()?;
        let name_at = self.functions.checked_add(record)?.checked_add(field)?;
        let name = self.words.u32(name_at)? as usize;
        Some(Function {
            name: self.words.text(self.names.checked_add(name)?)?,
            address: base.checked_add(begin)?,
            size_bytes: end.checked_sub(begin)?,
            record,
        })
    }
}
