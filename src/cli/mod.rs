//! The command line: one file a verb, flags in, exit code out.
//!
//! A verb records what was typed, has `wiring` put adapters behind the ports, and hands over to
//! `pipeline`. Nothing after it looks at flags again.

mod build;
mod bundle;
mod cache;
mod check;
mod ci;
mod completions;
mod deploy;
mod deployed;
mod diff;
mod dist;
mod dist_options;
mod doctor;
mod document_form;
mod document_printer;
mod exit;
mod explain;
mod images;
mod init;
mod inspect;
mod keys;
mod man;
mod manifest_images;
mod options;
mod push;
mod rebuild;
mod release_gate;
mod report;
mod reproduce;
mod resolve;
mod rollback;
mod run;
mod run_history;
mod sbom;
mod schema;
mod session;
mod sharing;
mod sign;
mod signer_options;
mod size;
mod status;
mod talk;
mod telling;
mod toolchain;
mod verify;
mod watch;
mod wiring;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches as _, Parser, Subcommand};

use crate::model::ExitCode;

/// Go source in, a minimal, reproducible OCI image out: no Dockerfile, no daemon, no root, and if
/// need be no Go.
#[derive(Debug, Parser)]
#[command(
    name = "coracle",
    version,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_long_help = exit::codes()
)]
struct Cli {
    #[command(flatten)]
    talk: talk::TalkOptions,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write a coracle.toml for the module at hand
    #[command(after_help = init::EXAMPLES)]
    Init(init::Init),
    /// Build images to local archives or layouts; nothing is written to any registry
    #[command(after_help = build::EXAMPLES)]
    Build(build::Build),
    /// Build images and publish them to a registry; prints REPOSITORY@DIGEST for each
    #[command(after_help = push::EXAMPLES)]
    Push(push::Push),
    /// Push images, bring them to the environments of [deploy] one after the other, and prove that they work
    /// there; what fails is rolled back
    #[command(after_help = deploy::EXAMPLES)]
    Deploy(deploy::Deploy),
    /// Bring back what was deployed to an environment before what runs there now
    #[command(after_help = rollback::EXAMPLES)]
    Rollback(rollback::Rollback),
    /// Tell what runs in the environments of [deploy]
    #[command(after_help = status::EXAMPLES)]
    Status(status::Status),
    /// Cross-compile plain programs to dist/, and print a table of them
    #[command(
        after_help = dist::EXAMPLES,
        mut_arg("images", |arg| arg.help(dist::IMAGES_HELP)),
        mut_arg("platform", |arg| arg.help(dist::PLATFORM_HELP)),
        mut_arg("timeout", |arg| arg.help(dist::TIMEOUT_HELP)),
    )]
    Dist(dist::Dist),
    /// Put all that a build takes from others into one file, for machines without a network: Go, modules,
    /// bases, and what proves them
    #[command(
        after_help = bundle::EXAMPLES,
        mut_arg("images", |arg| arg.help(bundle::IMAGES_HELP)),
    )]
    Bundle(bundle::Bundle),
    /// Show what is in an image: a reference, an archive or a layout
    #[command(after_help = inspect::EXAMPLES)]
    Inspect(inspect::Inspect),
    /// Tell in what two images differ, the most significant cause first; exit code 1 where they do
    #[command(after_help = diff::EXAMPLES)]
    Diff(diff::Diff),
    /// Tell what the bytes of a program or an image are, or what grew between two: layers, files, sections,
    /// modules, packages, symbols
    #[command(after_help = size::EXAMPLES)]
    Size(size::Size),
    /// Print what an image consists of: an SPDX or CycloneDX document
    ///
    /// Licences are those that modules in Go's module cache have; where they are missing, `go mod
    /// download` in the project brings them.
    #[command(after_help = sbom::EXAMPLES)]
    Sbom(sbom::Sbom),
    /// Build images twice, in different folders and with different caches, users and time zones; exit code 1
    /// where they do not come out the same
    #[command(
        after_help = reproduce::EXAMPLES,
        mut_arg("images", |arg| arg.help(reproduce::IMAGES_HELP)),
    )]
    Reproduce(reproduce::Reproduce),
    /// Tell which layers of images would be made anew, and what changed
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::Explain),
    /// Hold images, and all that they are made of, to the rules of [policy]; exit code 1 where they break
    /// one
    #[command(after_help = check::EXAMPLES)]
    Check(check::Check),
    /// Run the stages of [pipeline]: lint, test, check, build, and what a project adds; on the main branch and
    /// for tags publish
    #[command(after_help = ci::EXAMPLES)]
    Ci(ci::Ci),
    /// Show, check and clean what is kept from run to run
    #[command(after_help = cache::EXAMPLES)]
    Cache(cache::Cache),
    /// Show, fetch and pin releases of Go
    #[command(after_help = toolchain::EXAMPLES)]
    Toolchain(toolchain::Toolchain),
    /// Tell what keeps the project from being built here, and what mends it
    ///
    /// Looks at Go, the module settings, proxies, the checksum database, git, registries, the clock, folders
    /// and the cache, and tells for each module of the build which way it comes and whether that works. The
    /// exit code is that of the worst finding: 0 for notes and warnings; 1 where something that is written
    /// is wrong, whatever else; else 77 where somebody is not authorised; else 69 where a service cannot be
    /// reached.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Doctor),
    /// Make keys to sign images with
    #[command(after_help = keys::EXAMPLES)]
    Keys(keys::Keys),
    /// Sign an image that is in a registry already
    #[command(after_help = sign::SIGN_EXAMPLES)]
    Sign(sign::Sign),
    /// Hang a signed statement onto an image that is in a registry already
    #[command(after_help = sign::ATTEST_EXAMPLES)]
    Attest(sign::Attest),
    /// Tell whether an image is signed by whom it should be, and what is attested of it
    #[command(after_help = verify::EXAMPLES)]
    Verify(verify::Verify),
    /// Build and publish the images that YAML or JSON documents name (`ko://IMPORTPATH`, `coracle://NAME`), and
    /// print the documents with digests in their place
    #[command(after_help = resolve::EXAMPLES, mut_arg("images", |arg| arg.hide(true)), mut_arg("json", |arg| arg.hide(true)))]
    Resolve(resolve::Resolve),
    /// Resolve documents, and apply them by kubectl
    #[command(after_help = resolve::APPLY_EXAMPLES, mut_arg("images", |arg| arg.index(1).hide(true)), mut_arg("json", |arg| arg.hide(true)))]
    Apply(resolve::Apply),
    /// Resolve documents, and create what they describe by kubectl
    #[command(after_help = resolve::OTHER_EXAMPLES, mut_arg("images", |arg| arg.index(1).hide(true)), mut_arg("json", |arg| arg.hide(true)))]
    Create(resolve::Apply),
    /// Build and publish one image, and run it once by kubectl: its output is shown, and its pod deleted at its end
    #[command(after_help = run::EXAMPLES, mut_arg("json", |arg| arg.hide(true)))]
    Run(run::Run),
    /// Delete what documents describe by kubectl; nothing is built
    #[command(after_help = resolve::OTHER_EXAMPLES)]
    Delete(resolve::Delete),
    /// Tell how the builds of a project do over time: what its team wants of them, what gets worse, and the
    /// last runs
    #[command(after_help = report::EXAMPLES)]
    Report(report::Report),
    /// Print the JSON schema of coracle.toml, or of what --json prints
    #[command(after_help = schema::EXAMPLES)]
    Schema(schema::Schema),
    /// Print completions for a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Completions),
    /// Print the manual page of coracle, or of one of its verbs
    #[command(after_help = man::EXAMPLES)]
    Man(man::Man),
}

impl Verb {
    /// Returns what is typed for it.
    fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Build(_) => "build",
            Self::Push(_) => "push",
            Self::Deploy(_) => "deploy",
            Self::Rollback(_) => "rollback",
            Self::Status(_) => "status",
            Self::Dist(_) => "dist",
            Self::Bundle(_) => "bundle",
            Self::Inspect(_) => "inspect",
            Self::Diff(_) => "diff",
            Self::Size(_) => "size",
            Self::Sbom(_) => "sbom",
            Self::Reproduce(_) => "reproduce",
            Self::Explain(_) => "explain",
            Self::Check(_) => "check",
            Self::Ci(_) => "ci",
            Self::Cache(_) => "cache",
            Self::Toolchain(verb) => verb.name(),
            Self::Doctor(_) => "doctor",
            Self::Keys(_) => "keys",
            Self::Sign(_) => "sign",
            Self::Attest(_) => "attest",
            Self::Verify(_) => "verify",
            Self::Resolve(_) => "resolve",
            Self::Apply(_) => "apply",
            Self::Create(_) => "create",
            Self::Run(_) => "run",
            Self::Delete(_) => "delete",
            Self::Report(_) => "report",
            Self::Schema(_) => "schema",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }
}

/// Returns the command line as clap knows it: verbs, flags, and what help says of them.
pub fn command() -> Command {
    Cli::command()
}

/// Runs the program with `arguments`, the first of which is its own name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let typed = command().try_get_matches_from(arguments);
    let typed = typed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match typed {
        Ok(typed) => typed,
        Err(error) => return exit::usage(&error),
    };
    let of_verb = OfVerb::read(&matches);
    let trace = cli
        .talk
        .trace
        .as_ref()
        .map(|file| of_verb.folder.join(file));
    let mut session = match session::Session::start(cli.talk, cli.verb.name()) {
        Ok(session) => session,
        Err(error) => return exit::machine(&error),
    };
    let traced = trace.map_or(Ok(()), |file| session.trace_to(file));
    let outcome = match traced {
        Ok(()) => run_verb(cli.verb, &session),
        Err(error) => telling::fail(&session, of_verb.form, vec![error]),
    };
    session.finish(outcome)
}

/// What concerns every verb, and is typed after its name where it has it.
struct OfVerb {
    /// The folder that it works in.
    folder: PathBuf,
    form: telling::Form,
}

impl OfVerb {
    fn read(matches: &ArgMatches) -> Self {
        let mut last = matches;
        while let Some((_, of_verb)) = last.subcommand() {
            last = of_verb;
        }
        // A flag that a verb has not is an error to clap.
        let folder = last.try_get_one::<PathBuf>("directory").ok().flatten();
        let json = last.try_get_one::<bool>("json").ok().flatten();
        Self {
            folder: folder.cloned().unwrap_or_default(),
            form: telling::Form::of_flag(json.copied().unwrap_or_default()),
        }
    }
}

fn run_verb(verb: Verb, session: &session::Session) -> session::Outcome {
    match verb {
        Verb::Init(verb) => verb.run(session),
        Verb::Build(verb) => verb.run(session),
        Verb::Push(verb) => verb.run(session),
        Verb::Deploy(verb) => verb.run(session),
        Verb::Rollback(verb) => verb.run(session),
        Verb::Status(verb) => verb.run(session),
        Verb::Dist(verb) => verb.run(session),
        Verb::Bundle(verb) => verb.run(session),
        Verb::Inspect(verb) => verb.run(session),
        Verb::Diff(verb) => verb.run(session),
        Verb::Size(verb) => verb.run(session),
        Verb::Sbom(verb) => verb.run(session),
        Verb::Reproduce(verb) => verb.run(session),
        Verb::Explain(verb) => verb.run(session),
        Verb::Check(verb) => verb.run(session),
        Verb::Ci(verb) => verb.run(session),
        Verb::Cache(verb) => verb.run(session),
        Verb::Toolchain(verb) => verb.run(session),
        Verb::Doctor(verb) => verb.run(session),
        Verb::Keys(verb) => verb.run(session),
        Verb::Sign(verb) => verb.run(session),
        Verb::Attest(verb) => verb.run(session),
        Verb::Verify(verb) => verb.run(session),
        Verb::Resolve(verb) => verb.run(session),
        Verb::Apply(verb) => verb.run(session, resolve::ByKubectl::Apply),
        Verb::Create(verb) => verb.run(session, resolve::ByKubectl::Create),
        Verb::Run(verb) => verb.run(session),
        Verb::Delete(verb) => verb.run(session),
        Verb::Report(verb) => verb.run(session),
        Verb::Schema(verb) => verb.run(),
        Verb::Completions(verb) => verb.run(&mut command()),
        Verb::Man(verb) => verb.run(command()),
    }
}
