//! What images are made of, as the go command knows it.

use std::collections::BTreeSet;

use crate::compile::VetRemark;
use crate::config::Judgement;
use crate::facts::{LocalModule, ModuleRole, requires_at};
use crate::model::{BuildError, GoVersion, ModulePath, Phase, SourcePath};
use crate::policy::{
    Finding, FindingPlace, ModuleUse, Rule, Severity, judge_dependencies, judge_licences,
    judge_lookalikes, judge_new_modules, judge_releases, judge_versions, not_asked,
};

use super::super::module_check::{compare_modules, module_error};
use super::super::package_graphs::{package_graphs, uses_of};
use super::super::pinned_modules::all_pinned_modules;
use super::super::vendored::Examined;
use super::super::{Licences, vendored};
use super::same_source::of_same_source;
use super::{Check, Looked};

impl Check<'_> {
    /// Looks at the modules of others: which, in which versions, under which licences.
    pub(super) fn modules(&self) -> Looked {
        let mut looked = Looked::default();
        let uses;
        (uses, looked.errors) = self.uses();
        looked.modules = uses.len();
        let modules = &self.prepared.source.modules;
        let own: Vec<ModulePath> = modules.iter().map(|it| it.path.clone()).collect();
        looked
            .findings
            .extend(judge_dependencies(self.policy, &own, &uses, self.order.now));
        looked.findings.extend(judge_lookalikes(self.policy, &uses));
        looked.findings.extend(judge_versions(self.policy, &uses));
        looked.add(self.licences(&uses));
        looked.add(self.new_modules(&uses));
        looked.add(self.releases(&uses));
        looked
    }

    fn licences(&self, uses: &[ModuleUse]) -> Result<Vec<Finding>, BuildError> {
        let rules = &self.policy.licences;
        if rules.say_nothing() {
            return Ok(Vec::new());
        }
        let licences = Licences::new(self.ports.modules)?;
        let (source, modules) = (self.ports.source, &self.prepared.source.modules);
        Ok(judge_licences(rules, uses, |used| {
            licences.of_used(used, source, modules)
        }))
    }

    /// Returns the modules that are used, and why those of some programs are not among them.
    fn uses(&self) -> (Vec<ModuleUse>, Vec<BuildError>) {
        let batches = of_same_source(&self.prepared.plan.batches);
        let (graphs, errors) = package_graphs(self.ports, self.toolchain, batches);
        (uses_of(&self.prepared.source.modules, &graphs), errors)
    }

    fn new_modules(&self, uses: &[ModuleUse]) -> Result<Vec<Finding>, BuildError> {
        let Some(since) = self.order.since else {
            return Ok(Vec::new());
        };
        let git = self.ports.git.ok_or_else(|| {
            BuildError::new(Phase::Facts, since, "there is no git repository here")
                .hint("leave out --since")
        })?;
        let before = requires_at(git, since, &self.prepared.source.modules)?;
        Ok(judge_new_modules(since, &before, uses))
    }

    /// Asks the authors, by the proxy: a word of theirs is younger than what is here.
    fn releases(&self, uses: &[ModuleUse]) -> Result<Vec<Finding>, BuildError> {
        let is_wanted = [self.policy.retracted, self.policy.deprecated]
            .iter()
            .any(|judgement| *judgement != Judgement::Allow);
        let (Some(batch), true) = (self.prepared.plan.batches.first(), is_wanted) else {
            return Ok(Vec::new());
        };
        // The go command says nothing of it then.
        if self.request.modules.proxies().is_off() {
            let message = "nobody was asked which versions were taken back: GOPROXY is off, which --offline makes it";
            return Ok(not_asked(self.policy, "GOPROXY", message)
                .into_iter()
                .collect());
        }
        // A replacement has authors of its own, of whom nobody is asked.
        let asked = uses.iter().filter(|it| it.replacement.is_none());
        let asked: Vec<ModulePath> = asked.map(|it| it.path.clone()).collect();
        let inspector = self.ports.inspector;
        let notes = inspector.releases(self.toolchain, batch, &asked)?;
        Ok(judge_releases(self.policy, uses, &notes))
    }

    /// Compares the modules in the module cache with go.sum.
    pub(super) fn checksums(&self) -> Looked {
        let Some(thoroughness) = self.order.thoroughness else {
            return Looked::default();
        };
        let mut looked = Looked::default();
        match all_pinned_modules(self.ports.source, &self.prepared.source) {
            Ok(modules) => {
                let faults = compare_modules(self.ports.verifier, &modules, thoroughness);
                let findings = faults.into_iter().map(|(module, fault)| {
                    let error = module_error("", &module, fault);
                    of_contents(module.to_string(), &error)
                });
                looked.findings.extend(findings);
            }
            Err(error) => looked.errors.push(error),
        }
        let examined = vendored::examine(self.ports, &self.prepared.source, thoroughness);
        looked.findings.extend(match examined {
            Ok(examined) => examined.and_then(|examined| uncompared(&examined)),
            Err(error) => Some(of_contents("go.sum".to_owned(), &error)),
        });
        looked
    }

    /// Looks whether each go.mod is as `go mod tidy` leaves it. That one counts in what is for any platform and any
    /// tag, so that one look is enough.
    pub(super) fn tidiness(&self) -> Looked {
        let mut looked = Looked::default();
        let (Some(severity), Some(batch)) = (
            Severity::of(self.policy.untidy),
            self.prepared.plan.batches.first(),
        ) else {
            return looked;
        };
        if self.toolchain.version < tidy_diffs() {
            let message = format!(
                "Go {} cannot tell whether it is tidy",
                self.toolchain.version
            );
            let finding = Finding::new(Severity::Note, Rule::Untidy, "go.mod", message);
            looked.findings.push(finding.hint("Go can since 1.23"));
            return looked;
        }
        for folder in self.own_folders() {
            let inspector = self.ports.inspector;
            let diff = inspector.untidiness(self.toolchain, batch, &folder);
            looked.add(diff.map(|diff| {
                let diff = diff.into_iter();
                diff.map(|diff| untidy(severity, &folder, &diff)).collect()
            }));
        }
        looked
    }

    fn own_folders(&self) -> BTreeSet<SourcePath> {
        let modules = self.prepared.source.modules.iter();
        modules
            .filter(|module| module.role == ModuleRole::Main)
            .map(|LocalModule { folder, .. }| folder.clone())
            .collect()
    }

    /// Looks for what `go vet` has a word for, in every module of the source, once for each platform and set of tags:
    /// others have other files.
    pub(super) fn vet(&self) -> Looked {
        let mut looked = Looked::default();
        let Some(severity) = Severity::of(self.policy.vet) else {
            return looked;
        };
        for batch in of_same_source(&self.prepared.plan.batches) {
            for folder in self.own_folders() {
                let remarks = self.ports.inspector.vet(self.toolchain, &batch, &folder);
                looked.add(remarks.map(|remarks| {
                    let findings = remarks.into_iter();
                    let findings = findings.map(|it| self.vet_finding(severity, &folder, it));
                    findings.collect()
                }));
            }
        }
        looked
    }

    fn vet_finding(&self, severity: Severity, folder: &SourcePath, remark: VetRemark) -> Finding {
        let file = self.vetted_file(folder, &remark);
        let path = file.map_or_else(|| remark.file.clone(), |file| file.to_string());
        let line = Some(remark.line);
        Finding::new(severity, Rule::Vet, &path, remark.message)
            .at(Some(FindingPlace { path, line }))
    }

    fn vetted_file(&self, folder: &SourcePath, remark: &VetRemark) -> Option<SourcePath> {
        let mut files = remark.names().filter_map(|name| folder.join(name).ok());
        files.find(|file| self.ports.source.entry(file).is_ok())
    }
}

fn uncompared(examined: &Examined<'_>) -> Option<Finding> {
    let message = examined.lack()?;
    let finding = Finding::new(Severity::Warning, Rule::Checksum, examined.folder, message);
    Some(match examined.hint() {
        Some(hint) => finding.hint(hint),
        None => finding,
    })
}

fn of_contents(subject: String, error: &BuildError) -> Finding {
    let causes: Vec<String> = error.causes().map(ToString::to_string).collect();
    let message = format!("{}: {}", error.message, causes.join(": "));
    let finding = Finding::new(Severity::Blocked, Rule::Checksum, subject, message);
    error.hints.iter().fold(finding, Finding::hint)
}

/// The first release that shows what `go mod tidy` would do.
fn tidy_diffs() -> GoVersion {
    GoVersion::of_language(1, 23)
}

fn untidy(severity: Severity, folder: &SourcePath, diff: &str) -> Finding {
    let changed = |sign: char, header: &str| {
        let lines = diff.lines();
        lines
            .filter(|line| line.starts_with(sign) && !line.starts_with(header))
            .count()
    };
    let message = format!(
        "go mod tidy would add {} lines and remove {}",
        changed('+', "+++"),
        changed('-', "---")
    );
    let path = folder.join("go.mod").unwrap_or_default().to_string();
    Finding::new(severity, Rule::Untidy, &path, message)
        .at(Some(FindingPlace { path, line: None }))
        .hint("go mod tidy")
}
