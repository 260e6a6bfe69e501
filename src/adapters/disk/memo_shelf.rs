//! Memos in the cache folder: `memos/HEX`, named by the key of their recipe, and `latest/HEX`, which
//! hold the key of the memo that an image was last made with.
//!
//! A memo is a line with the digest of what follows, and JSON. What is harmed, or is of another
//! form, is as if it had never been there.

use std::io::{self, BufReader};
use std::path::PathBuf;

use super::{CacheFolder, DiskBlobStore, sealed_json};
use crate::image::HeldLayer;
use crate::layers::Layer;
use crate::model::{BlobSource, DiffId, Digest, MediaType, canonical_json};
use crate::plan::{Memo, Recipe};
use crate::ports::{BlobStore as _, MemoShelf, Part, Users};

/// The longest memo that is read: 100,000 inputs fit.
const MAX_MEMO_BYTES: u64 = 32 << 20;

/// The longest key that is read.
const MAX_KEY_BYTES: u64 = 128;

/// How many bytes of a program are in memory.
const COPIED_AT_ONCE: usize = 256 << 10;

/// What a program is, as its memo says.
const PROGRAM: &str = "application/octet-stream";

/// The shelf of memos of one project.
pub struct DiskMemoShelf {
    cache: CacheFolder,
    blobs: DiskBlobStore,
    /// The root of the source tree, which tells images of one name apart.
    project: PathBuf,
}

impl DiskMemoShelf {
    /// Opens the shelf in `cache` for the project in the folder `project`; the layers are in
    /// `blobs`.
    pub fn new(cache: CacheFolder, blobs: DiskBlobStore, project: PathBuf) -> Self {
        Self {
            cache,
            blobs,
            project,
        }
    }

    fn latest_path(&self, part: &Part) -> PathBuf {
        let Part {
            image,
            platform,
            path,
        } = part;
        let name = serde_json::json!([
            self.project.as_os_str().as_encoded_bytes(),
            image,
            platform,
            path
        ]);
        self.cache
            .latest()
            .join(Digest::of(&canonical_json(&name)).to_hex())
    }
}

impl MemoShelf for DiskMemoShelf {
    fn find(&self, key: Digest) -> Option<Memo> {
        let bytes = self
            .cache
            .read_small(&self.cache.memo(&key), MAX_MEMO_BYTES)?;
        sealed_json::read(&bytes).filter(|memo: &Memo| memo.recipe.key() == key)
    }

    fn layer(&self, memo: &Memo, _: &Users) -> Option<HeldLayer> {
        let layer = Layer {
            blob: self.blobs.find(&memo.layer)?,
            diff_id: memo.diff_id,
        };
        Some(layer.into())
    }

    fn keep(&self, part: &Part, memo: &Memo) -> io::Result<()> {
        let key = memo.recipe.key();
        if self.find(key).as_ref() != Some(memo) {
            self.cache
                .keep_small(&self.cache.memo(&key), &sealed_json::written(memo)?)?;
        }
        self.note_latest(part, memo)
    }

    fn keep_program(
        &self,
        part: &Part,
        recipe: &Recipe,
        program: &dyn BlobSource,
    ) -> io::Result<()> {
        let mut kept = self.blobs.create()?;
        let mut program = BufReader::with_capacity(COPIED_AT_ONCE, program.open()?);
        io::copy(&mut program, &mut kept)?;
        let kept = kept.commit(MediaType::Other(PROGRAM.to_owned()), None)?;
        // The run has the program from its compiler.
        self.blobs.close(&kept.descriptor.digest);
        let memo = Memo {
            recipe: recipe.clone(),
            diff_id: DiffId::new(kept.descriptor.digest),
            layer: kept.descriptor,
            account: None,
        };
        self.keep(part, &memo)
    }

    fn note_latest(&self, part: &Part, memo: &Memo) -> io::Result<()> {
        let key = memo.recipe.key();
        let path = self.latest_path(part);
        let known = self.cache.read_small(&path, MAX_KEY_BYTES);
        if known.is_some_and(|known| known == key.to_string().as_bytes()) {
            return Ok(());
        }
        self.cache.keep_small(&path, key.to_string().as_bytes())
    }

    fn latest(&self, part: &Part) -> Option<Memo> {
        let key = self
            .cache
            .read_small(&self.latest_path(part), MAX_KEY_BYTES)?;
        self.find(str::from_utf8(&key).ok()?.parse().ok()?)
    }
}
