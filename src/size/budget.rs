//! How much a program's own tables may make a reader do.

use std::cell::Cell;

/// Steps that are left. Tables of others may name the same bytes over and over: reading them takes no
/// longer than a program of that length can be worth.
#[derive(Debug)]
pub(super) struct Budget(Cell<u64>);

impl Budget {
    /// Allows for a program of so many bytes what an honest one needs many times over.
    pub(super) fn for_program(size_bytes: usize) -> Self {
        const STEPS_PER_BYTE: u64 = 16;
        Self(Cell::new(size_bytes as u64 * STEPS_PER_BYTE))
    }

    /// Takes so many steps, and `None` where there are no more.
    pub(super) fn spend(&self, steps: usize) -> Option<()> {
        let left = self.0.get().checked_sub(steps as u64);
        self.0.set(left.unwrap_or_default());
        left.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_gone() {
        let budget = Budget::for_program(1);
        assert_eq!(budget.spend(10), Some(()));
        assert_eq!(budget.spend(10), None);
        assert_eq!(budget.spend(1), None);
    }
}
