//! What `go mod vendor` copies of a module: `vendorPkg` in `modcmd/vendor.go`, and `resolveEmbed` in
//! `load/pkg.go`.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::VendoredModule;
use crate::facts::embed::Embed;
use crate::facts::files::Pick;
use crate::facts::go_source::{BuildTags, SourceFile, is_for_some_tags};

/// Files of these names are copied from the folders above a package as well, up to the module's own.
const METADATA: [&str; 9] = [
    "AUTHORS",
    "CONTRIBUTORS",
    "COPYLEFT",
    "COPYING",
    "COPYRIGHT",
    "LEGAL",
    "LICENSE",
    "NOTICE",
    "PATENTS",
];

/// So are files of these names, where they lie in the folder of a package.
const FOR_READERS: [&str; 3] = ["CHANGELOG", "CONTRIBUTING", "README"];

/// Names that nothing is embedded under.
const NEVER_EMBEDDED: [&str; 4] = [".bzr", ".git", ".hg", ".svn"];

/// The names of a module's files, from its root.
pub type FileNames<'n> = BTreeSet<&'n str>;

impl VendoredModule {
    /// Returns those of `names`, which are all files of the module, that are copied into a vendor folder
    /// with its packages; `read` returns the text of a source file. What may be copied or not, as the
    /// machine and the version of Go have it, is not among them.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn copied<'n, E>(
        &self,
        names: &FileNames<'n>,
        read: &dyn Fn(&str) -> Result<String, E>,
    ) -> Result<FileNames<'n>, E> {
        let mut copied = BTreeSet::new();
        for folder in self.folders() {
            let mut embeds = Embeds::default();
            for name in files_in(names, folder) {
                let file = file_name(name);
                if file.ends_with("_test.go") || matches!(file, "go.mod" | "go.sum") {
                    continue;
                }
                if file.strip_suffix(".go").is_some() {
                    let text = read(name)?;
                    embeds.add(file, &text);
                    if !is_for_some_tags(&text) {
                        continue;
                    }
                }
                copied.insert(name);
            }
            copied.extend(embeds.find(names, folder));
            let above = std::iter::successors(parent(folder), |folder| parent(folder));
            let files = above.flat_map(|folder| files_in(names, folder));
            copied.extend(files.filter(|name| is_metadata(file_name(name))));
        }
        Ok(copied)
    }

    /// Tells whether a file of a module is there for people: its licence, who wrote it, and what it is.
    pub fn is_for_people(name: &str) -> bool {
        let file = file_name(name);
        let is_text =
            is_metadata(file) || FOR_READERS.iter().any(|prefix| file.starts_with(prefix));
        is_text && file.strip_suffix(".go").is_none()
    }

    /// Returns the folders of its packages, from its root.
    fn folders(&self) -> impl Iterator<Item = &str> {
        let below = |package| str::strip_prefix(package, self.path.as_str());
        self.packages.iter().filter_map(move |package| {
            let rest = below(package)?;
            if rest.is_empty() {
                Some(rest)
            } else {
                rest.strip_prefix('/')
            }
        })
    }
}

/// The patterns of what a package embeds.
#[derive(Default)]
struct Embeds {
    patterns: BTreeSet<String>,
    /// Whether a file with cgo has some, which count on machines with cgo alone.
    with_cgo: bool,
}

impl Embeds {
    /// Adds what the file says; tags and systems do not matter to `go mod vendor`.
    fn add(&mut self, file: &str, text: &str) {
        if file.starts_with(['_', '.']) || !text.contains("//go:embed") {
            return;
        }
        let source = SourceFile::parse(file, text, &BuildTags::new());
        if !source.imports.contains("embed") || source.package == "documentation" {
            return;
        }
        self.with_cgo |= source.imports.contains("C");
        self.patterns.extend(source.embeds);
    }

    /// Returns what is embedded by a package; nothing where one of the patterns is wrong or holds nothing:
    /// nothing is copied then.
    fn find<'n>(&self, names: &FileNames<'n>, folder: &str) -> FileNames<'n> {
        let mut found = BTreeSet::new();
        if self.with_cgo {
            return found;
        }
        for pattern in &self.patterns {
            // Our patterns read these otherwise.
            let embed = Embed::parse(pattern).filter(|_| !pattern.contains(['[', '\\']));
            let Some(embed) = embed else {
                return BTreeSet::new();
            };
            let below = files_below(names, folder);
            let held = below.filter(|(_, rest)| is_embedded(&embed, rest));
            let mut held = held.map(|(name, _)| name).peekable();
            if held.peek().is_none() {
                return BTreeSet::new();
            }
            found.extend(held);
        }
        found
    }
}

fn is_embedded(embed: &Embed, path: &str) -> bool {
    let mut elements = path.split('/');
    embed.pick(path) == Pick::Take && !elements.any(|it| NEVER_EMBEDDED.contains(&it))
}

fn is_metadata(file: &str) -> bool {
    METADATA.iter().any(|prefix| file.starts_with(prefix))
}

/// Returns the names that lie below a folder, each with what it is called from there.
fn files_below<'n, 'a>(
    names: &'a FileNames<'n>,
    folder: &str,
) -> impl Iterator<Item = (&'n str, &'n str)> + use<'n, 'a> {
    let prefix = match folder {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    let range = (Bound::Included(prefix.as_str()), Bound::Unbounded);
    let from_there = names.range::<str, _>(range);
    from_there.map_while(move |name| Some((*name, name.strip_prefix(prefix.as_str())?)))
}

/// Returns the names of the files that lie in a folder itself.
fn files_in<'n, 'a>(
    names: &'a FileNames<'n>,
    folder: &str,
) -> impl Iterator<Item = &'n str> + use<'n, 'a> {
    files_below(names, folder)
        .filter(|(_, rest)| !rest.contains('/'))
        .map(|(name, _)| name)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns the folder that a folder is in, from the root of the module, which is in none.
fn parent(folder: &str) -> Option<&str> {
    match folder.rsplit_once('/') {
        Some((parent, _)) => Some(parent),
        None => (!folder.is_empty()).then_some(""),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use super::*;

    /// Returns what is copied of a module `m` with these packages and files.
    fn copied(packages: &[&str], files: &[(&str, &str)]) -> Vec<String> {
        let module = VendoredModule {
            path: "m".to_owned(),
            packages: packages.iter().map(|it| (*it).to_owned()).collect(),
            ..VendoredModule::default()
        };
        let files: BTreeMap<&str, &str> = files.iter().copied().collect();
        let names = files.keys().copied().collect();
        let read = |name: &str| Ok::<_, Infallible>(files[name].to_owned());
        let copied = module.copied(&names, &read).unwrap();
        copied.into_iter().map(str::to_owned).collect()
    }

    const CODE: &str = "package x\n";

    #[test]
    fn files_of_packages_are_copied_and_neither_tests_nor_other_folders_are() {
        let files = [
            ("a.go", CODE),
            ("a_test.go", CODE),
            ("go.mod", ""),
            ("go.sum", ""),
            ("README", ""),
            (".hidden", ""),
            ("_old.go", CODE),
            ("b_plan9.go", CODE),
            ("tags.go", "//go:build never && !ever\n\npackage x\n"),
            ("gen.go", "//go:build ignore\n\npackage main\n"),
            ("old.go", "// +build ignore\n\npackage main\n"),
            ("not.go", "//go:build !ignore\n\npackage x\n"),
            ("strange.go", "//go:build ((\n\npackage x\n"),
            ("sub/b.go", CODE),
            ("sub/asm.s", ""),
            ("subway/c.go", CODE),
            ("testdata/x", ""),
        ];
        assert_eq!(
            copied(&["m", "m/sub"], &files),
            [
                ".hidden",
                "README",
                "_old.go",
                "a.go",
                "b_plan9.go",
                "not.go",
                "sub/asm.s",
                "sub/b.go",
                "tags.go"
            ]
        );
        assert_eq!(copied(&["other/m", "mm"], &files), [""; 0]);
    }

    #[test]
    fn licences_are_copied_from_all_folders_above_a_package() {
        let files = [
            ("LICENSE", ""),
            ("README", ""),
            ("a/NOTICE.md", ""),
            ("a/x.go", CODE),
            ("a/b/x.go", CODE),
            ("c/PATENTS", ""),
        ];
        assert_eq!(
            copied(&["m/a/b"], &files),
            ["LICENSE", "a/NOTICE.md", "a/b/x.go"]
        );
    }

    fn embedding(lines: &str) -> String {
        format!("package x\n\nimport \"embed\"\n\n{lines}\nvar f embed.FS\n")
    }

    #[test]
    fn what_is_embedded_is_copied_wherever_it_lies() {
        let code = embedding("//go:embed site *.txt all:more");
        let files = [
            ("p/x.go", code.as_str()),
            ("p/a.txt", ""),
            ("p/site/go.mod.tmpl", ""),
            ("p/site/deep/index_test.go", CODE),
            ("p/site/.hidden", ""),
            ("p/more/_hidden", ""),
            ("p/more/.git/x", ""),
            ("p/other/x", ""),
            ("site/x", ""),
        ];
        assert_eq!(
            copied(&["m/p"], &files),
            [
                "p/a.txt",
                "p/more/_hidden",
                "p/site/deep/index_test.go",
                "p/site/go.mod.tmpl",
                "p/x.go"
            ]
        );
    }

    #[test]
    fn where_it_is_open_what_is_embedded_nothing_of_it_is_expected() {
        let of = |name: &str, code: String| {
            let good = embedding("//go:embed site");
            let files = [(name, code.as_str()), ("x.go", &good), ("site/x", "")];
            copied(&["m"], &files).contains(&"site/x".to_owned())
        };
        assert!(of("y.go", CODE.to_owned()));
        assert!(!of("y.go", embedding("//go:embed gone")));
        assert!(!of("y.go", embedding("//go:embed site/[x]")));
        let ignored = format!("//go:build ignore\n\n{}", embedding("//go:embed gone"));
        assert!(!of("y.go", ignored));
        let cgo = embedding("//go:embed site").replace("\"embed\"", "(\n\"embed\"\n\"C\"\n)");
        assert!(!of("y.go", cgo));
        for without in ["y_test.go", "_y.go"] {
            assert!(of(without, embedding("//go:embed gone")));
        }
        assert!(of(
            "y.go",
            "package x\n\n//go:embed gone\nvar x string\n".to_owned()
        ));
    }
}
