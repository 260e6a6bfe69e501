//! Exit codes in words, and ends that come before a session is there.
#![expect(
    clippy::disallowed_methods,
    reason = "the command line's own end of the terminal"
)]

use std::fmt::Write as _;
use std::io::Write as _;

use crate::model::{BuildError, ExitCode};
use crate::report::write_error;

/// Returns the exit codes, as help lists them.
pub(super) fn codes() -> String {
    let mut text = String::from("Exit codes:");
    for code in ExitCode::ALL {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{:5}  {}", code.number(), code.meaning());
    }
    text
}

/// Shows what clap has to say: help and the version on stdout, misuse on stderr.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // A terminal that is gone cannot be told of.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::Usage
    } else {
        ExitCode::Done
    }
}

/// Shows that the machine cannot be read.
pub(crate) fn machine(error: &BuildError) -> ExitCode {
    let mut stderr = anstream::AutoStream::auto(std::io::stderr());
    // As above.
    let _ = write_error(&mut stderr, error).and_then(|()| stderr.flush());
    error.exit_code()
}
