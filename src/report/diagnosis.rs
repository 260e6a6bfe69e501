//! What `doctor --json` prints: one document, whose keys do not change meaning between releases.

use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor::{Diagnosis, Finding, ModuleState, ModuleWay, Probing};
use crate::model::ForeignText;

/// The version of the form of this document.
const FORM: u32 = 1;

/// What a project stands on, and what keeps it from being built.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiagnosisDocument {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The worst severity of all: `ok`, `note`, `warning` or `failure`.
    pub worst: String,
    /// What the program ends with.
    pub exit_code: u8,
    /// Whether nobody was asked: `--offline`.
    pub is_offline: bool,
    /// The Go that builds; nothing where what is asked for contradicts itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub go: Option<DiagnosedGo>,
    /// The module settings, without passwords.
    pub settings: Vec<DiagnosedSetting>,
    /// All modules of the build, by path.
    pub modules: Vec<DiagnosedModule>,
    /// What was found, by area.
    pub findings: Vec<DiagnosedFinding>,
}

/// The Go that builds.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiagnosedGo {
    /// Its release, without `go`.
    pub version: String,
    /// Why it is this one.
    pub reason: String,
    /// Whether it is on this machine.
    pub is_here: bool,
}

/// A module setting.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiagnosedSetting {
    /// The variable.
    pub name: String,
    /// Its value; empty where it has none.
    pub value: String,
    /// Who has set it: `environment`, `coracle.toml`, `direct = "deny" in coracle.toml`, `go env -w` or
    /// `default`.
    pub origin: String,
}

/// A module, and the way it comes by.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiagnosedModule {
    /// Its path, as it is imported.
    pub path: String,
    /// Its version.
    pub version: String,
    /// What stands in for it by a `replace` directive, as `PATH@VERSION`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// `replace` (a folder), `vendor`, `cache` (Go's module cache), `proxy`, `private` (from where it is
    /// developed, by a pattern), `direct` (GOPROXY says so, or its proxies do not have it) or `off` (nobody may be asked).
    pub way: String,
    /// What decided on the way, where that is not plain: `GOPRIVATE=PATTERN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_of_way: Option<String>,
    /// Who has it, or was to have it: a proxy, a repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The rule of git's that changes the address of its repository, and whether there is a token in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_rule: Option<String>,
    /// `OK`, `FAIL`, or `UNKNOWN` where nobody was asked.
    pub status: String,
    /// Why it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whose fault that is, as of findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// What mends it.
    pub remedies: Vec<String>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiagnosedFinding {
    /// `go`, `settings`, `proxy`, `checksum-database`, `modules`, `privacy`, `git`, `registry`, `clock`,
    /// `disk` or `cache`.
    pub area: String,
    /// What was looked at.
    pub subject: String,
    /// `ok`, `note`, `warning` or `failure`.
    pub severity: String,
    /// Of a failure: `wrong` (something that is written, exit code 1), `denied` (77) or `unavailable` (69).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// How it is.
    pub message: String,
    /// Why it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What mends it: each a command, or a line for a file.
    pub remedies: Vec<String>,
}

impl DiagnosisDocument {
    /// Returns the JSON schema of the document: `coracle schema doctor`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl From<&Diagnosis> for DiagnosisDocument {
    fn from(diagnosis: &Diagnosis) -> Self {
        Self {
            form: FORM,
            worst: diagnosis.worst().as_str().to_owned(),
            exit_code: diagnosis.exit_code().number(),
            is_offline: diagnosis.probing == Probing::Offline,
            go: diagnosis.go.as_ref().map(|go| DiagnosedGo {
                version: go.version.clone(),
                reason: shown(&go.reason),
                is_here: go.is_here,
            }),
            settings: diagnosis
                .settings
                .iter()
                .map(|setting| DiagnosedSetting {
                    name: setting.name.to_owned(),
                    value: setting.value.clone(),
                    origin: setting.origin.to_string(),
                })
                .collect(),
            modules: diagnosis.modules.iter().map(Into::into).collect(),
            findings: diagnosis.findings.iter().map(Into::into).collect(),
        }
    }
}

impl From<&ModuleWay> for DiagnosedModule {
    fn from(module: &ModuleWay) -> Self {
        let (status, failure) = match &module.state {
            ModuleState::Works => ("OK", None),
            ModuleState::NotAsked => ("UNKNOWN", None),
            ModuleState::Fails {
                fault,
                reason,
                remedies,
            } => ("FAIL", Some((fault, reason, remedies))),
        };
        Self {
            path: shown(&module.path),
            version: shown(&module.version),
            replacement: module.replacement.as_deref().map(shown),
            way: module.way.as_str().to_owned(),
            reason_of_way: module.way.reason().as_deref().map(shown),
            from: module.from.as_deref().map(shown),
            git_rule: module.rule.as_deref().map(shown),
            status: status.to_owned(),
            reason: failure.map(|(_, reason, _)| shown(reason)),
            fault: failure.map(|(fault, ..)| fault.as_str().to_owned()),
            remedies: failure.map_or_else(Vec::new, |(.., remedies)| all_shown(remedies)),
        }
    }
}

impl From<&Finding> for DiagnosedFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            area: finding.area.as_str().to_owned(),
            subject: shown(&finding.subject),
            severity: finding.severity.as_str().to_owned(),
            fault: finding.severity.fault().map(|it| it.as_str().to_owned()),
            message: shown(&finding.message),
            cause: finding.cause.as_deref().map(shown),
            remedies: all_shown(&finding.remedies),
        }
    }
}

fn all_shown(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| shown(text)).collect()
}

fn shown(text: &str) -> String {
    ForeignText::new(text).to_string()
}
