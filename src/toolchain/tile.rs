//! Pieces of a tree of records, as checksum databases hand them out:
//! <https://go.dev/design/25530-sumdb#checksum-database>.

use super::tree::NodeHash;

/// A tile has the nodes of one level and eight levels above it can be computed from them.
const HEIGHT: u32 = 8;
/// The nodes of a tile that is full.
const FULL: u64 = 1 << HEIGHT;

/// A piece of a tree: up to 256 nodes of one level that stand beside one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// The level of its nodes, in eights.
    row: u32,
    number: u64,
    /// How many nodes it has.
    width: u64,
}

impl Tile {
    /// The most that a tile has.
    pub const MAX_BYTES: u64 = FULL * NodeHash::SIZE as u64;

    /// Returns the tile that tells the node `number` of `level`, in a tree of `tree_size` records.
    pub fn with(level: u32, number: u64, tree_size: u64) -> Self {
        let row = level / HEIGHT;
        let first = number << (level % HEIGHT);
        let nodes = tree_size >> (row * HEIGHT);
        let number = first / FULL;
        Self {
            row,
            number,
            width: nodes.saturating_sub(number * FULL).min(FULL),
        }
    }

    /// Returns the same tile as it is once it is full; nothing for one that is. When it is, a database may
    /// hand out no part of it any more.
    pub fn completed(&self) -> Option<Self> {
        let width = FULL;
        (self.width < FULL).then_some(Self { width, ..*self })
    }

    /// Returns the bytes of this tile from those of the same one when it had more nodes.
    pub fn part_of(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let size = usize::try_from(self.width).unwrap_or(usize::MAX);
        bytes.truncate(size.saturating_mul(NodeHash::SIZE));
        bytes
    }

    /// Returns where a database has it, below the database's own address.
    pub fn path(&self) -> String {
        let mut number = format!("{:03}", self.number % 1000);
        let mut rest = self.number / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        let row = self.row;
        if self.width == FULL {
            format!("tile/{HEIGHT}/{row}/{number}")
        } else {
            format!("tile/{HEIGHT}/{row}/{number}.p/{}", self.width)
        }
    }

    /// Returns the node `number` of `level` from the bytes of this tile; nothing where they are not
    /// what it has.
    pub fn node(&self, bytes: &[u8], level: u32, number: u64) -> Option<NodeHash> {
        let (hashes, rest) = bytes.as_chunks::<{ NodeHash::SIZE }>();
        if !rest.is_empty() || hashes.len() as u64 != self.width {
            return None;
        }
        let height = level % HEIGHT;
        let first = usize::try_from((number << height) % FULL).ok()?;
        let below = hashes.get(first..first + (1 << height))?;
        let mut nodes: Vec<NodeHash> = below.iter().copied().map(NodeHash::from_bytes).collect();
        while nodes.len() > 1 {
            let pairs = nodes.as_chunks::<2>().0;
            nodes = pairs
                .iter()
                .map(|&[left, right]| NodeHash::above(left, right))
                .collect();
        }
        nodes.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_in_the_tile_that_a_database_names_so() {
        // As golang.org/x/mod/sumdb/tlog names them.
        let cases = [
            ((0, 0, 1), "tile/8/0/000.p/1"),
            ((0, 255, 256), "tile/8/0/000"),
            ((0, 256, 300), "tile/8/0/001.p/44"),
            ((3, 31, 300), "tile/8/0/000"),
            ((8, 0, 300), "tile/8/1/000.p/1"),
            ((9, 1, 66_332_798), "tile/8/1/000"),
            ((0, 61_743_986, 66_332_798), "tile/8/0/x241/187"),
            ((16, 1000, 66_332_798), "tile/8/2/003.p/244"),
            ((0, 1_234_067 * 256, u64::MAX), "tile/8/0/x001/x234/067"),
        ];
        for ((level, number, size), path) in cases {
            assert_eq!(Tile::with(level, number, size).path(), path);
        }
    }

    #[test]
    fn nodes_above_those_of_a_tile_are_computed() {
        let leaves: Vec<[u8; 32]> = (0..6).map(|number| [number; 32]).collect();
        let bytes = leaves.concat();
        let tile = Tile::with(0, 0, 6);
        let leaf = |number: usize| NodeHash::from_bytes(leaves[number]);
        let pair = |number| NodeHash::above(leaf(number), leaf(number + 1));
        assert_eq!(tile.node(&bytes, 0, 5), Some(leaf(5)));
        assert_eq!(tile.node(&bytes, 1, 2), Some(pair(4)));
        assert_eq!(
            tile.node(&bytes, 2, 0),
            Some(NodeHash::above(pair(0), pair(2)))
        );
        // Nodes that are not whole, and bytes that are not the tile's.
        assert_eq!(tile.node(&bytes, 2, 1), None);
        assert_eq!(tile.node(&bytes[32..], 0, 0), None);
        assert_eq!(tile.node(&bytes[1..], 0, 0), None);
    }
}
