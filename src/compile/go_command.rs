//! The exact go command.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use super::microarchitecture::{MicroarchitectureError, microarchitecture};
use super::quoting::{QuotingError, quote};
use super::{Listing, Surroundings};
use crate::facts::MainPackage;
use crate::model::ImportPath;
use crate::plan::{Batch, Symbols, Target};
use crate::toolchain::{PinnedModule, Toolchain};

/// A go command, complete: it sees no variable and no setting that is not here.
#[derive(Clone, PartialEq, Eq)]
pub struct GoCommand {
    /// The go program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The folder that it runs in.
    pub folder: PathBuf,
    /// All of its environment.
    pub environment: BTreeMap<OsString, OsString>,
}

/// Why a batch cannot be compiled as it is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The platform's variant or a setting of it is wrong.
    #[error(transparent)]
    Microarchitecture(#[from] MicroarchitectureError),
    /// A stamp cannot be handed to the linker.
    #[error(transparent)]
    Quoting(#[from] QuotingError),
}

/// The go commands of one batch.
#[derive(Debug, Clone, Copy)]
pub struct GoCommands<'a> {
    /// The Go that runs them.
    pub toolchain: &'a Toolchain,
    /// What they compile.
    pub batch: &'a Batch,
    /// Where they run.
    pub surroundings: Surroundings<'a>,
}

/// Returns what `go build -o FOLDER/` calls the program of `target`.
pub fn program_name(target: &Target) -> String {
    let suffix = match target.platform.os() {
        "windows" => ".exe",
        _ => "",
    };
    format!("{}{suffix}", target.main.import_path.base_name())
}

/// Whether a package's files for cgo count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cgo {
    Off,
    On,
}

/// What all commands are told. There is no `-mod`: without it Go takes modules from a vendor folder
/// where there is one, and else changes neither go.mod nor go.sum. It is never empty, so that no
/// file in GOROOT supplies other flags.
const GOFLAGS: &str = "-trimpath -buildvcs=false";

/// What `go build` may ask for the modules that it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nobody: it has them, or fails at once.
    Offline,
    /// The module proxy, and what else the user's settings name.
    Online,
}

impl GoCommands<'_> {
    /// Returns the command that loads every package that the batch needs, and so fetches and
    /// verifies their modules; [`Listing`] reads what it prints.
    ///
    /// # Errors
    /// When the platform's variant or a setting is wrong.
    pub fn list(&self) -> Result<GoCommand, CommandError> {
        self.list_deps(Listing::FIELDS)
    }

    /// Returns the command that tells these fields of every package that the batch needs.
    pub(super) fn list_deps(&self, fields: &str) -> Result<GoCommand, CommandError> {
        let arguments = words(["list", "-e", "-deps", &format!("-json={fields}")]);
        self.command(self.about_mains(arguments), Cgo::Off)
    }

    /// Lets a command look at the main packages of the batch, with its tags.
    pub(super) fn about_mains(&self, mut arguments: Vec<OsString>) -> Vec<OsString> {
        arguments.extend(self.tags());
        arguments.push("--".into());
        arguments.extend(self.batch.mains.iter().map(|main| self.package(main)));
        arguments
    }

    /// Returns the command that fetches and verifies `modules`, and tells of each what came of that;
    /// [`super::ModuleDownload`] reads what it prints. Where go.sum has both lines of each, it changes no
    /// file of the user's.
    ///
    /// # Errors
    /// As for [`GoCommands::list`].
    pub fn download(&self, modules: &[&PinnedModule]) -> Result<GoCommand, CommandError> {
        let mut arguments = words(["mod", "download", "-json", "--"]);
        arguments.extend(modules.iter().map(|module| module.to_string().into()));
        self.command(arguments, Cgo::Off)
    }

    /// Returns the command that tells which files of `packages` count only where cgo is on.
    ///
    /// # Errors
    /// As for [`GoCommands::list`].
    pub fn list_cgo_files(&self, packages: &[ImportPath]) -> Result<GoCommand, CommandError> {
        let mut arguments = words(["list", "-e", "-find", "-json=ImportPath,CgoFiles"]);
        arguments.extend(self.tags());
        arguments.push("--".into());
        arguments.extend(packages.iter().map(|package| package.as_str().into()));
        self.command(arguments, Cgo::On)
    }

    /// Returns the command that compiles `mains`, which are of the batch, into the folder `output`,
    /// each under the base name of its import path.
    ///
    /// # Errors
    /// When the platform's variant or a setting is wrong, or a stamp cannot be passed on.
    pub fn build(
        &self,
        mains: &[&MainPackage],
        output: &Path,
        reach: Reach,
    ) -> Result<GoCommand, CommandError> {
        let mut folder = output.as_os_str().to_owned();
        folder.push("/");
        let mut arguments = words(["build", "-p", &self.surroundings.jobs.to_string()]);
        arguments.extend([OsStr::new("-o").into(), folder]);
        arguments.extend(self.tags());
        arguments.push(format!("-ldflags={}", self.linker_flags()?).into());
        arguments.extend(self.batch.settings.flags.iter().map(OsString::from));
        arguments.push("--".into());
        arguments.extend(mains.iter().map(|main| self.package(main)));
        let mut command = self.command(arguments, Cgo::Off)?;
        if reach == Reach::Offline {
            let nothing = [
                ("GOPROXY", "off"),
                ("GONOPROXY", "none"),
                ("GOPRIVATE", "none"),
            ];
            let nothing = nothing.map(|(name, value)| (name.into(), value.into()));
            command.environment.extend(nothing);
        }
        Ok(command)
    }

    pub(super) fn tags(&self) -> Option<OsString> {
        let tags = &self.batch.settings.tags;
        (!tags.is_empty()).then(|| format!("-tags={}", tags.join(",")).into())
    }

    fn linker_flags(&self) -> Result<String, QuotingError> {
        let settings = &self.batch.settings;
        let mut flags = match settings.symbols {
            Symbols::Stripped => words::<String>(["-s", "-w", "-buildid="]),
            Symbols::Kept => words(["-buildid="]),
        };
        for (variable, value) in &settings.stamps {
            flags.extend(["-X".to_owned(), format!("{variable}={value}")]);
        }
        flags.extend(settings.ldflags.iter().cloned());
        quote(flags.iter().map(String::as_str))
    }

    /// Names a package so that neither a dash nor a dot at its beginning means anything.
    fn package(&self, main: &MainPackage) -> OsString {
        match main.folder.below(&self.batch.folder) {
            Some("") => ".".into(),
            Some(path) => format!("./{path}").into(),
            None => main.import_path.as_str().into(),
        }
    }

    /// Returns a command that is told all that the compiler is.
    pub(super) fn looking(&self, arguments: Vec<OsString>) -> Result<GoCommand, CommandError> {
        self.command(arguments, Cgo::Off)
    }

    fn command(&self, arguments: Vec<OsString>, cgo: Cgo) -> Result<GoCommand, CommandError> {
        Ok(GoCommand {
            program: self.toolchain.root.join("bin/go"),
            arguments,
            folder: self
                .surroundings
                .source_root
                .join(self.batch.folder.as_str()),
            environment: self.environment(cgo)?,
        })
    }

    fn environment(&self, cgo: Cgo) -> Result<BTreeMap<OsString, OsString>, CommandError> {
        let Batch {
            platform, settings, ..
        } = self.batch;
        let mut variables = self.surroundings.variables();
        let mut set = |name: &str, value: &OsStr| {
            variables.insert(name.into(), value.to_owned());
        };
        // Settings that change the output are set in any case: no default of a toolchain counts. But for experiments:
        // no value means "those of the release", so what comes out is looked at (`check_experiments`).
        set("GOEXPERIMENT", OsStr::new(""));
        set("GOFIPS140", OsStr::new("off"));
        for (name, value) in &settings.env {
            set(name, OsStr::new(value));
        }
        if let Some((name, value)) = microarchitecture(platform, &settings.env)? {
            set(name, OsStr::new(&value));
        }
        set("GOOS", OsStr::new(platform.os()));
        set("GOARCH", OsStr::new(platform.arch()));
        set(
            "CGO_ENABLED",
            OsStr::new(if cgo == Cgo::On { "1" } else { "0" }),
        );
        set("GOENV", OsStr::new("off"));
        set("GOFLAGS", OsStr::new(GOFLAGS));
        set("GOTOOLCHAIN", OsStr::new("local"));
        set("GOWORK", &self.workspace());
        Ok(variables)
    }

    fn workspace(&self) -> OsString {
        match &self.batch.workspace {
            Some(file) => self.surroundings.source_root.join(file.as_str()).into(),
            None => "off".into(),
        }
    }
}

pub(super) fn words<T: for<'a> From<&'a str>>(
    words: impl IntoIterator<Item = impl AsRef<str>>,
) -> Vec<T> {
    words
        .into_iter()
        .map(|word| T::from(word.as_ref()))
        .collect()
}

/// The environment by names only: values may be secrets.
impl fmt::Debug for GoCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoCommand")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("folder", &self.folder)
            .field("environment", &self.environment.keys())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::num::NonZeroUsize;

    use super::*;
    use crate::compile::GoFolders;
    use crate::config::ModulesConfig;
    use crate::model::Environment;
    use crate::plan::GoSettings;
    use crate::toolchain::{GoEnvFile, ModuleSettings, ToolchainOrigin};

    fn main(folder: &str) -> MainPackage {
        MainPackage {
            import_path: ImportPath::reported(&format!("m/{folder}")),
            folder: folder.parse().unwrap(),
            stampable: BTreeSet::new(),
        }
    }

    fn batch(settings: GoSettings) -> Batch {
        Batch {
            platform: "linux/arm/v6".parse().unwrap(),
            settings,
            folder: "app".parse().unwrap(),
            workspace: Some("go.work".parse().unwrap()),
            mains: vec![main("app"), main("app/-x"), main("other/y")],
            time_limit: None,
        }
    }

    /// Makes the build command and shows it, its environment as `NAME=VALUE`.
    fn build(batch: &Batch, variables: &[(&str, &str)]) -> (GoCommand, BTreeSet<String>) {
        build_within(batch, variables, Reach::Online)
    }

    fn build_within(
        batch: &Batch,
        variables: &[(&str, &str)],
        reach: Reach,
    ) -> (GoCommand, BTreeSet<String>) {
        let variables = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::new(variables);
        let file = GoEnvFile::default();
        let modules = ModuleSettings::resolve(&environment, &ModulesConfig::default(), &file);
        let platform = "linux/amd64".parse().unwrap();
        let toolchain = Toolchain {
            version: "1.26.8".parse().unwrap(),
            root: "/go root".into(),
            origin: ToolchainOrigin::Machine,
        };
        let commands = GoCommands {
            toolchain: &toolchain,
            batch,
            surroundings: Surroundings {
                environment: &environment,
                folders: &GoFolders::resolve(&environment, &file, &platform, Path::new("/cache")),
                modules: &modules.unwrap(),
                source_root: Path::new("/src tree"),
                scratch: Path::new("/scratch"),
                jobs: NonZeroUsize::MIN,
            },
        };
        let mains: Vec<&MainPackage> = batch.mains.iter().collect();
        let command = commands.build(&mains, Path::new("/out"), reach).unwrap();
        let shown = command
            .environment
            .iter()
            .map(|(name, value)| format!("{}={}", name.to_string_lossy(), value.to_string_lossy()));
        let shown = shown.collect();
        (command, shown)
    }

    #[test]
    fn a_build_is_told_everything_that_changes_its_output() {
        let batch = batch(GoSettings {
            flags: vec!["-gcflags=all=-N -l".to_owned()],
            ldflags: vec!["-w=false".to_owned()],
            tags: vec!["a".to_owned(), "b".to_owned()],
            env: [("GOEXPERIMENT".to_owned(), "jsonv2".to_owned())].into(),
            stamps: [("main.version".to_owned(), "v1 beta".to_owned())].into(),
            symbols: Symbols::Stripped,
        });
        let (command, environment) = build(&batch, &[]);
        assert_eq!(command.program, Path::new("/go root/bin/go"));
        assert_eq!(command.folder, Path::new("/src tree/app"));
        let arguments: Vec<&str> = command
            .arguments
            .iter()
            .map(|argument| argument.to_str().unwrap())
            .collect();
        assert_eq!(
            arguments,
            [
                "build",
                "-p",
                "1",
                "-o",
                "/out/",
                "-tags=a,b",
                "-ldflags=-s -w -buildid= -X 'main.version=v1 beta' -w=false",
                "-gcflags=all=-N -l",
                "--",
                ".",
                "./-x",
                "m/other/y",
            ]
        );
        for setting in [
            "CGO_ENABLED=0",
            "GOARCH=arm",
            "GOARM=6",
            "GOENV=off",
            "GOEXPERIMENT=jsonv2",
            "GOFLAGS=-trimpath -buildvcs=false",
            "GOOS=linux",
            "GOTMPDIR=/scratch",
            "GOTOOLCHAIN=local",
            "GOWORK=/src tree/go.work",
            "GOCACHE=/cache/go-build",
        ] {
            assert!(
                environment.contains(setting),
                "{setting} in {environment:?}"
            );
        }
    }

    #[test]
    fn of_the_users_environment_only_what_is_listed_is_passed_on() {
        let user = [
            ("HOME", "/h"),
            ("GIT_CONFIG_KEY_0", "k"),
            ("https_proxy", "p"),
            ("GIT_DIR", "/elsewhere"),
            ("GOFLAGS", "-mod=mod"),
            ("GOTOOLCHAIN", "auto"),
            ("GOROOT", "/elsewhere"),
            ("LC_ALL", "C"),
            ("GOCACHEPROG", "evil"),
        ];
        let batch = batch(GoSettings {
            symbols: Symbols::Kept,
            ..GoSettings::default()
        });
        let (command, environment) = build(&batch, &user);
        for kept in [
            "HOME=/h",
            "GIT_CONFIG_KEY_0=k",
            "https_proxy=p",
            "GOTOOLCHAIN=local",
        ] {
            assert!(environment.contains(kept), "{kept}");
        }
        for dropped in ["GIT_DIR", "GOROOT", "LC_ALL", "GOCACHEPROG"] {
            assert!(
                !command.environment.contains_key(OsStr::new(dropped)),
                "{dropped}"
            );
        }
        assert!(command.arguments.contains(&"-ldflags=-buildid=".into()));
        assert!(!format!("{command:?}").contains("/elsewhere"));
    }
    #[test]
    fn garbage_is_collected_as_seldom_as_the_user_says_or_else_as_we_do() {
        let batch = batch(GoSettings::default());
        let (_, environment) = build(&batch, &[]);
        assert!(environment.contains("GOGC=400"), "{environment:?}");
        let (_, environment) = build(&batch, &[("GOGC", "50"), ("GOMEMLIMIT", "1GiB")]);
        assert!(environment.contains("GOGC=50"), "{environment:?}");
        assert!(environment.contains("GOMEMLIMIT=1GiB"), "{environment:?}");
    }

    #[test]
    fn a_build_that_asks_nobody_asks_no_private_server_either() {
        let private = "git.example.com/*";
        let user = [("GOPRIVATE", private), ("GONOPROXY", private)];
        let batch = batch(GoSettings::default());
        let (_, environment) = build_within(&batch, &user, Reach::Offline);
        for setting in ["GOPROXY=off", "GONOPROXY=none", "GOPRIVATE=none"] {
            assert!(environment.contains(setting), "{environment:?}");
        }
    }
}
