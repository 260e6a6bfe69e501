//! Whether a vendor folder is in step with what requires and replaces modules: what Go itself checks,
//! `checkVendorConsistency` in `modload/vendor.go`, before a compiler starts and with all that is wrong.

use std::collections::BTreeSet;

use super::{VendorList, VendoredReplacement};
use crate::facts::modules::{Modules, in_tree};
use crate::facts::{LocalModule, ModuleRole, Project, Replace, Replacement};
use crate::model::{ForeignText, SourcePath};

/// A `replace` directive, and the folder of the file that it stands in.
struct Placed<'a> {
    replace: &'a Replace,
    folder: SourcePath,
}

/// Returns what is out of step, each in a line.
pub(super) fn faults(list: &VendorList, project: &Project, modules: &Modules) -> Vec<String> {
    // What a workspace uses elsewhere requires and replaces too, and is Go's alone to read.
    let uses = modules.workspace.iter().flat_map(|it| &it.uses);
    let file = project.workspace.clone().unwrap_or_default();
    if uses
        .into_iter()
        .any(|used| in_tree(&file, &used.value).is_none())
    {
        return Vec::new();
    }
    let step = Step {
        list,
        root: project
            .workspace
            .as_ref()
            .and_then(SourcePath::parent)
            .unwrap_or_default(),
        in_workspace: modules.workspace.is_some(),
        mains: modules
            .list
            .iter()
            .filter(|module| module.role == ModuleRole::Main)
            .collect(),
        of_workspace: modules
            .workspace
            .iter()
            .flat_map(|workspace| &workspace.replaces)
            .collect(),
    };
    let mut faults = step.requirements();
    faults.extend(step.replacements());
    faults.extend(step.superfluous());
    faults
}

struct Step<'a> {
    list: &'a VendorList,
    root: SourcePath,
    in_workspace: bool,
    mains: Vec<&'a LocalModule>,
    of_workspace: Vec<&'a Replace>,
}

impl<'a> Step<'a> {
    /// What is required has to be marked so.
    fn requirements(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for main in &self.mains {
            for require in &main.go_mod.requires {
                let (path, version) = (require.module.as_str(), require.version.as_str());
                let found = self.list.find(path, Some(version));
                if found.is_some_and(|module| module.is_explicit) {
                    continue;
                }
                let has = self.other_versions(path, version);
                let file = go_mod(&main.folder);
                faults.push(match has.first() {
                    Some(has) => fault(
                        path,
                        Some(version),
                        &format!("is required in {file}, and {has} is vendored"),
                    ),
                    None => fault(
                        path,
                        Some(version),
                        &format!("is required in {file}, and not marked as explicit"),
                    ),
                });
            }
        }
        faults
    }

    fn other_versions(&self, path: &str, version: &str) -> Vec<&'a str> {
        let modules = self.list.modules.iter().filter(|it| it.path == path);
        let versions = modules.filter_map(|it| it.version.as_deref());
        versions.filter(|other| *other != version).collect()
    }

    /// What is replaced has to be marked so, and by the same.
    fn replacements(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut seen = BTreeSet::new();
        for placed in self.directives() {
            let (path, version) = key(placed.replace);
            if !seen.insert((path, version)) {
                continue;
            }
            let marked = self.list.find(path, version);
            let marked = marked.and_then(|module| module.replacement.as_ref());
            let effective = self.replacement_of(path, version);
            match (marked, &effective) {
                (Some(marked), Some(effective)) if marked != effective => faults.push(fault(
                    path,
                    version,
                    &format!(
                        "is replaced by {}, and marked as replaced by {}",
                        shown(effective),
                        shown(marked)
                    ),
                )),
                (None, Some(effective)) => faults.push(fault(
                    path,
                    version,
                    &format!("is replaced by {}, and not marked so", shown(effective)),
                )),
                _ => {}
            }
        }
        faults
    }

    /// What is marked as required or replaced has to be so.
    fn superfluous(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for module in &self.list.modules {
            let (path, version) = (module.path.as_str(), module.version.as_deref());
            if module.is_explicit && !module.packages.is_empty() && !self.is_known(path, version) {
                let file = if self.in_workspace {
                    "a go.mod"
                } else {
                    "go.mod"
                };
                let text = format!("is marked as explicit, and not required in {file}");
                faults.push(fault(path, version, &text));
            }
            if module.replacement.is_some() && self.replacement_of(path, version).is_none() {
                faults.push(fault(path, version, "is marked as replaced, and is not"));
            }
        }
        faults
    }

    /// Tells whether a module is required as it is, or is told of as one that is required otherwise.
    fn is_known(&self, path: &str, version: Option<&str>) -> bool {
        let requires = self.mains.iter().flat_map(|main| &main.go_mod.requires);
        let mut requires = requires.filter(|require| require.module.as_str() == path);
        requires.any(|require| {
            let marked = self.list.find(path, Some(&require.version));
            Some(require.version.as_str()) == version || !marked.is_some_and(|it| it.is_explicit)
        })
    }

    /// Returns all directives, those of go.work first: they win.
    fn directives(&self) -> Vec<Placed<'a>> {
        let of_workspace = self.of_workspace.iter().map(|replace| Placed {
            replace,
            folder: self.root.clone(),
        });
        let of_modules = self.mains.iter().flat_map(|main| {
            main.go_mod.replaces.iter().map(|replace| Placed {
                replace,
                folder: main.folder.clone(),
            })
        });
        of_workspace.chain(of_modules).collect()
    }

    /// Returns what stands in for a module: one version of it goes before all of it.
    fn replacement_of(&self, path: &str, version: Option<&str>) -> Option<VendoredReplacement> {
        let is_main = self.mains.iter().any(|main| main.path.as_str() == path);
        if is_main && version.is_none() {
            return None;
        }
        let of_workspace = self.of_workspace.len();
        let all = self.directives();
        let (first, others) = all.split_at(of_workspace);
        [first, others].into_iter().find_map(|directives| {
            let exact = directives
                .iter()
                .find(|it| key(it.replace) == (path, version));
            let any = || directives.iter().find(|it| key(it.replace) == (path, None));
            exact.or_else(any).map(|placed| self.meant(placed))
        })
    }

    /// Writes a folder as the list has it: from the root of the workspace.
    fn meant(&self, placed: &Placed<'_>) -> VendoredReplacement {
        match &placed.replace.with {
            Replacement::Module(path, version) => VendoredReplacement {
                path: path.to_string(),
                version: Some(version.clone()),
            },
            Replacement::Folder(folder) => {
                let is_as_written =
                    folder.starts_with('/') || !self.in_workspace || placed.folder == self.root;
                let path = if is_as_written {
                    folder.clone()
                } else {
                    from_root(&self.root, &placed.folder, folder)
                };
                VendoredReplacement {
                    path,
                    version: None,
                }
            }
        }
    }
}

/// Writes `relative`, a path in the folder `from`, as one in the folder `root`; both may lead out of the tree.
fn from_root(root: &SourcePath, from: &SourcePath, relative: &str) -> String {
    let mut target: Vec<&str> = Vec::new();
    let all = from.as_str().split('/').chain(relative.split('/'));
    for element in all {
        match element {
            "" | "." => {}
            ".." if target.last().is_some_and(|last| *last != "..") => {
                target.pop();
            }
            element => target.push(element),
        }
    }
    let root: Vec<&str> = root
        .as_str()
        .split('/')
        .filter(|it| !it.is_empty())
        .collect();
    let common = root.iter().zip(&target).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", root.len() - common);
    let path = up
        .chain(target[common..].iter().copied())
        .collect::<Vec<_>>();
    match path.first() {
        None => ".".to_owned(),
        Some(&"..") => path.join("/"),
        Some(_) => format!("./{}", path.join("/")),
    }
}

fn key(replace: &Replace) -> (&str, Option<&str>) {
    (replace.module.as_str(), replace.version.as_deref())
}

fn go_mod(folder: &SourcePath) -> SourcePath {
    folder.join("go.mod").unwrap_or_default()
}

fn shown(replacement: &VendoredReplacement) -> String {
    match &replacement.version {
        Some(version) => format!("{}@{version}", replacement.path),
        None => replacement.path.clone(),
    }
}

fn fault(path: &str, version: Option<&str>, text: &str) -> String {
    let module = match version {
        Some(version) => format!("{path}@{version}"),
        None => path.to_owned(),
    };
    ForeignText::new(&format!("{module} {text}")).to_string()
}

#[cfg(test)]
mod tests {
    use crate::facts::vendoring::{Vendoring, read};
    use crate::facts::{Project, modules::Modules};
    use crate::model::SourcePath;
    use crate::ports::MemoryTree;

    fn vendoring(files: &[(&str, &str)], workspace: Option<&str>) -> Vendoring {
        let tree = MemoryTree::of_files(files);
        let project = Project {
            folder: SourcePath::root(),
            workspace: workspace.map(|file| file.parse().unwrap()),
        };
        let modules = Modules::read(&tree, &project).unwrap();
        read(&tree, &project, &modules).unwrap()
    }

    fn faults(go_mod: &str, list: &str) -> Vec<String> {
        let go_mod = format!("module m\ngo 1.21\n{go_mod}");
        match vendoring(&[("go.mod", &go_mod), ("vendor/modules.txt", list)], None) {
            Vendoring::Used { faults, .. } => faults,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_folder_in_step_has_no_fault() {
        let go_mod = "require a.com/x v1.0.0\nrequire b.com/y v1.0.0\nreplace b.com/y => ../y\nreplace c.com/z v1.0.0 => d.com/z v2.0.0\n";
        let list = "# a.com/x v1.0.0\n## explicit\na.com/x\n# b.com/y v1.0.0 => ../y\n## explicit\n# c.com/z v1.0.0 => d.com/z v2.0.0\n# b.com/y => ../y\n# e.com/w v1.0.0\ne.com/w\n";
        assert_eq!(faults(go_mod, list), Vec::<String>::new());
    }

    #[test]
    fn each_module_out_of_step_is_told() {
        let go_mod = "require a.com/x v1.1.0\nrequire n.com/n v1.0.0\nreplace b.com/y => ../other\nreplace c.com/z => ../z\n";
        let list = "# a.com/x v1.0.0\n## explicit\na.com/x\n# b.com/y => ../y\n# f.com/v => ../v\n# g.com/u v1.0.0\n## explicit\ng.com/u\n";
        assert_eq!(
            faults(go_mod, list),
            [
                "a.com/x@v1.1.0 is required in go.mod, and v1.0.0 is vendored",
                "n.com/n@v1.0.0 is required in go.mod, and not marked as explicit",
                "b.com/y is replaced by ../other, and marked as replaced by ../y",
                "c.com/z is replaced by ../z, and not marked so",
                "f.com/v is marked as replaced, and is not",
                "g.com/u@v1.0.0 is marked as explicit, and not required in go.mod",
            ]
        );
    }

    #[test]
    fn in_a_workspace_folders_are_told_from_its_root() {
        let files = [
            ("go.work", "go 1.22\nuse ./app\nuse ./lib\n"),
            (
                "app/go.mod",
                "module app\ngo 1.22\nrequire lib v0.0.0\nrequire x v1.0.0\nreplace x => ../x\n",
            ),
            ("lib/go.mod", "module lib\ngo 1.22\n"),
            ("x/go.mod", "module x\n"),
            (
                "vendor/modules.txt",
                "## workspace\n# lib v0.0.0\n## explicit; go 1.22\n# x v1.0.0 => ./x\n## explicit\nx\n# x => ./x\n",
            ),
        ];
        match vendoring(&files, Some("go.work")) {
            Vendoring::Used { faults, .. } => assert_eq!(faults, Vec::<String>::new()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_folder_is_told_from_another() {
        let told = |root: &str, from: &str, relative| {
            super::from_root(&root.parse().unwrap(), &from.parse().unwrap(), relative)
        };
        assert_eq!(told("", "app", "../x"), "./x");
        assert_eq!(told("", "app", "../../x"), "../x");
        assert_eq!(told("", "app", ".."), ".");
        assert_eq!(told("ws", "app", "./x"), "../app/x");
        assert_eq!(told("ws", "ws/app", "../../x"), "../x");
    }

    #[test]
    fn go_passes_a_vendor_folder_over_where_it_is_made_for_something_else() {
        let of = |files: &[(&str, &str)], workspace| match vendoring(files, workspace) {
            Vendoring::PassedOver(reason) => reason,
            other => panic!("{other:?}"),
        };
        let (go_mod, list) = (("go.mod", "module m\ngo 1.21\n"), "vendor/modules.txt");
        let text = of(&[go_mod, (list, "## workspace\n")], None);
        assert!(text.contains("that of a workspace"), "{text}");
        let work = ("go.work", "go 1.22\nuse .\n");
        let text = of(&[go_mod, work, (list, "# a v1.0.0\n")], Some("go.work"));
        assert!(text.contains("that of a module"), "{text}");
        let text = of(&[("go.mod", "module m\ngo 1.13\n"), (list, "")], None);
        assert!(text.contains("before 1.14"), "{text}");
        let text = of(&[("go.mod", "module m\n"), (list, "")], None);
        assert!(text.contains("no line names"), "{text}");
        assert_eq!(vendoring(&[go_mod], None), Vendoring::None);
    }
}
