//! The gate before plain programs are pushed: nothing of a release is that breaks a rule of `[policy]`.

use crate::compile::Binary;
use crate::config::VulnerabilityLevel;
use crate::model::BuildError;
use crate::plan::{Batch, GoSettings};
use crate::policy::{Vulnerability, judge_found};
use crate::ports::ScanGo;
use crate::toolchain::Toolchain;

use super::super::Ports;
use super::gate::{GateOrder, sort};
use super::programs::Programs;
use super::scanner_go::ScannerGo;
use super::{CheckOrder, check_programs};

/// Holds programs to the rules: their source beside the compile, and each once it is compiled.
pub(in crate::pipeline) struct ProgramsGate<'a> {
    ports: &'a Ports<'a>,
    order: GateOrder<'a>,
    batches: &'a [Batch],
    toolchain: &'a Toolchain,
    scanner_go: ScannerGo<'a>,
    programs: Programs,
}

/// What came of the look at the source.
pub(in crate::pipeline) struct JudgedSource {
    errors: Vec<BuildError>,
    /// What is vulnerable in it; `None` where not all could be looked at.
    vulnerabilities: Option<Vec<Vulnerability>>,
}

impl<'a> ProgramsGate<'a> {
    /// Knows nothing yet of the programs of `batches`, which `toolchain` compiles.
    pub(in crate::pipeline) fn new(
        ports: &'a Ports<'a>,
        order: GateOrder<'a>,
        batches: &'a [Batch],
        toolchain: &'a Toolchain,
    ) -> Self {
        Self {
            ports,
            order,
            batches,
            toolchain,
            scanner_go: ScannerGo::new(ports.toolchains),
            programs: Programs::default(),
        }
    }

    /// Looks at a program that was just compiled with `settings`, where the rules ask for it.
    pub(in crate::pipeline) fn look_at(&self, settings: &GoSettings, binary: &Binary) {
        if self.order.policy.vulnerabilities == VulnerabilityLevel::Off {
            return;
        }
        let is_of = |batch: &&Batch| {
            batch.settings == *settings && batch.platform == binary.target.platform
        };
        let Some(batch) = self.batches.iter().find(is_of) else {
            return;
        };
        let scanner = self.ports.scanner;
        let scan = |go: ScanGo<'_>| scanner.scan_binary(go, batch, binary);
        self.programs
            .look(batch, binary, || self.scanner_go.scan(self.toolchain, scan));
    }

    /// Looks at the source of all programs.
    pub(in crate::pipeline) fn judge_source(&self) -> JudgedSource {
        let order = CheckOrder {
            since: None,
            now: self.order.now,
            thoroughness: None,
        };
        match check_programs(self.ports, self.order.request, self.batches, &order) {
            Ok(checked) => {
                let mut errors = sort(self.ports.events, &checked.findings);
                errors.extend(checked.errors);
                JudgedSource {
                    errors,
                    vulnerabilities: checked.vulnerabilities,
                }
            }
            Err(errors) => JudgedSource {
                errors,
                vulnerabilities: None,
            },
        }
    }

    /// Returns why nothing may be pushed, once all that was compiled was looked at.
    pub(in crate::pipeline) fn refusals(&self, source: JudgedSource) -> Vec<BuildError> {
        let mut errors = source.errors;
        // Where nobody could look at the source there is an error already.
        if let Some(shown) = source.vulnerabilities {
            let found = Vulnerability::beyond(&shown, self.programs.all_found());
            let findings = judge_found(&found, self.order.policy, self.order.now);
            errors.extend(sort(self.ports.events, &findings));
        }
        errors.extend(self.programs.take_errors());
        errors
    }
}
