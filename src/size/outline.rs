//! Which packages the code of a program is of, found with little memory while other things are made.

use std::io::{self, Read, Seek};

use super::budget::Budget;
use super::listed_functions::ListedFunctions;
use super::modules::Modules;
use super::owner::Purpose;
use super::packages::Packages;
use super::program_size::{PackageSize, Parts};
use super::rows::rows;
use crate::compile::{BuildInfo, Section, sections};

/// What the bytes of a program are, roughly: code and names by package, all else by section. Together they
/// are all of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Its packages, the largest first: their code, and what the runtime knows of it.
    pub packages: Vec<PackageSize>,
    /// What is left of each section, and what is between them.
    pub rest: Vec<(String, u64)>,
}

/// Returns the outline of a program that Go has linked; `None` where it lists no functions, or in a form before
/// Go 1.18.
///
/// # Errors
/// When it cannot be read.
pub fn outline(
    mut program: impl Read + Seek,
    info: &BuildInfo,
    size_bytes: u64,
) -> io::Result<Option<Outline>> {
    let sections = sections(&mut program);
    let Some(table) = ListedFunctions::find(&mut program, &sections)? else {
        return Ok(None);
    };
    let mut packages = Packages::default();
    let budget = Budget::for_program(usize::try_from(size_bytes).unwrap_or(usize::MAX));
    let owned = table.owned(program, &mut packages, &budget)?;
    let paths = packages.into_paths();
    let (_, packages) = rows(&owned, &paths, &Modules::new(Some(info)));
    let rest = rest(&sections, table.section, &packages, size_bytes);
    Ok(Some(Outline { packages, rest }))
}

/// Returns what is left of each section when the packages have what is theirs; `table` is the number of the one
/// that lists their functions.
fn rest(
    sections: &[Section],
    table: usize,
    packages: &[PackageSize],
    size_bytes: u64,
) -> Vec<(String, u64)> {
    let of = |part: fn(&Parts) -> u64| -> u64 { packages.iter().map(|it| part(&it.parts)).sum() };
    let left = |(number, section): (usize, &Section)| {
        let taken = match section.name.trim_start_matches(['.', '_']) {
            "text" => of(|parts| parts.code_bytes),
            _ if number == table => of(|parts| parts.table_bytes),
            _ => 0,
        };
        (
            section.name.clone(),
            section.size_bytes.saturating_sub(taken),
        )
    };
    let mut rest: Vec<(String, u64)> = sections.iter().enumerate().map(left).collect();
    let known: u64 = rest.iter().map(|(_, size_bytes)| size_bytes).sum();
    let owned: u64 = packages.iter().map(|it| it.size_bytes).sum();
    let between = size_bytes.saturating_sub(known.saturating_add(owned));
    rest.push((Purpose::Headers.as_str().to_owned(), between));
    rest.retain(|(_, size_bytes)| *size_bytes > 0);
    rest
}
