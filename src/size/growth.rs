//! What grew between two programs or images.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{ImageSize, ProgramInImage, ProgramSize};

/// How the size of something changed. The changes of each list add up to that of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// What it is called in both.
    pub name: String,
    /// The number of its bytes in the first; 0 where it is not there.
    pub a_bytes: u64,
    /// The number of its bytes in the second; 0 where it is not there.
    pub b_bytes: u64,
    /// By how much it grew, or with a minus, shrank.
    pub change_bytes: i64,
}

/// What grew between two programs, the largest change first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProgramGrowth {
    /// The program, and how its size changed.
    pub whole: Change,
    /// Its sections that changed.
    pub sections: Vec<Change>,
    /// Its modules that changed, and what belongs to none.
    pub modules: Vec<Change>,
    /// Its packages that changed.
    pub packages: Vec<Change>,
}

/// What grew between two images for one platform, the largest change first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImageGrowth {
    /// The platform, and how the size of the image as it is stored changed.
    pub whole: Change,
    /// Its layers that changed, by their numbers.
    pub layers: Vec<Change>,
    /// How the bytes of its files changed.
    pub content: Change,
    /// Its files that changed.
    pub files: Vec<Change>,
    /// Its programs that are in both, and changed.
    pub programs: Vec<ProgramGrowth>,
}

impl Change {
    fn new(name: &str, a_bytes: u64, b_bytes: u64) -> Self {
        let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        Self {
            name: name.to_owned(),
            a_bytes,
            b_bytes,
            change_bytes: signed(b_bytes) - signed(a_bytes),
        }
    }
}

impl ProgramGrowth {
    /// Compares two programs, called `name`.
    pub fn between(name: &str, a: &ProgramSize, b: &ProgramSize) -> Self {
        let sections =
            |program: &ProgramSize| sums(&program.sections, |row| (&row.name, row.size_bytes));
        let modules =
            |program: &ProgramSize| sums(&program.modules, |row| (&row.name, row.size_bytes));
        let packages =
            |program: &ProgramSize| sums(&program.packages, |row| (&row.name, row.size_bytes));
        Self {
            whole: Change::new(name, a.size_bytes, b.size_bytes),
            sections: changes(&sections(a), &sections(b)),
            modules: changes(&modules(a), &modules(b)),
            packages: changes(&packages(a), &packages(b)),
        }
    }
}

impl ImageGrowth {
    /// Compares two images for the same platform.
    pub fn between(a: &ImageSize, b: &ImageSize) -> Self {
        let programs = a.programs.iter();
        let programs =
            programs.filter(|it| last_at(a, &it.path).is_some_and(|last| std::ptr::eq(*it, last)));
        let programs = programs.filter_map(|of_a| {
            let of_b = last_at(b, &of_a.path)?;
            let same = of_a.program == of_b.program;
            let growth = || ProgramGrowth::between(&of_a.path, &of_a.program, &of_b.program);
            (!same).then(growth)
        });
        Self {
            whole: Change::new(&b.platform, a.size_bytes, b.size_bytes),
            layers: changes(&layers(a), &layers(b)),
            content: Change::new("files", a.file_bytes, b.file_bytes),
            files: changes(&files(a), &files(b)),
            programs: programs.collect(),
        }
    }
}

/// Returns the program that is run at `path`: a later layer hides those of the layers below it.
fn last_at<'a>(image: &'a ImageSize, path: &str) -> Option<&'a ProgramInImage> {
    image.programs.iter().rfind(|it| it.path == path)
}

fn layers(image: &ImageSize) -> BTreeMap<String, u64> {
    let layers = image.layers.iter();
    let named = layers.map(|layer| (format!("layer {}", layer.number), layer.size_bytes));
    named.collect()
}

fn files(image: &ImageSize) -> BTreeMap<String, u64> {
    let mut sums = sums(&image.files, |file| (&file.path, file.size_bytes));
    if image.more_files > 0 {
        sums.insert(
            "files that are not listed".to_owned(),
            image.more_file_bytes,
        );
    }
    sums
}

/// Adds up rows of the same name.
fn sums<Row>(rows: &[Row], of: impl Fn(&Row) -> (&String, u64)) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (name, bytes) in rows.iter().map(of) {
        *sums.entry(name.clone()).or_default() += bytes;
    }
    sums
}

/// Returns what changed, the largest change first.
fn changes(a: &BTreeMap<String, u64>, b: &BTreeMap<String, u64>) -> Vec<Change> {
    let bytes =
        |sums: &BTreeMap<String, u64>, name: &str| sums.get(name).copied().unwrap_or_default();
    let names = a
        .keys()
        .chain(b.keys().filter(|name| !a.contains_key(*name)));
    let mut changes: Vec<Change> = names
        .map(|name| Change::new(name, bytes(a, name), bytes(b, name)))
        .filter(|change| change.change_bytes != 0)
        .collect();
    changes.sort_by_cached_key(|change| {
        (
            Reverse(change.change_bytes.unsigned_abs()),
            change.name.clone(),
        )
    });
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::Stripping;

    #[test]
    fn the_largest_change_comes_first_and_all_of_them_are_the_whole() {
        let sums = |rows: &[(&str, u64)]| -> BTreeMap<String, u64> {
            rows.iter()
                .map(|(name, bytes)| ((*name).to_owned(), *bytes))
                .collect()
        };
        let a = sums(&[("same", 7), ("gone", 100), ("grown", 10)]);
        let b = sums(&[("same", 7), ("grown", 15), ("new", 40)]);
        let found = changes(&a, &b);
        let shown: Vec<(&str, i64)> = found
            .iter()
            .map(|change| (change.name.as_str(), change.change_bytes))
            .collect();
        assert_eq!(shown, [("gone", -100), ("new", 40), ("grown", 5)]);
        assert_eq!(
            found.iter().map(|change| change.change_bytes).sum::<i64>(),
            62 - 117
        );
    }

    fn program(layer: u64, size_bytes: u64) -> ProgramInImage {
        ProgramInImage {
            path: "/app/server".to_owned(),
            layer,
            program: ProgramSize {
                format: "ELF".to_owned(),
                architecture: "amd64".to_owned(),
                size_bytes,
                go_version: None,
                package: None,
                stripping: Stripping {
                    stripped: true,
                    symbol_table_bytes: 0,
                    debug_bytes: 0,
                    saves_bytes: 0,
                },
                not_attributed_bytes: size_bytes,
                notes: Vec::new(),
                sections: Vec::new(),
                modules: Vec::new(),
                packages: Vec::new(),
                symbols: Vec::new(),
                more_symbols: 0,
            },
        }
    }

    #[test]
    fn of_two_programs_at_one_path_the_one_that_is_run_is_compared() {
        let image = |programs: Vec<ProgramInImage>| ImageSize {
            platform: "linux/amd64".to_owned(),
            digest: String::new(),
            size_bytes: 0,
            file_bytes: 0,
            layers: Vec::new(),
            files: Vec::new(),
            more_files: 0,
            more_file_bytes: 0,
            programs,
            notes: Vec::new(),
        };
        let of_base = || program(1, 100);
        let a = image(vec![of_base(), program(2, 10)]);
        let b = image(vec![of_base(), program(2, 15)]);
        let grown = ImageGrowth::between(&a, &b).programs;
        let changes: Vec<i64> = grown.iter().map(|it| it.whole.change_bytes).collect();
        assert_eq!(changes, [5]);
    }
}
