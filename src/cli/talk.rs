//! Flags about what is said on stderr, the same for every verb.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::report::Verbosity;

/// How the program talks.
#[derive(Debug, Clone, Args)]
pub(crate) struct TalkOptions {
    /// Say errors only
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Talk"
    )]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Talk")]
    verbose: u8,
    /// How progress is shown
    #[arg(
        long,
        global = true,
        value_name = "HOW",
        default_value = "auto",
        help_heading = "Talk"
    )]
    pub(crate) progress: ProgressChoice,
    /// When colours are used
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Talk"
    )]
    pub(crate) color: ColorWhen,
    /// Write a timeline of the run, in the format that browsers and Perfetto read
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        allow_hyphen_values = true,
        help_heading = "Talk"
    )]
    pub(crate) trace: Option<PathBuf>,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressChoice {
    /// Bars on a terminal, lines elsewhere
    Auto,
    /// Lines
    Plain,
    /// Nothing
    None,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless the variable `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl TalkOptions {
    /// Returns how much is said.
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, _) => Verbosity::Verbose,
        }
    }
}
