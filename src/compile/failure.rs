//! Why a target has no binary.

use std::fmt::Write as _;

use super::download_failure;
use super::explanation::explain;
use super::{CgoFiles, KnownPaths, LoadFailure};
use crate::facts::MainPackage;
use crate::model::{BuildError, BuildState, DownloadCause, DownloadFailure, ImportPath, Phase};
use crate::plan::Target;

/// What the go command said, with its paths as the user knows them.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct GoSaid(String);

/// Returns the error of a target whose packages cannot be loaded. `cgo` names the files that cgo
/// would have kept.
pub fn load_error(
    target: &Target,
    failures: &[LoadFailure],
    cgo: &[CgoFiles],
    paths: &KnownPaths,
) -> BuildError {
    let lines = failures.iter().map(|failure| describe(failure, cgo, paths));
    let text = lines.collect::<Vec<String>>().join("\n");
    let needs_cgo = failures
        .iter()
        .any(|failure| cgo_files(failure, cgo).is_some());
    if needs_cgo {
        error(target, Phase::Compile, text).hint(
            "coracle builds without cgo, so that programs are static: use a package in pure Go",
        )
    } else {
        explained(target, text)
    }
}

/// Returns the error of a target about which the compiler or the linker wrote `lines`.
pub fn compile_error(target: &Target, lines: &[&str], paths: &KnownPaths) -> BuildError {
    let lines: Vec<String> = lines.iter().map(|line| paths.rewrite(line)).collect();
    explained(target, lines.join("\n"))
}

fn explained(target: &Target, text: String) -> BuildError {
    match explain(&text) {
        None => error(target, Phase::Compile, text),
        Some(known) => {
            let blamed = download_failure(&text).filter(|_| known.phase == Phase::Modules);
            let error = error(target, known.phase, text).hint(known.hint);
            let error = known.others.iter().fold(error, BuildError::hint);
            let error = match blamed {
                Some(DownloadFailure { host, cause, .. }) => error
                    .in_state(match cause {
                        DownloadCause::ChecksumMismatch => BuildState::VerifyChecksums,
                        _ => BuildState::DownloadDeps,
                    })
                    .context("host", host.unwrap_or_default())
                    .context("cause", cause),
                None => error,
            };
            match known.exit {
                Some(code) => error.exit(code),
                None => error,
            }
        }
    }
}

fn error(target: &Target, phase: Phase, text: String) -> BuildError {
    let error = BuildError::new(
        phase,
        &target.platform,
        format!("cannot compile {}", main_label(&target.main)),
    );
    if text.is_empty() {
        error.because(GoSaid("the go command does not say why".to_owned()))
    } else {
        error.because(GoSaid(text))
    }
}

/// Names a main package as it is named on the command line; one at the root by its import path.
pub fn main_label(main: &MainPackage) -> String {
    match main.folder.as_str() {
        "" => main.import_path.to_string(),
        folder => format!("./{folder}"),
    }
}

fn describe(failure: &LoadFailure, cgo: &[CgoFiles], paths: &KnownPaths) -> String {
    if let Some(files) = cgo_files(failure, cgo) {
        let importer =
            importer(failure).map_or_else(String::new, |path| format!(" (imported by {path})"));
        let files = files.files.join(", ");
        return format!(
            "{}{importer} needs cgo: it has no Go files but those that import \"C\": {files}",
            failure.package
        );
    }
    let mut text = String::new();
    if !failure.position.is_empty() {
        // Writing into a String cannot fail.
        let _ = write!(text, "{}: ", failure.position);
    }
    text.push_str(&failure.message);
    if failure.position.is_empty() {
        text = format!("{}: {text}", failure.package);
        if let Some(importer) = importer(failure) {
            let _ = write!(text, " (imported by {importer})");
        }
    }
    let lines: Vec<String> = text.lines().map(|line| paths.rewrite(line)).collect();
    lines.join("\n")
}

fn importer(failure: &LoadFailure) -> Option<&ImportPath> {
    failure.imported_by.last()
}

fn cgo_files<'a>(failure: &LoadFailure, cgo: &'a [CgoFiles]) -> Option<&'a CgoFiles> {
    cgo.iter()
        .find(|files| files.package == failure.package)
        .filter(|_| failure.is_without_files())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::ExitCode;

    fn target() -> Target {
        Target {
            main: MainPackage {
                import_path: ImportPath::reported("m/cmd/server"),
                folder: "cmd/server".parse().unwrap(),
                stampable: BTreeSet::new(),
            },
            platform: "linux/amd64".parse().unwrap(),
        }
    }

    fn paths() -> KnownPaths {
        KnownPaths {
            folder: "/w".into(),
            module_cache: "/m".into(),
            goroot: "/g".into(),
        }
    }

    fn shown(error: &BuildError) -> String {
        let causes = error.causes().map(|cause| format!("\n{cause}"));
        format!(
            "{error}{}\nhints: {}",
            causes.collect::<String>(),
            error.hints.join("; ")
        )
    }

    fn failure(package: &str, position: &str, message: &str) -> LoadFailure {
        LoadFailure {
            package: ImportPath::reported(package),
            imported_by: vec![ImportPath::reported("m/cmd/server")],
            position: position.to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn the_compilers_own_lines_are_the_cause() {
        let error = compile_error(
            &target(),
            &["./main.go:2:14: undefined: x", "\thave y"],
            &paths(),
        );
        insta::assert_snapshot!(shown(&error), @r"
        [compile] linux/amd64: cannot compile ./cmd/server
        main.go:2:14: undefined: x
        	have y
        hints: 
        ");
    }

    #[test]
    fn a_package_that_needs_cgo_is_named_with_its_importer() {
        let failures = [failure(
            "m/cg",
            "",
            "build constraints exclude all Go files in /w/cg",
        )];
        let cgo = [CgoFiles {
            package: ImportPath::reported("m/cg"),
            files: vec!["cg.go".to_owned()],
        }];
        insta::assert_snapshot!(shown(&load_error(&target(), &failures, &cgo, &paths())), @r#"
        [compile] linux/amd64: cannot compile ./cmd/server
        m/cg (imported by m/cmd/server) needs cgo: it has no Go files but those that import "C": cg.go
        hints: coracle builds without cgo, so that programs are static: use a package in pure Go
        "#);
        let error = load_error(&target(), &failures, &[], &paths());
        assert!(shown(&error).contains("exclude all Go files in cg (imported by m/cmd/server)"));
    }

    #[test]
    fn a_network_that_is_down_is_no_fault_of_the_source() {
        let message = "x@v1: Get \"https://p/x\": dial tcp: connection refused";
        let failures = [failure("x", "cmd/server/main.go:3:8", message)];
        let error = load_error(&target(), &failures, &[], &paths());
        assert_eq!(
            (error.phase, error.exit_code()),
            (Phase::Modules, ExitCode::Unavailable)
        );
    }
}
