//! The program: parse, wire, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    coracle::cli::run(std::env::args_os()).into()
}
