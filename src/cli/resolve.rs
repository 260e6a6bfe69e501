//! `coracle resolve`, and what hands its documents to kubectl: `apply`, `create`, `delete`.

use std::sync::{Mutex, PoisonError};

use clap::Args;

use crate::manifests::Selector;
use crate::model::{BuildError, ExitCode, Phase};
use crate::pipeline::{self, DocumentStream, Resolving};

use super::document_printer::{DocumentPrinter, Print};
use super::images::{self, Documents};
use super::options::{ImageOptions, ProjectOptions};
use super::session::{Outcome, Session};
use super::wiring::{Depth, Kubectl, ManifestText, read_manifests};

/// What help of `resolve` shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle resolve -f config/ --repo 'registry.example.com/team/{name}' > release.yaml
  coracle resolve -f deployment.yaml | kubectl apply -f -
  kustomize build overlays/staging | coracle resolve -f - -l app=web";

/// What help of `apply` shows last.
pub(super) const APPLY_EXAMPLES: &str = "\
Examples:
  coracle apply -f config/
  coracle apply -f config/ -R -- --server-side --namespace shop";

/// What help of `create` and `delete` shows last.
pub(super) const OTHER_EXAMPLES: &str = "\
Examples:
  coracle create -f job.yaml
  coracle delete -f config/ -- --ignore-not-found";

/// Which documents are meant.
#[derive(Debug, Args)]
struct ManifestOptions {
    /// Files of YAML or JSON, folders of them, or - for stdin; may be given several times
    #[arg(
        short = 'f',
        long = "filename",
        value_name = "FILE|DIR|-",
        required = true,
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    files: Vec<String>,
    /// Look into the folders of folders too
    #[arg(short = 'R', long)]
    recursive: bool,
    /// Take only objects with these labels, as in app=web,tier in (front, back),!canary
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    selector: Option<Selector>,
}

/// Flags of `coracle resolve`.
#[derive(Debug, Args)]
pub(super) struct Resolve {
    #[command(flatten)]
    manifests: ManifestOptions,
    #[command(flatten)]
    options: ImageOptions,
}

/// Flags of `coracle apply` and `coracle create`.
#[derive(Debug, Args)]
pub(super) struct Apply {
    #[command(flatten)]
    resolve: Resolve,
    /// Flags for kubectl
    #[arg(last = true, index = 2, value_name = "KUBECTL FLAG")]
    kubectl: Vec<String>,
}

/// Flags of `coracle delete`.
#[derive(Debug, Args)]
pub(super) struct Delete {
    #[command(flatten)]
    manifests: ManifestOptions,
    #[command(flatten)]
    project: ProjectOptions,
    /// Flags for kubectl
    #[arg(last = true, value_name = "KUBECTL FLAG")]
    kubectl: Vec<String>,
}

impl Resolve {
    /// Builds and publishes the images that documents name, and prints the documents with digests.
    pub(super) fn run(self, session: &Session) -> Outcome {
        self.print(session, &|text| session.print_beside_bars(text))
    }

    /// Hands the documents to `print`, in their order, each when the images that it names are published.
    fn print(mut self, session: &Session, print: &Print<'_>) -> Outcome {
        self.refuse_others()?;
        let texts = self.manifests.read(session, &self.options.build.project)?;
        let resolving = self.manifests.parse(&texts)?;
        let references = resolving.references()?;
        if references.is_empty() {
            let printed = print(&resolving.unchanged());
            return printed
                .map(|()| ExitCode::Done)
                .map_err(|error| vec![error]);
        }
        self.options.build.images = references.iter().map(pipeline::word).collect();
        let documents = Documents {
            resolving: &resolving,
            references: &references,
            printer: &DocumentPrinter::new(DocumentStream::new(&resolving), print),
        };
        images::resolve(session, &self.options, &documents)
    }

    fn refuse_others(&self) -> Result<(), Vec<BuildError>> {
        let refused = |message: &str| vec![BuildError::new(Phase::Config, "", message)];
        if !self.options.build.images.is_empty() {
            return Err(refused(
                "images are named by the documents, and not on the command line",
            ));
        }
        if self.options.build.run.json {
            return Err(refused(
                "stdout is for the documents, and has no room for a report",
            ));
        }
        Ok(())
    }
}

impl Apply {
    /// Resolves documents, and has kubectl do `verb` with them once all images are published.
    pub(super) fn run(self, session: &Session, verb: &str) -> Outcome {
        let kubectl = Kubectl::find(session).map_err(|error| vec![error])?;
        let is_dry = self.resolve.options.build.dry_run;
        let documents = Mutex::new(String::new());
        let locked = || documents.lock().unwrap_or_else(PoisonError::into_inner);
        let keep = |text: &str| {
            locked().push_str(text);
            Ok(())
        };
        let code = self.resolve.print(session, &keep)?;
        if code != ExitCode::Done || is_dry {
            return Ok(code);
        }
        let arguments = arguments(verb, self.kubectl);
        let ran = kubectl.run(&arguments, &locked());
        ran.map(|()| ExitCode::Done).map_err(|error| vec![error])
    }
}

impl Delete {
    /// Has kubectl delete what documents describe. Nothing is built for it.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let kubectl = Kubectl::find(session).map_err(|error| vec![error])?;
        let texts = self.manifests.read(session, &self.project)?;
        let documents = self.manifests.parse(&texts)?.unchanged();
        let ran = kubectl.run(&arguments("delete", self.kubectl), &documents);
        ran.map(|()| ExitCode::Done).map_err(|error| vec![error])
    }
}

impl ManifestOptions {
    fn read(
        &self,
        session: &Session,
        project: &ProjectOptions,
    ) -> Result<Vec<ManifestText>, Vec<BuildError>> {
        let folder = project.directory.clone().unwrap_or_default();
        let depth = if self.recursive {
            Depth::Recursive
        } else {
            Depth::Flat
        };
        read_manifests(&session.host.cwd.join(folder), &self.files, depth)
            .map_err(|error| vec![error])
    }

    fn parse<'a>(&self, texts: &'a [ManifestText]) -> Result<Resolving<'a>, Vec<BuildError>> {
        let files = texts.iter();
        let files = files.map(|text| (text.name.as_str(), text.bytes.as_slice()));
        Resolving::read(files, self.selector.as_ref())
    }
}

fn arguments(verb: &str, flags: Vec<String>) -> Vec<String> {
    let words = [verb, "-f", "-"].map(str::to_owned);
    words.into_iter().chain(flags).collect()
}
