//! The files of a release: programs and archives, what is said of them, and their sums.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::attest::sbom::{ProgramInventory, cyclonedx_of_program, spdx_of_program};
use crate::attest::{SIGNATURE_ENDING, file_statement};
use crate::compile::Binary;
use crate::config::SbomFormat;
use crate::facts::SourceFacts;
use crate::model::{
    ArchiveForm, BlobSource, BuildError, Content, Digest, Entry, ExitCode, FileCapabilities,
    FileMode, ImagePath, InstalledProgram, Owner, Phase, Work,
};
use crate::plan::{DistPlan, DistProgram, beside};
use crate::ports::{FilePlace, Packer, Packing, PlacedFile, Progress, Signer};
use crate::report::{self, PackedProgram, ReleasedFile, ReleasedKind};

use super::super::{Licences, Ports};

/// Who does what is not done by itself.
#[derive(Clone, Copy, Default)]
pub struct DistHelpers<'a> {
    /// Who packs programs, where they are to be packed.
    pub packer: Option<&'a dyn Packer>,
    /// Who signs files, where they are to be signed.
    pub signer: Option<&'a dyn Signer>,
}

/// A file of a release that is there.
#[derive(Clone)]
pub(super) struct Made {
    /// What it is, and where.
    pub(super) file: ReleasedFile,
    /// Its name.
    pub(super) name: String,
    /// Where it is, also where that is no text.
    path: PathBuf,
    /// What is in it.
    pub(super) content: FileContent,
    /// The file.
    pub(super) placed: PlacedFile,
    /// The images that it belongs to; none is named where it belongs to all.
    pub(super) images: Vec<usize>,
}

/// What is in a file of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileContent {
    Program,
    Archive(ArchiveForm),
    Sbom(SbomFormat),
    Checksums,
    Signature,
}

/// A program as it goes into the release.
struct Ready {
    source: Arc<dyn BlobSource>,
    size_bytes: u64,
    packed: Option<PackedProgram>,
}

/// Makes the files of a release, from any thread.
pub(super) struct Workbench<'a> {
    ports: &'a Ports<'a>,
    plan: &'a DistPlan,
    source: &'a SourceFacts,
    helpers: DistHelpers<'a>,
    licences: Option<Licences<'a>>,
    made: Mutex<Vec<Made>>,
}

impl<'a> Workbench<'a> {
    /// Has made nothing yet.
    ///
    /// # Errors
    /// When licences cannot be told apart, which is a fault of coracle's own.
    pub(super) fn new(
        ports: &'a Ports<'a>,
        plan: &'a DistPlan,
        source: &'a SourceFacts,
        helpers: DistHelpers<'a>,
    ) -> Result<Self, BuildError> {
        let is_described = !plan.form.sbom.is_empty();
        let licences = is_described.then(|| Licences::new(ports.modules));
        Ok(Self {
            ports,
            plan,
            source,
            helpers,
            licences: licences.transpose()?,
            made: Mutex::default(),
        })
    }

    /// Puts a program where it goes, with all that belongs to it.
    pub(super) fn make(&self, binary: &Binary) -> Result<report::Binary, BuildError> {
        let program = self.program(binary)?;
        let ready = self.pack(program, binary)?;
        let main = self.place(program, &ready)?;
        let mut files = vec![main.file.clone()];
        files.extend(self.sign(&main)?);
        for format in &self.plan.form.sbom {
            let sbom = self.describe(program, binary, &ready, *format)?;
            files.push(sbom.file.clone());
            files.extend(self.sign(&sbom)?);
        }
        Ok(report::Binary {
            package: binary.target.main.import_path.to_string(),
            platform: binary.target.platform.to_string(),
            path: Some(main.file.path.clone()),
            size_bytes: main.file.size_bytes,
            seconds: binary.duration.as_secs_f64(),
            sha256: Some(main.file.sha256.clone()),
            packed: ready.packed,
            files,
            status: "OK".to_owned(),
        })
    }

    /// Lists what was made, with the sums; nothing where nothing was made.
    pub(super) fn list(&self) -> Result<Vec<ReleasedFile>, BuildError> {
        let text = checksums(&self.made());
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let path = self.plan.checksums();
        let place = FilePlace {
            path: &path,
            outdated: &[signature_of(&path)],
        };
        let placed = self.ports.programs.write(text.as_bytes(), place)?;
        let sums = self.keep(&path, FileContent::Checksums, placed, &[]);
        let seal = self.sign(&sums)?;
        Ok(std::iter::once(sums.file).chain(seal).collect())
    }

    /// Returns what was made so far.
    pub(super) fn made(&self) -> Vec<Made> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.clone()
    }

    fn program(&self, binary: &Binary) -> Result<&'a DistProgram, BuildError> {
        let number = self.plan.position(&binary.target).ok_or_else(|| {
            let package = &binary.target.main.import_path;
            BuildError::new(Phase::Compile, package, "nobody asked for this program")
                .exit(ExitCode::Internal)
        })?;
        Ok(&self.plan.programs[number])
    }

    fn pack(&self, program: &DistProgram, binary: &Binary) -> Result<Ready, BuildError> {
        let as_it_was = |kept_because: Option<String>| Ready {
            source: Arc::clone(&binary.source),
            size_bytes: binary.size_bytes,
            packed: kept_because.map(|reason| PackedProgram {
                before_bytes: binary.size_bytes,
                after_bytes: binary.size_bytes,
                kept_because: Some(reason),
            }),
        };
        let Some(packer) = self.helpers.packer else {
            return Ok(as_it_was(None));
        };
        let _progress = self.progress(program, "upx");
        let packing = packer.pack(&*binary.source, &program.name, self.plan.time_limit)?;
        Ok(match packing {
            Packing::AsItWas(reason) => as_it_was(Some(reason)),
            Packing::Packed {
                program,
                size_bytes,
            } => Ready {
                source: program,
                size_bytes,
                packed: Some(PackedProgram {
                    before_bytes: binary.size_bytes,
                    after_bytes: size_bytes,
                    kept_because: None,
                }),
            },
        })
    }

    fn place(&self, program: &DistProgram, ready: &Ready) -> Result<Made, BuildError> {
        let sink = self.ports.programs;
        let place = FilePlace {
            path: &program.path,
            outdated: &outdated(self.plan, program),
        };
        let (content, placed) = match self.plan.form.archive {
            None => {
                let placed = sink.place(&*ready.source, place)?;
                (FileContent::Program, placed)
            }
            Some(form) => {
                let _progress = self.progress(program, &form.to_string());
                let entries = self.entries(program, ready)?;
                let placed = sink.archive(form, entries, place)?;
                (FileContent::Archive(form), placed)
            }
        };
        Ok(self.keep(&program.path, content, placed, &program.images))
    }

    fn entries(&self, program: &DistProgram, ready: &Ready) -> Result<Vec<Entry>, BuildError> {
        let path = ImagePath::root().join(&program.name).map_err(|error| {
            BuildError::new(Phase::Layers, &program.name, "no program can be named so")
                .because(error)
        })?;
        let entry = Entry {
            path,
            mode: FileMode::EXECUTABLE,
            owner: Owner::ROOT,
            // No archive keeps them as an image does.
            capabilities: FileCapabilities::default(),
            content: Content::File {
                size_bytes: ready.size_bytes,
                source: Arc::clone(&ready.source),
            },
        };
        Ok(self.plan.files.iter().cloned().chain([entry]).collect())
    }

    /// Lists what a program consists of.
    fn describe(
        &self,
        program: &DistProgram,
        binary: &Binary,
        ready: &Ready,
        format: SbomFormat,
    ) -> Result<Made, BuildError> {
        let path = program.sbom(format);
        let digest = Digest::of_source(&*ready.source).map_err(|error| {
            BuildError::new(Phase::Attest, &program.name, "cannot read the program")
                .because(error)
                .exit(ExitCode::Internal)
        })?;
        let mut account = binary.info.account(digest, ready.size_bytes);
        if let Some(licences) = &self.licences {
            licences.fill(&mut account);
            licences.fill_from_source(&mut account, self.ports.source, &self.source.modules);
        }
        let image = &self.plan.images[program.images[0]];
        let inventory = ProgramInventory {
            program: InstalledProgram {
                path: program.name.clone(),
                account,
            },
            version: image.version.clone(),
            created: image.created,
        };
        let bytes = match format {
            SbomFormat::Spdx => spdx_of_program(&inventory),
            SbomFormat::CycloneDx => cyclonedx_of_program(&inventory),
        };
        let place = FilePlace {
            path: &path,
            outdated: &[signature_of(&path)],
        };
        let placed = self.ports.programs.write(&bytes, place)?;
        let content = FileContent::Sbom(format);
        Ok(self.keep(&path, content, placed, &program.images))
    }

    /// Signs a file, where files are signed.
    fn sign(&self, made: &Made) -> Result<Option<ReleasedFile>, BuildError> {
        let Some(signer) = self.helpers.signer else {
            return Ok(None);
        };
        let bytes = signature(signer, &made.name, made.placed.digest)?;
        let path = signature_of(&made.path);
        let place = FilePlace {
            path: &path,
            outdated: &[],
        };
        let placed = self.ports.programs.write(&bytes, place)?;
        let seal = self.keep(&path, FileContent::Signature, placed, &made.images);
        Ok(Some(seal.file))
    }

    fn keep(
        &self,
        path: &Path,
        content: FileContent,
        placed: PlacedFile,
        images: &[usize],
    ) -> Made {
        let name = path.file_name().unwrap_or_default();
        let made = Made {
            file: ReleasedFile {
                kind: content.kind(),
                path: path.display().to_string(),
                size_bytes: placed.size_bytes,
                sha256: placed.digest.to_hex(),
            },
            name: name.to_string_lossy().into_owned(),
            path: path.to_owned(),
            content,
            placed,
            images: images.to_vec(),
        };
        let mut all = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(made.clone());
        made
    }

    fn progress(&self, program: &DistProgram, what: &str) -> Progress<'a> {
        let subject = format!("{} {} {what}", program.target.platform, program.name);
        Progress::start(self.ports.events, Work::new(Phase::Layers, subject), None)
    }
}

impl FileContent {
    fn kind(self) -> ReleasedKind {
        match self {
            Self::Program => ReleasedKind::Program,
            Self::Archive(_) => ReleasedKind::Archive,
            Self::Sbom(_) => ReleasedKind::Sbom,
            Self::Checksums => ReleasedKind::Checksums,
            Self::Signature => ReleasedKind::Signature,
        }
    }

    /// Returns the media type of such files.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Program => "application/octet-stream",
            Self::Archive(ArchiveForm::TarGz) => "application/gzip",
            Self::Archive(ArchiveForm::Zip) => "application/zip",
            Self::Sbom(SbomFormat::Spdx) => "application/spdx+json",
            Self::Sbom(SbomFormat::CycloneDx) => "application/vnd.cyclonedx+json",
            Self::Checksums => "text/plain",
            Self::Signature => crate::attest::BUNDLE_TYPE,
        }
    }

    /// Tells whether the sums of such files are listed; signatures prove themselves.
    fn is_listed(self) -> bool {
        !matches!(self, Self::Checksums | Self::Signature)
    }
}

/// Lists sums as `sha256sum -c` reads them, by name.
pub(super) fn checksums(made: &[Made]) -> String {
    let listed = made.iter().filter(|made| made.content.is_listed());
    let mut lines: Vec<(&str, String)> = listed
        .map(|made| (made.name.as_str(), made.placed.digest.to_hex()))
        .collect();
    lines.sort();
    let mut text = String::new();
    for (name, sum) in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{sum}  {name}");
    }
    text
}

/// Signs the file of this name and digest.
pub(super) fn signature(
    signer: &dyn Signer,
    name: &str,
    digest: Digest,
) -> Result<Vec<u8>, BuildError> {
    let statement = file_statement(digest, name);
    let bundle = signer.sign(&statement.to_bytes())?;
    Ok(bundle.to_bytes())
}

/// Returns what says something of the program that is at the place of `program`: the sums of the folder,
/// its bills of materials, and signatures, each before what it is of.
fn outdated(plan: &DistPlan, program: &DistProgram) -> Vec<PathBuf> {
    let sboms = SbomFormat::ALL.map(|format| program.sbom(format));
    let signed = [plan.checksums()].into_iter().chain(sboms);
    let mut paths: Vec<PathBuf> = signed
        .flat_map(|path| [signature_of(&path), path])
        .collect();
    paths.push(signature_of(&program.path));
    paths
}

fn signature_of(path: &Path) -> PathBuf {
    beside(path, SIGNATURE_ENDING)
}
