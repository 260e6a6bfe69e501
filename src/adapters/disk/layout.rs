//! OCI layouts: added to where they are, so that whoever reads one meanwhile finds it whole.

#![expect(clippy::disallowed_methods, reason = "layouts are folders of the user")]

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::output_error::OutputError;
use super::plain_file;
use super::temp_file::{self, Readers};
use crate::image::Image;
use crate::model::{Blob, Cancellation, Digester, Tag};
use crate::ports::Progress;
use crate::publish::{
    LAYOUT_INDEX, LAYOUT_MARKER, LAYOUT_MARKER_TEXT, LayoutIndex, Published, check_layout_marker,
    layout_blob,
};

/// What is copied at once; a stop is seen between two of them.
const CHUNK: usize = 64 << 10;

/// A layout that images are added to.
pub(super) struct Layout<'a> {
    folder: &'a Path,
}

impl<'a> Layout<'a> {
    /// Names the layout in `folder`, which may not be there yet.
    pub(super) fn new(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// Tells whether an image can be added, and leaves nothing there.
    pub(super) fn check(&self) -> Result<(), OutputError> {
        if self.is_there()? {
            self.index()?;
        }
        Ok(temp_file::try_in(self.folder)?)
    }

    /// Adds the blobs of `image`; no name leads to them yet. A layout that this made and could not
    /// fill is taken away again.
    pub(super) fn publish(
        &self,
        image: &Image,
        cancellation: &Cancellation,
        progress: &Progress<'_>,
    ) -> Result<Published, OutputError> {
        let was_layout = self.is_there()?;
        let was_folder = self.folder.exists();
        let done = self.add_all(image, cancellation, progress);
        // Once it has an index, another process has put an image into it.
        if done.is_err() && !was_layout && !self.folder.join(LAYOUT_INDEX).exists() {
            self.discard();
            if !was_folder {
                // What else was put there meanwhile stays, and the folder with it.
                let _ = fs::remove_dir(self.folder);
            }
        }
        done
    }

    fn add_all(
        &self,
        image: &Image,
        cancellation: &Cancellation,
        progress: &Progress<'_>,
    ) -> Result<Published, OutputError> {
        self.begin()?;
        let mut published = Published {
            root: image.root().clone(),
            sent_bytes: 0,
            present_bytes: 0,
        };
        for blob in image.blobs() {
            let size_bytes = blob.descriptor.size_bytes;
            if self.has(blob) {
                progress.advance(size_bytes);
                published.present_bytes += size_bytes;
            } else {
                self.add(blob, cancellation, progress)?;
                published.sent_bytes += size_bytes;
            }
        }
        Ok(published)
    }

    /// Points `tags` at `image`, whose blobs are there.
    pub(super) fn tag(&self, image: &Image, tags: &[Tag]) -> Result<(), OutputError> {
        // Whoever adds to the index at the same time waits; where the file system has no locks,
        // the last one wins.
        let marker = plain_file::open(&self.folder.join(LAYOUT_MARKER))?;
        let _ = marker.lock();
        let before = self.index()?;
        let mut index = before.clone().unwrap_or_else(LayoutIndex::empty);
        index.set(image.root(), tags);
        if before.as_ref() == Some(&index) {
            return Ok(());
        }
        self.put(&self.folder.join(LAYOUT_INDEX), &index.to_bytes())
    }

    /// Makes the layout where there is none, and removes what killed processes left in it.
    fn begin(&self) -> Result<(), OutputError> {
        if !self.is_there()? {
            fs::create_dir_all(self.folder)?;
            self.put(
                &self.folder.join(LAYOUT_MARKER),
                LAYOUT_MARKER_TEXT.as_bytes(),
            )?;
        }
        temp_file::sweep(self.folder);
        Ok(fs::create_dir_all(self.folder.join("blobs/sha256"))?)
    }

    /// Removes all that makes the folder a layout. What cannot be removed is told by the error that
    /// led here.
    fn discard(&self) {
        let _ = fs::remove_dir_all(self.folder.join("blobs"));
        let _ = fs::remove_file(self.folder.join(LAYOUT_MARKER));
    }

    /// Tells whether the folder is a layout; one that is missing or empty can become one.
    fn is_there(&self) -> Result<bool, OutputError> {
        match plain_file::read(&self.folder.join(LAYOUT_MARKER)) {
            Ok(bytes) => Ok(check_layout_marker(&bytes).map(|()| true)?),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            Err(_) if temp_file::is_empty(self.folder)? => Ok(false),
            Err(_) => Err(OutputError::NoLayout),
        }
    }

    fn index(&self) -> Result<Option<LayoutIndex>, OutputError> {
        match plain_file::read(&self.folder.join(LAYOUT_INDEX)) {
            Ok(bytes) => Ok(Some(LayoutIndex::parse(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells whether the layout has `blob` unharmed; one that is harmed is written anew.
    fn has(&self, blob: &Blob) -> bool {
        let mut digester = Digester::default();
        let read = plain_file::open(&self.path_of(blob))
            .and_then(|mut file| io::copy(&mut file, &mut digester));
        read.is_ok() && digester.finish() == blob.descriptor.digest
    }

    fn add(
        &self,
        blob: &Blob,
        cancellation: &Cancellation,
        progress: &Progress<'_>,
    ) -> Result<(), OutputError> {
        let mut file = temp_file::create(self.folder, Readers::Umask)?;
        copy(blob, &mut file, cancellation, progress)?;
        temp_file::keep(file, &self.path_of(blob))?;
        Ok(())
    }

    fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
        let mut file = temp_file::create(self.folder, Readers::Umask)?;
        file.write_all(bytes)?;
        temp_file::keep(file, path)?;
        Ok(())
    }

    fn path_of(&self, blob: &Blob) -> PathBuf {
        self.folder.join(layout_blob(&blob.descriptor.digest))
    }
}

fn copy(
    blob: &Blob,
    out: &mut impl Write,
    cancellation: &Cancellation,
    progress: &Progress<'_>,
) -> Result<(), OutputError> {
    let digest = blob.descriptor.digest;
    let blame = |source| OutputError::Blob { digest, source };
    let mut reader = blob.open().map_err(blame)?;
    let mut chunk = vec![0; CHUNK];
    let mut digester = Digester::default();
    loop {
        if let Some(reason) = cancellation.reason() {
            return Err(OutputError::Stopped(reason));
        }
        let read = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(blame(error)),
        };
        digester.update(&chunk[..read]);
        out.write_all(&chunk[..read])?;
        progress.advance(read as u64);
    }
    match digester.finish() {
        found if found == digest => Ok(()),
        found => Err(blame(io::Error::other(format!(
            "its bytes have the digest {found}"
        )))),
    }
}
