//! Images to files: archives and layouts.

use std::sync::{Mutex, PoisonError};

use super::archive;
use super::layout::Layout;
use super::output_error::OutputError;
use crate::image::Image;
use crate::model::{Blob, BuildError, Cancellation, ExitCode, Phase, Tag, Work, crew};
use crate::plan::Destination;
use crate::ports::{EventSink, Progress, Publisher};
use crate::publish::Published;

/// Puts images into archives and layouts.
pub struct DiskPublisher<'a> {
    cancellation: Cancellation,
    events: &'a dyn EventSink,
    /// One image at a time goes into layouts: what made one and fails takes it away again, and
    /// must be alone in it.
    turn: Mutex<()>,
}

impl<'a> DiskPublisher<'a> {
    /// Tells `events` how far it is.
    pub fn new(events: &'a dyn EventSink, cancellation: Cancellation) -> Self {
        Self {
            cancellation,
            events,
            turn: Mutex::new(()),
        }
    }

    fn progress(&self, image: &Image, destination: &Destination) -> Progress<'a> {
        let work = Work::new(Phase::Publish, destination.to_string());
        Progress::start(self.events, work, Some(size_bytes(image)))
    }
}

impl Publisher for DiskPublisher<'_> {
    fn check(&self, destination: &Destination) -> Result<(), BuildError> {
        let checked = match destination {
            Destination::Archive(file) => archive::check(&file.path),
            Destination::Layout(folder) => Layout::new(folder).check(),
            Destination::Registry(_) => return Err(elsewhere(destination)),
        };
        checked.map_err(|error| explain(error, destination))
    }

    /// To compare a file is as much work as to write it.
    fn shows(&self, _: &Image, _: &[Tag], _: &Destination) -> Result<bool, BuildError> {
        Ok(false)
    }

    fn publish(&self, image: &Image, destination: &Destination) -> Result<Published, BuildError> {
        let folder = match destination {
            Destination::Layout(folder) => folder,
            // It is written in one go, once its tags are known.
            Destination::Archive(_) => {
                return Ok(Published {
                    root: image.root().clone(),
                    sent_bytes: size_bytes(image),
                    present_bytes: 0,
                });
            }
            Destination::Registry(_) => return Err(elsewhere(destination)),
        };
        bring_near(image).map_err(|error| explain(error, destination))?;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = self.progress(image, destination);
        Layout::new(folder)
            .publish(image, &self.cancellation, &progress)
            .map_err(|error| explain(error, destination))
    }

    fn tag(
        &self,
        image: &Image,
        tags: &[Tag],
        destination: &Destination,
    ) -> Result<(), BuildError> {
        let done = match destination {
            Destination::Layout(folder) => Layout::new(folder).tag(image, tags),
            Destination::Archive(file) => bring_near(image).and_then(|()| {
                let progress = self.progress(image, destination);
                archive::write(image, tags, file, &self.cancellation, &progress)
            }),
            Destination::Registry(_) => return Err(elsewhere(destination)),
        };
        done.map_err(|error| explain(error, destination))
    }
}

/// Layers of a base may still be in its registry: several come at once, though they are written one
/// after the other.
fn bring_near(image: &Image) -> Result<(), OutputError> {
    let fetch = |blob: &&Blob| {
        let digest = blob.descriptor.digest;
        blob.fetch(&|_| ())
            .map_err(|source| OutputError::Blob { digest, source })
    };
    crew::each(FETCHED_AT_ONCE, &image.blobs(), fetch).map(drop)
}

/// More connections only make a registry answer 429.
const FETCHED_AT_ONCE: usize = 4;

fn explain(error: OutputError, destination: &Destination) -> BuildError {
    let what = match destination {
        Destination::Archive(_) => "the archive",
        _ => "the layout",
    };
    error.into_build_error(destination, &format!("cannot write {what}"))
}

fn elsewhere(destination: &Destination) -> BuildError {
    BuildError::new(Phase::Publish, destination, "this is no file or folder")
        .exit(ExitCode::Internal)
}

fn size_bytes(image: &Image) -> u64 {
    let blobs = image.blobs();
    blobs.iter().map(|blob| blob.descriptor.size_bytes).sum()
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests look at what is on the disk"
)]
mod tests {
    use std::fs;
    use std::io::{self, Read};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use serde_json::Value;
    use tempfile::TempDir;

    use super::*;
    use crate::image::{ImageLayer, PlatformImage};
    use crate::model::{BlobSource, Descriptor, Event, MediaType, Repository, StopReason};
    use crate::plan::ArchiveFile;

    struct Nobody;

    impl EventSink for Nobody {
        fn emit(&self, _: Event) {}
    }

    struct Unreadable;

    impl BlobSource for Unreadable {
        fn open(&self) -> io::Result<Box<dyn Read + Send>> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }

    fn publisher() -> DiskPublisher<'static> {
        DiskPublisher::new(&Nobody, Cancellation::default())
    }

    fn put(
        publisher: &DiskPublisher<'_>,
        image: &Image,
        tag: &str,
        to: &Destination,
    ) -> Result<Published, BuildError> {
        publisher.check(to)?;
        let published = publisher.publish(image, to)?;
        publisher.tag(image, &[tag.parse().unwrap()], to)?;
        Ok(published)
    }

    fn image_of(layer: Blob) -> Image {
        let content = layer.descriptor.digest.to_string();
        let blob =
            |media_type, text: &str| Blob::of_bytes(media_type, format!("{text} {content}").into());
        Image {
            platforms: vec![PlatformImage {
                platform: "linux/amd64".parse().unwrap(),
                manifest: blob(MediaType::Manifest, "manifest"),
                config: blob(MediaType::Config, "config"),
                layers: vec![ImageLayer {
                    blob: layer,
                    mount_from: None,
                }],
            }],
            index: None,
        }
    }

    fn image(layer: &str) -> Image {
        image_of(Blob::of_bytes(MediaType::LayerGzip, layer.into()))
    }

    fn unreadable() -> Image {
        let descriptor = Descriptor::of(MediaType::LayerGzip, b"far");
        image_of(Blob::new(descriptor, Arc::new(Unreadable)))
    }

    fn archive(folder: &TempDir) -> (PathBuf, Destination) {
        let path = folder.path().join("dist/server.tar");
        let name = Repository::local(&"server".parse().unwrap());
        (
            path.clone(),
            Destination::Archive(ArchiveFile { path, name }),
        )
    }

    fn layout(folder: &TempDir) -> (PathBuf, Destination) {
        let path = folder.path().join("layout");
        (path.clone(), Destination::Layout(path))
    }

    fn tags(layout: &Path) -> Vec<String> {
        let index: Value =
            serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
        let entries = index["manifests"].as_array().unwrap();
        let tag = |entry: &Value| {
            entry["annotations"]["org.opencontainers.image.ref.name"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        entries.iter().map(tag).collect()
    }

    fn files_below(folder: &Path) -> usize {
        fs::read_dir(folder).map_or(0, Iterator::count)
    }

    #[test]
    fn an_archive_is_whole_and_always_the_same() {
        let folder = TempDir::new().unwrap();
        let (path, destination) = archive(&folder);
        put(&publisher(), &image("a"), "v1", &destination).unwrap();
        let first = fs::read(&path).unwrap();
        put(&publisher(), &image("a"), "v1", &destination).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
        let mut archive = tar::Archive::new(first.as_slice());
        assert_eq!(archive.entries().unwrap().count(), 6);
        assert_eq!(files_below(&folder.path().join("dist")), 1);
    }

    #[test]
    fn an_archive_that_fails_leaves_the_old_one() {
        let folder = TempDir::new().unwrap();
        let (path, destination) = archive(&folder);
        put(&publisher(), &image("a"), "v1", &destination).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(put(&publisher(), &unreadable(), "v1", &destination).is_err());
        let stopped = DiskPublisher::new(&Nobody, Cancellation::default());
        stopped.cancellation.stop(StopReason::Interrupted);
        let error = put(&stopped, &image("b"), "v1", &destination).unwrap_err();
        assert_eq!(error.exit_code(), ExitCode::Interrupted);
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(files_below(&folder.path().join("dist")), 1);
    }

    #[test]
    fn a_layout_is_added_to() {
        let folder = TempDir::new().unwrap();
        let (path, destination) = layout(&folder);
        put(&publisher(), &image("a"), "v1", &destination).unwrap();
        let again = put(&publisher(), &image("a"), "v1", &destination).unwrap();
        assert_eq!(again.sent_bytes, 0);
        put(&publisher(), &image("b"), "v2", &destination).unwrap();
        assert_eq!(tags(&path), ["v1", "v2"]);
        assert_eq!(files_below(&path.join("blobs/sha256")), 6);
        assert_eq!(files_below(&path), 3);
    }

    #[test]
    fn a_harmed_blob_of_a_layout_is_written_anew() {
        let folder = TempDir::new().unwrap();
        let (path, destination) = layout(&folder);
        let image = image("a");
        put(&publisher(), &image, "v1", &destination).unwrap();
        let blob = path.join(crate::publish::layout_blob(&image.root().digest));
        fs::write(&blob, "harmed").unwrap();
        put(&publisher(), &image, "v1", &destination).unwrap();
        assert_eq!(
            Descriptor::of(MediaType::Manifest, &fs::read(&blob).unwrap()),
            *image.root()
        );
    }

    #[test]
    fn no_name_leads_to_an_image_that_is_not_whole() {
        let folder = TempDir::new().unwrap();
        let (path, destination) = layout(&folder);
        put(&publisher(), &image("a"), "v1", &destination).unwrap();
        assert!(put(&publisher(), &unreadable(), "v2", &destination).is_err());
        assert_eq!(tags(&path), ["v1"]);
        assert_eq!(files_below(&path), 3);
    }

    #[test]
    fn a_layout_that_could_not_be_filled_is_taken_away() {
        let folder = TempDir::new().unwrap();
        let (path, destination) = layout(&folder);
        assert!(put(&publisher(), &unreadable(), "v1", &destination).is_err());
        assert!(!path.exists());
        fs::create_dir(&path).unwrap();
        assert!(put(&publisher(), &unreadable(), "v1", &destination).is_err());
        assert_eq!(files_below(&path), 0);
    }

    #[test]
    fn an_image_that_fails_takes_no_layout_away_that_another_is_in() {
        for _ in 0..100 {
            let folder = TempDir::new().unwrap();
            let (path, destination) = layout(&folder);
            let publisher = publisher();
            std::thread::scope(|scope| {
                let failing =
                    scope.spawn(|| put(&publisher, &unreadable(), "bad", &destination).is_err());
                put(&publisher, &image("a"), "good", &destination).unwrap();
                assert!(failing.join().unwrap());
            });
            assert_eq!(tags(&path), ["good"]);
            assert_eq!(files_below(&path), 3);
        }
    }

    #[test]
    fn what_is_no_layout_stays_as_it_is() {
        let folder = TempDir::new().unwrap();
        let (path, destination) = layout(&folder);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("notes"), "mine").unwrap();
        let error = put(&publisher(), &image("a"), "v1", &destination).unwrap_err();
        assert_eq!(error.exit_code(), ExitCode::CannotWrite);
        assert_eq!(files_below(&path), 1);

        fs::remove_file(path.join("notes")).unwrap();
        put(&publisher(), &image("a"), "v1", &destination).unwrap();
        fs::write(path.join("index.json"), "{\"manifests\":").unwrap();
        assert!(publisher().check(&destination).is_err());
        assert!(put(&publisher(), &image("b"), "v1", &destination).is_err());
        assert_eq!(
            fs::read(path.join("index.json")).unwrap(),
            b"{\"manifests\":"
        );
    }

    #[test]
    fn a_check_leaves_nothing() {
        let folder = TempDir::new().unwrap();
        publisher().check(&archive(&folder).1).unwrap();
        publisher().check(&layout(&folder).1).unwrap();
        assert_eq!(files_below(folder.path()), 0);
    }
}
