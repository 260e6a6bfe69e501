//! What is known of layers that were made before.

use std::io;

use crate::image::HeldLayer;
use crate::model::{BlobSource, Digest, RegistryHost};
use crate::plan::{Memo, Recipe};

/// Keeps memos from run to run. It forgets when it likes; what it tells is what it was told.
pub trait MemoShelf: Sync {
    /// Returns the memo whose recipe has this key.
    fn find(&self, key: Digest) -> Option<Memo>;

    /// Returns the layer that `memo` tells of, when it can still be had, whole and unharmed. Where
    /// all that use it are registries at one host, it need not come here if it can be mounted there.
    fn layer(&self, memo: &Memo, users: &Users) -> Option<HeldLayer>;

    /// Keeps a memo, and notes that it is the latest of its `part`.
    ///
    /// # Errors
    /// When the medium takes no more.
    fn keep(&self, part: &Part, memo: &Memo) -> io::Result<()>;

    /// Keeps a program as it is, with the memo of it. It is had again as what has no other form: its descriptor is that of
    /// its bytes, and so is its diff id.
    ///
    /// # Errors
    /// As for [`MemoShelf::keep`], and when the program cannot be read.
    fn keep_program(
        &self,
        part: &Part,
        recipe: &Recipe,
        program: &dyn BlobSource,
    ) -> io::Result<()>;

    /// Notes that `memo`, which was found, is the latest of `part`.
    ///
    /// # Errors
    /// As for [`MemoShelf::keep`].
    fn note_latest(&self, part: &Part, memo: &Memo) -> io::Result<()>;

    /// Returns the memo that was last kept or used for this part, if its image was built here
    /// before.
    fn latest(&self, part: &Part) -> Option<Memo>;

    /// Shares what was kept with those who cannot see this machine, once images are where they go.
    fn share(&self) {}
}

/// One of our layers in one image of a project: what a memo is compared with, to tell what has
/// changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The name of the image.
    pub image: String,
    /// What it runs on; empty for files, which are the same on all platforms.
    pub platform: String,
    /// The path of the program in the image; empty for files.
    pub path: String,
}

/// Who uses a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Users {
    /// Somebody who reads its bytes.
    Readers,
    /// Registries at this host alone.
    Registries(RegistryHost),
}
