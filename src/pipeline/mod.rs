//! The order of things.
//!
//! In: a request and the ports. Out: an outcome with all that was made and all that failed. The
//! files here make images, a step each; other flows, and steps of several files, have folders. A
//! step knows ports and stages, never an adapter or the command line. The invariant: a failure of one target loses nothing of the others, and no tag moves to
//! an image that is not whole where the tag is.

mod accounts;
mod assembly;
mod attest;
mod bases;
mod bounded_reader;
mod build;
mod build_cache;
mod bundle;
mod cache;
mod check;
mod ci;
mod compile;
mod coordinator;
mod course;
mod deploy;
mod describe;
mod diff;
mod doctor;
mod explain;
mod fresh;
mod history;
mod image_content;
mod init;
mod inspect;
mod layer_accounts;
mod layers_run;
mod licences;
mod memory;
mod module_check;
mod outcome;
mod package_graphs;
mod pinned_modules;
mod plain_programs;
mod prepare;
mod produce;
mod program_parts;
mod provenance;
mod recall;
mod releases;
mod remember;
mod resolve;
mod revisions;
mod sbom;
mod size;
mod source_place;
mod steps;
mod stored_image;
mod stored_platforms;
mod toolchain;
mod unchanged;
mod vendored;
mod verify;

pub use attest::{ImageThere, Signing, attest_there, sign_there};
pub use bases::base_inventory;
use build::BuildJob;
pub use build_cache::{BuildCacheOrder, build_cache};
pub use bundle::{BundleInUse, BundleOrder, BundledBases, Bundling, MadeBundle, Sealing};
pub use cache::{Cache, Cleaning};
pub use check::{CheckOrder, Checked, GateOrder, check};
pub use ci::{
    CiGround, CiPorts, CiRequest, ConfigFile, OutputEnd, Selection, SinceRequest, StageListener,
    alert, ci, described, narrowed,
};
pub use deploy::{DeployPorts, DeployRequest, Look, Target, deploy, foresee, roll_back, status};
pub use diff::{DiffRequest, NamedImage, diff};
pub use doctor::{BuildFolder, DoctorPorts, DoctorProject, DoctorRequest, doctor};
pub use explain::{explain, explain_commands, explain_modules};
pub use history::{
    Numbers, numbers, outgoing_images, outgoing_programs, own_past, record, refuse_unreproduced,
    told,
};
pub use init::{init, ko_facts};
pub use inspect::{AttachedRequest, FileList, InspectRequest, inspect};
pub use licences::Licences;
pub use module_check::ModuleCheck;
pub use outcome::{Making, Outcome};
pub use plain_programs::{
    DistHelpers, DistOrder, DistRun, PreparedDist, ReleaseSink, dist, prepare_dist,
};
pub use prepare::{Prepared, Request, prepare};
pub use produce::produce;
pub use releases::Releases;
pub use resolve::{DocumentStream, NamedImages, PushedImages, Resolving, named_images, word};
pub use sbom::{SbomRequest, sbom};
pub use size::{NamedSubject, SizeRequest, SizeSubject, size};
pub use source_place::SourcePlace;
pub use verify::{
    BaseDemand, GateRule, SignatureGate, Verified, VerifiedBases, VerifiedImage, VerifyRequest,
    verify,
};

use crate::model::Cancellation;
use crate::ports::{
    BaseSource, Builder, Clock, EventSink, Git, GoInspector, InventoryShelf, MemoShelf,
    ModuleShelf, ModuleVerifier, ModuleZips, Packager, ProgramSink, Publisher, SourceTree,
    ToolchainSource, VerdictShelf, VulnerabilityScanner,
};

/// The world, as far as a run touches it.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The user's source.
    pub source: &'a dyn SourceTree,
    /// Its history, where it lies in a repository.
    pub git: Option<&'a dyn Git>,
    /// Go itself.
    pub toolchains: &'a dyn ToolchainSource,
    /// The compiler.
    pub builder: &'a dyn Builder,
    /// What else Go knows of the source.
    pub inspector: &'a dyn GoInspector,
    /// What is known to be vulnerable.
    pub scanner: &'a dyn VulnerabilityScanner,
    /// The images below ours.
    pub bases: &'a dyn BaseSource,
    /// Binaries and files to images.
    pub packager: &'a dyn Packager,
    /// What is known of layers that were made before.
    pub memos: &'a dyn MemoShelf,
    /// Registries, layouts and archives.
    pub publisher: &'a dyn Publisher,
    /// Modules' own files, for their licences.
    pub modules: &'a dyn ModuleShelf,
    /// What has passed the rules before.
    pub verdicts: &'a dyn VerdictShelf,
    /// What compares modules with go.sum.
    pub verifier: &'a dyn ModuleVerifier,
    /// Modules as they were downloaded, for what is vendored of them.
    pub zips: &'a dyn ModuleZips,
    /// What is known of what bases consist of.
    pub inventories: &'a dyn InventoryShelf,
    /// Who signs what is pushed, where that is wanted.
    pub signing: Option<Signing<'a>>,
    /// Folders for plain programs.
    pub programs: &'a dyn ProgramSink,
    /// Who listens.
    pub events: &'a dyn EventSink,
    /// How long the run has gone on.
    pub clock: &'a dyn Clock,
    /// Whether to stop.
    pub cancellation: &'a Cancellation,
}
