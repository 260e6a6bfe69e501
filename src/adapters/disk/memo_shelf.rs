//! Memos in the cache folder: `memos/HEX`, named by the key of their recipe, and `latest/HEX`, which
//! hold the key of the memo that an image was last made with.
//!
//! A memo is a line with the digest of what follows, and JSON. What is harmed, or is of another
//! form, is as if it had never been there.

#![expect(
    clippy::disallowed_methods,
    reason = "memos are files; they come about through temp_file"
)]

use std::fs;
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::{CacheFolder, DiskBlobStore, sealed_json};
use crate::adapters::cache_files;
use crate::image::HeldLayer;
use crate::layers::Layer;
use crate::model::{BlobSource, DiffId, Digest, MediaType, canonical_json};
use crate::plan::{Memo, Recipe};
use crate::ports::{BlobStore as _, MemoShelf, Part, Users};

/// The longest memo that is read: 100,000 inputs fit.
const MAX_MEMO_BYTES: u64 = 32 << 20;

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
        let bytes = read(&self.cache.memo(&key), MAX_MEMO_BYTES)?;
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
        if read(&path, 128).is_some_and(|known| known == key.to_string().as_bytes()) {
            return Ok(());
        }
        self.cache.keep_small(&path, key.to_string().as_bytes())
    }

    fn latest(&self, part: &Part) -> Option<Memo> {
        let key = read(&self.latest_path(part), 128)?;
        self.find(str::from_utf8(&key).ok()?.parse().ok()?)
    }
}

fn read(path: &Path, limit_bytes: u64) -> Option<Vec<u8>> {
    let file = fs::File::open(path).ok()?;
    cache_files::note_use(&file);
    let mut bytes = Vec::new();
    let length = file.take(limit_bytes + 1).read_to_end(&mut bytes).ok()?;
    (length as u64 <= limit_bytes).then_some(bytes)
}
