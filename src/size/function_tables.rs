//! Whose the code is, and what the runtime knows of it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::claims::Claims;
use super::module_data::ModuleData;
use super::modules::Modules;
use super::owner::{Owner, Part, Purpose};
use super::packages::Packages;
use super::pclntab::{Form, Function, Pclntab, UNIT};
use super::program::Program;

/// Where things stand in the record of a function, in bytes.
struct RecordForm {
    /// Where the length of the list of tables stands, and that of the unit of its package.
    table_count: usize,
    unit: usize,
    /// Where the length of the list of what else is known stands: the last byte of the fixed part.
    data_count: usize,
}

/// The three tables that each record has: stack depths, files and lines.
const OWN_TABLES: [usize; 3] = [16, 20, 24];

/// Attributes code, and each part of the table of functions, to packages.
pub(super) struct FunctionTables<'a, 'p> {
    pub(super) program: &'p Program<'a>,
    pub(super) table: &'p Pclntab<'a>,
    pub(super) module_data: Option<&'p ModuleData>,
    pub(super) modules: &'p Modules<'p>,
}

impl<'a> FunctionTables<'a, '_> {
    /// Makes the claims, and returns the functions with their owners.
    pub(super) fn claim(
        &self,
        packages: &mut Packages,
        claims: &mut Claims,
    ) -> Vec<(Function<'a>, Owner)> {
        let functions = self.functions(packages);
        for (number, (function, owner)) in functions.iter().enumerate() {
            if let Some(place) = self.program.place_of(function.address) {
                let end = (place as u64).saturating_add(function.size_bytes);
                claims.add(place as u64..end, *owner, Part::Code);
            }
            let field = self.table.field_bytes();
            let entry = self.table.list() + 2 * number * field;
            self.claim_table(claims, entry..entry + 2 * field, *owner);
        }
        if let Some(form) = self.record_form() {
            self.claim_records(&form, &functions, claims);
            self.claim_names(packages, claims);
            self.claim_units(&form, &functions, claims);
            self.claim_files(packages, claims);
        }
        functions
    }

    /// Finds the owner of each function: by its name, else by the unit that it was compiled in.
    fn functions(&self, packages: &mut Packages) -> Vec<(Function<'a>, Owner)> {
        let text = self
            .module_data
            .map(|data| data.text)
            .or_else(|| self.text());
        let named: Vec<(Function<'a>, Option<Owner>)> = self
            .table
            .functions(text)
            .map_while(|function| {
                self.program.budget.spend(function.name.len())?;
                Some((function, packages.owner_of_symbol(function.name)))
            })
            .collect();
        let form = self.record_form();
        let unit = |function: &Function<'_>| self.unit(form.as_ref()?, function);
        let mut units: BTreeMap<usize, Owner> = BTreeMap::new();
        for (function, owner) in &named {
            if let (Some(unit), Some(owner)) = (unit(function), owner) {
                units.entry(unit).or_insert(*owner);
            }
        }
        let nobody = Owner::Purpose(Purpose::NoPackage);
        let owned = named.into_iter().map(|(function, owner)| {
            let of_unit = || unit(&function).and_then(|unit| units.get(&unit).copied());
            (function, owner.or_else(of_unit).unwrap_or(nobody))
        });
        owned.collect()
    }

    /// Returns where code begins, of a program that does not say so otherwise.
    fn text(&self) -> Option<u64> {
        if let Some(symbol) = self.program.symbol("runtime.text") {
            return Some(symbol.address);
        }
        let mut sections = self.program.sections.iter();
        let text = sections.find(|section| section.name.ends_with("text"))?;
        Some(text.address)
    }

    fn record_form(&self) -> Option<RecordForm> {
        let data_count = match self.table.form {
            Form::Go2 | Form::Go16 => return None,
            Form::Go18 => 39,
            Form::Go20 => 43,
        };
        Some(RecordForm {
            table_count: 28,
            unit: UNIT,
            data_count,
        })
    }

    fn unit(&self, form: &RecordForm, function: &Function<'_>) -> Option<usize> {
        self.table.words.offset(self.record(function)? + form.unit)
    }

    /// Returns where the record of a function is in the table.
    fn record(&self, function: &Function<'_>) -> Option<usize> {
        let at = self.table.functions.checked_add(function.record)?;
        (at < self.table.words.bytes.len()).then_some(at)
    }

    /// Claims records, and the tables that they name. Tables that are alike are there once: they belong
    /// to the first function that has them.
    fn claim_records(
        &self,
        form: &RecordForm,
        functions: &[(Function<'a>, Owner)],
        claims: &mut Claims,
    ) {
        let (mut tables, mut data) = (BTreeMap::new(), BTreeMap::new());
        let words = self.table.words;
        for (function, owner) in functions {
            let Some(at) = self.record(function) else {
                continue;
            };
            let lists = at + form.data_count + 1;
            let table_count = words.u32(at + form.table_count).unwrap_or_default() as usize;
            let data_count = usize::from(words.u8(at + form.data_count).unwrap_or_default());
            // The compiler knows a handful of kinds of tables.
            let table_count = table_count.min(64);
            if self
                .program
                .budget
                .spend(table_count + data_count)
                .is_none()
            {
                break;
            }
            let own = OWN_TABLES.map(|place| at + place);
            let further = (0..table_count).map(|number| lists + 4 * number);
            for place in own.into_iter().chain(further) {
                if let Some(offset) = words.offset(place).filter(|offset| *offset > 0) {
                    tables.entry(offset).or_insert(*owner);
                }
            }
            let data_list = lists + 4 * table_count;
            for number in 0..data_count {
                if let Some(offset) = words.offset(data_list + 4 * number) {
                    data.entry(offset).or_insert(*owner);
                }
            }
            self.claim_table(claims, at..data_list + 4 * data_count, *owner);
        }
        let part = self.table.pc_data..self.table.functions;
        self.claim_runs(claims, &tables, part);
        if let Some(part) = self.function_data() {
            self.claim_runs(claims, &data, part);
        }
    }

    /// Returns where the data of functions is, from the beginning of the table; it may lie before it.
    fn function_data(&self) -> Option<Range<usize>> {
        let data = self.module_data?;
        let start = self.program.place_of(data.function_data)?;
        let section = self.program.section_at(start)?;
        let end = match self.program.place_of(data.find_functions) {
            Some(end) if end > start => end,
            _ => usize::try_from(section.end).ok()?,
        };
        // Places before the table wrap around, and back again when they are claimed.
        let from = |place: usize| place.wrapping_sub(self.table.start);
        Some(from(start)..from(end))
    }

    /// Claims what begins at each of `places` in a part, up to where the next begins.
    fn claim_runs(&self, claims: &mut Claims, places: &BTreeMap<usize, Owner>, part: Range<usize>) {
        let length = part.end.wrapping_sub(part.start);
        let mut runs = places.iter().peekable();
        while let Some((&begin, owner)) = runs.next() {
            let end = runs.peek().map_or(length, |(next, _)| **next).min(length);
            if begin < end {
                let start = part.start.wrapping_add(begin);
                let run = start..part.start.wrapping_add(end);
                self.claim_table(claims, run, *owner);
            }
        }
    }

    /// Claims the names of functions, those that only live on inside others among them.
    fn claim_names(&self, packages: &mut Packages, claims: &mut Claims) {
        let end = self.table.units;
        let mut at = self.table.names;
        while at < end
            && let Some(name) = self.table.words.text(at)
            && self.program.budget.spend(name.len() + 1).is_some()
        {
            if let Some(owner) = packages.owner_of_symbol(name) {
                self.claim_table(claims, at..at + name.len() + 1, owner);
            }
            at += name.len() + 1;
        }
    }

    /// Claims the lists of the files that each package was compiled from.
    fn claim_units(
        &self,
        form: &RecordForm,
        functions: &[(Function<'a>, Owner)],
        claims: &mut Claims,
    ) {
        let mut units = BTreeMap::new();
        for (function, owner) in functions {
            if let Some(unit) = self.unit(form, function) {
                units.entry(unit.saturating_mul(4)).or_insert(*owner);
            }
        }
        self.claim_runs(claims, &units, self.table.units..self.table.files);
    }

    /// Claims the names of files, where they are those of a package that is known.
    fn claim_files(&self, packages: &mut Packages, claims: &mut Claims) {
        let end = self.table.pc_data;
        let mut at = self.table.files;
        while at < end
            && let Some(name) = self.table.words.text(at)
            && self.program.budget.spend(name.len() + 1).is_some()
        {
            let folder = folder_of(&String::from_utf8_lossy(name));
            let package = folder.map(|folder| self.modules.symbol_path(folder));
            if let Some(owner) = package.and_then(|path| packages.known(&path)) {
                self.claim_table(claims, at..at + name.len() + 1, owner);
            }
            at += name.len() + 1;
        }
    }

    /// Claims a part of the table of functions.
    fn claim_table(&self, claims: &mut Claims, range: Range<usize>, owner: Owner) {
        let place = |at: usize| self.table.start.wrapping_add(at) as u64;
        claims.add(place(range.start)..place(range.end), owner, Part::Tables);
    }
}

/// Returns the import path of the package that a file belongs to, of the forms that file names have
/// in programs: `PATH@VERSION/…` with `-trimpath`, else below a module cache or Go's own source.
fn folder_of(file: &str) -> Option<String> {
    let (folder, _) = file.rsplit_once('/')?;
    let below = ["/pkg/mod/", "/go/src/", "/src/"]
        .iter()
        .find_map(|root| folder.split_once(root));
    let folder = match below {
        Some((_, below)) if folder.starts_with('/') => below,
        _ => folder,
    };
    Some(match folder.split_once('@') {
        Some((module, rest)) => match rest.split_once('/') {
            Some((_, inside)) => format!("{module}/{inside}"),
            None => module.to_owned(),
        },
        None => folder.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_of_the_package_of_their_folder() {
        for (file, package) in [
            ("net/http/server.go", Some("net/http")),
            ("github.com/a/b@v1.2.3/c/d.go", Some("github.com/a/b/c")),
            ("github.com/a/b@v1.2.3/d.go", Some("github.com/a/b")),
            ("/usr/local/go/src/net/http/server.go", Some("net/http")),
            (
                "/home/me/go/pkg/mod/github.com/a/b@v1.2.3/c/d.go",
                Some("github.com/a/b/c"),
            ),
            ("<autogenerated>", None),
        ] {
            assert_eq!(folder_of(file).as_deref(), package, "{file}");
        }
    }
}
