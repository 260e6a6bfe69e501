//! What is known to be vulnerable in what images are compiled from.

use std::collections::BTreeMap;

use crate::compile::Scanner;
use crate::config::VulnerabilityLevel;
use crate::facts::LocalModule;
use crate::model::{BuildError, ExitCode, Phase};
use crate::plan::Batch;
use crate::policy::{Finding, FindingPlace, judge_vulnerabilities};
use crate::ports::ScanGo;
use crate::toolchain::{Toolchain, tested_release};

use super::{Check, Looked};

impl Check<'_> {
    /// Looks for known vulnerabilities, where the rules ask for them.
    pub(super) fn vulnerabilities(&self) -> Looked {
        if self.policy.vulnerabilities == VulnerabilityLevel::Off {
            return Looked::default();
        }
        self.found_vulnerabilities().into()
    }

    fn found_vulnerabilities(&self) -> Result<Vec<Finding>, BuildError> {
        let scanner = self.ports.scanner;
        // What is wrong with it is said once.
        scanner.database()?;
        let builder = self.scanner_builder()?;
        let go = ScanGo {
            toolchain: self.toolchain,
            builder: &builder,
        };
        let mut found = Vec::new();
        for batch in to_scan(&self.prepared.plan.batches) {
            found.extend(scanner.scan(go, &batch)?);
        }
        for one in &mut found {
            let required = || required_at(&self.prepared.source.modules, &one.module);
            one.place = one.place.take().or_else(required);
        }
        Ok(judge_vulnerabilities(&found, self.policy, self.order.now))
    }

    /// Returns a Go that builds the scanner: the one that compiles, if it is new enough, else another
    /// that is there, else the release that this coracle was tested with.
    fn scanner_builder(&self) -> Result<Toolchain, BuildError> {
        if Scanner::is_built_by(&self.toolchain.version) {
            return Ok(self.toolchain.clone());
        }
        let toolchains = self.ports.toolchains;
        if toolchains
            .installed()
            .is_some_and(|version| Scanner::is_built_by(&version))
        {
            return toolchains.local();
        }
        let tested = tested_release()
            .map_err(|error| BuildError::new(Phase::Check, "", error).exit(ExitCode::Internal))?;
        toolchains.fetched(&tested)
    }
}

/// Returns the line of a go.mod that asks for `module`, where one does.
fn required_at(modules: &[LocalModule], module: &str) -> Option<FindingPlace> {
    modules.iter().find_map(|local| {
        let mut requires = local.go_mod.requires.iter();
        let require = requires.find(|require| require.module.as_str() == module)?;
        Some(FindingPlace {
            path: local.folder.join("go.mod").ok()?.to_string(),
            line: Some(require.line),
        })
    })
}

/// Puts together what is compiled from the same source: what the linker is told makes no difference.
fn to_scan(batches: &[Batch]) -> Vec<Batch> {
    let mut merged: BTreeMap<_, Batch> = BTreeMap::new();
    for batch in batches {
        let settings = &batch.settings;
        let key = (&batch.platform, &settings.tags, &settings.env);
        match merged.get_mut(&key) {
            Some(known) => known.mains.extend(batch.mains.iter().cloned()),
            None => drop(merged.insert(key, batch.clone())),
        }
    }
    let mut merged: Vec<Batch> = merged.into_values().collect();
    for batch in &mut merged {
        batch.mains.sort();
        batch.mains.dedup();
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::MainPackage;
    use crate::model::{ImportPath, SourcePath};
    use crate::plan::GoSettings;

    fn batch(platform: &str, tag: &str, stamp: &str, mains: &[&str]) -> Batch {
        let mains = mains.iter().map(|name| MainPackage {
            import_path: ImportPath::reported(name),
            folder: SourcePath::root(),
            stampable: std::collections::BTreeSet::new(),
        });
        Batch {
            platform: platform.parse().unwrap(),
            settings: GoSettings {
                tags: vec![tag.to_owned()],
                stamps: [("main.version".to_owned(), stamp.to_owned())].into(),
                ..GoSettings::default()
            },
            folder: SourcePath::root(),
            workspace: None,
            mains: mains.collect(),
            time_limit: None,
        }
    }

    #[test]
    fn what_is_compiled_from_the_same_source_is_scanned_once() {
        let batches = [
            batch("linux/amd64", "t", "1", &["m/b", "m/a"]),
            batch("linux/amd64", "t", "2", &["m/c", "m/a"]),
            batch("linux/arm64", "t", "1", &["m/a"]),
            batch("linux/amd64", "u", "1", &["m/a"]),
        ];
        let scans = to_scan(&batches);
        let mains = scans.iter().map(|batch| {
            let names = batch.mains.iter().map(|main| main.import_path.as_str());
            names.collect::<Vec<_>>().join(" ")
        });
        let mains: Vec<String> = mains.collect();
        assert_eq!(mains, ["m/a m/b m/c", "m/a", "m/a"]);
    }
}
