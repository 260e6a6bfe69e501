//! What may go into images.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{BlockedModule, LicenceRules, VulnerabilityDatabase, date};
use crate::model::{ByteSize, Day, ModulePath};

/// What a base may have, compressed, before it is pointed out.
const BASE_LIMIT: ByteSize = ByteSize(100 << 20);

/// What may go into images, and what `coracle check` says of the rest. Where there is a `[policy]`, no
/// image is pushed before it was checked; without one `coracle check` uses the defaults.
///
/// ```toml
/// [policy]
/// local_replace   = "deny"
/// required        = ["go.uber.org/zap"]
/// licences        = { allow = ["MIT", "BSD-3-Clause", "Apache-2.0"] }
/// vulnerabilities = "reachable"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// What is said of `replace` directives with local paths: `"outside"` refuses those that lead out of
    /// the repository, `"deny"` all of them, `"allow"` none. The default is `"outside"`.
    pub local_replace: LocalReplaceRule,
    /// What is said of a go.work that decides what is built: `"deny"`, `"warn"` or `"allow"`. The default
    /// is `"allow"`.
    pub workspace: Judgement,
    /// What is said of versions that their authors have taken back. The default is `"warn"`.
    pub retracted: Judgement,
    /// What is said of modules that their authors have given up. The default is `"warn"`.
    pub deprecated: Judgement,
    /// What is said of versions that name a commit instead of a release. The default is `"allow"`.
    pub pseudo_versions: Judgement,
    /// What is said of a go.mod that `go mod tidy` would change. The default is `"warn"`.
    pub untidy: Judgement,
    /// What is said of modules whose names look like another one's. The default is `"warn"`.
    pub lookalikes: Judgement,
    /// What is said of what `go vet` finds. The default is `"warn"`.
    pub vet: Judgement,
    /// Modules that must be among those of the project, in any major version. The default is none.
    #[schemars(with = "Vec<String>")]
    pub required: Vec<ModulePath>,
    /// The only modules that may be used, each with all that lies under it; an empty list allows all. The
    /// default is none.
    #[schemars(with = "Vec<String>")]
    pub allowed: Vec<ModulePath>,
    /// Modules that may not be used; the keys of each are below. The default is none.
    pub blocked: Vec<BlockedModule>,
    /// Which licences modules may have. The default is all.
    pub licences: LicenceRules,
    /// From where on a known vulnerability stops a push: `"reachable"` (the program calls what is
    /// vulnerable), `"imported"`, `"required"`, or `"off"`, which looks for none. The default is
    /// `"reachable"`.
    pub vulnerabilities: VulnerabilityLevel,
    /// Where vulnerabilities are known: an https or file URL, as of govulncheck's `-db`. The default is
    /// Go's own database.
    pub vulnerability_database: Option<VulnerabilityDatabase>,
    /// Vulnerabilities that one lives with for a while; the keys of each are below. The default is none.
    pub accepted: Vec<AcceptedVulnerability>,
    /// What a base may have, compressed, before it is pointed out, as in `"100MB"`. The default is
    /// `"100MB"`.
    #[schemars(with = "String")]
    pub base_size: ByteSize,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            local_replace: LocalReplaceRule::Outside,
            workspace: Judgement::Allow,
            retracted: Judgement::Warn,
            deprecated: Judgement::Warn,
            pseudo_versions: Judgement::Allow,
            untidy: Judgement::Warn,
            lookalikes: Judgement::Warn,
            vet: Judgement::Warn,
            required: Vec::new(),
            allowed: Vec::new(),
            blocked: Vec::new(),
            licences: LicenceRules::default(),
            vulnerabilities: VulnerabilityLevel::Reachable,
            vulnerability_database: None,
            accepted: Vec::new(),
            base_size: BASE_LIMIT,
        }
    }
}

/// What is said of something that is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// It stops a push.
    Deny,
    /// It is told.
    Warn,
    /// Nothing.
    Allow,
}

/// What is said of `replace` directives with local paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LocalReplaceRule {
    /// All are refused.
    Deny,
    /// Those are refused that lead out of the repository: nobody else has what they name.
    Outside,
    /// None is refused.
    Allow,
}

/// How near a vulnerability comes to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VulnerabilityLevel {
    /// Nobody looks.
    Off,
    /// The program calls what is vulnerable.
    Reachable,
    /// The program is compiled from the package.
    Imported,
    /// The module is needed.
    Required,
}

impl VulnerabilityLevel {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Reachable => "reachable",
            Self::Imported => "imported",
            Self::Required => "required",
        }
    }
}

/// A vulnerability that one lives with for a while.
///
/// ```toml
/// [[policy.accepted]]
/// id     = "GO-2024-2687"
/// reason = "no server of ours speaks HTTP/2"
/// until  = 2027-01-31
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedVulnerability {
    /// Its name in the database, or one of its others: `"GO-2024-2687"`, `"CVE-2023-45288"`.
    #[serde(deserialize_with = "words")]
    pub id: String,
    /// Why.
    #[serde(deserialize_with = "words")]
    pub reason: String,
    /// The last day.
    #[serde(deserialize_with = "date::day")]
    #[schemars(with = "String")]
    pub until: Day,
}

/// Reads a text that says something.
pub(super) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        let message = "this says nothing, and whoever meets the rule has to know why\nwrite it in a few words";
        return Err(D::Error::custom(message));
    }
    Ok(text)
}
