//! What the bytes of programs and images are, and what grew between two.
//!
//! In: the bytes of a program; of images, layers and the files in them. Out: sizes by section, module,
//! package and symbol, by layer and file. The invariant: each byte is counted once, so that every list
//! adds up to the whole, and what nothing is known of is said to be so. Programs of others are believed
//! nothing: whatever their headers and tables say, reading them ends, and stays inside them.

mod account;
mod budget;
mod claims;
mod constants;
mod error;
mod function_tables;
mod growth;
mod image_size;
mod listed_functions;
mod module_data;
mod modules;
mod outline;
mod owner;
mod packages;
mod pclntab;
mod program;
mod program_size;
mod rows;
mod symbol_claims;
mod symbol_name;
mod symbols;
mod types;
mod universal;
mod words;

pub use account::{SymbolLimit, program_size};
pub use error::SizeError;
pub use growth::{Change, ImageGrowth, ProgramGrowth};
pub use image_size::{FileSize, ImageSize, LayerSize, ProgramInImage};
pub use outline::{Outline, outline};
pub use program_size::{
    ModuleKind, ModuleSize, PackageSize, Parts, ProgramSize, SectionSize, Stripping, SymbolSize,
};
pub use universal::{is_program, part_for};
