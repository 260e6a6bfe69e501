//! `coracle bundle`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use crate::bundle::{Manifest, PROXY};
use crate::model::{BuildError, Platform};
use crate::pipeline::{BundleOrder, MadeBundle, Sealing};
use crate::report::{BundleReport, ListedBase};
use crate::toolchain::TOOLCHAIN_MODULE;

use super::images::{self, Bundled};
use super::options::{BuildOptions, ImageOptions};
use super::session::{Outcome, Session};
use super::telling::{Made, Telling, json};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle bundle -o service.bundle       # of every image of coracle.toml, for machines like this one
  coracle bundle server -o server.bundle --platform linux/amd64,linux/arm64 --host linux/arm64
  coracle bundle -o service.bundle --sign           # and service.bundle.sigstore.json, for --bundle-key
  coracle build --offline --bundle service.bundle   # on a machine without a network, and without Go";

/// What help says of arguments that mean something else here than for images.
pub(super) const IMAGES_HELP: &str = "Images to be built from the bundle: names from coracle.toml, or \
     main package paths (./cmd/server, .)";

/// Flags of `coracle bundle`.
#[derive(Debug, Args)]
pub(super) struct Bundle {
    #[command(flatten)]
    options: BuildOptions,
    /// The image below: static, scratch, or a registry reference
    #[arg(long, value_name = "REF")]
    base: Option<String>,
    /// The machines that will build from it, OS/ARCH separated by commas; the default is one like this
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    host: Vec<Platform>,
    /// Sign it, as [sign] in coracle.toml or `CORACLE_KEY` says: FILE.sigstore.json
    #[arg(long)]
    sign: bool,
    /// The file that takes the bundle; one that is there is replaced
    #[arg(short, long, value_name = "FILE", allow_hyphen_values = true)]
    output: PathBuf,
}

impl Bundle {
    /// Makes the bundle, and prints `FILE@DIGEST`.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let telling = Telling::start(session, &self.options);
        session.limit(self.options.run.timeout);
        let events = telling.sink();
        let hosts = self.hosts(session);
        let order = BundleOrder {
            sealing: if self.sign {
                Sealing::Signed
            } else {
                Sealing::Unsigned
            },
            hosts: &hosts,
            file: &self.file(),
        };
        let made = images::bundle(session, &self.image_options(), &order, &events);
        let made = made.and_then(|made| self.told(made).map_err(|error| vec![error]));
        drop(events);
        telling.end(made, |_| String::new())
    }

    fn image_options(&self) -> ImageOptions {
        ImageOptions {
            build: self.options.clone(),
            base: self.base.clone(),
            repo: None,
            tags: Vec::new(),
            cache_from: None,
            cache_to: None,
        }
    }

    fn hosts(&self, session: &Session) -> BTreeSet<Platform> {
        if self.host.is_empty() {
            BTreeSet::from([session.host.platform.clone()])
        } else {
            self.host.iter().cloned().collect()
        }
    }

    fn file(&self) -> PathBuf {
        let folder = self.options.project.directory.clone();
        folder.unwrap_or_default().join(&self.output)
    }

    fn told(&self, bundled: Bundled) -> Result<Made, BuildError> {
        match bundled {
            Bundled::Plan(text) => Ok(Made::Plan(text)),
            Bundled::Made(made) => {
                let report = report(self.file().display().to_string(), &made);
                let text = if self.options.run.json {
                    json(&report)?
                } else {
                    format!("{}@{}\n", report.file, report.digest)
                };
                Ok(Made::Document(text))
            }
        }
    }
}

fn report(file: String, made: &MadeBundle) -> BundleReport {
    let MadeBundle { digest, manifest } = made;
    let texts = |platforms: &[Platform]| platforms.iter().map(ToString::to_string).collect();
    let bases = manifest.bases.iter().map(|base| ListedBase {
        reference: base.reference.to_string(),
        digest: base.digest.to_string(),
    });
    BundleReport {
        form: BundleReport::FORM,
        file,
        digest: digest.to_string(),
        size_bytes: manifest.files.values().map(|file| file.size_bytes).sum(),
        go: manifest.go.to_string(),
        hosts: texts(&manifest.hosts),
        platforms: texts(&manifest.platforms),
        modules: modules(manifest),
        bases: bases.collect(),
    }
}

/// Returns the modules whose zips are in a bundle.
fn modules(manifest: &Manifest) -> Vec<String> {
    let names = manifest.files.keys().filter_map(|name| {
        let path = name.as_str().strip_prefix(PROXY)?.strip_prefix('/')?;
        let (module, version) = path.strip_suffix(".zip")?.split_once("/@v/")?;
        (module != TOOLCHAIN_MODULE).then(|| format!("{module}@{version}"))
    });
    names.collect()
}
