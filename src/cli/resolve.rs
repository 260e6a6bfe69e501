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
use super::watch::watch;
use super::wiring::{Depth, Kubectl, ManifestText, STDIN, Source, WatchedFiles, read_manifests};

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
  coracle apply -f config/ --watch        # whenever a file has changed, until Ctrl-C
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
    /// Go on: do it again whenever a file of the project or a manifest has changed, until Ctrl-C
    #[arg(short = 'W', long, conflicts_with_all = ["dry_run", "timeout"])]
    watch: bool,
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

/// What kubectl is to do with documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByKubectl {
    /// Make what they describe, or change it.
    Apply,
    /// Make it.
    Create,
}

/// Takes whole documents.
type Take<'a> = dyn Fn(&Session, &str) -> Result<(), BuildError> + 'a;

impl Resolve {
    /// Builds and publishes the images that documents name, and prints the documents with digests.
    pub(super) fn run(self, session: &Session) -> Outcome {
        if self.watch {
            // The marker tells whoever reads the stream that they are whole.
            return self.watch(session, &|session, documents| {
                let end = if documents.ends_with('\n') { "" } else { "\n" };
                session.print_beside_bars(&format!("{documents}{end}---\n"))
            });
        }
        self.print(session, &|text| session.print_beside_bars(text))
    }

    /// Hands the documents to `print`, in their order, each when the images that it names are published.
    fn print(&self, session: &Session, print: &Print<'_>) -> Outcome {
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
        let mut options = self.options.clone();
        options.build.images = references.iter().map(pipeline::word).collect();
        let documents = Documents {
            resolving: &resolving,
            references: &references,
            printer: &DocumentPrinter::new(DocumentStream::new(&resolving), print),
        };
        images::resolve(session, &options, &documents)
    }

    /// Hands the documents to `take` once all of their images are published.
    fn hand_over(&self, session: &Session, take: impl FnOnce(&str) -> Outcome) -> Outcome {
        let documents = Mutex::new(String::new());
        let locked = || documents.lock().unwrap_or_else(PoisonError::into_inner);
        let code = self.print(session, &|text| {
            locked().push_str(text);
            Ok(())
        })?;
        if code != ExitCode::Done || self.options.build.dry_run {
            return Ok(code);
        }
        take(&locked())
    }

    /// Hands the documents to `take`, and does so again whenever they have become others.
    fn watch(&self, session: &Session, take: &Take<'_>) -> Outcome {
        self.refuse_others()?;
        let files = self
            .manifests
            .watched(session, &self.options.build.project)?;
        let mut last = None;
        watch(session, &files, |session| {
            self.hand_over(session, |documents| {
                if last.as_deref() != Some(documents) {
                    take(session, documents).map_err(|error| vec![error])?;
                    last = Some(documents.to_owned());
                }
                Ok(ExitCode::Done)
            })
        })
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
    /// Resolves documents, and has kubectl do something with them once all images are published.
    pub(super) fn run(self, session: &Session, what: ByKubectl) -> Outcome {
        let one = |error| vec![error];
        let kubectl = Kubectl::find(session).map_err(one)?;
        let arguments = arguments(what.as_str(), self.kubectl);
        if !self.resolve.watch {
            return self.resolve.hand_over(session, |documents| {
                let ran = kubectl.run(&arguments, documents);
                ran.map(|()| ExitCode::Done).map_err(one)
            });
        }
        if what == ByKubectl::Create {
            let message = "what is there is not created again";
            let error = BuildError::new(Phase::Config, "--watch", message);
            return Err(one(
                error.hint("coracle apply --watch changes what is there")
            ));
        }
        let take = |_: &Session, documents: &str| kubectl.run(&arguments, documents);
        self.resolve.watch(session, &take)
    }
}

impl ByKubectl {
    fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Create => "create",
        }
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

    /// Returns the files that decide what comes out: the manifests, and those of the project.
    fn watched(
        &self,
        session: &Session,
        project: &ProjectOptions,
    ) -> Result<WatchedFiles, Vec<BuildError>> {
        if self.files.iter().any(|file| file == STDIN) {
            let message = "stdin is read once, and cannot be watched";
            return Err(vec![BuildError::new(Phase::Config, "--watch", message)]);
        }
        let folder = project.directory.clone().unwrap_or_default();
        let folder = session.host.cwd.join(folder);
        let source = Source::find(session, project).map_err(|error| vec![error])?;
        let manifests = self.files.iter().map(|file| folder.join(file));
        Ok(WatchedFiles::new(source.files().chain(manifests).collect()))
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
