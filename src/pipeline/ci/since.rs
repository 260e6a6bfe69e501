//! What of stages is left to do for a change: its files, to the packages, images and stages that it touches.

use std::collections::BTreeSet;
use std::time::Duration;

use super::CiPorts;
use super::passed::{archives, found, glob_set, is_archive, is_around, made, placed};
use crate::config::{BuildTag, Config, GlobPattern, StageName};
use crate::facts::{
    BuildTags, ChangedFiles, Describe, GatherRequest, ImageSources, Project, SourceFacts, Touched,
    TouchedPackages, changed_files, gather,
};
use crate::model::{BuildError, ImportPath, Phase, SourcePath};
use crate::plan::{Selected, Selection, Standpoint};
use crate::ports::{Git, Overtime, StageEnd, StageOrder};
use crate::stages::{
    Graph, Inputs, Part, Stage, Subject, TestedPackages, TouchedParts, package_list,
};

/// How long Go may take to list the packages.
const LISTING: Duration = Duration::from_mins(10);

/// A change, and the project that it is one of.
pub struct SinceRequest<'a> {
    /// What the commit is called that the change begins at.
    pub since: &'a str,
    /// The configuration.
    pub config: &'a Config,
    /// Where it was read.
    pub config_file: ConfigFile,
    /// The place of the project in its source tree.
    pub project: &'a Project,
    /// Where the user stands.
    pub standpoint: Standpoint<'a>,
    /// Folders in the source that hold what earlier runs left, and no source.
    pub caches: &'a [SourcePath],
}

/// Where the configuration was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigFile {
    /// In no file.
    None,
    /// In a file of the source.
    InSource(SourcePath),
    /// In a file elsewhere.
    Elsewhere,
}

/// Returns the stages of `graph`, with only that to do which the change touches.
///
/// # Errors
/// When git cannot tell what changed, or the source cannot be read.
pub fn narrowed(
    ports: CiPorts<'_>,
    request: &SinceRequest<'_>,
    graph: Graph,
) -> Result<Graph, BuildError> {
    let git = ports.git.ok_or_else(|| no_repository(request.since))?;
    let ChangedFiles { base, files } = changed_files(git, request.since)?;
    let change = Change {
        ports,
        request,
        graph: &graph,
        files: request.sources_of(&graph, files),
    };
    let touched = change.touched(git, base)?;
    Ok(graph.narrowed(&touched))
}

fn no_repository(since: &str) -> BuildError {
    let message = "there is no git repository, so nothing tells what changed";
    BuildError::new(Phase::Facts, since, message)
        .hint("do all there is: coracle ci")
        .hint("or begin a history: git init && git add . && git commit")
}

impl SinceRequest<'_> {
    /// Leaves out of `files` what coracle itself has made.
    fn sources_of(&self, graph: &Graph, mut files: Vec<SourcePath>) -> Vec<SourcePath> {
        let folder = &self.project.folder;
        let built_in = graph.stages.iter().filter(|it| it.subject != Subject::Own);
        let made = made(folder, built_in);
        let archives = archives(folder);
        files.retain(|path| {
            let mut others = made.iter().chain(self.caches);
            let is_made = others.any(|other| path.below(other).is_some());
            let is_built = archives.as_ref().is_some_and(|it| is_archive(path, it));
            !is_made && !is_built
        });
        files
    }
}

/// A change of which the files are known.
struct Change<'a> {
    ports: CiPorts<'a>,
    request: &'a SinceRequest<'a>,
    graph: &'a Graph,
    files: Vec<SourcePath>,
}

impl Change<'_> {
    fn touched(mut self, git: &dyn Git, base: String) -> Result<TouchedParts, BuildError> {
        let (settings, idle) = (self.configured_anew(), self.idle());
        self.add_outputs(&idle);
        let (packages, images) = match &settings {
            Some(why) => wholes(why),
            None => self.parts(git)?,
        };
        Ok(TouchedParts {
            since: self.request.since.to_owned(),
            base,
            packages,
            images,
            idle,
            settings,
        })
    }

    /// Returns what of the packages and of the images is touched.
    fn parts(&self, git: &dyn Git) -> Result<(Part, Part), BuildError> {
        let source = self.source(&[])?;
        match source.touched_by(self.ports.source, git, &self.files)? {
            Touched::Everything(why) => Ok(wholes(&why)),
            Touched::Packages(packages) => {
                let tested = self.tested(&packages)?;
                let images = self.images(&source, &packages, &tested)?;
                Ok((tested.part(&packages), images))
            }
        }
    }

    /// Says why what is read of the configuration may be another one, also where nobody sees it.
    fn configured_anew(&self) -> Option<String> {
        match &self.request.config_file {
            ConfigFile::InSource(file) if self.files.contains(file) => {
                Some(format!("{file} changed"))
            }
            ConfigFile::None | ConfigFile::InSource(_) => None,
            ConfigFile::Elsewhere => Some("its settings lie outside of the source".to_owned()),
        }
    }

    /// Reads the source, as it is built with `more` tags.
    fn source(&self, more: &[BuildTag]) -> Result<SourceFacts, BuildError> {
        let tags = self.request.config.go.tags.iter().chain(more);
        let request = GatherRequest {
            project: self.request.project,
            tags: &BuildTags::new(tags),
            describe: Describe::Unneeded,
        };
        gather(self.ports.source, None, &request)
    }

    /// Returns the stages of which no input changed, neither by hand nor by another stage, and whose outputs are
    /// there.
    fn idle(&self) -> BTreeSet<StageName> {
        let mut idle = BTreeSet::new();
        if self.configured_anew().is_some() {
            return idle;
        }
        let mut changed = self.files.clone();
        for stage in &self.graph.stages {
            let is_there = |path: &SourcePath| {
                let path = placed(&self.request.project.folder, path);
                path.is_some_and(|path| self.ports.source.entry(&path).is_ok())
            };
            if !self.reads_any(stage, &changed) && stage.outputs.iter().all(is_there) {
                idle.insert(stage.name.clone());
            } else {
                changed.extend(made(&self.request.project.folder, [stage]));
            }
        }
        idle
    }

    fn reads_any(&self, stage: &Stage, changed: &[SourcePath]) -> bool {
        let Inputs::Globs(globs) = &stage.inputs else {
            return true;
        };
        let Some(set) = glob_set(globs) else {
            return true;
        };
        let relative =
            |path: &SourcePath| Some(path.below(&self.request.project.folder)?.to_owned());
        let mut names = changed.iter().filter_map(relative);
        // What made a whole folder made what a glob finds in it.
        let is_named = names.any(|path| {
            set.is_match(&path) || globs.iter().any(|it| is_around(&path, it.as_str()))
        });
        is_named || !changed.is_empty() && self.links_lead_to_any(stage, globs, changed)
    }

    /// Tells whether links that `globs` find stand for what changed, or for what nobody knows.
    fn links_lead_to_any(
        &self,
        stage: &Stage,
        globs: &[GlobPattern],
        changed: &[SourcePath],
    ) -> bool {
        let (folder, caches) = (&self.request.project.folder, self.request.caches);
        let found = found(self.ports.source, folder, caches, globs, &stage.outputs);
        found.is_none_or(|found| {
            let mut ways = found.ways.iter();
            ways.any(|way| {
                let mut changed = changed.iter();
                changed.any(|path| path.below(way).is_some() || way.below(path).is_some())
            })
        })
    }

    /// What a stage makes anew changes whatever is made of that.
    fn add_outputs(&mut self, idle: &BTreeSet<StageName>) {
        let stages = self.graph.stages.iter();
        let running =
            stages.filter(|stage| stage.subject == Subject::Own && !idle.contains(&stage.name));
        let made = made(&self.request.project.folder, running);
        self.files.extend(made);
    }

    fn images(
        &self,
        source: &SourceFacts,
        packages: &TouchedPackages,
        tested: &Tested,
    ) -> Result<Part, BuildError> {
        let request = self.request;
        let folder = &request.project.folder;
        let selection = Selection::new(request.config, source, folder, request.standpoint);
        // Where it is not known which images there are, the stage that makes them says why.
        let Ok(selected) = selection.select(&[]) else {
            let why = "it is not known which images there are";
            return Ok(Part::Whole(why.to_owned()));
        };
        let compiled = source.compiled_anew(&self.files, packages);
        let mut touched = Vec::new();
        for image in &selected {
            let is_touched = match image.config.go.tags.as_slice() {
                [] => self.is_made_anew(image, source, &compiled, tested),
                tags => {
                    let source = self.source(tags)?;
                    let compiled = source.compiled_anew(&self.files, packages);
                    self.is_made_anew(image, &source, &compiled, tested)
                }
            };
            if is_touched {
                touched.push(image.name.to_string());
            }
        }
        Ok(if touched.len() == selected.len() {
            Part::Whole("every image is touched".to_owned())
        } else {
            Part::Only(touched)
        })
    }

    fn is_made_anew(
        &self,
        image: &Selected<'_>,
        source: &SourceFacts,
        compiled: &BTreeSet<ImportPath>,
        tested: &Tested,
    ) -> bool {
        let rules = image.config.files.iter();
        let folder = &self.request.project.folder;
        let copied: Vec<SourcePath> = rules
            .filter_map(|rule| folder.join(rule.base().as_str()).ok())
            .collect();
        let sources = ImageSources {
            mains: &image.mains,
            copied: &copied,
        };
        if source.is_image_touched(&sources, &self.files, compiled) {
            return true;
        }
        // A module of others may import what is in the tree; Go has seen that.
        let Tested::Listed(listed) = tested else {
            return false;
        };
        let dependents = listed.dependents(compiled.iter().map(ImportPath::as_str));
        let mut mains = image.mains.iter();
        mains.any(|main| dependents.contains(main.import_path.as_str()))
    }

    /// Returns the packages that are tested, as Go lists them, where any is touched.
    fn tested(&self, packages: &TouchedPackages) -> Result<Tested, BuildError> {
        if packages.sources.is_empty() && packages.tests.is_empty() {
            return Ok(Tested::Nothing);
        }
        let mut stages = self.graph.stages.iter();
        match stages.find(|stage| stage.tests.is_some()) {
            Some(stage) => self.list(stage),
            None => Ok(Tested::Unlisted),
        }
    }

    /// Lists what `stage` tests, as it would be tested.
    fn list(&self, stage: &Stage) -> Result<Tested, BuildError> {
        let Some(words) = package_list(stage) else {
            return Ok(Tested::Unknown);
        };
        let env: Vec<(String, String)> = stage
            .env
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect();
        let order = StageOrder {
            words: &words,
            env: &env,
            secrets: &[],
            limit: LISTING,
            overtime: Overtime::End,
        };
        let mut packages = TestedPackages::default();
        let ended = self
            .ports
            .runner
            .run(&order, &mut |line| packages.read(line));
        match ended {
            Ok(StageEnd::Passed) => Ok(Tested::Listed(packages)),
            Err(error) if self.ports.cancellation.is_stopped() => Err(error),
            _ => Ok(Tested::Unknown),
        }
    }
}

/// Returns all packages and all images, for one reason.
fn wholes(why: &str) -> (Part, Part) {
    let whole = || Part::Whole(why.to_owned());
    (whole(), whole())
}

/// What is tested, as far as that had to be asked.
enum Tested {
    /// Nothing of it is touched.
    Nothing,
    /// These packages.
    Listed(TestedPackages),
    /// No stage asks Go to test anything.
    Unlisted,
    /// Go cannot tell: then all is tested, and says what is wrong.
    Unknown,
}

impl Tested {
    /// Returns what is left to test where `touched` are touched by themselves.
    fn part(&self, touched: &TouchedPackages) -> Part {
        let sources = touched.sources.iter().map(ImportPath::as_str);
        let tests = touched.tests.iter().map(ImportPath::as_str);
        let listed = match self {
            Self::Nothing => return Part::Only(Vec::new()),
            Self::Unlisted => return Part::Only(sources.chain(tests).map(str::to_owned).collect()),
            Self::Unknown => {
                return Part::Whole("go list cannot tell which packages there are".to_owned());
            }
            Self::Listed(listed) => listed,
        };
        let packages = listed.touched(sources, tests);
        match packages.as_slice() {
            [] if listed.is_all(&[]) => Part::Whole("go list finds no package".to_owned()),
            some if listed.is_all(some) => {
                Part::Whole("every package is touched, or depends on one that is".to_owned())
            }
            _ => Part::Only(packages),
        }
    }
}
