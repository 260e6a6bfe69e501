//! A program as its headers describe it.

use std::ops::Range;

use object::macho::LC_SYMTAB;
use object::pe::{IMAGE_SIZEOF_SYMBOL, ImageFileHeader};
use object::read::macho::{MachHeader, MachOFile};
use object::read::pe::{ImageNtHeaders, PeFile};
use object::{
    Architecture, BinaryFormat, Endianness, File, LittleEndian as LE, Object as _,
    ObjectSection as _, ObjectSegment as _, SectionKind,
};

use super::budget::Budget;
use super::error::SizeError;
use super::owner::Purpose;
use super::symbols::{Symbol, symbols};
use super::words::Words;
use crate::compile::length_by_headers;

/// A program whose headers make sense.
pub(super) struct Program<'a> {
    pub(super) words: Words<'a>,
    pub(super) format: BinaryFormat,
    pub(super) architecture: Architecture,
    /// Those that have bytes in the file, in its order.
    pub(super) sections: Vec<Section>,
    /// The numbers of those that are loaded, in the order of their addresses.
    loaded: Vec<usize>,
    /// What reading its tables may cost.
    pub(super) budget: Budget,
    /// What it says of its own code and data, in the order of the addresses.
    pub(super) symbols: Vec<Symbol<'a>>,
}

/// A piece of the file with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) name: String,
    pub(super) content: Content,
    /// Where it is in memory.
    pub(super) address: u64,
    /// Where it is in the file; its end is no further than that of the file.
    pub(super) start: u64,
    pub(super) end: u64,
}

/// What is in a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Instructions.
    Code,
    /// Anything else that the program works with.
    Data,
    /// Something that no package has to do with.
    Purpose(Purpose),
}

/// More bytes than the names of all sections have, and than that of any of them.
const LONGEST_NAMES: usize = 1 << 20;
const LONGEST_NAME: usize = 256;

impl<'a> Program<'a> {
    /// Reads the headers and symbols of a program.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, SizeError> {
        let Ok(kind) = object::FileKind::parse(bytes) else {
            return Err(SizeError::NotAProgram);
        };
        let known = matches!(
            kind,
            object::FileKind::Elf32
                | object::FileKind::Elf64
                | object::FileKind::MachO32
                | object::FileKind::MachO64
                | object::FileKind::Pe32
                | object::FileKind::Pe64
        );
        if !known {
            return Err(SizeError::NotAProgram);
        }
        let file = File::parse(bytes)?;
        check_length(&file, bytes.len() as u64)?;
        let mut sections = sections(&file);
        sections.extend(link_tables(&file, bytes));
        keep_apart(&mut sections, bytes.len() as u64);
        let is_loaded = |number: &usize| sections[*number].is_loaded();
        let mut loaded: Vec<usize> = (0..sections.len()).filter(is_loaded).collect();
        loaded.sort_by_key(|number| sections[*number].address);
        let mut program = Self {
            words: Words {
                bytes,
                order: file.endianness(),
                pointer_bytes: if file.is_64() { 8 } else { 4 },
            },
            format: file.format(),
            architecture: file.architecture(),
            sections,
            loaded,
            budget: Budget::for_program(bytes.len()),
            symbols: Vec::new(),
        };
        program.symbols = symbols(&file, &program);
        Ok(program)
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.words.bytes.len() as u64
    }

    /// Returns the section that the byte at `address` is in.
    pub(super) fn section_of(&self, address: u64) -> Option<&Section> {
        let behind = self
            .loaded
            .partition_point(|number| self.sections[*number].address <= address);
        let section = &self.sections[*self.loaded.get(behind.checked_sub(1)?)?];
        section.holds(address).then_some(section)
    }

    /// Returns where the byte at `address` is in the file.
    pub(super) fn place_of(&self, address: u64) -> Option<usize> {
        let section = self.section_of(address)?;
        usize::try_from(section.start + (address - section.address)).ok()
    }

    /// Returns the section that the byte at `place` of the file is in.
    pub(super) fn section_at(&self, place: usize) -> Option<&Section> {
        let place = place as u64;
        let behind = self
            .sections
            .partition_point(|section| section.start <= place);
        let section = self.sections.get(behind.checked_sub(1)?)?;
        (place < section.end).then_some(section)
    }

    /// Returns the bytes of a section.
    pub(super) fn bytes_of(&self, section: &Section) -> Option<Words<'a>> {
        let start = usize::try_from(section.start).ok()?;
        let end = usize::try_from(section.end).ok()?;
        let bytes = self.words.bytes.get(start..end)?;
        Some(Words {
            bytes,
            ..self.words
        })
    }

    /// Returns what lies between the symbol of this name and the next one, and its section.
    pub(super) fn behind(&self, name: &[u8]) -> Option<(&Section, Range<u64>)> {
        let mut symbols = self.symbols.iter();
        let symbol = symbols.find(|symbol| symbol.name == name)?;
        let section = self.section_of(symbol.address)?;
        let next = self
            .symbols
            .partition_point(|other| other.address <= symbol.address);
        let next = self.symbols.get(next);
        let end = next.map_or(section.end, |next| next.start).min(section.end);
        Some((section, symbol.start..end))
    }

    /// Returns the symbol that the byte at `address` belongs to.
    pub(super) fn symbol_at(&self, address: u64) -> Option<&Symbol<'a>> {
        let behind = self
            .symbols
            .partition_point(|symbol| symbol.address <= address);
        let symbol = self.symbols.get(behind.checked_sub(1)?)?;
        (address - symbol.address < symbol.size_bytes).then_some(symbol)
    }

    /// Returns the symbol of this name.
    pub(super) fn symbol(&self, name: &str) -> Option<&Symbol<'a>> {
        let mut symbols = self.symbols.iter();
        symbols.find(|symbol| symbol.name == name.as_bytes())
    }
}

impl Section {
    /// Tells whether the byte at `address` is in it.
    pub(super) fn holds(&self, address: u64) -> bool {
        let offset = address.checked_sub(self.address);
        self.is_loaded() && offset.is_some_and(|at| at < self.end - self.start)
    }

    fn is_loaded(&self) -> bool {
        matches!(self.content, Content::Code | Content::Data) && self.address > 0
    }

    /// Returns the address of the byte at `place` of the file, which is in it.
    pub(super) fn address_of(&self, place: u64) -> u64 {
        self.address.wrapping_add(place - self.start)
    }
}

/// A program that is cut off is not explained: what is left would be called the whole.
fn check_length(file: &File<'_>, size_bytes: u64) -> Result<(), SizeError> {
    match length_by_headers(file) {
        expected_bytes if expected_bytes > size_bytes => Err(SizeError::Truncated {
            size_bytes,
            expected_bytes,
        }),
        _ => Ok(()),
    }
}

/// Keeps the sections that are in the file, in its order. Those of honest programs lie apart: more than
/// twice the file is not looked at, however often its headers name it.
fn keep_apart(sections: &mut Vec<Section>, size_bytes: u64) {
    let mut left_bytes = size_bytes * 2;
    sections.retain(|section| {
        let is_inside = section.start < section.end && section.end <= size_bytes;
        let left = left_bytes.checked_sub(section.end.saturating_sub(section.start));
        match left {
            Some(left) if is_inside => {
                left_bytes = left;
                true
            }
            _ => false,
        }
    });
    sections.sort_by_key(|section| section.start);
}

fn sections(file: &File<'_>) -> Vec<Section> {
    let mut name_bytes = 0;
    let found = file.sections().map_while(|section| {
        // A name without an end was looked for up to the end of the file: that is done once.
        name_bytes += section.name_bytes().ok()?.len();
        (name_bytes < LONGEST_NAMES).then_some(section)
    });
    let found = found.filter_map(|section| {
        let (start, length) = section.file_range()?;
        let own = section.name_bytes().ok()?;
        let own = String::from_utf8_lossy(&own[..own.len().min(LONGEST_NAME)]).into_owned();
        let name = match section.segment_name().ok()? {
            Some(segment) if file.format() == BinaryFormat::MachO => format!("{segment},{own}"),
            _ => own.clone(),
        };
        Some(Section {
            content: content(&own, &name, section.kind()),
            name,
            address: section.address(),
            start,
            end: start.checked_add(length)?,
        })
    });
    found.collect()
}

/// Tells by its name and kind what a section holds.
fn content(own: &str, name: &str, kind: SectionKind) -> Content {
    let bare = own.trim_start_matches(['.', '_']);
    let purpose = match bare {
        _ if bare.starts_with("debug_") || bare.starts_with("zdebug_") => Purpose::DebugInformation,
        _ if name.starts_with("__DWARF") => Purpose::DebugInformation,
        "symtab" | "strtab" => Purpose::SymbolTable,
        "go.buildinfo" | "go_buildinfo" | "go.fipsinfo" | "go_fipsinfo" => {
            Purpose::BuildInformation
        }
        _ if bare.starts_with("note.") => Purpose::BuildInformation,
        "interp" | "dynamic" | "dynsym" | "dynstr" | "hash" | "gnu.hash" | "gnu.version"
        | "gnu.version_r" | "gnu.version_d" | "rel" | "rela" | "rel.dyn" | "rela.dyn"
        | "rel.plt" | "rela.plt" | "plt" | "plt.got" | "got" | "got.plt" | "idata" | "edata"
        | "reloc" | "symbol_stub1" | "stubs" | "stub_helper" | "la_symbol_ptr"
        | "nl_symbol_ptr" => Purpose::DynamicLinking,
        "typelink"
        | "itablink"
        | "data.rel.ro.typelink"
        | "data.rel.ro.itablink"
        | "eh_frame"
        | "eh_frame_hdr"
        | "pdata"
        | "xdata"
        | "unwind_info"
        | "gcc_except_table" => Purpose::RuntimeTables,
        "rsrc" => Purpose::Resources,
        "shstrtab" => Purpose::Headers,
        _ if kind == SectionKind::Text => return Content::Code,
        _ => return Content::Data,
    };
    Content::Purpose(purpose)
}

/// Returns the tables that are in the file without being sections.
fn link_tables(file: &File<'_>, bytes: &[u8]) -> Vec<Section> {
    match file {
        File::MachO32(macho) => of_mach_o(macho),
        File::MachO64(macho) => of_mach_o(macho),
        File::Pe32(pe) => of_pe(pe, bytes),
        File::Pe64(pe) => of_pe(pe, bytes),
        _ => Vec::new(),
    }
}

fn of_mach_o<Mach: MachHeader<Endian = Endianness>>(file: &MachOFile<'_, Mach>) -> Vec<Section> {
    let endian = file.endian();
    let commands = file.macho_load_commands().into_iter().flatten();
    let mut found = Vec::new();
    for command in commands.map_while(Result::ok) {
        if command.cmd() == LC_SYMTAB
            && let Ok(Some(table)) = command.symtab()
        {
            let entry = size_of::<Mach::Nlist>() as u64;
            let symbols = u64::from(table.nsyms.get(endian)) * entry;
            let (start, text) = (table.symoff.get(endian), table.stroff.get(endian));
            let symbol_table = Purpose::SymbolTable;
            found.push(table_at("symbols", symbol_table, start.into(), symbols));
            let length = table.strsize.get(endian).into();
            found.push(table_at("symbol names", symbol_table, text.into(), length));
        }
    }
    let link = file.segments().find(|segment| {
        let name = segment.name_bytes().ok().flatten();
        name == Some(b"__LINKEDIT")
    });
    if let Some(link) = link {
        let (start, length) = link.file_range();
        rest_of(&mut found, start, start.saturating_add(length));
    }
    found
}

/// Gives what is left of the link information a name.
fn rest_of(found: &mut Vec<Section>, start: u64, end: u64) {
    let mut taken: Vec<(u64, u64)> = found.iter().map(|table| (table.start, table.end)).collect();
    taken.sort_unstable();
    taken.push((end, end));
    let mut reached = start;
    for (from, to) in taken {
        if from > reached {
            let length = from.min(end).saturating_sub(reached);
            let purpose = Purpose::DynamicLinking;
            found.push(table_at("__LINKEDIT", purpose, reached, length));
        }
        reached = reached.max(to);
    }
}

fn of_pe<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>, bytes: &[u8]) -> Vec<Section> {
    let header: &ImageFileHeader = file.nt_headers().file_header();
    let start = u64::from(header.pointer_to_symbol_table.get(LE));
    if start == 0 {
        return Vec::new();
    }
    let count = u64::from(header.number_of_symbols.get(LE));
    let symbols = count * IMAGE_SIZEOF_SYMBOL as u64;
    let names = start + symbols;
    let words = Words {
        bytes,
        order: Endianness::Little,
        pointer_bytes: 4,
    };
    let length = usize::try_from(names).ok().and_then(|at| words.u32(at));
    let length = symbols + u64::from(length.unwrap_or_default());
    vec![table_at("symbols", Purpose::SymbolTable, start, length)]
}

fn table_at(name: &str, purpose: Purpose, start: u64, length: u64) -> Section {
    Section {
        name: name.to_owned(),
        content: Content::Purpose(purpose),
        address: 0,
        start,
        end: start.saturating_add(length),
    }
}
