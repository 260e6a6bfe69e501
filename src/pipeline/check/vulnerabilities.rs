//! What is known to be vulnerable in what images are compiled from.

use crate::config::VulnerabilityLevel;
use crate::facts::LocalModule;
use crate::model::{BuildError, ExitCode};
use crate::plan::Batch;
use crate::policy::{FindingPlace, Vulnerability, judge_vulnerabilities};
use crate::ports::ScanGo;

use super::same_source::of_same_source;
use super::{Check, Looked};

impl Check<'_> {
    /// Looks for known vulnerabilities, where the rules ask for them.
    pub(super) fn vulnerabilities(&self) -> Looked {
        if self.policy.vulnerabilities == VulnerabilityLevel::Off {
            return Looked::default();
        }
        let mut looked = Looked::default();
        let (found, errors) = match self.scanned() {
            Ok(scanned) => scanned,
            Err(error) => (Vec::new(), vec![error]),
        };
        looked.findings = judge_vulnerabilities(&found, self.policy, self.order.now);
        looked.vulnerabilities = errors.is_empty().then_some(found);
        looked.errors = errors;
        looked
    }

    /// Returns what was found, and why not all could be looked at.
    fn scanned(&self) -> Result<(Vec<Vulnerability>, Vec<BuildError>), BuildError> {
        // What is wrong with it is said once.
        self.ports.scanner.database()?;
        let (mut found, errors) = self.scanner_go.scan(self.toolchain, |go| {
            let (mut found, mut errors) = (Vec::new(), Vec::new());
            for batch in of_same_source(&self.prepared.plan.batches) {
                self.scan(go, batch, &mut found, &mut errors);
            }
            Ok((found, errors))
        })?;
        for one in &mut found {
            let required = || required_at(&self.prepared.source.modules, &one.module);
            one.place = one.place.take().or_else(required);
        }
        Ok((found, errors))
    }

    /// Scans a batch. Where a program of it cannot be loaded, the scanner looks at none: it is looked for by halves.
    fn scan(
        &self,
        go: ScanGo<'_>,
        mut batch: Batch,
        found: &mut Vec<Vulnerability>,
        errors: &mut Vec<BuildError>,
    ) {
        match self.ports.scanner.scan(go, &batch) {
            Ok(of_batch) => found.extend(of_batch),
            Err(error) if error.exit_code() == ExitCode::Refused && batch.mains.len() > 1 => {
                let mains = batch.mains.split_off(batch.mains.len() / 2);
                let half = Batch {
                    mains,
                    ..batch.clone()
                };
                self.scan(go, batch, found, errors);
                self.scan(go, half, found, errors);
            }
            Err(error) => errors.push(error),
        }
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
