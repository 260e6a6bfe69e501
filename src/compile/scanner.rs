//! govulncheck: which one, how it is built, and how it is called.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::go_command::words;
use super::{BuildInfo, CommandError, GoCommand, GoCommands, LinkedModule, Surroundings};
use crate::config::VulnerabilityDatabase;
use crate::model::GoVersion;
use crate::toolchain::Toolchain;

/// The program that finds vulnerabilities. Nothing in it is newer or older than what is named here, so
/// that the same source and database give the same findings.
#[derive(Debug, Clone, Copy)]
pub struct Scanner;

const PACKAGE: &str = "golang.org/x/vuln/cmd/govulncheck";

/// The oldest Go that builds it, as its go.mod says.
const OLDEST_GO: &str = "1.26.0";

/// What it is made of, as the checksum database has it; the program's own module is the first.
const MODULES: [[&str; 3]; 5] = [
    [
        "golang.org/x/vuln",
        "v1.9.0",
        "h1:12VaqnI9kJfqwRoPptxoqsUhQtdfrSbdksT7X/KY/sc=",
    ],
    [
        "golang.org/x/mod",
        "v0.42.0",
        "h1:ICeL3t2L30ljSPHHxDnR4fqVcBt/zR2zJAb9juavmQg=",
    ],
    [
        "golang.org/x/sync",
        "v0.24.0",
        "h1:iqiDrGoDgyuvAKrhLQthUEzU/R378N78gXbBjxed7oA=",
    ],
    [
        "golang.org/x/telemetry",
        "v0.0.0-20261010193011-f71dc92da45e",
        "h1:P6NGsugec4oASJ+yKMNgTndeo0h2CbixZLvQIe9h5R4=",
    ],
    [
        "golang.org/x/tools",
        "v0.52.0",
        "h1:ryxg4U63oaUYk7uOLTF37n43f4qgtGvqV4Ioit1BaEs=",
    ],
];

/// Why a program is not the one that is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScannerMismatch {
    /// It says nothing of what it is made of.
    #[error("it is no Go program")]
    NoGoProgram,
    /// It is another program.
    #[error("it is made of {found}, expected {PACKAGE}")]
    Package {
        /// What it is made of.
        found: String,
    },
    /// Another Go made it.
    #[error("it was made by {found}, expected go{expected}")]
    Go {
        /// What made it.
        found: String,
        /// What should have.
        expected: GoVersion,
    },
    /// A module is another one, or one too many or too few is in it.
    #[error("its module {module} is {found}, expected {expected}")]
    Module {
        /// The path of the module.
        module: String,
        /// Its version and hash, or that it is not there.
        found: String,
        /// Those that it should have.
        expected: String,
    },
}

impl Scanner {
    /// Returns what it is called, with its version.
    pub fn name() -> String {
        format!("govulncheck-{}", MODULES[0][1])
    }

    /// Returns what `go install` calls the program.
    pub fn program_name() -> &'static str {
        "govulncheck"
    }

    /// Tells whether this version of Go builds it.
    pub fn is_built_by(version: &GoVersion) -> bool {
        let oldest = OLDEST_GO.parse::<GoVersion>();
        oldest.is_ok_and(|oldest| *version >= oldest)
    }

    /// Returns the command that builds it with `toolchain` into `folder`, with modules from where the
    /// user has them from.
    pub fn install(
        toolchain: &Toolchain,
        surroundings: &Surroundings<'_>,
        folder: &Path,
    ) -> GoCommand {
        let mut environment = surroundings.variables();
        let settings = [
            ("GOBIN", folder.as_os_str()),
            ("GOENV", OsStr::new("off")),
            ("GOEXPERIMENT", OsStr::new("")),
            ("GOFIPS140", OsStr::new("off")),
            ("GOFLAGS", OsStr::new("-mod=mod -trimpath -buildvcs=false")),
            ("GOTOOLCHAIN", OsStr::new("local")),
            ("GOWORK", OsStr::new("off")),
            ("CGO_ENABLED", OsStr::new("0")),
        ];
        environment.extend(settings.map(|(name, value)| (name.into(), value.into())));
        let jobs = surroundings.jobs.to_string();
        let package = format!("{PACKAGE}@{}", MODULES[0][1]);
        GoCommand {
            program: toolchain.root.join("bin/go"),
            arguments: words(["install", "-p", &jobs, "--", &package]),
            folder: surroundings.scratch.to_owned(),
            environment,
        }
    }

    /// Sees to it that a program is the one that is meant, made by `go`.
    ///
    /// # Errors
    /// When anything in it is another than what is expected.
    pub fn check(info: Option<&BuildInfo>, go: &GoVersion) -> Result<(), ScannerMismatch> {
        let info = info.ok_or(ScannerMismatch::NoGoProgram)?;
        if info.path != PACKAGE {
            let found = info.path.clone();
            return Err(ScannerMismatch::Package { found });
        }
        if info.go_version != format!("go{go}") {
            return Err(ScannerMismatch::Go {
                found: info.go_version.clone(),
                expected: go.clone(),
            });
        }
        let linked: Vec<&LinkedModule> = info.main.iter().chain(&info.modules).collect();
        let extra = linked.iter().map(|it| it.path.as_str());
        for path in MODULES.iter().map(|[path, ..]| *path).chain(extra) {
            check_module(path, &linked)?;
        }
        Ok(())
    }
}

fn check_module(path: &str, linked: &[&LinkedModule]) -> Result<(), ScannerMismatch> {
    let none = || "not there".to_owned();
    let expected = MODULES.iter().find(|[known, ..]| *known == path);
    let expected = expected.map_or_else(none, |[_, version, sum]| format!("{version} {sum}"));
    let mut found = linked.iter().filter(|it| it.path == path).map(|it| {
        let sum = it.sum.as_deref().unwrap_or("without a hash");
        let replaced = it.replacement.as_ref().map_or("", |_| " replaced");
        format!("{} {sum}{replaced}", it.version)
    });
    let found = found.next().unwrap_or_else(none);
    if found == expected {
        return Ok(());
    }
    Err(ScannerMismatch::Module {
        module: path.to_owned(),
        found,
        expected,
    })
}

impl GoCommands<'_> {
    /// Returns the command that looks for vulnerabilities which `database` knows in what the batch is
    /// compiled from, with the scanner at `program`.
    ///
    /// # Errors
    /// When the platform's variant or a setting is wrong.
    pub fn scan(
        &self,
        program: &Path,
        database: &VulnerabilityDatabase,
    ) -> Result<GoCommand, CommandError> {
        let mut arguments = scan_arguments(database);
        arguments.extend(self.tags());
        arguments.push("--".into());
        arguments.extend(self.batch.mains.iter().map(|main| self.package(main)));
        self.scanning(program, arguments)
    }

    /// Returns the command that looks for them in `binary`, which was compiled of the batch.
    ///
    /// # Errors
    /// As for [`GoCommands::scan`].
    pub fn scan_binary(
        &self,
        program: &Path,
        database: &VulnerabilityDatabase,
        binary: &Path,
    ) -> Result<GoCommand, CommandError> {
        let mut arguments = scan_arguments(database);
        arguments.extend(words::<OsString>(["-mode", "binary", "--"]));
        arguments.push(binary.into());
        self.scanning(program, arguments)
    }

    /// The scanner asks the go command that it finds on PATH: it is ours.
    fn scanning(
        &self,
        program: &Path,
        arguments: Vec<OsString>,
    ) -> Result<GoCommand, CommandError> {
        let mut command = self.looking(arguments)?;
        let own = self.toolchain.root.join("bin");
        let path = command.environment.get(OsStr::new("PATH"));
        let others = path.into_iter().flat_map(std::env::split_paths);
        let path = std::env::join_paths(std::iter::once(own.clone()).chain(others));
        command
            .environment
            .insert("PATH".into(), path.unwrap_or_else(|_| own.into_os_string()));
        program.clone_into(&mut command.program);
        Ok(command)
    }
}

fn scan_arguments(database: &VulnerabilityDatabase) -> Vec<OsString> {
    words(["-format", "json", "-db", &database.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module([path, version, sum]: [&str; 3]) -> LinkedModule {
        LinkedModule {
            path: path.to_owned(),
            version: version.to_owned(),
            sum: Some(sum.to_owned()),
            replacement: None,
        }
    }

    fn built() -> BuildInfo {
        BuildInfo {
            go_version: "go1.26.8".to_owned(),
            path: PACKAGE.to_owned(),
            main: Some(module(MODULES[0])),
            modules: MODULES[1..].iter().copied().map(module).collect(),
            settings: Vec::new(),
        }
    }

    fn check(change: impl FnOnce(&mut BuildInfo)) -> Result<(), String> {
        let mut info = built();
        change(&mut info);
        let go = "1.26.8".parse().unwrap();
        Scanner::check(Some(&info), &go).map_err(|error| error.to_string())
    }

    #[test]
    fn only_the_program_that_is_meant_is_the_scanner() {
        assert_eq!(check(|_| ()), Ok(()));
        let error = |change: &dyn Fn(&mut BuildInfo)| check(change).unwrap_err();
        assert!(error(&|it| it.path = "golang.org/x/vuln/cmd/x".to_owned()).contains("made of"));
        assert!(error(&|it| it.go_version = "go1.26.7".to_owned()).contains("made by go1.26.7"));
        assert!(error(&|it| it.main.as_mut().unwrap().sum = None).contains("without a hash"));
        let other = "h1:AAAqnI9kJfqwRoPptxoqsUhQtdfrSbdksT7X/KY/sc=";
        assert!(error(&|it| it.modules[0].sum = Some(other.to_owned())).contains(other));
        assert!(error(&|it| it.modules[1].version = "v0.25.0".to_owned()).contains("v0.25.0"));
        assert!(error(&|it| drop(it.modules.pop())).contains("golang.org/x/tools is not there"));
        let more = || module(["example.com/evil", "v1.0.0", other]);
        assert!(error(&|it| it.modules.push(more())).contains("expected not there"));
        let replaced = |it: &mut BuildInfo| it.modules[0].replacement = Some(Box::new(more()));
        assert!(error(&replaced).contains("replaced"));
        let go = "1.26.8".parse().unwrap();
        assert_eq!(Scanner::check(None, &go), Err(ScannerMismatch::NoGoProgram));
    }

    #[test]
    fn a_go_that_is_too_old_does_not_build_it() {
        for (version, builds) in [("1.25.9", false), ("1.26.0", true), ("1.27.1", true)] {
            assert_eq!(Scanner::is_built_by(&version.parse().unwrap()), builds);
        }
    }
}
