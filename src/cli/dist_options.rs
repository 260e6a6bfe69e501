//! What a release consists of, as flags say it.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};

use crate::config::{DistConfig, Extra, SbomFormat};
use crate::model::ArchiveForm;
use crate::plan::DistForm;

/// What is made beside programs and `SHA256SUMS`.
#[derive(Debug, Args)]
pub(super) struct DistOptions {
    /// Put each program into an archive, with README and LICENSE; [dist] archive says the same
    #[arg(long, value_enum, value_name = "FORM")]
    archive: Option<Archive>,
    /// List what each program consists of, in a file beside it; several forms are separated by commas
    #[arg(long, value_enum, value_name = "FORM", value_delimiter = ',')]
    sbom: Vec<Sbom>,
    /// Sign each file, as [sign] in coracle.toml or `CORACLE_KEY` says: FILE.sigstore.json
    #[arg(long)]
    sign: bool,
    /// Pack programs by upx, which must be installed; what it cannot pack stays as it is
    #[arg(long)]
    upx: bool,
    /// Push the files too, as one artifact beside the image: REPO:VERSION-dist
    #[arg(long)]
    push: bool,
    /// The repository to push to; {name} stands for the image's name
    #[arg(long, value_name = "REPO", requires = "push")]
    repo: Option<String>,
}

/// The form of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Archive {
    /// `NAME_VERSION_OS_ARCH.tar.gz`
    #[value(name = "tar.gz")]
    TarGz,
    /// `NAME_VERSION_OS_ARCH.zip`
    Zip,
}

/// The form of a bill of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sbom {
    /// SPDX 2.3, in JSON: FILE.spdx.json
    Spdx,
    /// `CycloneDX` 1.6, in JSON: FILE.cdx.json
    Cyclonedx,
}

impl DistOptions {
    /// Returns the repository that was named.
    pub(super) fn repository(&self) -> Option<String> {
        self.repo.clone()
    }

    /// Returns what is made: what the flags say, else what `config` does.
    pub(super) fn form(&self, config: &DistConfig) -> DistForm {
        let archive = self.archive.map(|form| match form {
            Archive::TarGz => ArchiveForm::TarGz,
            Archive::Zip => ArchiveForm::Zip,
        });
        let sbom: BTreeSet<SbomFormat> = self
            .sbom
            .iter()
            .map(|form| match form {
                Sbom::Spdx => SbomFormat::Spdx,
                Sbom::Cyclonedx => SbomFormat::CycloneDx,
            })
            .collect();
        let or = |flag: bool, config: Extra| if flag { Extra::Wanted } else { config };
        DistForm {
            archive: archive.or(config.archive),
            sbom: if sbom.is_empty() {
                config.sbom.clone()
            } else {
                sbom
            },
            signed: or(self.sign, config.sign),
            packed: or(self.upx, config.upx),
            pushed: Extra::from(self.push),
        }
    }
}
