//! What a program says of its own code and data.

use object::{BinaryFormat, File, Object as _, ObjectSymbol as _, SymbolKind};

use super::program::{Content, Program};

/// Something with a name in the code or data of a program, as long as `go tool nm -size` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol<'a> {
    pub(super) name: &'a [u8],
    pub(super) address: u64,
    pub(super) size_bytes: u64,
    /// Where it begins in the file.
    pub(super) start: u64,
    pub(super) is_code: bool,
}

/// Names of instances of generic functions have some thousand bytes.
const LONGEST_NAME: usize = 1 << 16;

/// Returns the symbols that have bytes in the file, in the order of their addresses.
pub(super) fn symbols<'a>(file: &File<'a>, program: &Program<'a>) -> Vec<Symbol<'a>> {
    let has_sizes = file.format() == BinaryFormat::Elf;
    let mut found: Vec<(u64, u64, &[u8])> = Vec::new();
    for symbol in file.symbols() {
        let other = matches!(
            symbol.kind(),
            SymbolKind::File | SymbolKind::Section | SymbolKind::Tls
        );
        // A name without an end was looked for up to the end of the file: that is done once.
        let Ok(name) = symbol.name_bytes() else {
            break;
        };
        if program.budget.spend(name.len()).is_none() {
            break;
        }
        let is_name = (1..LONGEST_NAME).contains(&name.len());
        if !other && symbol.is_definition() && is_name {
            found.push((symbol.address(), symbol.size(), bare(name, file.format())));
        }
    }
    found.sort_by_key(|(address, ..)| *address);
    let addresses: Vec<u64> = found.iter().map(|(address, ..)| *address).collect();
    let symbols = found.into_iter().filter_map(|(address, size, name)| {
        let section = program.section_of(address)?;
        let end = section.address_of(section.end);
        let size_bytes = if has_sizes {
            size
        } else {
            // Only ELF knows how long a symbol is; in the other forms it ends where the next begins.
            let next = addresses.partition_point(|other| *other <= address);
            let next = addresses.get(next).map_or(end, |next| *next);
            next.saturating_sub(address)
        };
        Some(Symbol {
            name,
            address,
            size_bytes: size_bytes.min(end.saturating_sub(address)),
            start: section.start + (address - section.address),
            is_code: section.content == Content::Code,
        })
    });
    symbols.collect()
}

/// Mach-O puts an underscore before names; Go's own tools take it away where a dot follows.
fn bare(name: &[u8], format: BinaryFormat) -> &[u8] {
    match name.strip_prefix(b"_") {
        Some(bare) if format == BinaryFormat::MachO && bare.contains(&b'.') => bare,
        _ => name,
    }
}
