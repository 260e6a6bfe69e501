//! `VerifyChecksums`: no program is handed on that was compiled from modules that somebody changed.
//!
//! Modules are read while the compiler works, and compared when it has done so; a program waits for those
//! that are linked into it.
//! Those that it does not need may be what they will.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::Ports;
use crate::compile::{Binary, BuildInfo, LinkedModule};
use crate::model::{BuildError, BuildState, Phase, crew};
use crate::ports::{ModuleContent, ModuleVerifier, Thoroughness};
use crate::toolchain::{ModuleFault, PinnedModule, escape_module};

/// How many modules are compared at once while a program waits for them.
const AT_ONCE: usize = 4;

/// Compares each module once in a run, whoever asks for it.
pub struct ModuleCheck<'a> {
    verifier: &'a dyn ModuleVerifier,
    results: Mutex<BTreeMap<PinnedModule, Arc<Slot>>>,
    /// Those that are what go.sum says, and are linked into a program.
    linked: Mutex<BTreeMap<PinnedModule, ModuleContent>>,
}

type Compared = Result<ModuleContent, Arc<ModuleFault>>;
/// Held while somebody compares; empty where nobody has, or the module was not there.
type Slot = Mutex<Option<Compared>>;

impl<'a> ModuleCheck<'a> {
    /// Compares with `verifier`.
    pub fn new(verifier: &'a dyn ModuleVerifier) -> Self {
        Self {
            verifier,
            results: Mutex::default(),
            linked: Mutex::default(),
        }
    }

    /// Reads `modules` before anybody asks, so that it is quickly told whether they are still the same once
    /// something is compiled: what they were before does not count.
    pub(super) fn begin(&self, ports: &Ports<'_>, modules: &[PinnedModule]) {
        for module in modules {
            if ports.cancellation.reason().is_some() {
                return;
            }
            let slot = self.slot(module);
            let _reading = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = self.verifier.compare(module, Thoroughness::Remembered);
        }
    }

    /// Hands on a program whose modules are what go.sum says: nothing is made, kept or sent of any
    /// other.
    ///
    /// # Errors
    /// When a module is not what go.sum says, or is gone.
    pub(super) fn verified(&self, binary: Binary) -> Result<Binary, BuildError> {
        self.linked(&binary.info, &binary.target.platform.to_string())?;
        Ok(binary)
    }

    /// Compares what is linked into the program that says `info` of itself, for `target`. What is
    /// vendored, or stands in a folder of the user's, has no sum there.
    fn linked(&self, info: &BuildInfo, target: &str) -> Result<(), BuildError> {
        let mut faults = Vec::new();
        // Whoever compares them beforehand comes from the other side.
        let modules: Vec<PinnedModule> = info.modules.iter().rev().filter_map(pinned).collect();
        let compared = crew::all(AT_ONCE, &modules, |module| self.compare(module));
        for (module, compared) in modules.into_iter().zip(compared) {
            match compared {
                Ok(ModuleContent::Absent) => faults.push((module, Arc::new(ModuleFault::Vanished))),
                Ok(content) => {
                    let mut linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
                    linked.insert(module, content);
                }
                Err(fault) => faults.push((module, fault)),
            }
        }
        faults.reverse();
        match error(target, faults) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn slot(&self, module: &PinnedModule) -> Arc<Slot> {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(results.entry(module.clone()).or_default())
    }

    fn compare(&self, module: &PinnedModule) -> Compared {
        let slot = self.slot(module);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compared) = &*slot {
            return compared.clone();
        }
        let compared = self.verifier.compare(module, Thoroughness::Remembered);
        let compared = compared.map_err(Arc::new);
        // It may be on its way.
        if !matches!(compared, Ok(ModuleContent::Absent)) {
            *slot = Some(compared.clone());
        }
        compared
    }
}

/// What was decided: `159 modules are what go.sum says, 2 of them read anew`.
impl fmt::Display for ModuleCheck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
        let contents = linked.values();
        let read = contents
            .filter(|it| **it == ModuleContent::Compared)
            .count();
        match linked.len() {
            0 => f.write_str("no module of the module cache is needed")?,
            1 => f.write_str("1 module is what go.sum says")?,
            all => write!(f, "{all} modules are what go.sum says")?,
        }
        match read {
            0 => Ok(()),
            read => write!(f, ", {read} of them read anew"),
        }
    }
}

/// Compares all of `modules`, as far as they are in the module cache, and returns an error for each
/// that is not what go.sum says.
pub fn compare_modules(
    verifier: &dyn ModuleVerifier,
    modules: &[PinnedModule],
    thoroughness: Thoroughness,
) -> Vec<BuildError> {
    let compared = modules.iter().filter_map(|module| {
        let fault = verifier.compare(module, thoroughness).err()?;
        error("", vec![(module.clone(), Arc::new(fault))])
    });
    compared.collect()
}

/// Returns the module whose files were compiled, where it has a sum.
fn pinned(linked: &LinkedModule) -> Option<PinnedModule> {
    let linked = linked.replacement.as_deref().unwrap_or(linked);
    Some(PinnedModule {
        path: linked.path.clone(),
        version: linked.version.clone(),
        h1: linked.sum.as_ref()?.parse().ok()?,
    })
}

fn error(target: &str, faults: Vec<(PinnedModule, Arc<ModuleFault>)>) -> Option<BuildError> {
    let others: Vec<String> = faults
        .iter()
        .skip(1)
        .map(|(it, _)| it.to_string())
        .collect();
    let (module, fault) = faults.into_iter().next()?;
    let others = match others.as_slice() {
        [] => String::new(),
        others => format!("; nor are {}", others.join(", ")),
    };
    let message = match &*fault {
        ModuleFault::Unreadable(_) | ModuleFault::Vanished => {
            format!("cannot compare {module} with go.sum{others}")
        }
        _ => format!("{module} in the module cache is not what go.sum says{others}"),
    };
    let error = BuildError::new(Phase::Modules, target, message)
        .in_state(BuildState::VerifyChecksums)
        .context("module", &module);
    let error = match &*fault {
        ModuleFault::Folder {
            expected, found, ..
        }
        | ModuleFault::Zip { expected, found } => {
            error.context("expected", expected).context("found", found)
        }
        _ => error,
    };
    Some(hinted(error, &module, &fault).because(fault))
}

fn hinted(error: BuildError, module: &PinnedModule, fault: &ModuleFault) -> BuildError {
    let (path, version) = (escape_module(&module.path), escape_module(&module.version));
    let cache = "\"$(go env GOMODCACHE)\"";
    match fault {
        ModuleFault::Vanished => error.hint("run again: it is downloaded anew"),
        ModuleFault::Unreadable(_) => error.hint(format!(
            "see who may read it: ls -ld {cache}/'{path}@{version}'"
        )),
        ModuleFault::Zip { .. } | ModuleFault::DamagedZip(_) => error
            .hint(format!(
                "remove it, and it is downloaded anew: rm -f {cache}/cache/download/'{path}'/@v/{version}.zip*"
            ))
            .hint("or remove all modules: go clean -modcache"),
        ModuleFault::Folder { .. } | ModuleFault::Strange(_) => error
            .hint(format!(
                "remove it, and it is unpacked anew: chmod -R u+w {cache}/'{path}@{version}' && rm -r {cache}/'{path}@{version}'"
            ))
            .hint("or remove all modules: go clean -modcache")
            .hint(format!(
                "to build with changes of your own, put them into a folder of the project: go mod edit -replace={}=./FOLDER",
                module.path
            )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::H1;

    /// Has a module, or says what is wrong with it, by its path.
    struct Double(Mutex<Vec<String>>);

    impl ModuleVerifier for Double {
        fn compare(
            &self,
            module: &PinnedModule,
            _: Thoroughness,
        ) -> Result<ModuleContent, ModuleFault> {
            self.0.lock().unwrap().push(module.path.clone());
            match module.path.as_str() {
                "changed" | "also" => Err(ModuleFault::Folder {
                    expected: module.h1,
                    found: module.h1,
                    differences: Vec::new(),
                }),
                "gone" => Ok(ModuleContent::Absent),
                _ => Ok(ModuleContent::Known),
            }
        }
    }

    const SUM: &str = "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=";

    fn linked(path: &str, sum: Option<&str>) -> LinkedModule {
        LinkedModule {
            path: path.to_owned(),
            version: "v1.0.0".to_owned(),
            sum: sum.map(str::to_owned),
            replacement: None,
        }
    }

    fn check(modules: Vec<LinkedModule>) -> (Result<(), BuildError>, Vec<String>, String) {
        let double = Double(Mutex::default());
        let check = ModuleCheck::new(&double);
        let info = BuildInfo {
            modules,
            ..BuildInfo::default()
        };
        let result = check.linked(&info, "linux/amd64");
        let said = check.to_string();
        (result, double.0.into_inner().unwrap(), said)
    }

    #[test]
    fn what_has_no_sum_is_not_compared_and_of_a_replaced_module_its_replacement_is() {
        let replaced = LinkedModule {
            replacement: Some(Box::new(linked("other", Some(SUM)))),
            ..linked("original", None)
        };
        let (result, asked, said) = check(vec![linked("vendored", None), replaced]);
        result.unwrap();
        assert_eq!(asked, ["other"]);
        assert_eq!(said, "1 module is what go.sum says");
    }

    #[test]
    fn all_modules_that_are_not_what_they_should_be_are_named_in_one_error() {
        let modules = ["changed", "good", "also"];
        let (result, ..) = check(modules.map(|path| linked(path, Some(SUM))).to_vec());
        let error = result.unwrap_err();
        assert_eq!(
            error.message,
            "changed@v1.0.0 in the module cache is not what go.sum says; nor are also@v1.0.0"
        );
        assert_eq!(error.state(), Some(BuildState::VerifyChecksums));
        assert_eq!(error.context["expected"], SUM);
    }

    #[test]
    fn a_module_that_vanished_after_it_was_compiled_is_an_error() {
        let (result, ..) = check(vec![linked("gone", Some(SUM))]);
        let error = result.unwrap_err();
        assert_eq!(error.message, "cannot compare gone@v1.0.0 with go.sum");
        assert!(error.hints[0].starts_with("run again"), "{:?}", error.hints);
    }

    #[test]
    fn whoever_compares_all_gets_an_error_for_each() {
        let module = |path: &str| PinnedModule {
            path: path.to_owned(),
            version: "v1.0.0".to_owned(),
            h1: SUM.parse::<H1>().unwrap(),
        };
        let modules = ["changed", "gone", "good", "also"].map(module);
        let double = Double(Mutex::default());
        let errors = compare_modules(&double, &modules, Thoroughness::Full);
        assert_eq!(errors.len(), 2, "{errors:?}");
    }
}
