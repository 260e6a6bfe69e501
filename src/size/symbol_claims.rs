//! Whose data is, of a program that has symbols.

use super::claims::Claims;
use super::owner::{Owner, Part, Purpose};
use super::packages::Packages;
use super::pclntab::Pclntab;
use super::program::{Content, Program};
use super::symbols::Symbol;

/// Names of the linker's for places, of which none has bytes of its own.
const PLACES: [&str; 17] = [
    "runtime.text",
    "runtime.etext",
    "runtime.rodata",
    "runtime.erodata",
    "runtime.types",
    "runtime.etypes",
    "runtime.noptrdata",
    "runtime.enoptrdata",
    "runtime.data",
    "runtime.edata",
    "runtime.egcdata",
    "runtime.egcbss",
    "runtime.pclntab",
    "runtime.epclntab",
    "runtime.end",
    "runtime.bss",
    "runtime.noptrbss",
];

/// Names for many things of one kind, which lie behind such a symbol.
const CONTAINERS: [(&str, Purpose); 7] = [
    ("go:string.*", Purpose::Strings),
    ("go:func.*", Purpose::RuntimeTables),
    ("typerel.*", Purpose::RuntimeTables),
    ("go:funcdesc", Purpose::RuntimeTables),
    ("go:funcdescrel", Purpose::RuntimeTables),
    ("runtime.gcbits.*", Purpose::RuntimeTables),
    ("type:*", Purpose::RuntimeTables),
];

/// Claims what symbols name, each for its package.
pub(super) fn claim_symbols(
    program: &Program<'_>,
    table: Option<&Pclntab<'_>>,
    packages: &mut Packages,
    claims: &mut Claims,
) {
    for symbol in &program.symbols {
        let name = bare(symbol.name);
        if is_place(symbol) || is_container(name) || is_in_table(program, table, symbol) {
            continue;
        }
        // Many symbols may share the bytes of one long name.
        if program.budget.spend(symbol.name.len()).is_none() {
            break;
        }
        let owner = packages.owner_of_symbol(symbol.name);
        let owner = owner.unwrap_or(Owner::Purpose(Purpose::NoPackage));
        let part = if symbol.is_code {
            Part::Code
        } else {
            Part::Data
        };
        claims.add(symbol.start..symbol.start + symbol.size_bytes, owner, part);
    }
}

/// Claims what lies behind the symbols that stand for many things of one kind.
pub(super) fn claim_containers(program: &Program<'_>, claims: &mut Claims) {
    for (name, purpose) in CONTAINERS {
        // Mach-O puts an underscore before some names.
        for name in [name.to_owned(), format!("_{name}")] {
            if let Some((_, range)) = program.behind(name.as_bytes()) {
                claims.add_purpose(range, purpose);
            }
        }
    }
}

/// Tells whether a symbol is a name for a place, and nothing by itself.
pub(super) fn is_place(symbol: &Symbol<'_>) -> bool {
    PLACES.iter().any(|place| place.as_bytes() == symbol.name)
}

/// Mach-O puts an underscore before some names.
fn bare(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"_").unwrap_or(name)
}

fn is_container(name: &[u8]) -> bool {
    CONTAINERS.iter().any(|(known, _)| known.as_bytes() == name)
}

/// Tells whether a symbol is data behind the beginning of the table of functions, whose parts are
/// known better than by their symbols.
fn is_in_table(program: &Program<'_>, table: Option<&Pclntab<'_>>, symbol: &Symbol<'_>) -> bool {
    let Some(table) = table else {
        return false;
    };
    let section = program.section_at(table.start);
    section.is_some_and(|section| {
        section.content == Content::Data
            && (table.start as u64..section.end).contains(&symbol.start)
    })
}
