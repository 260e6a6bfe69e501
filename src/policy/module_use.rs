//! The modules that a project uses.

use std::collections::{BTreeMap, BTreeSet};

use super::FindingPlace;
use crate::compile::{CompiledModule, ModuleReplacement};
use crate::facts::{LocalModule, ModuleRole, Need, Require};
use crate::model::{ModulePath, ModuleVersion};

/// A module that a project uses, and how it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleUse {
    /// The module, as it is imported.
    pub path: ModulePath,
    /// The version that counts.
    pub version: ModuleVersion,
    /// Who needs it.
    pub need: Need,
    /// Where it is asked for, where a go.mod does so.
    pub place: Option<FindingPlace>,
    /// The imports that lead to it, from a program on; empty where no program is compiled from it.
    pub chain: Vec<String>,
    /// The modules that import it, as far as programs are compiled from them.
    pub importers: BTreeSet<String>,
    /// What stands in for it.
    pub replacement: Option<ModuleReplacement>,
}

impl ModuleUse {
    /// Tells whether a program is compiled from it.
    pub fn is_compiled(&self) -> bool {
        !self.chain.is_empty()
    }

    /// Returns whose code it is: its own, and that of the module which stands in for it, where one does.
    pub fn codes(&self) -> impl Iterator<Item = (ModulePath, ModuleVersion)> + use<> {
        let own = (self.path.clone(), self.version.clone());
        let replacement = self.replacement.as_ref().and_then(|it| {
            let path = it.path.parse().ok()?;
            Some((path, it.version.as_ref()?.parse().ok()?))
        });
        std::iter::once(own).chain(replacement)
    }

    /// Returns `PATH@VERSION`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.path, self.version)
    }
}

/// Returns what `modules` ask for and programs are compiled from, by path: where the two disagree, as a
/// workspace makes them, what is compiled counts.
pub fn module_uses(
    modules: &[LocalModule],
    compiled: &[BTreeMap<&str, CompiledModule>],
) -> Vec<ModuleUse> {
    let mut uses: BTreeMap<ModulePath, ModuleUse> = BTreeMap::new();
    let own = modules.iter().filter(|it| it.role == ModuleRole::Main);
    for module in own {
        for require in &module.go_mod.requires {
            let Some(required) = required(module, require) else {
                continue;
            };
            uses.entry(required.path.clone())
                .and_modify(|known| known.add(&required))
                .or_insert(required);
        }
    }
    // Members of a workspace may ask for each other: they are no modules of others'.
    uses.retain(|path, _| modules.iter().all(|module| module.path != *path));
    for module in compiled.iter().flat_map(BTreeMap::values) {
        add_compiled(&mut uses, module);
    }
    uses.into_values().collect()
}

impl ModuleUse {
    /// What one member of a workspace needs itself is needed itself.
    fn add(&mut self, other: &Self) {
        self.need = self.need.min(other.need);
        if other.version > self.version {
            self.version = other.version.clone();
        }
    }
}

fn required(module: &LocalModule, require: &Require) -> Option<ModuleUse> {
    let file = module.folder.join("go.mod").ok()?;
    Some(ModuleUse {
        path: require.module.clone(),
        version: require.version.parse().ok()?,
        need: require.need,
        place: Some(FindingPlace {
            path: file.to_string(),
            line: Some(require.line),
        }),
        chain: Vec::new(),
        importers: BTreeSet::new(),
        replacement: None,
    })
}

/// What has no version is of the source itself.
fn add_compiled(uses: &mut BTreeMap<ModulePath, ModuleUse>, module: &CompiledModule) {
    let version = module.version.as_ref().and_then(|it| it.parse().ok());
    let (Ok(path), Some(version)) = (module.path.parse::<ModulePath>(), version) else {
        return;
    };
    let entry = uses.entry(path.clone()).or_insert_with(|| ModuleUse {
        path,
        version: ModuleVersion::clone(&version),
        need: Need::Indirect,
        place: None,
        chain: Vec::new(),
        importers: BTreeSet::new(),
        replacement: None,
    });
    entry.version = version;
    entry.replacement.clone_from(&module.replacement);
    entry.importers.extend(module.importers.iter().cloned());
    if entry.chain.is_empty() || module.chain.len() < entry.chain.len() {
        entry.chain.clone_from(&module.chain);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A module that a line of go.mod asks for, and that is compiled in through `example.com/app`.
    pub(in crate::policy) fn module_use(name: &str) -> ModuleUse {
        let (path, version) = name.split_once('@').unwrap();
        ModuleUse {
            path: path.parse().unwrap(),
            version: version.parse().unwrap(),
            need: Need::Direct,
            place: Some(FindingPlace {
                path: "go.mod".to_owned(),
                line: Some(5),
            }),
            chain: vec!["example.com/app".to_owned(), path.to_owned()],
            importers: BTreeSet::from(["example.com/app".to_owned()]),
            replacement: None,
        }
    }

    #[test]
    fn what_is_compiled_goes_before_what_is_asked_for() {
        let module = LocalModule {
            path: "example.com/app".parse().unwrap(),
            folder: crate::model::SourcePath::root(),
            role: ModuleRole::Main,
            go_mod: "module example.com/app\nrequire example.com/a v1.0.0\nrequire example.com/b v1.0.0 // indirect\n"
                .parse()
                .unwrap(),
        };
        let compiled = |path: &str, version: Option<&str>| CompiledModule {
            path: path.to_owned(),
            version: version.map(str::to_owned),
            replacement: None,
            chain: vec!["example.com/app".to_owned(), path.to_owned()],
            importers: BTreeSet::new(),
        };
        let program = BTreeMap::from([
            ("example.com/app", compiled("example.com/app", None)),
            ("example.com/a", compiled("example.com/a", Some("v1.1.0"))),
            ("example.com/c", compiled("example.com/c", Some("v1.0.0"))),
        ]);
        let uses = module_uses(&[module], &[program]);
        let shown: Vec<String> = uses
            .iter()
            .map(|it| {
                let line = it.place.as_ref().and_then(|place| place.line);
                format!("{} {:?} {line:?} {}", it.name(), it.need, it.is_compiled())
            })
            .collect();
        assert_eq!(
            shown,
            [
                "example.com/a@v1.1.0 Direct Some(2) true",
                "example.com/b@v1.0.0 Indirect Some(3) false",
                "example.com/c@v1.0.0 Indirect None true",
            ]
        );
    }
}
