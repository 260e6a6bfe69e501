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
use crate::facts::Vendoring;
use crate::model::{BuildError, BuildState, Phase, crew, shell_word};
use crate::ports::{ModuleContent, ModuleVerifier, Thoroughness};
use crate::toolchain::{ModuleFault, ModuleHarm, PinnedModule};

/// How many modules are compared at once while a program waits for them.
const AT_ONCE: usize = 4;

/// What the linker writes in place of a version for the source at hand, for members of a workspace, and for
/// folders that stand in for modules.
const NO_VERSION: &str = "(devel)";

/// Compares each module once in a run, whoever asks for it, and again where it was touched since.
pub struct ModuleCheck<'a> {
    verifier: &'a dyn ModuleVerifier,
    vendoring: &'a Vendoring,
    results: Mutex<BTreeMap<PinnedModule, Arc<Slot>>>,
    /// Those that are what go.sum says, and are linked into a program.
    linked: Mutex<BTreeMap<PinnedModule, ModuleContent>>,
}

/// Why nobody can say that what was compiled is what go.sum says.
#[derive(Debug, Clone, thiserror::Error)]
enum Doubt {
    /// What is in the module cache is something else, or cannot be read.
    #[error(transparent)]
    Fault(Arc<ModuleFault>),
    /// It was there when the compiler read it, and is there no more.
    #[error("it is no longer in the module cache, so that nobody can tell what was compiled")]
    Vanished,
    /// The program does not say what it was compiled from.
    #[error("the program that was compiled names no hash of it, and it is not vendored")]
    NoSum,
}

/// A module that may be something else, as `PATH@VERSION` where it is shown.
struct Doubted {
    path: String,
    version: String,
    doubt: Doubt,
}

type Compared = Result<ModuleContent, Arc<ModuleFault>>;
/// Held while somebody compares; empty where nobody has, or the module was not there. What was right is looked at again
/// before it is said of another program: that may have been compiled later.
type Slot = Mutex<Option<Compared>>;

impl<'a> ModuleCheck<'a> {
    /// Compares with `verifier`, but for what Go takes from a vendor folder.
    pub fn new(verifier: &'a dyn ModuleVerifier, vendoring: &'a Vendoring) -> Self {
        Self {
            verifier,
            vendoring,
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

    /// Compares what is linked into the program that says `info` of itself, for `target`.
    fn linked(&self, info: &BuildInfo, target: &str) -> Result<(), BuildError> {
        // Whoever compares them beforehand comes from the other side.
        let modules = info.modules.iter().rev();
        let modules: Vec<&LinkedModule> = modules
            .map(|linked| linked.replacement.as_deref().unwrap_or(linked))
            .collect();
        let doubts = crew::all(AT_ONCE, &modules, |linked| self.doubt(linked));
        let doubted = modules
            .into_iter()
            .zip(doubts)
            .filter_map(|(linked, doubt)| {
                Some(Doubted {
                    path: linked.path.clone(),
                    version: linked.version.clone(),
                    doubt: doubt?,
                })
            });
        let mut doubted: Vec<Doubted> = doubted.collect();
        doubted.reverse();
        match error(target, &doubted) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Returns why a module that was compiled may be something else.
    fn doubt(&self, linked: &LinkedModule) -> Option<Doubt> {
        let Some(h1) = linked.sum.as_ref().and_then(|sum| sum.parse().ok()) else {
            return (!self.is_elsewhere(linked)).then_some(Doubt::NoSum);
        };
        let module = PinnedModule {
            path: linked.path.clone(),
            version: linked.version.clone(),
            h1,
        };
        match self.compare(&module) {
            Ok(ModuleContent::Absent) => Some(Doubt::Vanished),
            Ok(content) => {
                let mut linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
                linked.insert(module, content);
                None
            }
            Err(fault) => Some(Doubt::Fault(fault)),
        }
    }

    /// Tells whether a module without a hash was compiled from something else than the module cache: a
    /// folder of the user's, which has no version, or the vendor folder, which is compared on its own.
    fn is_elsewhere(&self, linked: &LinkedModule) -> bool {
        let is_vendored = matches!(self.vendoring, Vendoring::Used { .. }) && linked.sum.is_none();
        linked.version == NO_VERSION || is_vendored
    }

    fn slot(&self, module: &PinnedModule) -> Arc<Slot> {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(results.entry(module.clone()).or_default())
    }

    fn compare(&self, module: &PinnedModule) -> Compared {
        let slot = self.slot(module);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        match &*slot {
            Some(Ok(content)) if content.glance() == self.verifier.glance(module) => {
                return Ok(*content);
            }
            Some(Err(fault)) => return Err(Arc::clone(fault)),
            Some(Ok(_)) | None => {}
        }
        let compared = self.verifier.compare(module, Thoroughness::Remembered);
        let compared = compared.map_err(Arc::new);
        // It may be on its way.
        *slot = match &compared {
            Ok(ModuleContent::Absent) => None,
            compared => Some(compared.clone()),
        };
        compared
    }
}

/// What was decided: `159 modules are what go.sum says, 2 of them read anew`.
impl fmt::Display for ModuleCheck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
        let contents = linked.values();
        let read = contents
            .filter(|it| matches!(it, ModuleContent::Compared(_)))
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

/// Compares all of `modules`, as far as they are in the module cache, and returns those that are not what
/// go.sum says.
pub(super) fn compare_modules(
    verifier: &dyn ModuleVerifier,
    modules: &[PinnedModule],
    thoroughness: Thoroughness,
) -> Vec<(PinnedModule, ModuleFault)> {
    let compared = modules.iter().filter_map(|module| {
        let fault = verifier.compare(module, thoroughness).err()?;
        Some((module.clone(), fault))
    });
    compared.collect()
}

/// Returns the error of a module that is not what go.sum says, for `target`.
pub(super) fn module_error(target: &str, module: &PinnedModule, fault: ModuleFault) -> BuildError {
    Doubted {
        path: module.path.clone(),
        version: module.version.clone(),
        doubt: Doubt::Fault(Arc::new(fault)),
    }
    .error(target, "")
}

fn error(target: &str, doubted: &[Doubted]) -> Option<BuildError> {
    let (first, others) = doubted.split_first()?;
    let others: Vec<String> = others.iter().map(ToString::to_string).collect();
    Some(match others.as_slice() {
        [] => first.error(target, ""),
        others => first.error(target, &format!("; nor are {}", others.join(", "))),
    })
}

impl Doubted {
    fn error(&self, target: &str, others: &str) -> BuildError {
        let harm = match &self.doubt {
            Doubt::Fault(fault) => Some(&fault.harm),
            Doubt::Vanished | Doubt::NoSum => None,
        };
        let message = match harm {
            None | Some(ModuleHarm::Unreadable(_)) => {
                format!("cannot compare {self} with go.sum{others}")
            }
            Some(_) => format!("{self} in the module cache is not what go.sum says{others}"),
        };
        let error = BuildError::new(Phase::Modules, target, message)
            .in_state(BuildState::VerifyChecksums)
            .context("module", self);
        let error = match harm {
            Some(
                ModuleHarm::Folder {
                    expected, found, ..
                }
                | ModuleHarm::Zip { expected, found },
            ) => error.context("expected", expected).context("found", found),
            _ => error,
        };
        self.hints()
            .into_iter()
            .fold(error, BuildError::hint)
            .because(self.doubt.clone())
    }

    fn hints(&self) -> Vec<String> {
        let fault = match &self.doubt {
            Doubt::Fault(fault) => fault,
            Doubt::Vanished => return vec!["run again: it is downloaded anew".to_owned()],
            Doubt::NoSum => {
                return vec![
                    "have go write its notes on modules anew: go mod download, then run again"
                        .to_owned(),
                ];
            }
        };
        let folder = shell_word(fault.place.folder.display());
        match &fault.harm {
            ModuleHarm::Unreadable(_) => vec![format!("see who may read it: ls -ld {folder}")],
            ModuleHarm::Zip { .. } | ModuleHarm::DamagedZip(_) => vec![format!(
                "remove it, and it is downloaded anew: rm -f {} {}",
                shell_word(fault.place.zip.display()),
                shell_word(fault.place.hash.display())
            )],
            ModuleHarm::Folder { .. } | ModuleHarm::Strange(_) => vec![
                format!(
                    "remove it, and it is unpacked anew: chmod -R u+w {folder} && rm -r {folder}"
                ),
                format!(
                    "to build with changes of your own, put them into a folder of the project, and into go.mod: replace {} => ./FOLDER",
                    self.path
                ),
            ],
        }
    }
}

impl fmt::Display for Doubted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.path, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::VendorList;
    use crate::model::{Digest, SourcePath};
    use crate::ports::ModuleGlance;
    use crate::toolchain::{H1, ModulePlace};

    /// Has a module, or says what is wrong with it, by its path.
    #[derive(Default)]
    struct Double {
        asked: Mutex<Vec<String>>,
        /// How often modules were touched.
        touched: Mutex<u8>,
    }

    impl ModuleVerifier for Double {
        fn compare(
            &self,
            module: &PinnedModule,
            _: Thoroughness,
        ) -> Result<ModuleContent, ModuleFault> {
            self.asked.lock().unwrap().push(module.path.clone());
            match module.path.as_str() {
                "changed" | "also" => Err(ModuleFault {
                    harm: ModuleHarm::Folder {
                        expected: module.h1,
                        found: module.h1,
                        differences: Vec::new(),
                    },
                    place: Box::new(
                        ModulePlace::in_cache("/my mod's".as_ref(), &module.path, "v1.0.0")
                            .unwrap(),
                    ),
                }),
                "gone" => Ok(ModuleContent::Absent),
                _ => Ok(ModuleContent::Known(self.seen())),
            }
        }

        fn glance(&self, module: &PinnedModule) -> Option<ModuleGlance> {
            (module.path != "gone").then(|| self.seen())
        }
    }

    impl Double {
        fn seen(&self) -> ModuleGlance {
            ModuleGlance(Digest::of(&[*self.touched.lock().unwrap()]))
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
        check_with(&Vendoring::None, modules)
    }

    fn check_with(
        vendoring: &Vendoring,
        modules: Vec<LinkedModule>,
    ) -> (Result<(), BuildError>, Vec<String>, String) {
        let double = Double::default();
        let check = ModuleCheck::new(&double, vendoring);
        let info = BuildInfo {
            modules,
            ..BuildInfo::default()
        };
        let result = check.linked(&info, "linux/amd64");
        let said = check.to_string();
        (result, double.asked.into_inner().unwrap(), said)
    }

    fn devel(path: &str) -> LinkedModule {
        LinkedModule {
            version: NO_VERSION.to_owned(),
            ..linked(path, None)
        }
    }

    #[test]
    fn folders_are_not_compared_and_of_a_replaced_module_its_replacement_is() {
        let by = |replacement: LinkedModule| LinkedModule {
            replacement: Some(Box::new(replacement)),
            ..linked("original", None)
        };
        let modules = vec![
            devel("example.com/member"),
            by(devel("./folder")),
            by(linked("other", Some(SUM))),
        ];
        let (result, asked, said) = check(modules);
        result.unwrap();
        assert_eq!(asked, ["other"]);
        assert_eq!(said, "1 module is what go.sum says");
    }

    #[test]
    fn a_module_without_a_hash_is_verified_only_where_it_is_vendored() {
        let vendored = Vendoring::Used {
            folder: SourcePath::root(),
            list: VendorList::parse(""),
            faults: Vec::new(),
        };
        let modules = || vec![linked("good", Some(SUM)), linked("bare", None)];
        let (result, ..) = check_with(&vendored, modules());
        result.unwrap();
        let (result, ..) = check(modules());
        let error = result.unwrap_err();
        assert_eq!(error.message, "cannot compare bare@v1.0.0 with go.sum");
        let harmed = vec![linked("harmed", Some("h1:what"))];
        for vendoring in [Vendoring::None, vendored] {
            let (result, ..) = check_with(&vendoring, harmed.clone());
            let error = result.unwrap_err();
            assert_eq!(error.message, "cannot compare harmed@v1.0.0 with go.sum");
        }
    }

    #[test]
    fn a_hint_names_the_module_where_it_is_in_words_for_a_shell() {
        let (result, ..) = check(vec![linked("changed", Some(SUM))]);
        let folder = r"'/my mod'\''s/changed@v1.0.0'";
        assert_eq!(
            result.unwrap_err().hints[0],
            format!("remove it, and it is unpacked anew: chmod -R u+w {folder} && rm -r {folder}")
        );
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
    fn a_module_is_compared_again_for_a_later_program_only_where_it_was_touched_since() {
        let double = Double::default();
        let check = ModuleCheck::new(&double, &Vendoring::None);
        let info = BuildInfo {
            modules: vec![linked("good", Some(SUM))],
            ..BuildInfo::default()
        };
        let comparisons = || {
            check.linked(&info, "linux/amd64").unwrap();
            double.asked.lock().unwrap().len()
        };
        assert_eq!([comparisons(), comparisons()], [1, 1]);
        *double.touched.lock().unwrap() += 1;
        assert_eq!([comparisons(), comparisons()], [2, 2]);
    }

    #[test]
    fn whoever_compares_all_is_told_of_each_that_is_another() {
        let module = |path: &str| PinnedModule {
            path: path.to_owned(),
            version: "v1.0.0".to_owned(),
            h1: SUM.parse::<H1>().unwrap(),
        };
        let modules = ["changed", "gone", "good", "also"].map(module);
        let double = Double::default();
        let faults = compare_modules(&double, &modules, Thoroughness::Full);
        let faults: Vec<String> = faults
            .iter()
            .map(|(module, _)| module.to_string())
            .collect();
        assert_eq!(faults, ["changed@v1.0.0", "also@v1.0.0"]);
    }
}
