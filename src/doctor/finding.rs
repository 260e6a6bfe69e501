//! One thing that was looked at.

use std::fmt;

use crate::model::{BuildError, ExitCode};

/// What was looked at, how it is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What part of the surroundings it belongs to.
    pub area: Area,
    /// What was looked at: a proxy, a registry, a folder.
    pub subject: String,
    /// How bad it is.
    pub severity: Severity,
    /// How it is.
    pub message: String,
    /// Why it is so, where that is known.
    pub cause: Option<String>,
    /// What mends it: each a command, or a line for a file.
    pub remedies: Vec<String>,
}

/// A part of what a build stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Which Go, and whether it is there.
    Go,
    /// The module settings.
    Settings,
    /// The Go module proxies.
    Proxy,
    /// The checksum database.
    Database,
    /// Modules that come the wrong way.
    Modules,
    /// Private modules whose names others hear of.
    Privacy,
    /// The git program and its settings.
    Git,
    /// Registries, and who may push there.
    Registry,
    /// The machine's clock.
    Clock,
    /// Folders, and how much room they have.
    Disk,
    /// What coracle keeps from run to run.
    Cache,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is as it should be.
    Ok,
    /// It is good to know.
    Note,
    /// A build may work, and something is not as it should be.
    Warning,
    /// A build does not work, or must not.
    Failure(Fault),
}

/// Who has to do something about a failure, in the order in which they count for the exit code: as
/// long as something is to be changed, nothing else can be judged, and waiting mends only the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A service cannot be reached.
    Unavailable,
    /// Somebody may not do what they have to.
    Denied,
    /// What the user wrote is wrong.
    Wrong,
}

impl Finding {
    /// Says that something is as it should be.
    pub fn ok(area: Area, subject: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self::new(Severity::Ok, area, subject, message)
    }

    /// Says what is good to know.
    pub fn note(area: Area, subject: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self::new(Severity::Note, area, subject, message)
    }

    /// Says what is not as it should be.
    pub fn warning(area: Area, subject: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self::new(Severity::Warning, area, subject, message)
    }

    /// Says what keeps a build from working.
    pub fn failure(
        fault: Fault,
        area: Area,
        subject: impl fmt::Display,
        message: impl fmt::Display,
    ) -> Self {
        Self::new(Severity::Failure(fault), area, subject, message)
    }

    /// Takes an error that a build would end by.
    pub fn of_error(area: Area, subject: impl fmt::Display, error: &BuildError) -> Self {
        let causes: Vec<String> = error.causes().map(ToString::to_string).collect();
        let fault = Fault::of(error.exit_code());
        let mut finding = Self::failure(fault, area, subject, &error.message);
        finding.cause = (!causes.is_empty()).then(|| causes.join(": "));
        finding.remedies.clone_from(&error.hints);
        finding
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Says what mends it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl fmt::Display) -> Self {
        self.remedies.push(remedy.to_string());
        self
    }

    fn new(
        severity: Severity,
        area: Area,
        subject: impl fmt::Display,
        message: impl fmt::Display,
    ) -> Self {
        Self {
            area,
            subject: subject.to_string(),
            severity,
            message: message.to_string(),
            cause: None,
            remedies: Vec::new(),
        }
    }
}

impl Area {
    /// Returns the word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Settings => "settings",
            Self::Proxy => "proxy",
            Self::Database => "checksum-database",
            Self::Modules => "modules",
            Self::Privacy => "privacy",
            Self::Git => "git",
            Self::Registry => "registry",
            Self::Clock => "clock",
            Self::Disk => "disk",
            Self::Cache => "cache",
        }
    }
}

impl Severity {
    /// Returns the word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Failure(_) => "failure",
        }
    }

    /// Returns who has to do something about it, where somebody has to.
    pub fn fault(self) -> Option<Fault> {
        match self {
            Self::Failure(fault) => Some(fault),
            Self::Ok | Self::Note | Self::Warning => None,
        }
    }

    /// Returns what the program ends with when nothing is worse.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::Ok | Self::Note | Self::Warning => ExitCode::Done,
            Self::Failure(Fault::Wrong) => ExitCode::Refused,
            Self::Failure(Fault::Denied) => ExitCode::Denied,
            Self::Failure(Fault::Unavailable) => ExitCode::Unavailable,
        }
    }
}

impl Fault {
    /// Returns the word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Denied => "denied",
            Self::Wrong => "wrong",
        }
    }

    /// Returns the fault that a build which ends with `code` is due to.
    pub fn of(code: ExitCode) -> Self {
        match code {
            ExitCode::Unavailable => Self::Unavailable,
            ExitCode::Denied => Self::Denied,
            _ => Self::Wrong,
        }
    }
}
