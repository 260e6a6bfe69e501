//! The capabilities that a program brings with it when it is started.

use std::fmt;

use super::CapabilitySet;

/// The capabilities of a file, capabilities(7), "File capabilities".
///
/// ```
/// # use coracle::model::{CapabilitySet, FileCapabilities, Raised};
/// let capabilities = FileCapabilities {
///     permitted: CapabilitySet::named("net_bind_service").unwrap(),
///     inheritable: CapabilitySet::default(),
///     raised: Raised::AtStart,
/// };
/// assert_eq!(capabilities.to_string(), "cap_net_bind_service=ep");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileCapabilities {
    /// What its process may take, whoever starts it.
    pub permitted: CapabilitySet,
    /// What its process may take where it was handed on by the process before.
    pub inheritable: CapabilitySet,
    /// When its process has them.
    pub raised: Raised,
}

/// When a process has the capabilities of its file: Linux keeps one bit for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Raised {
    /// When it asks for them.
    #[default]
    OnDemand,
    /// From the start; it is not started where it cannot have all of them.
    AtStart,
}

/// The name of the extended attribute that keeps them.
pub const CAPABILITY_ATTRIBUTE: &str = "security.capability";

/// `VFS_CAP_REVISION_2` and `VFS_CAP_FLAGS_EFFECTIVE`, linux/capability.h.
const REVISION: u32 = 0x0200_0000;
const EFFECTIVE: u32 = 1;

/// The number of the attribute's bytes.
const BYTES: usize = 20;

impl FileCapabilities {
    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.permitted.is_empty() && self.inheritable.is_empty()
    }

    /// Returns the bytes of the attribute, `vfs_cap_data` of linux/capability.h: revision and flags, then the
    /// lower and the upper halves of the sets.
    pub fn to_attribute(&self) -> [u8; BYTES] {
        let flags = match self.raised {
            Raised::OnDemand => 0,
            Raised::AtStart => EFFECTIVE,
        };
        let mut bytes = [0; BYTES];
        bytes[..4].copy_from_slice(&(REVISION | flags).to_le_bytes());
        for (at, set) in [(4, self.permitted), (8, self.inheritable)] {
            let set = set.bits().to_le_bytes();
            bytes[at..at + 4].copy_from_slice(&set[..4]);
            bytes[at + 8..at + 12].copy_from_slice(&set[4..]);
        }
        bytes
    }

    /// Reads what [`Self::to_attribute`] writes; `None` where it is of another revision.
    pub fn from_attribute(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; BYTES] = bytes.try_into().ok()?;
        let word = |at: usize| {
            let word = bytes[at..at + 4].iter().rev();
            word.fold(0, |word, &byte| word << 8 | u32::from(byte))
        };
        let set =
            |at| CapabilitySet::from_bits(u64::from(word(at)) | u64::from(word(at + 8)) << 32);
        let raised = match word(0) {
            REVISION => Raised::OnDemand,
            magic if magic == REVISION | EFFECTIVE => Raised::AtStart,
            _ => return None,
        };
        Some(Self {
            permitted: set(4),
            inheritable: set(8),
            raised,
        })
    }
}

/// As getcap shows them: `cap_net_raw=ep`, and several clauses where not all have the same flags.
impl fmt::Display for FileCapabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effective = match self.raised {
            Raised::OnDemand => "",
            Raised::AtStart => "e",
        };
        let clauses = [
            (self.permitted.within(self.inheritable), "ip"),
            (self.permitted.without(self.inheritable), "p"),
            (self.inheritable.without(self.permitted), "i"),
        ];
        let clauses = clauses.into_iter().filter(|(set, _)| !set.is_empty());
        for (place, (set, flags)) in clauses.enumerate() {
            let space = if place > 0 { " " } else { "" };
            write!(f, "{space}{set}={effective}{flags}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> CapabilitySet {
        let sets = names.iter().map(|name| CapabilitySet::named(name).unwrap());
        sets.fold(CapabilitySet::default(), CapabilitySet::with)
    }

    #[test]
    fn the_bytes_are_those_of_setcap() {
        let none = CapabilitySet::default();
        // setcap TEXT FILE && getfattr -e hex -n security.capability FILE
        for (text, permitted, inheritable, raised, attribute) in [
            (
                "cap_net_bind_service=ep",
                set(&["net_bind_service"]),
                none,
                Raised::AtStart,
                [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            ),
            (
                "cap_chown,cap_bpf=p",
                set(&["chown", "bpf"]),
                none,
                Raised::OnDemand,
                [
                    0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0,
                ],
            ),
            (
                "cap_checkpoint_restore=eip cap_net_raw=ep cap_kill=ei",
                set(&["net_raw", "checkpoint_restore"]),
                set(&["kill", "checkpoint_restore"]),
                Raised::AtStart,
                [
                    1, 0, 0, 2, 0, 0x20, 0, 0, 0x20, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0,
                ],
            ),
        ] {
            let capabilities = FileCapabilities {
                permitted,
                inheritable,
                raised,
            };
            assert_eq!(capabilities.to_string(), text);
            assert_eq!(capabilities.to_attribute(), attribute, "{text}");
            let read = FileCapabilities::from_attribute(&attribute);
            assert_eq!(read, Some(capabilities), "{text}");
        }
    }

    #[test]
    fn other_revisions_are_not_guessed_at() {
        let two = FileCapabilities::default().to_attribute();
        assert!(FileCapabilities::from_attribute(&two).is_some());
        let mut three = two.to_vec();
        three[3] = 3;
        assert_eq!(FileCapabilities::from_attribute(&three), None);
        three.extend([0; 4]);
        assert_eq!(FileCapabilities::from_attribute(&three), None);
        assert_eq!(FileCapabilities::from_attribute(&two[..19]), None);
        assert_eq!(FileCapabilities::from_attribute(&[]), None);
    }
}
