//! What source gets that cannot be built: the cause in the compiler's or git's own words, where it is, and what to do.

mod compiler;
mod main_packages;
mod repositories;
mod surroundings;

use crate::support::samples::GO_MOD;
use crate::support::{Output, TestEnvironment};

/// Asserts the exit code, that nothing was written and that nothing drives the terminal; returns what is said.
#[track_caller]
fn said(output: &Output, code: i32) -> String {
    assert_eq!(output.code, Some(code), "{output}");
    assert_eq!(output.stdout, "", "{output}");
    assert!(
        !output.stderr.contains(['\u{1b}', '\u{7}', '\u{9b}']),
        "{output}"
    );
    output.talk()
}

/// Builds what lies in the working folder, which cannot be, and returns what is said.
#[track_caller]
fn refused(environment: &TestEnvironment, code: i32) -> String {
    let before = environment.files();
    let said = said(&environment.run(["build", "-q"]), code);
    assert_eq!(environment.files(), before);
    said
}

/// Returns an environment with these files in the module `example.com/hello`.
fn module(files: &[(&str, &str)]) -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("go.mod", GO_MOD);
    for (path, content) in files {
        environment.write(path, content);
    }
    environment
}
