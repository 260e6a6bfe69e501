//! The proof that a record is in a database, and that the database is the one that it always was.
//!
//! A signature alone shows that the database's owner said something, to whoever asked. With the
//! proof a wrong record stands for everybody to see, in the one tree that all are shown.

use super::tile::Tile;
use super::tree::{Lineage, NodeHash, Nodes};
use super::{LookupError, Record, SignedHead};

/// Where tiles come from: not from anybody who is believed.
pub trait Tiles {
    /// Why there is no such tile.
    type Error;

    /// Returns the bytes of a tile.
    ///
    /// # Errors
    /// When it cannot be had.
    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, Self::Error>;
}

/// Why a record is not proven.
#[derive(Debug)]
pub enum ProofError<E> {
    /// A tile cannot be had.
    Tiles(E),
    /// What was handed out proves nothing, or the opposite.
    Lookup(LookupError),
}

/// Proves that `record` is in the tree that it came with, and that this and the tree of `seen`, which the
/// database signed at another time, are one. Returns the head of the larger of the two.
///
/// # Errors
/// When a tile cannot be had, or it is not so.
pub fn prove<T: Tiles>(
    record: &Record,
    seen: Option<SignedHead>,
    tiles: &mut T,
) -> Result<SignedHead, ProofError<T::Error>> {
    let now = record.head.clone();
    let (older, newer) = match seen {
        Some(seen) if seen.tree.size > now.tree.size => (now, seen),
        Some(seen) => (seen, now),
        None => (now.clone(), now),
    };
    let mut nodes = TreeNodes {
        tree_size: newer.tree.size,
        tiles,
    };
    match newer.tree.lineage(older.tree, &mut nodes)? {
        Lineage::Continues => {}
        Lineage::Forked => {
            let (older, newer) = (older.note().to_owned(), newer.note().to_owned());
            return Err(ProofError::Lookup(LookupError::Forked { older, newer }));
        }
        Lineage::Unproven => return Err(ProofError::Lookup(LookupError::Unproven)),
    }
    if !newer.tree.has(record.number, record.hash, &mut nodes)? {
        return Err(ProofError::Lookup(LookupError::NotInTree(record.number)));
    }
    Ok(newer)
}

/// The nodes of a tree, from its tiles.
struct TreeNodes<'a, T> {
    tree_size: u64,
    tiles: &'a mut T,
}

impl<T: Tiles> Nodes for TreeNodes<'_, T> {
    type Error = ProofError<T::Error>;

    fn node(&mut self, level: u32, number: u64) -> Result<NodeHash, Self::Error> {
        let tile = Tile::with(level, number, self.tree_size);
        let bytes = self.tiles.tile(tile).map_err(ProofError::Tiles)?;
        tile.node(&bytes, level, number)
            .ok_or_else(|| ProofError::Lookup(LookupError::Tile(tile.path())))
    }
}
