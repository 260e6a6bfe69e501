//! What the bytes of one program are.

use schemars::JsonSchema;
use serde::Serialize;

/// What the bytes of a program are. Those of `modules` together are all of them, and so are those of
/// `sections`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProgramSize {
    /// `ELF`, `Mach-O` or `PE`.
    pub format: String,
    /// The processor that it is for, as Go calls it where Go knows it.
    pub architecture: String,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// The Go that built it, `go1.26.8`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub go_version: Option<String>,
    /// The import path of its main package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// What it has of symbols and debug information.
    pub stripping: Stripping,
    /// Bytes of which nothing is known but the section that they are in.
    pub not_attributed_bytes: u64,
    /// What keeps more from being known.
    pub notes: Vec<String>,
    /// Its sections, and what is between them, the largest first.
    pub sections: Vec<SectionSize>,
    /// Its modules, and what belongs to none, the largest first.
    pub modules: Vec<ModuleSize>,
    /// Its packages, the largest first.
    pub packages: Vec<PackageSize>,
    /// Its largest functions and variables, the largest first.
    pub symbols: Vec<SymbolSize>,
    /// How many more there are.
    pub more_symbols: u64,
}

/// What a program has of symbols and debug information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stripping {
    /// Whether neither is there.
    pub stripped: bool,
    /// The bytes of its symbol table.
    pub symbol_table_bytes: u64,
    /// The bytes of its debug information.
    pub debug_bytes: u64,
    /// What it would be shorter by without both, as `-ldflags '-s -w'` links it.
    pub saves_bytes: u64,
}

/// The bytes of a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SectionSize {
    /// Its name, `.text` or `__TEXT,__text`; what is between sections is `headers and padding`.
    pub name: String,
    /// The number of its bytes in the file.
    pub size_bytes: u64,
    /// Those of them of which nothing else is known.
    pub not_attributed_bytes: u64,
}

/// The bytes of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ModuleSize {
    /// Its path; of what is no module, what the bytes are for.
    pub name: String,
    /// Its version, where it is a module with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it is.
    pub kind: ModuleKind,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// What they are.
    pub parts: Parts,
}

/// What the bytes of a row of modules belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModuleKind {
    /// The module of the main package.
    Main,
    /// A module that is linked into the program.
    Module,
    /// Go's standard library and runtime.
    Standard,
    /// Packages of modules that the program does not name.
    Unknown,
    /// No package: the row says what the bytes are for.
    Purpose,
    /// Nothing that is known.
    NotAttributed,
}

/// What the bytes of a package or module are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Parts {
    /// Instructions.
    pub code_bytes: u64,
    /// What the runtime knows of functions: names, lines, stack maps.
    pub table_bytes: u64,
    /// Descriptions of types.
    pub type_bytes: u64,
    /// Variables and constants.
    pub data_bytes: u64,
}

/// The bytes of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PackageSize {
    /// Its import path.
    pub name: String,
    /// The path of its module; `std` for packages of Go itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// What they are.
    pub parts: Parts,
}

/// The bytes of a function or variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SymbolSize {
    /// Its name.
    pub name: String,
    /// The number of its bytes, as `go tool nm -size` has it; of a stripped program, with the padding
    /// behind it.
    pub size_bytes: u64,
    /// The section that it is in.
    pub section: String,
}

impl Parts {
    /// Returns all of them together.
    pub fn size_bytes(&self) -> u64 {
        self.code_bytes + self.table_bytes + self.type_bytes + self.data_bytes
    }
}
