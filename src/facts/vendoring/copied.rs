//! What `go mod vendor` copies of a module: `vendorPkg` in `modcmd/vendor.go`, and `resolveEmbed` in
//! `load/pkg.go`.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::VendoredModule;
use crate::facts::embed::Embed;
use crate::facts::files::Pick;
use crate::facts::go_source::{BuildTags, SourceFile, is_for_some_tags};
use crate::facts::source_inputs::is_looked_at;

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

/// What a vendor folder has of a module, by the module's own files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copied<'n> {
    /// What is copied there with its packages. What may be copied or not, as the machine and the version of Go have
    /// it, is not among them.
    pub names: FileNames<'n>,
    /// What may be in a program byte for byte: what is embedded, and comments that a C compiler reads.
    verbatim: FileNames<'n>,
}

/// What of a file of a module reaches a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileUse {
    /// Every byte may.
    Verbatim,
    /// It is Go source, which the compiler reads as if it had no carriage returns.
    Source,
    /// Neither is it compiled, nor embedded: it may be read while a program runs.
    Beside,
    /// As [`FileUse::Beside`], and it is there for people: a licence, who wrote it, and what it is.
    ForPeople,
}

impl Copied<'_> {
    /// Says what of the file `name` reaches a program.
    pub fn reach_of(&self, name: &str) -> FileUse {
        let file = file_name(name);
        let is_for_people =
            || is_metadata(file) || FOR_READERS.iter().any(|it| file.starts_with(it));
        if self.verbatim.contains(name) {
            FileUse::Verbatim
        } else if file.strip_suffix(".go").is_some() {
            FileUse::Source
        } else if is_looked_at(file) {
            FileUse::Verbatim
        } else if is_for_people() {
            FileUse::ForPeople
        } else {
            FileUse::Beside
        }
    }
}

impl VendoredModule {
    /// Returns those of `names`, which are all files of the module, that are copied into a vendor folder
    /// with its packages; `read` returns the text of a source file.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn copied<'n, E>(
        &self,
        names: &FileNames<'n>,
        read: &dyn Fn(&str) -> Result<String, E>,
    ) -> Result<Copied<'n>, E> {
        let mut copied = Copied::default();
        for folder in self.folders() {
            let mut embeds = Embeds::default();
            for name in files_in(names, folder) {
                let file = file_name(name);
                if file.ends_with("_test.go") || matches!(file, "go.mod" | "go.sum") {
                    continue;
                }
                if file.strip_suffix(".go").is_some() {
                    let text = read(name)?;
                    if embeds.add(file, &text) == Preamble::OfC {
                        copied.verbatim.insert(name);
                    }
                    if !is_for_some_tags(&text) {
                        continue;
                    }
                }
                copied.names.insert(name);
            }
            copied.names.extend(embeds.find(names, folder));
            copied.verbatim.extend(embeds.reach(names, folder));
            let above = std::iter::successors(parent(folder), |folder| parent(folder));
            let files = above.flat_map(|folder| files_in(names, folder));
            let metadata = files.filter(|name| is_metadata(file_name(name)));
            copied.names.extend(metadata);
        }
        Ok(copied)
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
    /// Those of files with cgo, which count on machines with cgo alone.
    with_cgo: BTreeSet<String>,
    /// Those that some build could read, whether or not `go mod vendor` does.
    of_any_build: BTreeSet<String>,
}

/// What is in a Go file before it imports anything.
#[derive(PartialEq, Eq)]
enum Preamble {
    /// Comments for people, as far as is known.
    None,
    /// Maybe C.
    OfC,
}

impl Embeds {
    /// Adds what the file says; tags and systems do not matter to `go mod vendor`.
    fn add(&mut self, file: &str, text: &str) -> Preamble {
        let says = |word: &str| text.contains(word);
        let is_left_out = file.starts_with(['_', '.']);
        if is_left_out || !says("//go:embed") && !says("\"C\"") && !says("`C`") {
            return Preamble::None;
        }
        let source = SourceFile::parse(file, text, &BuildTags::default());
        let has_c = source.imports.contains("C");
        let preamble = if has_c { Preamble::OfC } else { Preamble::None };
        self.of_any_build.extend(source.embeds.iter().cloned());
        if source.imports.contains("embed") && source.package != "documentation" {
            let patterns = if has_c {
                &mut self.with_cgo
            } else {
                &mut self.patterns
            };
            patterns.extend(source.embeds);
        }
        preamble
    }

    /// Returns what is embedded by a package; nothing where one of the patterns is wrong or holds nothing:
    /// nothing is copied then.
    fn find<'n>(&self, names: &FileNames<'n>, folder: &str) -> FileNames<'n> {
        let held = |pattern: &String| {
            let embed = Embed::parse(pattern).filter(|_| is_read_as_go_does(pattern))?;
            let below = files_below(names, folder);
            let held = below.filter(|(_, rest)| is_embedded(&embed, rest));
            let held: FileNames<'n> = held.map(|(name, _)| name).collect();
            (!held.is_empty()).then_some(held)
        };
        let found: Option<Vec<_>> = self.patterns.iter().map(held).collect();
        let is_whole = self.with_cgo.iter().all(|pattern| held(pattern).is_some());
        let found = found.filter(|_| is_whole).unwrap_or_default();
        found.into_iter().flatten().collect()
    }

    /// Returns all that may be embedded by a package.
    fn reach<'n>(&self, names: &FileNames<'n>, folder: &str) -> FileNames<'n> {
        let embeds = self.of_any_build.iter();
        let embeds: Vec<Embed> = embeds.filter_map(|text| Embed::wide(text)).collect();
        let is_reached = |path: &str| embeds.iter().any(|it| it.reach(path) == Pick::Take);
        let below = files_below(names, folder);
        let reached = below.filter(|(_, rest)| is_reached(rest));
        reached.map(|(name, _)| name).collect()
    }
}

/// Tells whether a pattern means to Go what it means to us, which classes and escapes do not always.
fn is_read_as_go_does(pattern: &str) -> bool {
    const OTHERS: [&str; 6] = ["[!", "[]", "[^]", "[-", "{", "}"];
    let has_simple_classes = || !OTHERS.iter().any(|it| pattern.contains(it));
    !pattern.contains('\\') && (!pattern.contains('[') || has_simple_classes())
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
        copied.names.into_iter().map(str::to_owned).collect()
    }

    /// Says what of each file of a module `m` with one package reaches a program.
    fn uses(files: &[(&str, &str)]) -> Vec<(String, FileUse)> {
        let module = VendoredModule {
            path: "m".to_owned(),
            packages: vec!["m".to_owned()],
            ..VendoredModule::default()
        };
        let files: BTreeMap<&str, &str> = files.iter().copied().collect();
        let names = files.keys().copied().collect();
        let read = |name: &str| Ok::<_, Infallible>(files[name].to_owned());
        let copied = module.copied(&names, &read).unwrap();
        let names = files.keys();
        names
            .map(|name| ((*name).to_owned(), copied.reach_of(name)))
            .collect()
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
        assert!(of("y.go", embedding("//go:embed site/[w-z]")));
        for strange in ["site/[!y]", "site/[x]{}", "site/[]x]", "site/\\x"] {
            assert!(!of("y.go", embedding(&format!("//go:embed {strange}"))));
        }
        let ignored = format!("//go:build ignore\n\n{}", embedding("//go:embed gone"));
        assert!(!of("y.go", ignored));
        let cgo = |line: &str| embedding(line).replace("\"embed\"", "(\n\"embed\"\n\"C\"\n)");
        assert!(!of("y.go", cgo("//go:embed gone")));
        assert!(of("y.go", cgo("//go:embed site")));
        for without in ["y_test.go", "_y.go"] {
            assert!(of(without, embedding("//go:embed gone")));
        }
        assert!(of(
            "y.go",
            "package x\n\n//go:embed gone\nvar x string\n".to_owned()
        ));
    }

    #[test]
    fn what_is_compiled_or_embedded_is_told_from_what_is_there_for_people() {
        use FileUse::{Beside, ForPeople, Source, Verbatim};
        let embedding = embedding("//go:embed LICENSE.txt x.go site/[\\w]*");
        let cgo = "package x\n\n// #define A 1\nimport \"C\"\n";
        let files = [
            ("LICENSE", "", ForPeople),
            ("LICENSE.go", CODE, Source),
            ("LICENSE.txt", "", Verbatim),
            ("README.md", "", ForPeople),
            ("README_amd64.s", "", Verbatim),
            ("c.go", cgo, Verbatim),
            ("data.json", "", Beside),
            ("sub/LICENSE.txt", "", ForPeople),
            ("x.go", embedding.as_str(), Verbatim),
            ("y.go", CODE, Source),
        ];
        let of = |files: &[(&str, &str, FileUse)]| {
            let files: Vec<_> = files.iter().map(|(name, text, _)| (*name, *text)).collect();
            let uses = uses(&files).into_iter();
            uses.map(|(_, reach)| reach).collect::<Vec<_>>()
        };
        // What a pattern means that is read otherwise may be anything.
        assert!(
            of(&files).iter().all(|it| *it == Verbatim),
            "{:?}",
            of(&files)
        );
        let plain = embedding.replace(" site/[\\w]*", "");
        let files = files.map(|(name, text, reach)| match name {
            "x.go" => (name, plain.as_str(), reach),
            _ => (name, text, reach),
        });
        assert_eq!(of(&files), files.map(|(_, _, reach)| reach));
    }
}
