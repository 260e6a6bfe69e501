//! Images in files: archives and layouts, to be looked into.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::plain_file;
use crate::layers::{TarKind, TarReader};
use crate::model::{Blob, BlobSource, BuildError, Descriptor, ForeignText, Phase, Tag, limits};
use crate::ports::ImageReader;
use crate::publish::{LAYOUT_INDEX, LayoutIndex, layout_blob};

/// An image in an archive or a layout. Nothing is unpacked.
pub struct ImageFile {
    path: PathBuf,
    place: Place,
    tag: Option<Tag>,
}

/// Where the files of the layout are.
enum Place {
    Folder,
    /// The files of a tar, by name.
    Tar {
        file: Arc<File>,
        files: BTreeMap<String, Extent>,
    },
}

/// Where a file is in a tar.
#[derive(Debug, Clone, Copy)]
struct Extent {
    offset: u64,
    size_bytes: u64,
}

impl ImageFile {
    /// Opens the archive or layout at `path`; with several images in it, the one of `tag` is meant.
    ///
    /// # Errors
    /// When there is no such file, or it is no tar.
    pub fn open(path: &Path, tag: Option<Tag>) -> Result<Self, BuildError> {
        let place = if path.is_dir() {
            Ok(Place::Folder)
        } else {
            index_tar(path)
        };
        let place = place.map_err(|error| {
            unreadable(path).because(error).hint("an archive is made by: coracle build, docker save, or skopeo copy … oci-archive:FILE")
        })?;
        Ok(Self {
            path: path.to_owned(),
            place,
            tag,
        })
    }

    fn bytes(&self, name: &str, limit_bytes: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open_file(name)?
            .take(limit_bytes + 1)
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit_bytes {
            return Err(io::Error::other(format!(
                "{name} is longer than {limit_bytes} bytes"
            )));
        }
        Ok(bytes)
    }

    fn open_file(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        match &self.place {
            Place::Folder => Ok(Box::new(plain_file::open(&self.path.join(name))?)),
            Place::Tar { file, files } => {
                let extent = files.get(name).ok_or_else(|| missing(name))?;
                Ok(Box::new(Section {
                    file: Arc::clone(file),
                    extent: *extent,
                }))
            }
        }
    }

    /// Returns a source of the file `name`, which is there.
    fn source(&self, name: &str) -> io::Result<Arc<dyn BlobSource>> {
        match &self.place {
            Place::Folder => {
                let path = self.path.join(name);
                plain_file::open(&path)?;
                Ok(Arc::new(FolderFile(path)))
            }
            Place::Tar { file, files } => {
                let extent = files.get(name).ok_or_else(|| missing(name))?;
                Ok(Arc::new(TarFile {
                    file: Arc::clone(file),
                    extent: *extent,
                }))
            }
        }
    }

    /// Chooses among the images of the index: by the tag, or the only one that there is.
    fn choose(&self, images: Vec<(Option<String>, Descriptor)>) -> Result<Descriptor, BuildError> {
        let wanted = self.tag.as_ref().map(Tag::as_str);
        let names: Vec<String> = images.iter().filter_map(|(name, _)| name.clone()).collect();
        let mut chosen: Vec<Descriptor> = images
            .into_iter()
            .filter(|(name, _)| wanted.is_none() || name.as_deref() == wanted)
            .map(|(_, descriptor)| descriptor)
            .collect();
        chosen.dedup_by_key(|descriptor| descriptor.digest);
        let path = self.path.display();
        match (chosen.pop(), chosen.is_empty()) {
            (Some(descriptor), true) => Ok(descriptor),
            (None, _) => Err(unreadable(&self.path)
                .because("it holds no such image")
                .hint(format!("it has {}", shown(&names)))),
            (Some(_), false) => Err(unreadable(&self.path)
                .because("it holds several images, and none is named")
                .hint(format!("name one of {}, as in {path}:TAG", shown(&names)))),
        }
    }
}

impl ImageReader for ImageFile {
    fn root(&self) -> Result<Blob, BuildError> {
        let index = self
            .bytes(LAYOUT_INDEX, limits::MANIFEST_BYTES)
            .map_err(|error| {
                unreadable(&self.path)
                    .because(error)
                    .hint("an image is a folder or tar with an oci-layout and an index.json in it")
            })?;
        let index =
            LayoutIndex::parse(&index).map_err(|error| unreadable(&self.path).because(error))?;
        self.blob(&self.choose(index.images())?)
    }

    fn blob(&self, descriptor: &Descriptor) -> Result<Blob, BuildError> {
        let source = self
            .source(&layout_blob(&descriptor.digest))
            .map_err(|error| {
                let what = format!(
                    "{} {} is not there",
                    descriptor.media_type, descriptor.digest
                );
                BuildError::new(Phase::Inspect, self.path.display(), what).because(error)
            })?;
        Ok(Blob::new(descriptor.clone(), source))
    }
}

fn index_tar(path: &Path) -> io::Result<Place> {
    let file = plain_file::open(path)?;
    let mut files = BTreeMap::new();
    let mut reader = TarReader::of_file(BufReader::new(&file));
    while let Some(entry) = reader.next_entry().map_err(io::Error::other)? {
        if entry.kind == TarKind::File {
            files.insert(
                entry.path,
                Extent {
                    offset: reader.offset(),
                    size_bytes: entry.size_bytes,
                },
            );
        }
    }
    drop(reader);
    Ok(Place::Tar {
        file: Arc::new(file),
        files,
    })
}

fn unreadable(path: &Path) -> BuildError {
    BuildError::new(Phase::Inspect, path.display(), "cannot read this image")
}

fn missing(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("it has no {name}"))
}

fn shown(names: &[String]) -> ForeignText {
    ForeignText::new(&names.join(", "))
}

struct FolderFile(PathBuf);

impl BlobSource for FolderFile {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(plain_file::open(&self.0)?))
    }
}

struct TarFile {
    file: Arc<File>,
    extent: Extent,
}

impl BlobSource for TarFile {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Section {
            file: Arc::clone(&self.file),
            extent: self.extent,
        }))
    }
}

/// A part of a file, read from a position of its own, so that several can be read at once.
struct Section {
    file: Arc<File>,
    extent: Extent,
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer
            .len()
            .min(usize::try_from(self.extent.size_bytes).unwrap_or(usize::MAX));
        let read = self
            .file
            .read_at(&mut buffer[..wanted], self.extent.offset)?;
        self.extent.offset += read as u64;
        self.extent.size_bytes -= read as u64;
        Ok(read)
    }
}
