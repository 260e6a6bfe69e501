//! What a person or a program is told.
//!
//! In: events while the run goes on, and the report at its end. Out: lines, bars, a trace, JSON,
//! written to writers that are handed in; this room opens nothing and decides nothing.

mod attached;
mod bars;
mod build_states;
mod bundle;
mod cache;
mod cache_text;
mod ci;
mod ci_reports;
mod ci_summary;
mod ci_text;
mod collector;
mod columns;
mod command_list;
mod comparison_text;
mod deployment;
mod diagnosis;
mod diagnosis_text;
mod dist_table;
mod document;
mod error_text;
mod explanation;
mod fan_out;
mod findings;
mod inspection;
mod inspection_text;
mod lines;
mod module_graph;
mod module_graph_text;
mod numbers;
mod page;
mod record;
mod release;
mod reproduction;
mod reproduction_text;
mod size;
mod size_text;
mod stage_bars;
mod summary;
mod timings;
mod toolchains;
mod trace;
mod tree;
mod verification;
mod verification_text;
mod workflow_command;

pub use attached::{Attached, AttachedVerdict};
pub use bars::Bars;
pub use build_states::{Downloaded, HostFailures, Modules, State, StateResult};
pub use bundle::{BundleReport, ListedBase};
pub use cache::{
    CacheCheck, CacheClean, CacheDocument, CacheKindTotal, CacheList, CacheStats, GoBuildCache,
    HarmedCacheEntry, ListedCacheEntry,
};
pub use cache_text::{write_cache_list, write_cache_stats};
pub use ci::{CiDocument, CiStage, StageState};
pub use ci_reports::{lint_sarif, write_junit, write_stage_annotations};
pub use ci_summary::write_stages_summary;
pub use ci_text::{write_graph, write_mermaid, write_stages};
pub use collector::{Collected, Collector};
pub use command_list::{BatchCommands, CommandList, ListedCommand, write_commands};
pub use comparison_text::write_comparison;
pub use deployment::{
    DeployOutcome, DeployPhase, DeployPhaseTime, DeployedEnvironment, Deployment, ResumedDeploy,
    RunningImage, SmokeResult, write_deployment,
};
pub use diagnosis::{
    DiagnosedFinding, DiagnosedGo, DiagnosedModule, DiagnosedSetting, DiagnosisDocument,
};
pub use diagnosis_text::{Telling, write_diagnosis};
pub use dist_table::{DistRows, write_dist_head, write_dist_row};
pub use document::{
    Binary, Document, Failure, Image, Layer, Note, Output, PhaseTime, PlatformImage, Status,
    Toolchain, Warning, schema,
};
pub use error_text::write_error;
pub use explanation::{
    Change, Explanation, InputList, LayerExplanation, Verdict, write_explanation,
};
pub use fan_out::FanOut;
pub use findings::{CheckDocument, ReportedFinding, sarif, write_annotations, write_findings};
pub use inspection::{
    GoModule, GoProgram, ImageSettings, InspectedEntry, InspectedImage, InspectedKind,
    InspectedLayer, Inspection, LayerContent, OtherManifest, Package,
};
pub use inspection_text::{ModuleList, counted, write_inspection};
pub use lines::{Lines, Verbosity};
pub use module_graph::{GraphModule, ModuleGraph, PlatformModules, UnusedModule};
pub use module_graph_text::{write_dot, write_reasons, write_tree};
pub use numbers::{
    NumbersDocument, ReportedAdvice, ReportedSlo, ReportedTrend, ReportedVerdict, SetAside,
    write_numbers, write_open_metrics,
};
pub use page::{PageFacts, history_page};
pub use record::{
    Rules, RunFacts, record_of, record_of_check, record_of_deploy, record_of_reproduction,
};
pub use release::{PackedProgram, PushedRelease, Release, ReleasedFile, ReleasedKind};
pub use reproduction::{Circumstance, ReproducedImage, ReproducedPlatform, Reproduction};
pub use reproduction_text::write_reproduction;
pub use size::{SizeDocument, SizedSubject};
pub use size_text::{Rows, write_size};
pub use stage_bars::StageBars;
pub use summary::write_summary;
pub use timings::Timings;
pub use toolchains::{ChosenToolchain, ListedToolchain, ToolchainList, write_toolchains};
pub use trace::Trace;
pub use verification::{
    BaseVerdict, ProvenStatement, RebuiltImage, RefusedStatement, Verification, VerifiedBase,
};
pub use verification_text::write_verification;
pub use workflow_command::data as workflow_data;
