//! Whose the bytes of a program are.

/// Whose bytes they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// A package's, by its number in the list of packages.
    Package(usize),
    /// Nobody's in particular: what is known is what they are for.
    Purpose(Purpose),
}

/// What bytes are for that belong to no package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// What a debugger reads.
    DebugInformation,
    /// Names and places of symbols.
    SymbolTable,
    /// Text of constants, of which the linker keeps one for all packages.
    Strings,
    /// What the runtime looks up about all code and types together.
    RuntimeTables,
    /// How the program was built.
    BuildInformation,
    /// What a loader of the system reads.
    DynamicLinking,
    /// Icons, versions and manifests.
    Resources,
    /// Code and data whose symbols name no package: assembly, C, and what the linker makes.
    NoPackage,
    /// What the format itself takes.
    Headers,
    /// Known to be there, and nothing else.
    Unattributed,
}

/// What bytes of a package are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Instructions.
    Code,
    /// What the runtime knows of functions: names, lines, stack maps.
    Tables,
    /// Descriptions of types.
    Types,
    /// Variables and constants.
    Data,
}

impl Purpose {
    /// Returns what reports call it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::DebugInformation => "debug information",
            Self::SymbolTable => "symbol table",
            Self::Strings => "string constants",
            Self::RuntimeTables => "tables of the runtime",
            Self::BuildInformation => "build information",
            Self::DynamicLinking => "dynamic linking",
            Self::Resources => "resources",
            Self::NoPackage => "symbols of no package",
            Self::Headers => "headers and padding",
            Self::Unattributed => "not attributed",
        }
    }
}
