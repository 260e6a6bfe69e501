//! What is known to be vulnerable in programs that were just compiled.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::compile::Binary;
use crate::model::BuildError;
use crate::plan::{Batch, GoSettings, Target};
use crate::policy::Vulnerability;

/// A program as it was compiled.
pub(in crate::pipeline) type Compiled = (Target, GoSettings);

/// Programs that were looked at, each once in a run.
#[derive(Default)]
pub(super) struct Programs {
    /// By what they depend on.
    scans: Mutex<BTreeMap<String, Arc<Scan>>>,
    /// Which of them is of which program.
    scanned: Mutex<BTreeMap<Compiled, Arc<Scan>>>,
    errors: Mutex<Vec<BuildError>>,
}

/// What was found; `None` where nobody could look.
type Scan = OnceLock<Option<Vec<Vulnerability>>>;

impl Programs {
    /// Lets `scan` look at a program of `batch`, unless another was looked at that cannot have anything else.
    pub(super) fn look(
        &self,
        batch: &Batch,
        binary: &Binary,
        scan: impl FnOnce() -> Result<Vec<Vulnerability>, BuildError>,
    ) {
        let slot = Arc::clone(
            locked(&self.scans)
                .entry(depends_on(batch, binary))
                .or_default(),
        );
        slot.get_or_init(|| {
            let found = scan()
                .map_err(|error| locked(&self.errors).push(error))
                .ok()?;
            let program = Some(format!(
                "{} {}",
                binary.target.platform, binary.target.main.import_path
            ));
            let found = found.into_iter().map(|one| Vulnerability {
                program: program.clone(),
                ..one
            });
            Some(found.collect())
        });
        let compiled = (binary.target.clone(), batch.settings.clone());
        locked(&self.scanned).insert(compiled, slot);
    }

    /// Returns what was found in a program, nothing where it was not compiled in this run; `None` where nobody
    /// could look at it.
    pub(super) fn found(&self, program: &Compiled) -> Option<Vec<Vulnerability>> {
        match locked(&self.scanned).get(program) {
            None => Some(Vec::new()),
            Some(scan) => scan.get().cloned().flatten(),
        }
    }

    /// Returns all that was found in any.
    pub(super) fn all_found(&self) -> Vec<Vulnerability> {
        let scans = locked(&self.scans);
        let found = scans.values().filter_map(|scan| scan.get()).flatten();
        found.flatten().cloned().collect()
    }

    /// Returns why some could not be looked at.
    pub(super) fn take_errors(&self) -> Vec<BuildError> {
        std::mem::take(&mut *locked(&self.errors))
    }
}

/// Names all that decides what is found: of a program without symbols no more can be told than its modules and its
/// Go, which many have in common.
fn depends_on(batch: &Batch, binary: &Binary) -> String {
    let platform = &batch.platform;
    if batch.settings.keeps_symbols() {
        format!("{platform} {:?} {:?}", binary.target.main, batch.settings)
    } else {
        let info = &binary.info;
        format!(
            "{platform} {} {:?} {:?}",
            info.go_version, info.main, info.modules
        )
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::compile::{BuildInfo, LinkedModule, Sources};
    use crate::config::VulnerabilityLevel;
    use crate::facts::MainPackage;
    use crate::model::{ImportPath, Phase, SourcePath};
    use crate::plan::Symbols;
    use crate::policy::sample_vulnerability;

    fn batch(symbols: Symbols) -> Batch {
        Batch {
            platform: "linux/amd64".parse().unwrap(),
            settings: GoSettings {
                symbols,
                ..GoSettings::default()
            },
            folder: SourcePath::root(),
            workspace: None,
            mains: Vec::new(),
            time_limit: None,
        }
    }

    fn binary(main: &str, module: &str) -> Binary {
        let module = LinkedModule {
            path: module.to_owned(),
            ..LinkedModule::default()
        };
        let info = BuildInfo {
            modules: vec![module],
            ..BuildInfo::default()
        };
        Binary {
            target: Target {
                main: MainPackage {
                    import_path: ImportPath::reported(main),
                    folder: SourcePath::root(),
                    stampable: BTreeSet::new(),
                },
                platform: "linux/amd64".parse().unwrap(),
            },
            size_bytes: 0,
            duration: Duration::ZERO,
            info: Arc::new(info),
            sources: Sources::of([], Path::new("/"), Path::new("/")),
            source: Arc::new(Arc::<[u8]>::from([])),
        }
    }

    #[test]
    fn programs_without_symbols_are_looked_at_once_for_each_set_of_modules() {
        for (symbols, expected) in [
            (Symbols::Stripped, &["m/a", "m/c"][..]),
            (Symbols::Kept, &["m/a", "m/b", "m/c"]),
        ] {
            let (programs, mut scanned) = (Programs::default(), Vec::new());
            for (main, module) in [("m/a", "lib"), ("m/b", "lib"), ("m/c", "other")] {
                programs.look(&batch(symbols), &binary(main, module), || {
                    scanned.push(main);
                    Ok(vec![sample_vulnerability(
                        "GO-1",
                        VulnerabilityLevel::Required,
                    )])
                });
            }
            assert_eq!(scanned, expected, "{symbols:?}");
            let compiled = (binary("m/b", "lib").target, batch(symbols).settings);
            let found = programs.found(&compiled).unwrap();
            assert!(
                found[0]
                    .program
                    .as_ref()
                    .unwrap()
                    .starts_with("linux/amd64 m/")
            );
        }
    }

    #[test]
    fn what_could_not_be_looked_at_is_not_taken_for_clean() {
        let programs = Programs::default();
        let (batch, binary) = (batch(Symbols::Stripped), binary("m/a", "lib"));
        let compiled = (binary.target.clone(), batch.settings.clone());
        assert_eq!(programs.found(&compiled), Some(Vec::new()));
        let fail = || Err(BuildError::new(Phase::Check, "m/a", "no"));
        programs.look(&batch, &binary, fail);
        assert_eq!(programs.found(&compiled), None);
        assert_eq!(programs.take_errors().len(), 1);
    }
}
