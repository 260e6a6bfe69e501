//! Something that a rule has a word for.

use std::fmt;

use crate::config::Judgement;

/// Something that a rule has a word for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How bad it is; the worst is the first.
    pub severity: Severity,
    /// Which rule it is about.
    pub rule: Rule,
    /// What it is about: a module, a vulnerability, a file, an image.
    pub subject: String,
    /// What is wrong with it, in one line.
    pub message: String,
    /// Where it stands, where it stands in a file.
    pub place: Option<FindingPlace>,
    /// What leads to it, from the program on: packages, or functions.
    pub chain: Vec<String>,
    /// What to do about it, each with the command to type where there is one.
    pub hints: Vec<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It stops a push, and `check` ends with exit code 1.
    Blocked,
    /// It should be looked at.
    Warning,
    /// It is worth knowing.
    Note,
}

/// Where a finding stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingPlace {
    /// The file, from the root of the source tree.
    pub path: String,
    /// The line, counted from 1, where one is known.
    pub line: Option<usize>,
}

/// The rules, one for each thing that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A module that `[[policy.blocked]]` names.
    BlockedModule,
    /// A module that is not under `allowed`.
    NotAllowedModule,
    /// A module of `required` that is missing.
    RequiredModule,
    /// A module that came in since a commit.
    NewModule,
    /// A module whose name looks like another one's.
    Lookalike,
    /// A `replace` directive with a local path.
    LocalReplace,
    /// A go.work that decides what is built.
    Workspace,
    /// A version that was taken back.
    Retracted,
    /// A module that was given up.
    Deprecated,
    /// Authors who could not be asked about theirs.
    Unasked,
    /// A version that names a commit.
    PseudoVersion,
    /// A major version that is not that of the path, or several of one module.
    MajorVersion,
    /// A go.mod that `go mod tidy` would change.
    Untidy,
    /// Files that name different versions of Go.
    GoVersion,
    /// A licence that is refused or not known.
    Licence,
    /// A known vulnerability.
    Vulnerability,
    /// What looks like a secret.
    Secret,
    /// What `go vet` says.
    Vet,
    /// The image below.
    Base,
    /// A module that is not what go.sum says.
    Checksum,
}

impl Finding {
    /// Says what is found; further facts are added with the other methods.
    pub fn new(
        severity: Severity,
        rule: Rule,
        subject: impl fmt::Display,
        message: impl fmt::Display,
    ) -> Self {
        Self {
            severity,
            rule,
            subject: subject.to_string(),
            message: message.to_string(),
            place: None,
            chain: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Says where it stands.
    #[must_use]
    pub fn at(mut self, place: Option<FindingPlace>) -> Self {
        self.place = place;
        self
    }

    /// Says what leads to it.
    #[must_use]
    pub fn through(mut self, chain: impl IntoIterator<Item = String>) -> Self {
        self.chain = chain.into_iter().collect();
        self
    }

    /// Adds one thing to do.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }
}

impl Severity {
    /// Returns how bad something is that is judged so; `None` where nothing is said of it.
    pub fn of(judgement: Judgement) -> Option<Self> {
        match judgement {
            Judgement::Deny => Some(Self::Blocked),
            Judgement::Warn => Some(Self::Warning),
            Judgement::Allow => None,
        }
    }

    /// Returns the word that documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl Rule {
    /// All of them, in the order of their names' meaning.
    pub const ALL: [Self; 20] = [
        Self::BlockedModule,
        Self::NotAllowedModule,
        Self::RequiredModule,
        Self::NewModule,
        Self::Lookalike,
        Self::LocalReplace,
        Self::Workspace,
        Self::Retracted,
        Self::Deprecated,
        Self::Unasked,
        Self::PseudoVersion,
        Self::MajorVersion,
        Self::Untidy,
        Self::GoVersion,
        Self::Licence,
        Self::Vulnerability,
        Self::Secret,
        Self::Vet,
        Self::Base,
        Self::Checksum,
    ];

    /// Returns the name that documents use; it stays the same from release to release.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BlockedModule => "blocked-module",
            Self::NotAllowedModule => "not-allowed-module",
            Self::RequiredModule => "required-module",
            Self::NewModule => "new-module",
            Self::Lookalike => "lookalike",
            Self::LocalReplace => "local-replace",
            Self::Workspace => "workspace",
            Self::Retracted => "retracted",
            Self::Deprecated => "deprecated",
            Self::Unasked => "unasked",
            Self::PseudoVersion => "pseudo-version",
            Self::MajorVersion => "major-version",
            Self::Untidy => "untidy",
            Self::GoVersion => "go-version",
            Self::Licence => "licence",
            Self::Vulnerability => "vulnerability",
            Self::Secret => "secret",
            Self::Vet => "vet",
            Self::Base => "base",
            Self::Checksum => "checksum",
        }
    }

    /// Returns what it asks for, in one sentence.
    pub fn describe(self) -> &'static str {
        match self {
            Self::BlockedModule => "No module that [[policy.blocked]] names is used.",
            Self::NotAllowedModule => "Only modules under [policy] allowed are used.",
            Self::RequiredModule => "Every module of [policy] required is used.",
            Self::NewModule => "Modules that came in since a commit are looked at.",
            Self::Lookalike => "No module's name looks like another one's.",
            Self::LocalReplace => "No replace directive leads to a folder that others do not have.",
            Self::Workspace => "No go.work decides what is built.",
            Self::Retracted => "No version is used that its authors have taken back.",
            Self::Deprecated => "No module is used that its authors have given up.",
            Self::Unasked => "The authors of modules can be asked about their versions.",
            Self::PseudoVersion => "Releases are used, not commits.",
            Self::MajorVersion => {
                "Versions fit the paths of their modules, and one is used of each."
            }
            Self::Untidy => "go.mod is as go mod tidy leaves it.",
            Self::GoVersion => "All files name the same version of Go.",
            Self::Licence => "Every module has a licence that is allowed.",
            Self::Vulnerability => "No known vulnerability is in what is built.",
            Self::Secret => "Nothing in an image looks like a secret.",
            Self::Vet => "go vet finds nothing.",
            Self::Base => "The base is small, and has no shell and no compiler.",
            Self::Checksum => "Every module is what go.sum says.",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for FindingPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.path),
            None => f.write_str(&self.path),
        }
    }
}
