//! The rules by which flags of Go's tools are let in.

use super::nearest::nearest;

/// Which flags of one tool a configuration may hold.
pub(super) struct FlagRules {
    /// The key of the file that holds them.
    pub(super) key: &'static str,
    /// Those that may be there.
    pub(super) allowed: &'static [AllowedFlag],
    /// Those that users of Go know, and why they may not.
    pub(super) refused: &'static [(&'static str, &'static str)],
}

/// A flag that a configuration may hold.
pub(super) struct AllowedFlag {
    pub(super) name: &'static str,
    /// Tells whether a value, or none, may be given to it.
    pub(super) takes: fn(Option<&str>) -> bool,
    /// What it takes, in words.
    pub(super) expected: &'static str,
}

/// Why a text is no flag that a configuration may hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GoFlagError {
    /// It is no flag at all: often the value of the one before.
    #[error(
        "{0:?} is not a flag\nwrite each flag with its value as one string, as in \"-gcflags=all=-N -l\" or \"-checklinkname=0\""
    )]
    NotAFlag(String),
    /// It exists, and is not for a configuration to set.
    #[error("-{name} is refused in {key}: {reason}")]
    Refused {
        /// The flag's name.
        name: String,
        /// Where it was written.
        key: &'static str,
        /// Why it is refused.
        reason: &'static str,
    },
    /// Nothing is known of it.
    #[error("-{name} is not among the flags that {key} may hold\n{hint}")]
    Unknown {
        /// The flag's name.
        name: String,
        /// Where it was written.
        key: &'static str,
        /// What may be meant, or what there is.
        hint: String,
    },
    /// The flag may be there, its value may not.
    #[error("{flag:?} is refused in {key}, expected {expected}")]
    Value {
        /// The flag with its value.
        flag: String,
        /// Where it was written.
        key: &'static str,
        /// What it takes.
        expected: &'static str,
    },
}

impl FlagRules {
    /// Tells whether `flag`, with its value, may be there.
    pub(super) fn check(&self, flag: &str) -> Result<(), GoFlagError> {
        let (name, value) = split(flag).ok_or_else(|| GoFlagError::NotAFlag(flag.to_owned()))?;
        if let Some(&(_, reason)) = self.refused.iter().find(|(refused, _)| *refused == name) {
            return Err(GoFlagError::Refused {
                name: name.to_owned(),
                key: self.key,
                reason,
            });
        }
        let allowed = self.allowed.iter().find(|allowed| allowed.name == name);
        let allowed = allowed.ok_or_else(|| self.unknown(name))?;
        if (allowed.takes)(value) {
            return Ok(());
        }
        Err(GoFlagError::Value {
            flag: flag.to_owned(),
            key: self.key,
            expected: allowed.expected,
        })
    }

    fn unknown(&self, name: &str) -> GoFlagError {
        let known = self.allowed.iter().map(|allowed| allowed.name);
        let hint = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean -{near}?"),
            None => format!("known are -{}", known.collect::<Vec<_>>().join(", -")),
        };
        GoFlagError::Unknown {
            name: name.to_owned(),
            key: self.key,
            hint,
        }
    }
}

/// Takes `-NAME`, `-NAME=VALUE` and the forms with two dashes apart, as Go's flag package does.
pub(super) fn split(flag: &str) -> Option<(&str, Option<&str>)> {
    let rest = flag.strip_prefix('-')?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let (name, value) = match rest.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (rest, None),
    };
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_name && !name.is_empty()).then_some((name, value))
}

/// Takes no value, or the two that switch a flag on and off.
pub(super) fn is_switch(value: Option<&str>) -> bool {
    matches!(value, None | Some("true" | "false" | "1" | "0"))
}

/// Takes patterns of packages. One that names a folder of this machine means nothing on another.
pub(super) fn are_patterns(value: Option<&str>) -> bool {
    let is_foreign = |value: &str| value.split(',').any(|pattern| pattern.starts_with('/'));
    is_word(value) && !value.is_some_and(is_foreign)
}

/// Takes a word that no tool takes for two, or for a quoted one.
pub(super) fn is_word(value: Option<&str>) -> bool {
    let splits = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\'' | '"');
    value.is_some_and(|value| !value.is_empty() && !value.contains(splits))
}
