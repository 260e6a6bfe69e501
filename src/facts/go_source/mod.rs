//! Go source files, read as far as a build has to know before there is a compiler.

mod constraint;
mod lexer;
mod platforms;
mod source_file;
mod strings;

pub use constraint::BuildTags;
pub(super) use source_file::{SourceFile, is_for_some_tags};
pub(super) use strings::Strings;
