//! Capabilities of programs, as setcap takes them.

use std::str::FromStr;

use super::nearest::nearest;
use super::text_value::written_as_text;
use crate::model::{CapabilitySet, FileCapabilities, Raised};

/// Why a text names no capabilities of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CapabilitiesError {
    /// A name that Linux does not know.
    #[error(
        "{name:?} is not a capability, expected names of Linux's and flags of setcap's, as in \"net_bind_service=ep\"{hint}"
    )]
    Unknown {
        /// The name.
        name: String,
        /// What may be meant, on a line of its own.
        hint: String,
    },
    /// A letter after `=`, `+` or `-` that means nothing.
    #[error(
        "{flag:?} in {clause:?} is no flag of a capability, expected p (permitted), e (effective) or i (inheritable), as in \"net_bind_service=ep\""
    )]
    Flag {
        /// The letter.
        flag: char,
        /// Where it stands.
        clause: String,
    },
    /// Linux keeps one bit for it.
    #[error(
        "{0:?} makes some capabilities effective and others not, and a file has one flag for all\ngive all of them the same, as in \"chown,kill=ep\""
    )]
    PartlyEffective(String),
}

/// What the clauses so far come to.
#[derive(Default)]
struct Sets {
    permitted: CapabilitySet,
    inheritable: CapabilitySet,
    effective: CapabilitySet,
}

/// Clauses with spaces between them, `cap_from_text(3)`: names and flags, `bpf,perfmon=ep`. Names without
/// flags are permitted, `=p`. No clause is no capability.
///
/// ```
/// # use coracle::model::FileCapabilities;
/// let capabilities: FileCapabilities = "bpf,perfmon=ep".parse().unwrap();
/// assert_eq!(capabilities.to_string(), "cap_perfmon,cap_bpf=ep");
/// ```
impl FromStr for FileCapabilities {
    type Err = CapabilitiesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut sets = Sets::default();
        for clause in text.split_whitespace() {
            sets.read(clause)?;
        }
        let all = sets.permitted.with(sets.inheritable);
        let raised = if sets.effective.is_empty() {
            Raised::OnDemand
        } else if sets.effective == all {
            Raised::AtStart
        } else {
            return Err(CapabilitiesError::PartlyEffective(text.to_owned()));
        };
        Ok(Self {
            permitted: sets.permitted,
            inheritable: sets.inheritable,
            raised,
        })
    }
}

impl Sets {
    fn read(&mut self, clause: &str) -> Result<(), CapabilitiesError> {
        let end = clause.find(['=', '+', '-']).unwrap_or(clause.len());
        let (names, actions) = clause.split_at(end);
        let named = match names {
            // `=ep` is all of them.
            "" if actions.starts_with('=') => CapabilitySet::ALL,
            names => named(names)?,
        };
        let actions = if actions.is_empty() { "+p" } else { actions };
        let mut change: fn(CapabilitySet, CapabilitySet) -> CapabilitySet = CapabilitySet::with;
        for action in actions.chars() {
            match action {
                '+' => change = CapabilitySet::with,
                '-' => change = CapabilitySet::without,
                '=' => {
                    change = CapabilitySet::with;
                    for set in [
                        &mut self.permitted,
                        &mut self.inheritable,
                        &mut self.effective,
                    ] {
                        *set = set.without(named);
                    }
                }
                'p' => self.permitted = change(self.permitted, named),
                'i' => self.inheritable = change(self.inheritable, named),
                'e' => self.effective = change(self.effective, named),
                flag => {
                    let clause = clause.to_owned();
                    return Err(CapabilitiesError::Flag { flag, clause });
                }
            }
        }
        Ok(())
    }
}

fn named(names: &str) -> Result<CapabilitySet, CapabilitiesError> {
    let set = |name: &str| match name {
        "all" => Ok(CapabilitySet::ALL),
        name => CapabilitySet::named(name).ok_or_else(|| unknown(name)),
    };
    names
        .split(',')
        .try_fold(CapabilitySet::default(), |sets, name| {
            Ok(sets.with(set(name)?))
        })
}

fn unknown(name: &str) -> CapabilitiesError {
    let lower = name.to_lowercase();
    let bare = lower.strip_prefix("cap_").unwrap_or(&lower);
    let near = nearest(bare, CapabilitySet::names());
    CapabilitiesError::Unknown {
        name: name.to_owned(),
        hint: near.map_or_else(String::new, |near| format!("\ndid you mean {near:?}?")),
    }
}

written_as_text!(FileCapabilities);

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let read = text.parse::<FileCapabilities>();
        read.map_or_else(|error| error.to_string(), |read| read.to_string())
    }

    #[test]
    fn the_forms_of_setcap_and_lists_of_names_are_read() {
        for (text, wanted) in [
            ("net_bind_service=ep", "cap_net_bind_service=ep"),
            ("cap_net_bind_service=pe", "cap_net_bind_service=ep"),
            ("net_bind_service+ep", "cap_net_bind_service=ep"),
            (
                "bpf,perfmon,net_admin=ep",
                "cap_net_admin,cap_perfmon,cap_bpf=ep",
            ),
            ("net_bind_service chown", "cap_chown,cap_net_bind_service=p"),
            ("chown,CAP_KILL", "cap_chown,cap_kill=p"),
            ("chown=p+e", "cap_chown=ep"),
            ("chown,kill=ep kill-ep", "cap_chown=ep"),
            ("chown=eip chown=p", "cap_chown=p"),
            ("chown=p kill=i", "cap_chown=p cap_kill=i"),
            ("kill=", ""),
            ("", ""),
        ] {
            assert_eq!(shown(text), wanted, "{text:?}");
            assert_eq!(shown(wanted), wanted, "{text:?}");
        }
        let all: FileCapabilities = "=ep".parse().unwrap();
        assert_eq!(Ok(all), "all=ep".parse());
        assert_eq!(all.permitted, CapabilitySet::ALL);
    }

    #[test]
    fn what_linux_cannot_keep_or_does_not_know_is_refused() {
        for (text, wanted) in [
            (
                "cap_net_bnd_service=ep",
                "\"cap_net_bnd_service\" is not a capability, expected names of Linux's and flags of setcap's, as in \"net_bind_service=ep\"\ndid you mean \"net_bind_service\"?",
            ),
            (
                "10=p",
                "\"10\" is not a capability, expected names of Linux's and flags of setcap's, as in \"net_bind_service=ep\"",
            ),
            (
                "chown=px",
                "'x' in \"chown=px\" is no flag of a capability, expected p (permitted), e (effective) or i (inheritable), as in \"net_bind_service=ep\"",
            ),
            (
                "chown=p kill=ep",
                "\"chown=p kill=ep\" makes some capabilities effective and others not, and a file has one flag for all\ngive all of them the same, as in \"chown,kill=ep\"",
            ),
        ] {
            assert_eq!(shown(text), wanted);
        }
        for wrong in ["+p", ",", "chown,=p", "chown=e", "chown=E"] {
            assert!(wrong.parse::<FileCapabilities>().is_err(), "{wrong:?}");
        }
    }
}
