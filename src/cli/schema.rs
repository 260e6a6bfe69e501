//! `coracle schema`.

use clap::{Args, ValueEnum};

use crate::model::{BuildError, ExitCode, Phase};
use crate::plan::{DistDescription, PlanDescription};

use super::session::{Outcome, print_data};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle schema            # of coracle.toml, for editors
  coracle schema report     # of what build, push and dist print with --json
  coracle schema cache      # of what cache prints with --json
  coracle schema plan       # of what build and push print with --dry-run --json";

/// Flags of `coracle schema`.
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// What the schema is of
    #[arg(value_name = "OF", default_value = "config")]
    of: SchemaOf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaOf {
    /// coracle.toml
    Config,
    /// The document that build, push and dist print with --json, and any verb of a failure
    Report,
    /// The document that build and push print with --dry-run --json
    Plan,
    /// The document that dist prints with --dry-run --json
    DistPlan,
    /// The document that inspect --json prints
    Inspection,
    /// The document that verify --json prints
    Verification,
    /// The document that diff --json prints
    Comparison,
    /// The document that size --json prints
    Size,
    /// What explain --json prints of each image
    Explanation,
    /// The document that explain --commands --json prints
    Commands,
    /// The document that explain --graph and --why print with --json
    ModuleGraph,
    /// The document that check --json prints
    Check,
    /// The document that ci --json prints
    Ci,
    /// The documents that cache --json prints
    Cache,
    /// The document that toolchain list --json prints
    Toolchains,
    /// The document that doctor --json prints
    Doctor,
    /// The document that bundle --json prints
    Bundle,
    /// The document that reproduce --json prints
    Reproduction,
    /// The document that deploy, rollback and status print with --json
    Deployment,
    /// A record of the history, which each run adds
    History,
    /// The document that report --json prints
    Numbers,
}

impl Schema {
    /// Prints the schema.
    pub(super) fn run(self) -> Outcome {
        let schema = match self.of {
            SchemaOf::Config => crate::config::json_schema(),
            SchemaOf::Report => crate::report::schema(),
            SchemaOf::Plan => PlanDescription::schema(),
            SchemaOf::DistPlan => DistDescription::schema(),
            SchemaOf::Inspection => crate::report::Inspection::schema(),
            SchemaOf::Verification => crate::report::Verification::schema(),
            SchemaOf::Comparison => crate::compare::Comparison::schema(),
            SchemaOf::Size => crate::report::SizeDocument::schema(),
            SchemaOf::Explanation => crate::report::Explanation::schema(),
            SchemaOf::Commands => crate::report::CommandList::schema(),
            SchemaOf::ModuleGraph => crate::report::ModuleGraph::schema(),
            SchemaOf::Check => crate::report::CheckDocument::schema(),
            SchemaOf::Ci => crate::report::CiDocument::schema(),
            SchemaOf::Cache => crate::report::CacheDocument::schema(),
            SchemaOf::Toolchains => crate::report::ToolchainList::schema(),
            SchemaOf::Doctor => crate::report::DiagnosisDocument::schema(),
            SchemaOf::Bundle => crate::report::BundleReport::schema(),
            SchemaOf::Reproduction => crate::report::Reproduction::schema(),
            SchemaOf::Deployment => crate::report::Deployment::schema(),
            SchemaOf::History => crate::history::Run::schema(),
            SchemaOf::Numbers => crate::report::NumbersDocument::schema(),
        };
        let text = serde_json::to_string_pretty(&schema).map_err(|error| {
            vec![BuildError::new(Phase::Report, "", "cannot write the schema").because(error)]
        })?;
        print_data(&format!("{text}\n")).map_err(|error| vec![error])?;
        Ok(ExitCode::Done)
    }
}
