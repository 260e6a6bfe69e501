//! What is wrong with stages.

use super::built_in::{GET_LINTER, NAMES};
use crate::config::{EnvName, StageName, nearest};
use crate::model::{BuildError, Phase, SourcePath};

/// Why stages are no pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StagesError {
    /// Somebody names a stage that there is not.
    #[error("{place} names the stage {name:?}, which is not there", name = .name.as_str())]
    Unknown {
        /// The key that names it.
        place: String,
        /// The name.
        name: StageName,
        /// Those there are.
        known: Vec<StageName>,
    },
    /// Only stages of coracle's own can be left out.
    #[error("[pipeline] without names {0}, which is no stage of coracle's own")]
    NotBuiltIn(StageName),
    /// A stage of one's own does nothing.
    #[error("the stage {0} has no command")]
    NoCommand(StageName),
    /// A stage asks for a secret that nothing is said of.
    #[error("the stage {stage} asks for the secret {secret}, which is not in [secrets.values]")]
    UnknownSecret {
        /// Who asks.
        stage: StageName,
        /// For what.
        secret: EnvName,
        /// Those there are.
        known: Vec<EnvName>,
    },
    /// Stages wait for each other.
    #[error("stages wait for each other: {}", .0.iter().map(StageName::as_str).collect::<Vec<_>>().join(" → "))]
    Cycle(Vec<StageName>),
    /// Two stages make the same.
    #[error("{first} and {second} both make {path}")]
    Clash {
        /// One of them.
        first: StageName,
        /// The other.
        second: StageName,
        /// What both make.
        path: SourcePath,
    },
    /// The race detector is wanted, and cannot be had.
    #[error("[pipeline.test] race = true needs a C compiler, and none is on PATH")]
    NoCompiler,
    /// The linter is wanted, and cannot be had.
    #[error("[pipeline.lint] linter = \"required\" needs golangci-lint, which is not on PATH")]
    NoLinter,
}

impl From<StagesError> for BuildError {
    fn from(error: StagesError) -> Self {
        let hint = error.hint();
        Self::new(Phase::Config, "[pipeline]", error).hint(hint)
    }
}

impl StagesError {
    fn hint(&self) -> String {
        match self {
            Self::Unknown { name, known, .. } => {
                let known: Vec<&str> = known.iter().map(StageName::as_str).collect();
                meant(name.as_str(), &known, "stages are")
            }
            Self::NotBuiltIn(name) => {
                let ours = NAMES.join(", ");
                format!("leave out [pipeline.stages.{name}], or one of: {ours}")
            }
            Self::NoCommand(name) => format!(
                "write it below [pipeline.stages.{name}]: command = [\"PROGRAM\", \"ARGUMENT\"]"
            ),
            Self::UnknownSecret { secret, known, .. } if known.is_empty() => {
                format!("say where it comes from: [secrets.values.{secret}] and env = \"VARIABLE\"")
            }
            Self::UnknownSecret { secret, known, .. } => {
                let known: Vec<&str> = known.iter().map(EnvName::as_str).collect();
                meant(secret.as_str(), &known, "secrets are")
            }
            Self::Cycle(_) => "take one of them out of the needs of the next".to_owned(),
            Self::Clash { .. } => "let one stage make it, and the other need that stage".to_owned(),
            Self::NoLinter => format!("install it: {GET_LINTER}"),
            Self::NoCompiler => {
                "install one, as in: apt-get install gcc; or write race = false".to_owned()
            }
        }
    }
}

fn meant(wrong: &str, known: &[&str], otherwise: &str) -> String {
    match nearest(wrong, known.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("{otherwise} {}", known.join(", ")),
    }
}
