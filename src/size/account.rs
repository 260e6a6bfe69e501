//! The bytes of a program, each counted once.

use std::collections::BTreeMap;

use object::{Architecture, BinaryFormat, Endianness};

use super::claims::{Claim, Claims, Settled};
use super::constants::Constants;
use super::error::SizeError;
use super::function_tables::FunctionTables;
use super::module_data::ModuleData;
use super::modules::Modules;
use super::owner::{Owner, Part, Purpose};
use super::packages::Packages;
use super::pclntab::{Function, Pclntab};
use super::program::{Content, Program};
use super::program_size::{Parts, ProgramSize, SectionSize, Stripping, SymbolSize};
use super::rows::rows;
use super::symbol_claims::{claim_containers, claim_symbols, is_place};
use super::types::{MapForm, Types};
use crate::compile::BuildInfo;
use crate::model::limits;

/// How many of the largest symbols are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SymbolLimit(pub usize);

/// Tells what the bytes of a program are.
///
/// # Errors
/// When it is no ELF, Mach-O or PE program, its headers make no sense, it is cut off, or is longer
/// than [`limits::PROGRAM_BYTES`].
pub fn program_size(bytes: &[u8], limit: SymbolLimit) -> Result<ProgramSize, SizeError> {
    if bytes.len() as u64 > limits::PROGRAM_BYTES {
        return Err(SizeError::TooLong {
            limit_bytes: limits::PROGRAM_BYTES,
        });
    }
    let program = Program::parse(bytes)?;
    // Reading from memory does not fail.
    let info = BuildInfo::read(bytes).unwrap_or_default();
    Ok(Account::of(&program, info.as_ref()).report(limit))
}

/// A program with all that is known of its bytes.
struct Account<'a, 'p> {
    program: &'p Program<'a>,
    info: Option<&'p BuildInfo>,
    modules: Modules<'p>,
    settled: Settled,
    packages: Vec<String>,
    functions: Vec<(Function<'a>, Owner)>,
    has_table: bool,
}

impl<'a, 'p> Account<'a, 'p> {
    fn of(program: &'p Program<'a>, info: Option<&'p BuildInfo>) -> Self {
        let modules = Modules::new(info);
        let mut packages = Packages::default();
        let table = Pclntab::find(program);
        let mut functions = Vec::new();
        let mut claims = Claims::default();
        if let Some(table) = &table {
            let module_data = ModuleData::find(program, table);
            let tables = FunctionTables {
                program,
                table,
                module_data: module_data.as_ref(),
                modules: &modules,
            };
            functions = tables.claim(&mut packages, &mut claims);
            if let Some(module_data) = &module_data {
                let maps = map_form(info);
                let types = Types {
                    program,
                    module_data,
                    maps,
                };
                types.claim(&mut packages, &mut claims);
            }
        }
        claim_symbols(program, table.as_ref(), &mut packages, &mut claims);
        let named = claims.settle(program.size_bytes());
        let mut used = Claims::default();
        if let Some(table) = &table {
            let constants = Constants {
                program,
                table,
                functions: &functions,
            };
            constants.claim(&named, &mut packages, &mut used);
        }
        let used = used.settle(program.size_bytes());
        Self {
            program,
            info,
            modules,
            settled: named.over(&used.over(&purposes(program, table.as_ref()))),
            packages: packages.into_paths(),
            functions,
            has_table: table.is_some(),
        }
    }

    fn report(self, limit: SymbolLimit) -> ProgramSize {
        let mut owned: BTreeMap<Owner, Parts> = BTreeMap::new();
        for claim in self.settled.iter() {
            owned.entry(claim.owner).or_default().add(claim);
        }
        let of = |purpose| {
            let parts = owned.get(&Owner::Purpose(purpose));
            parts.map_or(0, Parts::size_bytes)
        };
        let symbol_table_bytes = of(Purpose::SymbolTable);
        let debug_bytes = of(Purpose::DebugInformation);
        let (symbols, more_symbols) = self.symbols(limit);
        let (modules, packages) = rows(&owned, &self.packages, &self.modules);
        ProgramSize {
            format: format_name(self.program.format).to_owned(),
            architecture: architecture_name(self.program),
            size_bytes: self.program.size_bytes(),
            go_version: self.info.map(|info| info.go_version.clone()),
            package: self
                .info
                .map(|info| info.path.clone())
                .filter(|path| !path.is_empty()),
            stripping: Stripping {
                stripped: self.program.symbols.is_empty() && debug_bytes == 0,
                symbol_table_bytes,
                debug_bytes,
                saves_bytes: if self.program.symbols.is_empty() {
                    debug_bytes
                } else {
                    symbol_table_bytes + debug_bytes
                },
            },
            not_attributed_bytes: of(Purpose::Unattributed),
            notes: self.notes(),
            sections: self.sections(),
            modules,
            packages,
            symbols,
            more_symbols,
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        match (self.info, self.has_table) {
            (None, false) => notes.push(
                "it is not a Go program: its sections and symbols are known, and no packages"
                    .to_owned(),
            ),
            (None, true) => notes.push(
                "it has no build information: which packages are in it is known, and no modules"
                    .to_owned(),
            ),
            (Some(_), false) => notes.push(
                "its table of functions was not found: what is known comes from its symbols"
                    .to_owned(),
            ),
            (Some(_), true) => {}
        }
        if self.program.symbols.is_empty() && self.has_table {
            notes.push(
                "it has no symbols: functions and types are known, and of data only the section"
                    .to_owned(),
            );
        }
        notes
    }

    /// Returns the sections, with what is between them.
    fn sections(&self) -> Vec<SectionSize> {
        let mut sizes = Vec::new();
        let mut reached = 0;
        let mut between = 0;
        for section in &self.program.sections {
            let start = section.start.max(reached);
            between += start - reached;
            if start < section.end {
                let inside = self.settled.within(start..section.end);
                let unknown = inside.filter(Claim::is_unattributed);
                sizes.push(SectionSize {
                    name: section.name.clone(),
                    size_bytes: section.end - start,
                    not_attributed_bytes: unknown.map(|claim| claim.size_bytes()).sum(),
                });
            }
            reached = reached.max(section.end);
        }
        between += (self.program.size_bytes()).saturating_sub(reached);
        sizes.push(SectionSize {
            name: Purpose::Headers.as_str().to_owned(),
            size_bytes: between,
            not_attributed_bytes: 0,
        });
        sizes.sort_by(|a, b| (b.size_bytes, &a.name).cmp(&(a.size_bytes, &b.name)));
        sizes
    }

    /// Returns the largest symbols, and how many more there are.
    fn symbols(&self, SymbolLimit(limit): SymbolLimit) -> (Vec<SymbolSize>, u64) {
        let mut all: Vec<(u64, &[u8], usize)> = if self.program.symbols.is_empty() {
            let functions = self.functions.iter().filter_map(|(function, _)| {
                let place = self.program.place_of(function.address)?;
                Some((function.size_bytes, function.name, place))
            });
            functions.collect()
        } else {
            let symbols = self
                .program
                .symbols
                .iter()
                .filter(|symbol| !is_place(symbol));
            let symbols = symbols.filter_map(|symbol| {
                let place = usize::try_from(symbol.start).ok()?;
                Some((symbol.size_bytes, symbol.name, place))
            });
            symbols.filter(|(size_bytes, ..)| *size_bytes > 0).collect()
        };
        all.sort_by(|a, b| (b.0, a.1, a.2).cmp(&(a.0, b.1, b.2)));
        let more = all.len().saturating_sub(limit) as u64;
        all.truncate(limit);
        let shown = all.into_iter().map(|(size_bytes, name, place)| SymbolSize {
            name: String::from_utf8_lossy(name).into_owned(),
            size_bytes,
            section: self
                .program
                .section_at(place)
                .map(|section| section.name.clone())
                .unwrap_or_default(),
        });
        (shown.collect(), more)
    }
}

impl Parts {
    fn add(&mut self, claim: &Claim) {
        let part = match claim.part {
            Part::Code => &mut self.code_bytes,
            Part::Tables => &mut self.table_bytes,
            Part::Types => &mut self.type_bytes,
            Part::Data => &mut self.data_bytes,
        };
        *part += claim.size_bytes();
    }
}

/// Gives all bytes to what they are for, as far as symbols and sections tell; what is in no section is
/// the format's own.
fn purposes(program: &Program<'_>, table: Option<&Pclntab<'_>>) -> Settled {
    let mut containers = Claims::default();
    claim_containers(program, &mut containers);
    if let Some(table) = table {
        // What follows the table in its section is the runtime's, too.
        let start = table.start as u64;
        let section = program.section_at(table.start);
        let end = section.map_or(start, |section| section.end);
        containers.add_purpose(start..end, Purpose::RuntimeTables);
    }
    let mut sections = Claims::default();
    for section in &program.sections {
        let purpose = match section.content {
            Content::Purpose(purpose) => purpose,
            Content::Code | Content::Data => Purpose::Unattributed,
        };
        sections.add_purpose(section.start..section.end, purpose);
    }
    let mut whole = Claims::default();
    let size_bytes = program.size_bytes();
    whole.add_purpose(0..size_bytes, Purpose::Headers);
    let below = sections.settle(size_bytes).over(&whole.settle(size_bytes));
    containers.settle(size_bytes).over(&below)
}

fn map_form(info: Option<&BuildInfo>) -> MapForm {
    let version = info.map(|info| info.go_version.trim_start_matches("go1."));
    let digits = version.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    let minor = digits
        .flatten()
        .and_then(|digits| digits.parse::<u32>().ok());
    match minor {
        Some(minor) if minor < 24 => MapForm::Buckets,
        _ => MapForm::Groups,
    }
}

fn format_name(format: BinaryFormat) -> &'static str {
    match format {
        BinaryFormat::MachO => "Mach-O",
        BinaryFormat::Pe => "PE",
        _ => "ELF",
    }
}

/// Names a processor as Go does.
fn architecture_name(program: &Program<'_>) -> String {
    let is_little = program.words.order == Endianness::Little;
    let name = match program.architecture {
        Architecture::I386 => "386",
        Architecture::X86_64 => "amd64",
        Architecture::Arm => "arm",
        Architecture::Aarch64 => "arm64",
        Architecture::LoongArch64 => "loong64",
        Architecture::Mips if is_little => "mipsle",
        Architecture::Mips => "mips",
        Architecture::Mips64 if is_little => "mips64le",
        Architecture::Mips64 => "mips64",
        Architecture::PowerPc64 if is_little => "ppc64le",
        Architecture::PowerPc64 => "ppc64",
        Architecture::Riscv64 => "riscv64",
        Architecture::S390x => "s390x",
        other => return format!("{other:?}").to_lowercase(),
    };
    name.to_owned()
}
