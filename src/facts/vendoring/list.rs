//! vendor/modules.txt, as `go mod vendor` and `go work vendor` write it: `modload/vendor.go`.

use std::collections::BTreeMap;

/// What a vendor folder says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorList {
    /// What it was made for.
    pub made_for: VendoredFor,
    /// Its modules, and those that are replaced, in the order of their first lines.
    pub modules: Vec<VendoredModule>,
}

/// What a vendor folder was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VendoredFor {
    /// A module: `go mod vendor`.
    Module,
    /// A workspace: `go work vendor`.
    Workspace,
}

/// A module in a vendor folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VendoredModule {
    /// Its path.
    pub path: String,
    /// Its version; without one the line is about all that have none.
    pub version: Option<String>,
    /// What stands in for it.
    pub replacement: Option<VendoredReplacement>,
    /// Whether a go.mod requires it.
    pub is_explicit: bool,
    /// Its packages that are there.
    pub packages: Vec<String>,
}

/// What stands in for a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendoredReplacement {
    /// The path of a module, or of a folder.
    pub path: String,
    /// The version; a folder has none.
    pub version: Option<String>,
}

impl VendoredModule {
    /// Returns what the file at `path`, from the vendor folder, is called in this module, where it could be
    /// one of it.
    pub fn file<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&self.path)?.strip_prefix('/')
    }
}

impl VendorList {
    /// Reads a list. As in the go command, a line that means nothing is passed over.
    pub fn parse(text: &str) -> Self {
        let mut known: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
        let mut modules: Vec<VendoredModule> = Vec::new();
        let mut current: Option<usize> = None;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# ") {
                current = module_line(rest).map(|module| {
                    let key = (module.path.clone(), module.version.clone());
                    let number = *known.entry(key).or_insert(modules.len());
                    match modules.get_mut(number) {
                        Some(there) => there.replacement = module.replacement,
                        None => modules.push(module),
                    }
                    number
                });
                continue;
            }
            let Some(module) = current.and_then(|number| modules.get_mut(number)) else {
                continue;
            };
            if let Some(marks) = line.strip_prefix("## ") {
                module.is_explicit |= marks.split(';').any(|mark| mark.trim() == "explicit");
            } else if let [package] = line.split_whitespace().collect::<Vec<_>>()[..] {
                module.packages.push(package.to_owned());
            }
        }
        Self {
            made_for: made_for(text),
            modules,
        }
    }

    /// Returns what it says of a module.
    pub(super) fn find(&self, path: &str, version: Option<&str>) -> Option<&VendoredModule> {
        let mut modules = self.modules.iter();
        modules.find(|module| module.path == path && module.version.as_deref() == version)
    }
}

/// The first line alone tells.
fn made_for(text: &str) -> VendoredFor {
    let marks = text.lines().next().and_then(|it| it.strip_prefix("## "));
    let is_of_workspace =
        marks.is_some_and(|marks| marks.split(';').any(|it| it.trim() == "workspace"));
    if is_of_workspace {
        VendoredFor::Workspace
    } else {
        VendoredFor::Module
    }
}

/// Reads `PATH VERSION`, `PATH VERSION => …` or `PATH => …`.
fn module_line(line: &str) -> Option<VendoredModule> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (path, version, rest) = match words.as_slice() {
        [path, version, rest @ ..] if is_version(version) => (path, Some(*version), rest),
        [path, "=>", ..] => (path, None, &words[1..]),
        _ => return None,
    };
    let replacement = match rest {
        ["=>", path] => Some((*path, None)),
        ["=>", path, version] if is_version(version) => Some((*path, Some(*version))),
        _ => None,
    };
    Some(VendoredModule {
        path: (*path).to_owned(),
        version: version.map(str::to_owned),
        replacement: replacement.map(|(path, version)| VendoredReplacement {
            path: path.to_owned(),
            version: version.map(str::to_owned),
        }),
        ..VendoredModule::default()
    })
}

fn is_version(word: &str) -> bool {
    let number = word.strip_prefix('v');
    number.is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_have_packages_marks_and_replacements() {
        let list = VendorList::parse(
            "## workspace\n# a.com/x v1.2.0\n## explicit; go 1.21\na.com/x/one\na.com/x/two\n# b.com/y v0.1.0 => ./y\n## go 1.20\nb.com/y\n# c.com/z v1.0.0 => d.com/z v1.1.0\n# e.com/w => ../w\nwhat ever\n# nonsense\nlost\n",
        );
        assert_eq!(list.made_for, VendoredFor::Workspace);
        let shown: Vec<String> = list
            .modules
            .iter()
            .map(|it| {
                let version = it.version.as_deref().unwrap_or("-");
                let with = it.replacement.as_ref().map(|it| (&it.path, &it.version));
                format!(
                    "{} {version} {} {with:?} {:?}",
                    it.path, it.is_explicit, it.packages
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                r#"a.com/x v1.2.0 true None ["a.com/x/one", "a.com/x/two"]"#,
                r#"b.com/y v0.1.0 false Some(("./y", None)) ["b.com/y"]"#,
                r#"c.com/z v1.0.0 false Some(("d.com/z", Some("v1.1.0"))) []"#,
                r#"e.com/w - false Some(("../w", None)) []"#,
            ]
        );
    }

    #[test]
    fn a_list_of_nothing_is_that_of_a_module() {
        let list = VendorList::parse("");
        assert_eq!(
            (list.made_for, list.modules.len()),
            (VendoredFor::Module, 0)
        );
    }
}
