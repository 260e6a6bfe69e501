//! The packages of a program, each with a number.

use std::collections::BTreeMap;

use super::owner::{Owner, Purpose};
use super::symbol_name::package_of;

/// The packages that symbols name, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Packages {
    numbers: BTreeMap<String, usize>,
    /// The length of all paths.
    held_bytes: usize,
}

/// A longer path is that of no package.
const LONGEST_PATH: usize = 1 << 12;

/// More bytes than the paths of all packages of any program have: they are held in memory, and tables may
/// name the same bytes over and over, each time as another path.
const MOST_BYTES: usize = 1 << 22;

impl Packages {
    /// Returns the owner of what a package of this path has; nobody where no honest program has that many.
    pub(super) fn owner(&mut self, path: &str) -> Owner {
        if let Some(number) = self.numbers.get(path) {
            return Owner::Package(*number);
        }
        let held_bytes = self.held_bytes + path.len();
        if path.len() > LONGEST_PATH || held_bytes > MOST_BYTES {
            return Owner::Purpose(Purpose::NoPackage);
        }
        self.held_bytes = held_bytes;
        let number = self.numbers.len();
        self.numbers.insert(path.to_owned(), number);
        Owner::Package(number)
    }

    /// Returns the owner of what a package has that was met before.
    pub(super) fn known(&self, path: &str) -> Option<Owner> {
        self.numbers.get(path).map(|number| Owner::Package(*number))
    }

    /// Returns whose a symbol is, where its name says so.
    pub(super) fn owner_of_symbol(&mut self, name: &[u8]) -> Option<Owner> {
        let name = String::from_utf8_lossy(name);
        // Mach-O puts an underscore before some names.
        let name = match name.strip_prefix('_') {
            Some(bare) if bare.starts_with("go:") || bare.starts_with("type:") => bare,
            _ => &name,
        };
        match package_of(name) {
            Some(package) => Some(self.owner(&package)),
            None if name.starts_with("go:string.") => Some(Owner::Purpose(Purpose::Strings)),
            None if name.starts_with("go:") => Some(Owner::Purpose(Purpose::RuntimeTables)),
            None => None,
        }
    }

    /// Returns the paths by their numbers.
    pub(super) fn into_paths(self) -> Vec<String> {
        let mut paths: Vec<(usize, String)> = self
            .numbers
            .into_iter()
            .map(|(path, number)| (number, path))
            .collect();
        paths.sort_unstable();
        paths.into_iter().map(|(_, path)| path).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_paths_than_any_program_has_are_not_held() {
        let mut packages = Packages::default();
        let known = packages.owner("net/http");
        let long = "x".repeat(LONGEST_PATH + 1);
        assert_eq!(packages.owner(&long), Owner::Purpose(Purpose::NoPackage));
        // Every end of a long name as a name of its own, as tables of symbols can have them.
        let name = "y".repeat(LONGEST_PATH);
        for start in 0..LONGEST_PATH {
            packages.owner(&name[start..]);
        }
        assert!(packages.numbers.len() < LONGEST_PATH);
        assert!(packages.held_bytes <= MOST_BYTES);
        assert_eq!(packages.owner("net/http"), known);
        assert_eq!(packages.owner("other"), Owner::Purpose(Purpose::NoPackage));
    }
}
