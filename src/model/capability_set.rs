//! Capabilities: what Linux lets a process do beyond what any process may.

use std::fmt;

/// Capabilities of Linux, each at most once, capabilities(7).
///
/// ```
/// # use coracle::model::CapabilitySet;
/// let set = CapabilitySet::named("net_bind_service").unwrap();
/// assert_eq!(set.to_string(), "cap_net_bind_service");
/// assert_eq!(CapabilitySet::named("Cap_Net_Bind_Service"), Some(set));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CapabilitySet(u64);

/// The names by their numbers, linux/capability.h.
const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

impl CapabilitySet {
    /// All that have a name.
    pub const ALL: Self = Self((1 << NAMES.len()) - 1);

    /// Returns those that the bits of `bits` stand for, by their numbers.
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Returns a bit for each, by its number.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Returns the one of this name, in capitals or not, with or without `cap_`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_prefix("cap_").unwrap_or(&name);
        let number = NAMES.iter().position(|known| *known == name)?;
        Some(Self(1 << number))
    }

    /// Returns all names, without `cap_`.
    pub fn names() -> [&'static str; NAMES.len()] {
        NAMES
    }

    /// Tells whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns those of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns those that `other` has too.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns those that `other` has not.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Names with commas between them; a number stands for what is newer than the names.
impl fmt::Display for CapabilitySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (0..u64::BITS).filter(|number| self.0 >> number & 1 == 1);
        for (place, number) in numbers.enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            match NAMES.get(number as usize) {
                Some(name) => write!(f, "cap_{name}")?,
                None => number.fmt(f)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_numbers_of_linux() {
        for (name, number) in [
            ("chown", 0),
            ("cap_net_bind_service", 10),
            ("SYS_ADMIN", 21),
            ("setfcap", 31),
            ("mac_override", 32),
            ("Cap_Bpf", 39),
            ("checkpoint_restore", 40),
        ] {
            let set = CapabilitySet::named(name).unwrap();
            assert_eq!(set.bits(), 1 << number, "{name}");
        }
        for unknown in ["", "cap_", "cap_cap_chown", "10", "all"] {
            assert_eq!(CapabilitySet::named(unknown), None, "{unknown:?}");
        }
        assert_eq!(CapabilitySet::ALL.bits(), (1 << 41) - 1);
    }

    #[test]
    fn what_has_no_name_is_shown_by_its_number() {
        let set = CapabilitySet::from_bits(1 | 1 << 40 | 1 << 63);
        assert_eq!(set.to_string(), "cap_chown,cap_checkpoint_restore,63");
    }
}
