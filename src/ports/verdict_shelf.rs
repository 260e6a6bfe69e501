//! What was found to break no rule.

use crate::model::Digest;

/// Remembers from run to run what has passed all rules, so that it need not be looked at again.
pub trait VerdictShelf: Sync {
    /// Tells whether what `key` names has passed; it names the rules, and all that is held to them.
    fn has_passed(&self, key: &Digest) -> bool;

    /// Notes that it has. What cannot be noted is found out again.
    fn keep(&self, key: &Digest);
}
