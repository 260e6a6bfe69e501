//! A module, the way it comes by, and whether that way works.

use super::{Fault, Way};

/// What is known of a module of the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleWay {
    /// Its path, as it is imported.
    pub path: String,
    /// Its version.
    pub version: String,
    /// The path and version that stand in for it.
    pub replacement: Option<String>,
    /// The way it comes by.
    pub way: Way,
    /// Who has it: a proxy, a repository; without passwords.
    pub from: Option<String>,
    /// The rule of git's that changes the address of its repository, without its token.
    pub rule: Option<String>,
    /// Whether the way works.
    pub state: ModuleState,
}

/// Whether the way of a module works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleState {
    /// It does.
    Works,
    /// Nobody was asked.
    NotAsked,
    /// It does not.
    Fails {
        /// Who has to do something about it.
        fault: Fault,
        /// What is wrong.
        reason: String,
        /// What mends it.
        remedies: Vec<String>,
    },
}

impl ModuleState {
    /// Says what is wrong, and what mends it.
    pub fn fails<'a>(
        fault: Fault,
        reason: impl Into<String>,
        remedies: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::Fails {
            fault,
            reason: reason.into(),
            remedies: remedies.into_iter().map(str::to_owned).collect(),
        }
    }
}
