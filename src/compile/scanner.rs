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
const MODULE: &str = "golang.org/x/vuln";

/// The oldest Go that builds it, as its go.mod says.
const OLDEST_GO: &str = "1.26.0";

/// How far it follows what is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanDepth {
    /// To the packages that are compiled in: no source is read for this, but for its imports.
    Packages,
    /// To the functions that are called: all source is read and type-checked for this.
    Symbols,
}

/// A module of which it is the tool: which versions there are of what it is made of.
const GO_MOD: &str = include_str!("scanner/go.mod");
/// What these have to be.
const GO_SUM: &str = include_str!("scanner/go.sum");

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
    /// A module is another one, or should not be in it.
    #[error("its module {module} is {found}, expected {expected}")]
    Module {
        /// The path of the module.
        module: String,
        /// Its version and hash.
        found: String,
        /// Those that it should have, or that it should not be there.
        expected: String,
    },
}

impl Scanner {
    /// The files of the module that it is built in, by their names.
    pub const FILES: [(&str, &str); 2] = [("go.mod", GO_MOD), ("go.sum", GO_SUM)];

    /// Returns what it is called, with its version.
    pub fn name() -> String {
        let version = sums().find(|[module, ..]| *module == MODULE);
        let version = version.map(|[_, version, _]| version);
        format!("govulncheck-{}", version.unwrap_or_default())
    }

    /// Returns what the go command calls the program.
    pub fn program_name() -> &'static str {
        "govulncheck"
    }

    /// Tells whether this version of Go builds it.
    pub fn is_built_by(version: &GoVersion) -> bool {
        let oldest = OLDEST_GO.parse::<GoVersion>();
        oldest.is_ok_and(|oldest| *version >= oldest)
    }

    /// Returns the command that builds it with `toolchain` into `output`, in `folder`, where its files
    /// are. Its modules come from where the user has theirs from.
    pub fn build(
        toolchain: &Toolchain,
        surroundings: &Surroundings<'_>,
        folder: &Path,
        output: &Path,
    ) -> GoCommand {
        let mut environment = surroundings.variables();
        let settings = [
            ("GOENV", "off"),
            ("GOEXPERIMENT", ""),
            ("GOFIPS140", "off"),
            ("GOFLAGS", "-mod=readonly -trimpath -buildvcs=false"),
            ("GOTOOLCHAIN", "local"),
            ("GOWORK", "off"),
            ("CGO_ENABLED", "0"),
        ];
        environment.extend(settings.map(|(name, value)| (name.into(), value.into())));
        let jobs = surroundings.jobs.to_string();
        let mut arguments: Vec<OsString> = words(["build", "-p", &jobs, "-o"]);
        arguments.push(output.join("").into());
        arguments.extend(words::<OsString>(["--", PACKAGE]));
        GoCommand {
            program: toolchain.root.join("bin/go"),
            arguments,
            folder: folder.to_owned(),
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
        let none = LinkedModule {
            path: MODULE.to_owned(),
            ..LinkedModule::default()
        };
        check_module(info.main.as_ref().unwrap_or(&none))?;
        info.modules.iter().try_for_each(check_module)
    }
}

/// Returns module, version and hash of all that it may be made of.
fn sums() -> impl Iterator<Item = [&'static str; 3]> {
    let lines = GO_SUM.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some([words.next()?, words.next()?, words.next()?])
    });
    lines.filter(|[_, version, _]| !version.ends_with("/go.mod"))
}

fn check_module(linked: &LinkedModule) -> Result<(), ScannerMismatch> {
    let expected = sums().find(|[module, ..]| *module == linked.path);
    let expected = expected.map(|[_, version, sum]| format!("{version} {sum}"));
    let expected = expected.unwrap_or_else(|| "not there".to_owned());
    let sum = linked.sum.as_deref().unwrap_or("without a hash");
    let replaced = linked.replacement.as_ref().map_or("", |_| " replaced");
    let found = format!("{} {sum}{replaced}", linked.version);
    if found == expected {
        return Ok(());
    }
    Err(ScannerMismatch::Module {
        module: linked.path.clone(),
        found,
        expected,
    })
}

impl GoCommands<'_> {
    /// Returns the command that looks for vulnerabilities which `database` knows in what the batch is
    /// compiled from, as deep as `depth`, with the scanner at `program`.
    ///
    /// # Errors
    /// When the platform's variant or a setting is wrong.
    pub fn scan(
        &self,
        program: &Path,
        database: &VulnerabilityDatabase,
        depth: ScanDepth,
    ) -> Result<GoCommand, CommandError> {
        let level = match depth {
            ScanDepth::Packages => "package",
            ScanDepth::Symbols => "symbol",
        };
        let mut arguments = scan_arguments(database);
        arguments.extend(words::<OsString>(["-scan", level]));
        self.scanning(program, self.about_mains(arguments))
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

    fn linked(path: &str) -> LinkedModule {
        let [path, version, sum] = sums().find(|[known, ..]| *known == path).unwrap();
        LinkedModule {
            path: path.to_owned(),
            version: version.to_owned(),
            sum: Some(sum.to_owned()),
            replacement: None,
        }
    }

    fn built() -> BuildInfo {
        let modules = ["golang.org/x/mod", "golang.org/x/tools"];
        BuildInfo {
            go_version: "go1.26.8".to_owned(),
            path: PACKAGE.to_owned(),
            main: Some(linked(MODULE)),
            modules: modules.map(linked).into(),
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
        assert!(error(&|it| it.modules[1].version = "v0.53.0".to_owned()).contains("v0.53.0"));
        assert!(error(&|it| it.main = None).contains("golang.org/x/vuln"));
        let more = || LinkedModule {
            path: "example.com/evil".to_owned(),
            ..linked(MODULE)
        };
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
