//! How many statements ran, of all that packages have.

use std::collections::BTreeMap;

/// The statements of coverage profiles.
#[derive(Debug, Default)]
pub struct Coverage {
    /// By place, how many statements there are, and whether they ran.
    blocks: BTreeMap<String, (u64, Ran)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ran {
    Never,
    Once,
}

impl Coverage {
    /// Adds a profile; a block that several packages tell of ran if it did for one of them.
    pub fn add(&mut self, profile: &str) {
        for line in profile.lines() {
            let mut words = line.rsplitn(3, ' ');
            let (count, statements, place) = (words.next(), words.next(), words.next());
            let number = |word: Option<&str>| word.and_then(|word| word.parse::<u64>().ok());
            if let (Some(count), Some(statements), Some(place)) =
                (number(count), number(statements), place)
            {
                let ran = if count > 0 { Ran::Once } else { Ran::Never };
                let block = self
                    .blocks
                    .entry(place.to_owned())
                    .or_insert((statements, ran));
                if ran == Ran::Once {
                    block.1 = ran;
                }
            }
        }
    }

    /// Returns how many percent of the statements ran; nothing where there are none.
    pub fn percent(&self) -> Option<f64> {
        let sum = |of: &dyn Fn(Ran) -> bool| -> u64 {
            let wanted = self.blocks.values().filter(|(_, ran)| of(*ran));
            wanted.map(|(statements, _)| statements).sum()
        };
        let (all, ran) = (sum(&|_| true), sum(&|ran| ran == Ran::Once));
        let tenths = (ran * 1000).checked_div(all)?;
        u32::try_from(tenths)
            .ok()
            .map(|tenths| f64::from(tenths) / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_count_by_their_statements_and_once() {
        let mut coverage = Coverage::default();
        assert_eq!(coverage.percent(), None);
        coverage.add("mode: set\na.go:2.19,2.30 2 1\na.go:3.1,3.9 1 0\n");
        assert_eq!(coverage.percent(), Some(66.6));
        coverage.add("mode: atomic\na.go:2.19,2.30 2 0\na.go:3.1,3.9 1 4\nnonsense\n");
        assert_eq!(coverage.percent(), Some(100.0));
    }
}
