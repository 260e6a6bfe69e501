//! What happens while a run goes on. Whoever shows it only listens.

use super::{Actions, Digest, ImageName, ModuleDownloads, Passed, Phase};

/// A piece of work that is shown while it goes on, named by its phase and its subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Work {
    /// The stage that does it.
    pub phase: Phase,
    /// What is worked on: `linux/amd64 ./cmd/server`, `sha256:3f9c…`.
    pub subject: String,
}

/// A step of a run. Events carry no time: the sink stamps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Work begins; `total_bytes` where its size is known.
    Started {
        /// The work.
        work: Work,
        /// How many bytes it will pass, where that is known.
        total_bytes: Option<u64>,
    },
    /// So many more bytes have passed.
    Advanced {
        /// The work.
        work: Work,
        /// The bytes since the last such event.
        bytes: u64,
    },
    /// The work is done.
    Finished {
        /// The work.
        work: Work,
    },
    /// So many of the images of a run have come to their end, well or badly.
    Counted {
        /// Those that are made, or were there already.
        done: usize,
        /// Those that failed.
        failed: usize,
        /// All of them.
        total: usize,
    },
    /// An image is at all places that it goes to, whole and with its tags; told once for each place.
    Delivered {
        /// The image.
        image: ImageName,
        /// The place: a repository, or a file.
        destination: String,
        /// The digest that it has there.
        digest: Digest,
    },
    /// An image failed, and will not be delivered by this run.
    Undelivered {
        /// The image.
        image: ImageName,
    },
    /// The user should know, but the run goes on.
    Warned {
        /// The stage that saw it.
        phase: Phase,
        /// What it saw.
        message: String,
        /// What to do about it.
        hints: Vec<String>,
    },
    /// A decision that the report names: which Go, which base, what was there already.
    Noted {
        /// The stage that decided.
        phase: Phase,
        /// What it decided.
        message: String,
    },
    /// A state of the build is passed.
    Passed(Passed),
    /// Modules were fetched, or could not be.
    Downloaded(ModuleDownloads),
    /// A program of others is run.
    Ran {
        /// The stage that runs it.
        phase: Phase,
        /// The command as a line for a shell, without secrets.
        command: String,
    },
    /// What a program of others has done, told once it has ended.
    Acted(Actions),
}

impl Work {
    /// Names work of `phase` on `subject`.
    pub fn new(phase: Phase, subject: impl Into<String>) -> Self {
        Self {
            phase,
            subject: subject.into(),
        }
    }
}
