//! All that was found.

use super::{Finding, ModuleState, ModuleWay, Severity};
use crate::model::ExitCode;
use crate::toolchain::SettingOrigin;

/// What a project stands on, as far as it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Whether anybody was asked.
    pub probing: Probing,
    /// The Go that the project is built with; nothing outside of a project, and where what it asks for
    /// contradicts itself.
    pub go: Option<GoOfProject>,
    /// The module settings, by name.
    pub settings: Vec<ShownSetting>,
    /// The modules of the build, by path.
    pub modules: Vec<ModuleWay>,
    /// All findings, by area.
    pub findings: Vec<Finding>,
}

/// Whether servers and repositories were asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probing {
    /// They were.
    Asked,
    /// They were not: the user wants to know what is on this machine.
    Offline,
}

/// The Go that a project is built with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoOfProject {
    /// Its release, without `go`.
    pub version: String,
    /// Why it is this one.
    pub reason: String,
    /// Whether it is on this machine.
    pub is_here: bool,
}

/// A module setting, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSetting {
    /// The variable.
    pub name: &'static str,
    /// Its value, without passwords.
    pub value: String,
    /// Who has set it.
    pub origin: SettingOrigin,
}

impl Diagnosis {
    /// Returns the worst that was found.
    pub fn worst(&self) -> Severity {
        let findings = self.findings.iter().map(|finding| finding.severity);
        let modules = self.modules.iter().map(|module| match &module.state {
            ModuleState::Works | ModuleState::NotAsked => Severity::Ok,
            ModuleState::Fails { fault, .. } => Severity::Failure(*fault),
        });
        findings.chain(modules).max().unwrap_or(Severity::Ok)
    }

    /// Returns what the program ends with: 0 where nothing is worse than a warning, else by the worst of
    /// all faults. What the user wrote counts before a missing right, which counts before a service
    /// that cannot be reached.
    pub fn exit_code(&self) -> ExitCode {
        self.worst().exit_code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Area, Fault};

    #[test]
    fn the_exit_code_is_that_of_the_worst_finding() {
        let code = |findings: Vec<Finding>| {
            let diagnosis = Diagnosis {
                probing: Probing::Asked,
                go: None,
                settings: Vec::new(),
                modules: Vec::new(),
                findings,
            };
            diagnosis.exit_code().number()
        };
        let warning = || Finding::warning(Area::Go, "", "");
        let failure = |fault| Finding::failure(fault, Area::Go, "", "");
        assert_eq!(code(vec![Finding::ok(Area::Go, "", ""), warning()]), 0);
        assert_eq!(code(vec![failure(Fault::Unavailable), warning()]), 69);
        assert_eq!(
            code(vec![failure(Fault::Denied), failure(Fault::Unavailable)]),
            77
        );
        assert_eq!(code(vec![failure(Fault::Wrong), failure(Fault::Denied)]), 1);
    }
}
