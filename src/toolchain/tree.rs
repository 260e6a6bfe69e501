//! Trees of hashes over records that are only ever added, RFC 6962, 2.1, as checksum databases have
//! them: <https://go.dev/design/25530-sumdb>.
//!
//! Whoever hands out nodes is not believed. What is computed from them has to come to a root that was
//! signed, and then they were right.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The hash of a record, or of all records below a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NodeHash([u8; 32]);

/// How many records a tree has, and the hash over all of them: what a database signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// The number of records.
    pub size: u64,
    /// The hash over them.
    pub root: NodeHash,
}

/// What a tree is to one that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lineage {
    /// It begins with all that was in it.
    Continues,
    /// It begins with something else.
    Forked,
    /// The nodes are not this tree's, and so tell nothing.
    Unproven,
}

/// Where nodes come from: the one over the 2^`level` records from `number` * 2^`level` on, all of which
/// are in the tree.
pub trait Nodes {
    /// Why there is no such node.
    type Error;

    /// Returns a node.
    ///
    /// # Errors
    /// When it cannot be had.
    fn node(&mut self, level: u32, number: u64) -> Result<NodeHash, Self::Error>;
}

impl NodeHash {
    /// The bytes of one.
    pub const SIZE: usize = 32;

    /// Hashes a record.
    pub fn of_record(record: &[u8]) -> Self {
        let hasher = Sha256::new().chain_update([0]).chain_update(record);
        Self(hasher.finalize().into())
    }

    /// Takes a hash as it is in a tile.
    pub fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        Self(bytes)
    }

    /// Hashes two nodes that stand beside one another.
    #[must_use]
    pub fn above(left: Self, right: Self) -> Self {
        let hasher = Sha256::new().chain_update([1]);
        Self(
            hasher
                .chain_update(left.0)
                .chain_update(right.0)
                .finalize()
                .into(),
        )
    }
}

impl fmt::Debug for NodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl TreeHead {
    /// Reads the text of a head: a title, the number of records, the root's hash.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        (lines.next()? == "go.sum database tree").then_some(())?;
        let size = parse_number(lines.next()?)?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        Some(Self {
            size,
            root: NodeHash(root),
        })
    }

    /// Tells whether the record `number` of this tree is the one of `hash`.
    ///
    /// # Errors
    /// When a node cannot be had.
    pub fn has<N: Nodes>(
        self,
        number: u64,
        hash: NodeHash,
        nodes: &mut N,
    ) -> Result<bool, N::Error> {
        if number >= self.size {
            return Ok(false);
        }
        Ok(root_with(number, hash, 0, self.size, nodes)? == self.root)
    }

    /// Tells whether this tree begins with all that was in `older`.
    ///
    /// # Errors
    /// When a node cannot be had.
    pub fn lineage<N: Nodes>(self, older: Self, nodes: &mut N) -> Result<Lineage, N::Error> {
        if older == self || older.size == 0 {
            return Ok(Lineage::Continues);
        }
        if older.size >= self.size {
            return Ok(Lineage::Forked);
        }
        let (older_root, root) = roots(older.size, 0, self.size, nodes)?;
        Ok(if root != self.root {
            Lineage::Unproven
        } else if older_root == older.root {
            Lineage::Continues
        } else {
            Lineage::Forked
        })
    }
}

/// Numbers are written one way only.
pub(super) fn parse_number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Returns how many of more than one record are below the left of the two nodes over them.
fn left_half(records: u64) -> u64 {
    1 << (records - 1).ilog2()
}

/// Hashes the records from `start` to `end`: as whole nodes as far as they are whole.
fn range<N: Nodes>(start: u64, end: u64, nodes: &mut N) -> Result<NodeHash, N::Error> {
    let records = end - start;
    if records.is_power_of_two() {
        return nodes.node(records.ilog2(), start / records);
    }
    let middle = start + left_half(records);
    let left = range(start, middle, nodes)?;
    Ok(NodeHash::above(left, range(middle, end, nodes)?))
}

/// Hashes the records from `start` to `end`, where the record `number` is the one of `hash`.
fn root_with<N: Nodes>(
    number: u64,
    hash: NodeHash,
    start: u64,
    end: u64,
    nodes: &mut N,
) -> Result<NodeHash, N::Error> {
    let records = end - start;
    if records == 1 {
        return Ok(hash);
    }
    let middle = start + left_half(records);
    if number < middle {
        let left = root_with(number, hash, start, middle, nodes)?;
        Ok(NodeHash::above(left, range(middle, end, nodes)?))
    } else {
        let left = range(start, middle, nodes)?;
        let right = root_with(number, hash, middle, end, nodes)?;
        Ok(NodeHash::above(left, right))
    }
}

/// Hashes the records from `start` on, up to `older_end` and up to `end`, from the same nodes.
fn roots<N: Nodes>(
    older_end: u64,
    start: u64,
    end: u64,
    nodes: &mut N,
) -> Result<(NodeHash, NodeHash), N::Error> {
    if older_end == end {
        let both = range(start, end, nodes)?;
        return Ok((both, both));
    }
    let middle = start + left_half(end - start);
    if older_end <= middle {
        let (older, left) = roots(older_end, start, middle, nodes)?;
        Ok((older, NodeHash::above(left, range(middle, end, nodes)?)))
    } else {
        let left = range(start, middle, nodes)?;
        let (older, newer) = roots(older_end, middle, end, nodes)?;
        Ok((NodeHash::above(left, older), NodeHash::above(left, newer)))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// All records of a tree; nodes are computed as the RFC defines them.
    struct Records(Vec<NodeHash>);

    impl Records {
        fn of(numbers: std::ops::Range<u64>) -> Self {
            Self(
                numbers
                    .map(|number| NodeHash::of_record(&number.to_be_bytes()))
                    .collect(),
            )
        }

        fn head(&self, size: usize) -> TreeHead {
            TreeHead {
                size: size as u64,
                root: mth(&self.0[..size]),
            }
        }
    }

    /// The definition in RFC 6962, 2.1.
    fn mth(records: &[NodeHash]) -> NodeHash {
        match records {
            [] => NodeHash(Sha256::digest([]).into()),
            [record] => *record,
            _ => {
                let mut half = 1;
                while half * 2 < records.len() {
                    half *= 2;
                }
                NodeHash::above(mth(&records[..half]), mth(&records[half..]))
            }
        }
    }

    impl Nodes for Records {
        type Error = Infallible;

        fn node(&mut self, level: u32, number: u64) -> Result<NodeHash, Infallible> {
            let size = 1_usize << level;
            let start = usize::try_from(number).unwrap() * size;
            Ok(mth(&self.0[start..start + size]))
        }
    }

    #[test]
    fn a_tree_has_its_records_and_no_others() {
        for size in 1..40 {
            let mut records = Records::of(0..size as u64);
            let head = records.head(size);
            for number in 0..size {
                let (hash, number) = (records.0[number], number as u64);
                let Ok(known) = head.has(number, hash, &mut records);
                assert!(known, "{number} of {size}");
                let Ok(moved) = head.has(number ^ 1, hash, &mut records);
                assert!(!moved, "{number} of {size}");
                let other = NodeHash::of_record(b"another");
                let Ok(other) = head.has(number, other, &mut records);
                assert!(!other, "{number} of {size}");
            }
            let Ok(outside) = head.has(size as u64, records.0[0], &mut records);
            assert!(!outside);
        }
    }

    #[test]
    fn a_tree_continues_each_that_it_was_and_no_other() {
        for size in 1..40 {
            let mut records = Records::of(0..size as u64);
            let mut forked = Records::of(0..size as u64);
            forked.0[0] = NodeHash::of_record(b"another");
            let head = records.head(size);
            for older in 0..=size {
                let Ok(lineage) = head.lineage(records.head(older), &mut records);
                assert_eq!(lineage, Lineage::Continues, "{older} to {size}");
                let expected = [Lineage::Forked, Lineage::Continues][usize::from(older == 0)];
                let Ok(lineage) = head.lineage(forked.head(older), &mut records);
                assert_eq!(lineage, expected, "{older} to {size}");
                // Nodes of another tree accuse nobody.
                if (1..size).contains(&older) {
                    let Ok(lineage) = head.lineage(records.head(older), &mut forked);
                    assert_eq!(lineage, Lineage::Unproven, "{older} to {size}");
                }
            }
            let longer = TreeHead {
                size: head.size + 1,
                ..head
            };
            let Ok(lineage) = head.lineage(longer, &mut records);
            assert_eq!(lineage, Lineage::Forked);
        }
    }
}
