//! Who claims which bytes of a file.

use std::ops::Range;

use super::owner::{Owner, Part, Purpose};

/// A piece of a file, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) owner: Owner,
    pub(super) part: Part,
}

/// Claims in any order. Where two overlap, the one that begins first has the bytes, and of two that
/// begin together the one that was made first.
#[derive(Debug, Default)]
pub(super) struct Claims(Vec<Claim>);

/// Claims that do not overlap, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settled(Vec<Claim>);

impl Claims {
    /// Claims a range, which may be empty.
    pub(super) fn add(&mut self, range: Range<u64>, owner: Owner, part: Part) {
        if range.start < range.end {
            self.0.push(Claim {
                start: range.start,
                end: range.end,
                owner,
                part,
            });
        }
    }

    /// Claims a range for what it is for.
    pub(super) fn add_purpose(&mut self, range: Range<u64>, purpose: Purpose) {
        self.add(range, Owner::Purpose(purpose), Part::Data);
    }

    /// Gives each byte of a file of `size_bytes` to at most one claim.
    pub(super) fn settle(self, size_bytes: u64) -> Settled {
        let mut claims = self.0;
        claims.sort_by_key(|claim| claim.start);
        let mut reached = 0;
        let mut settled = Vec::with_capacity(claims.len());
        for claim in claims {
            let start = claim.start.max(reached);
            let end = claim.end.min(size_bytes);
            if start < end {
                settled.push(Claim {
                    start,
                    end,
                    ..claim
                });
                reached = end;
            }
        }
        Settled(settled)
    }
}

impl Settled {
    /// Fills the gaps between these claims with what `below` has there.
    pub(super) fn over(self, below: &Self) -> Self {
        let mut filled = Vec::with_capacity(self.0.len() + below.0.len());
        let mut lower = below.0.as_slice();
        let mut reached = 0;
        for claim in self.0 {
            lower = fill(&mut filled, lower, reached..claim.start);
            reached = claim.end;
            filled.push(claim);
        }
        fill(&mut filled, lower, reached..u64::MAX);
        Self(filled)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Claim> {
        self.0.iter()
    }

    /// Returns the parts of `range` that nobody claims.
    pub(super) fn gaps(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let mut gaps = Vec::new();
        let mut reached = range.start;
        for claim in self.within(range.clone()) {
            if reached < claim.start {
                gaps.push(reached..claim.start);
            }
            reached = claim.end;
        }
        if reached < range.end {
            gaps.push(reached..range.end);
        }
        gaps
    }

    /// Returns the pieces of the claims that lie in `range`.
    pub(super) fn within(&self, range: Range<u64>) -> impl Iterator<Item = Claim> {
        let first = self.0.partition_point(|claim| claim.end <= range.start);
        let claims = self.0[first..].iter();
        let Range { start, end } = range;
        claims
            .take_while(move |claim| claim.start < end)
            .map(move |claim| Claim {
                start: claim.start.max(start),
                end: claim.end.min(end),
                ..*claim
            })
    }
}

impl Claim {
    pub(super) fn size_bytes(&self) -> u64 {
        self.end - self.start
    }

    pub(super) fn is_unattributed(&self) -> bool {
        self.owner == Owner::Purpose(Purpose::Unattributed)
    }
}

/// Puts the pieces of `lower` that lie in `gap` into `filled`, and returns those that may lie
/// behind it.
fn fill<'a>(filled: &mut Vec<Claim>, lower: &'a [Claim], gap: Range<u64>) -> &'a [Claim] {
    let passed = lower.partition_point(|claim| claim.end <= gap.start);
    let rest = &lower[passed..];
    for claim in rest {
        if claim.start >= gap.end {
            break;
        }
        let (start, end) = (claim.start.max(gap.start), claim.end.min(gap.end));
        if start < end {
            filled.push(Claim {
                start,
                end,
                ..*claim
            });
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn settled(ranges: &[(u64, u64)], purpose: Purpose) -> Settled {
        let mut claims = Claims::default();
        for &(start, end) in ranges {
            claims.add_purpose(start..end, purpose);
        }
        claims.settle(100)
    }

    fn shown(settled: &Settled) -> Vec<(u64, u64)> {
        settled
            .iter()
            .map(|claim| (claim.start, claim.end))
            .collect()
    }

    #[test]
    fn the_first_claim_on_a_byte_has_it() {
        let overlapping = settled(&[(10, 30), (0, 12), (11, 12), (25, 120)], Purpose::Strings);
        assert_eq!(shown(&overlapping), [(0, 12), (12, 30), (30, 100)]);
    }

    #[test]
    fn gaps_are_filled_from_below() {
        let below = settled(&[(0, 50), (60, 100)], Purpose::Headers);
        let above = settled(&[(10, 20), (40, 70)], Purpose::Strings);
        assert_eq!(above.gaps(5..80), [5..10, 20..40, 70..80]);
        let filled = above.over(&below);
        let all = [(0, 10), (10, 20), (20, 40), (40, 70), (70, 100)];
        assert_eq!(shown(&filled), all);
        let inside: Vec<_> = filled
            .within(15..41)
            .map(|claim| (claim.start, claim.end))
            .collect();
        assert_eq!(inside, [(15, 20), (20, 40), (40, 41)]);
    }

    proptest! {
        #[test]
        fn whatever_is_claimed_the_whole_is_the_whole(
            ranges in prop::collection::vec((0_u64..120, 0_u64..120), 0..20),
            sections in prop::collection::vec((0_u64..120, 0_u64..120), 0..5),
        ) {
            let whole = settled(&[(0, 100)], Purpose::Headers);
            let below = settled(&sections, Purpose::Unattributed).over(&whole);
            let filled = settled(&ranges, Purpose::Strings).over(&below);
            let mut reached = 0;
            for claim in filled.iter() {
                prop_assert_eq!(claim.start, reached);
                reached = claim.end;
            }
            prop_assert_eq!(reached, 100);
        }
    }
}
