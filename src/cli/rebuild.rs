//! `coracle verify --rebuild`: the image, built again by what its provenance says.

use std::path::{Path, PathBuf};

use super::images;
use super::options::{BuildOptions, ImageOptions, ProjectOptions};
use super::session::Session;
use super::wiring::{CleanPlace, ImageShelf};
use crate::attest::{Provenance, ProvenanceSource};
use crate::compare::{Comparison, DifferenceList};
use crate::config::recorded_text;
use crate::model::{BuildError, CommitId, Phase};
use crate::pipeline::{self, DiffRequest, NamedImage};
use crate::plan::{Output, OutputError, Sink};
use crate::ports::{EventSink, ImageReader};
use crate::report::RebuiltImage;

/// What is built again, and from where.
pub(super) struct Rebuild<'a> {
    pub(super) session: &'a Session,
    /// The image as it was named.
    pub(super) name: &'a str,
    /// The same image, to be compared with.
    pub(super) image: &'a dyn ImageReader,
    pub(super) digest: &'a str,
    pub(super) provenance: &'a Provenance,
    /// A folder in a repository that may have the source.
    pub(super) folder: PathBuf,
    pub(super) events: &'a dyn EventSink,
}

impl Rebuild<'_> {
    /// Builds the image again in a clean place, and compares.
    ///
    /// # Errors
    /// When its source or its toolchain cannot be had, or it cannot be built.
    pub(super) fn run(&self) -> Result<RebuiltImage, Vec<BuildError>> {
        let one = |error| vec![error];
        let source = &self.provenance.source;
        let commit = commit(source).map_err(one)?;
        let place = CleanPlace::make(self.session, self.events).map_err(one)?;
        place
            .check_out(self.session, source, &commit, &self.folder)
            .map_err(one)?;
        let config = self.config().ok_or_else(|| one(misunderstood()))?;
        let config = place.write_config(&config).map_err(one)?;
        let session = self
            .session
            .on(place.host(&self.session.host, &self.variables(&place)));
        let digest = self.build(&session, &place, config)?;
        let comparison = (digest != self.digest)
            .then(|| self.compare(&session, &place.image()))
            .transpose()?;
        Ok(RebuiltImage {
            digest,
            commit: commit.to_string(),
            go: self.provenance.go.to_string(),
            comparison,
        })
    }

    /// Returns a coracle.toml that says what was said then, and what the machine said.
    fn config(&self) -> Option<String> {
        let Provenance { config, source, .. } = self.provenance;
        let mut config = config.clone();
        // The checkout has no tags; all else that git is asked it knows.
        let stamp = config.get_mut("stamp")?;
        if stamp["version"].is_null() {
            stamp["version"] = source.version.clone()?.into();
        }
        config["go"]["toolchain"] = "verified".into();
        if let Some(base) = &self.provenance.base {
            let image = config["images"].get_mut(self.provenance.image.as_str())?;
            image["base"] = base.pinned().into();
        }
        recorded_text(&config)
    }

    fn variables(&self, place: &CleanPlace) -> Vec<(&'static str, String)> {
        let workspace = match &self.provenance.source.workspace {
            Some(file) => place.source().join(file.as_str()).display().to_string(),
            None => "off".to_owned(),
        };
        let epoch = self.provenance.epoch;
        let epoch = epoch.map(|epoch| ("SOURCE_DATE_EPOCH", epoch.seconds().to_string()));
        [("GOWORK", workspace)].into_iter().chain(epoch).collect()
    }

    fn build(
        &self,
        session: &Session,
        place: &CleanPlace,
        config: PathBuf,
    ) -> Result<String, Vec<BuildError>> {
        let folder = place.source().join(self.provenance.source.folder.as_str());
        let options = options(self.provenance, folder, config);
        let output = format!("layout={}", place.image().display());
        let output: Output = output.parse().map_err(|error: OutputError| {
            vec![BuildError::new(
                Phase::Verify,
                place.image().display(),
                error,
            )]
        })?;
        let outputs = vec![output];
        let sink = |folder| Sink::Files { outputs, folder };
        let outcome = images::build(session, &options, sink, self.events)?;
        if outcome.errors.is_empty() {
            Ok(outcome.images.into_iter().map(|it| it.digest).collect())
        } else {
            Err(outcome.errors)
        }
    }

    fn compare(&self, session: &Session, built: &Path) -> Result<Comparison, Vec<BuildError>> {
        let one = |error| vec![error];
        let options = ProjectOptions {
            directory: None,
            config: None,
        };
        let shelf = ImageShelf::new(session, options, self.events);
        let again = shelf.image(&built.display().to_string())?;
        let request = DiffRequest {
            platform: None,
            list: DifferenceList::First,
            scratch: &shelf.scratch().map_err(one)?,
            events: self.events,
            cancellation: &session.cancellation,
        };
        let named = |name, reader| NamedImage { name, reader };
        let comparison = pipeline::diff(
            named(self.name, self.image),
            named("built again", &*again),
            &request,
        );
        comparison.map_err(one)
    }
}

fn commit(source: &ProvenanceSource) -> Result<CommitId, BuildError> {
    let wrong = |message: &str| BuildError::new(Phase::Verify, "", message);
    let Some(commit) = &source.commit else {
        return Err(wrong("it was built from source that is in no repository")
            .hint("build from a git repository, so that others can build the same"));
    };
    if !source.is_committed {
        return Err(
            wrong("it was built from source that is in no commit: some of it was changed")
                .hint("commit all, and push again"),
        );
    }
    commit
        .parse()
        .map_err(|error| wrong("its provenance names no commit").because(error))
}

fn misunderstood() -> BuildError {
    BuildError::new(
        Phase::Verify,
        "",
        "its provenance says nothing that coracle.toml could say",
    )
}

fn options(provenance: &Provenance, folder: PathBuf, config: PathBuf) -> ImageOptions {
    ImageOptions {
        build: BuildOptions {
            images: vec![provenance.image.to_string()],
            project: ProjectOptions {
                directory: Some(folder),
                config: Some(config),
            },
            ..BuildOptions::default()
        },
        ..ImageOptions::default()
    }
}
