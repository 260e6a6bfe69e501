//! What `coracle ci` does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer};

use super::deploy::AlertTable;
use super::text_value::deserialize_time;
use super::{AlertConfig, EnvName, Extra, GlobPattern, StageName};
use crate::model::SourcePath;

/// What `coracle ci` does. Without a word here it runs `lint`, `test`, `check` (where there is a
/// `[policy]`), `build`, on a tag `reproduce` and `dist`, and, on the main branch and on tags, `push` (where
/// images have a repository), `deploy` (where there is a `[deploy]`) and `smoke` (where that has smoke tests).
///
/// ```toml
/// [pipeline]
/// without  = ["dist"]
/// branches = ["main", "release"]
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PipelineConfig {
    /// Stages of coracle's own that do not run: of `lint`, `test`, `check`, `build`, `reproduce`,
    /// `dist`, `push`, `deploy`, `smoke`. The default is none.
    pub without: BTreeSet<StageName>,
    /// The branches that are published: what is pushed to others counts as a pull request. The default is
    /// `["main", "master"]`.
    pub branches: BTreeSet<String>,
    /// Who is told of stages that fail on the main branch and on tags. The default is nobody.
    #[schemars(with = "Option<AlertTable>")]
    pub alert: Option<AlertConfig>,
    /// How the source is linted; the keys are below. The default is what these say.
    pub lint: LintConfig,
    /// How tests run; the keys are below. The default is what these say.
    pub test: TestConfig,
    /// Stages of your own, by name, and what is other than usual about coracle's; the keys of each are below.
    /// The default is none.
    #[schemars(with = "BTreeMap<String, StageConfig>")]
    pub stages: BTreeMap<StageName, StageConfig>,
}

impl Default for PipelineConfig {
    fn default() -> Self {
        Self {
            without: BTreeSet::new(),
            branches: ["main", "master"].map(str::to_owned).into(),
            alert: None,
            lint: LintConfig::default(),
            test: TestConfig::default(),
            stages: BTreeMap::new(),
        }
    }
}

/// How the stage `lint` works.
///
/// ```toml
/// [pipeline.lint]
/// linter = "required"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LintConfig {
    /// Whether golangci-lint runs beside `go vet`: `"auto"` where it is on PATH, `"required"`, or `"off"`. The
    /// default is `"auto"`.
    pub linter: LinterChoice,
}

/// Whether golangci-lint runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinterChoice {
    /// Where it is on PATH.
    #[default]
    Auto,
    /// Always: where it is not there, nothing runs.
    Required,
    /// Never.
    Off,
}

/// How the stage `test` runs `go test`.
///
/// ```toml
/// [pipeline.test]
/// race     = true
/// coverage = 80
/// retries  = 1
/// packages = ["./..."]
/// flags    = ["-count=1"]
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TestConfig {
    /// Whether the race detector watches; it needs a C compiler. The default is `true` where one is on PATH,
    /// else `false`.
    #[schemars(with = "Option<bool>")]
    pub race: Option<Extra>,
    /// How many percent of all statements the tests must run, or the stage fails. The default is no floor, and
    /// nothing is counted.
    #[serde(deserialize_with = "percent")]
    #[schemars(range(max = 100))]
    pub coverage: Option<u8>,
    /// How often tests that failed run again: those that pass then are told of as flaky, and fail nothing. The
    /// default is `0`.
    #[schemars(range(max = 10))]
    #[serde(deserialize_with = "retries")]
    pub retries: u32,
    /// Which packages are vetted and tested. The default is `["./..."]`.
    pub packages: Vec<String>,
    /// Flags of `go test` beside its own. The default is `[]`.
    pub flags: Vec<String>,
}

impl Default for TestConfig {
    fn default() -> Self {
        Self {
            race: None,
            coverage: None,
            retries: 0,
            packages: vec!["./...".to_owned()],
            flags: Vec::new(),
        }
    }
}

/// A stage of the pipeline. It is skipped when all that `inputs` name, its command and its `env` are as
/// they were when it last passed, and its outputs are there; without `inputs` it always runs.
///
/// ```toml
/// [pipeline.stages.frontend]
/// command = ["npm", "run", "build"]
/// inputs  = ["web/src/**", "web/package-lock.json"]
/// outputs = ["web/dist"]
///
/// [pipeline.stages.build]
/// needs = ["frontend", "test"]
///
/// [pipeline.stages.announce]
/// command = ["./scripts/announce.sh"]
/// needs   = ["push"]
/// on      = ["main"]
/// secrets = ["CHAT_TOKEN"]
/// timeout = "1m"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StageConfig {
    /// A program and its arguments, in the folder of coracle.toml; a shell is asked for by
    /// `["sh", "-c", "…"]`. The default is what coracle's stage of this name does.
    pub command: Option<Vec<String>>,
    /// Stages that must have passed before it. The default is none, or what coracle's stage of this name
    /// needs.
    pub needs: Option<BTreeSet<StageName>>,
    /// Files that decide what it does: globs, from the folder of coracle.toml. The default is none, and for
    /// `lint` and `test` all files.
    pub inputs: Option<Vec<GlobPattern>>,
    /// Files and folders that it makes, from the folder of coracle.toml. The default is none.
    #[schemars(with = "Vec<String>")]
    pub outputs: Vec<SourcePath>,
    /// Variables of its environment. The default is none beside those that coracle was started with.
    #[schemars(with = "BTreeMap<String, String>")]
    pub env: BTreeMap<EnvName, String>,
    /// Secrets of `[secrets.values]` that it finds in variables of the same name. The default is none.
    #[schemars(with = "Vec<String>")]
    pub secrets: BTreeSet<EnvName>,
    /// How long it may take, as in `"90s"` or `"10m"`. The default is `"30m"`.
    #[serde(deserialize_with = "optional_time")]
    #[schemars(with = "Option<String>")]
    pub timeout: Option<Duration>,
    /// When it runs: of `"pull-request"`, `"main"` and `"tag"`. The default is all, or when coracle's stage
    /// of this name runs.
    pub on: Option<BTreeSet<CiEvent>>,
}

/// What a pipeline runs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CiEvent {
    /// A change that is not part of the main branch yet: nothing is published.
    PullRequest,
    /// The main branch.
    Main,
    /// A release.
    Tag,
}

impl CiEvent {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::PullRequest, Self::Main, Self::Tag];

    /// Returns the word that files and flags have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PullRequest => "pull-request",
            Self::Main => "main",
            Self::Tag => "tag",
        }
    }
}

fn optional_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    deserialize_time(deserializer).map(Some)
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    let percent = u8::deserialize(deserializer)?;
    if percent > 100 {
        let told = "a number from 0 to 100, the percent of statements";
        return Err(D::Error::invalid_value(
            Unexpected::Unsigned(percent.into()),
            &told,
        ));
    }
    Ok(Some(percent))
}

fn retries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let retries = u32::deserialize(deserializer)?;
    if retries > 10 {
        let told = "a number from 0 to 10";
        return Err(D::Error::invalid_value(
            Unexpected::Unsigned(retries.into()),
            &told,
        ));
    }
    Ok(retries)
}
