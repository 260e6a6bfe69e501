//! The layers of one image, read one by one for the files and programs in them.

use std::io::{self, Read};

use crate::layers::{TarEntry, TarKind};
use crate::model::{BuildError, limits};
use crate::pipeline::stored_image::{StoredImage, makers};
use crate::pipeline::stored_platforms::StoredPlatform;
use crate::size::{
    FileSize, ImageSize, LayerSize, ProgramInImage, SymbolLimit, is_program, program_size,
};

/// The files of an image, met one after the other. One program at a time is held in memory.
pub(super) struct ImageWalk<'a> {
    image: StoredImage<'a>,
    stored: &'a StoredPlatform,
    symbols: SymbolLimit,
    found: ImageSize,
}

impl<'a> ImageWalk<'a> {
    /// Has read nothing yet.
    pub(super) fn new(
        image: StoredImage<'a>,
        stored: &'a StoredPlatform,
        symbols: SymbolLimit,
    ) -> Self {
        let found = ImageSize {
            platform: stored.config.platform.to_string(),
            digest: stored.manifest.digest.to_string(),
            size_bytes: stored.layers.iter().map(|layer| layer.size_bytes).sum(),
            file_bytes: 0,
            layers: Vec::new(),
            files: Vec::new(),
            more_files: 0,
            more_file_bytes: 0,
            programs: Vec::new(),
            notes: Vec::new(),
        };
        Self {
            image,
            stored,
            symbols,
            found,
        }
    }

    /// Reads all layers.
    pub(super) fn finish(mut self) -> Result<ImageSize, BuildError> {
        let makers = makers(&self.stored.config);
        for (place, layer) in self.stored.layers.iter().enumerate() {
            let number = place as u64 + 1;
            let mut size = LayerSize {
                number,
                digest: layer.digest.to_string(),
                created_by: makers.get(place).filter(|maker| !maker.is_empty()).cloned(),
                size_bytes: layer.size_bytes,
                tar_bytes: 0,
                file_bytes: 0,
                files: 0,
            };
            let (image, stored) = (self.image, self.stored);
            let walked = stored.walk(&image, place, &mut |entry, content| {
                if entry.kind == TarKind::File && entry.whiteout().is_none() {
                    size.files += 1;
                    size.file_bytes += entry.size_bytes;
                    self.visit(number, entry, content)?;
                }
                Ok(())
            })?;
            size.tar_bytes = walked.tar_bytes;
            self.found.file_bytes += size.file_bytes;
            self.found.layers.push(size);
        }
        let mut found = self.found;
        found
            .files
            .sort_by(|a, b| (b.size_bytes, &a.path).cmp(&(a.size_bytes, &b.path)));
        Ok(found)
    }

    fn visit(&mut self, layer: u64, entry: &TarEntry, content: &mut dyn Read) -> io::Result<()> {
        let (path, size_bytes) = (format!("/{}", entry.path), entry.size_bytes);
        if entry.mode & 0o111 != 0 && self.found.programs.len() < limits::GO_PROGRAMS {
            self.program(&path, layer, size_bytes, content)?;
        }
        if self.found.files.len() < limits::LISTED_FILES {
            self.found.files.push(FileSize {
                path,
                layer,
                size_bytes,
            });
        } else {
            self.found.more_files += 1;
            self.found.more_file_bytes += size_bytes;
        }
        Ok(())
    }

    /// Looks into a file that may be run.
    fn program(
        &mut self,
        path: &str,
        layer: u64,
        size_bytes: u64,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.take(16).read_to_end(&mut bytes)?;
        if !is_program(&bytes) {
            return Ok(());
        }
        if size_bytes <= limits::PROGRAM_BYTES {
            content.read_to_end(&mut bytes)?;
        }
        match program_size(&bytes, self.symbols) {
            Ok(program) => self.found.programs.push(ProgramInImage {
                path: path.to_owned(),
                layer,
                program,
            }),
            Err(error) => self.found.notes.push(format!("{path}: {error}")),
        }
        Ok(())
    }
}
