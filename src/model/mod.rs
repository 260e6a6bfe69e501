//! The nouns: values that cannot hold a wrong value.
//!
//! In: text and bytes, through one `parse` (`FromStr`) a type. Out: typed values, shown by
//! `Display`. After `parse` nothing is checked again. This room imports no other, and touches
//! nothing outside the process.

mod blob;
mod build_error;
mod byte_size;
mod cache_entry;
mod cancellation;
mod canonical_json;
mod commit_id;
mod compression;
pub mod crew;
mod descriptor;
mod diff_id;
mod digest;
mod entry;
mod event;
mod exit_code;
mod file_mode;
mod foreign_text;
mod git_url;
mod go_path;
mod go_variant;
mod go_version;
mod host;
mod image_name;
mod image_path;
pub mod limits;
mod media_type;
mod phase;
mod platform;
mod reference;
mod repository;
mod roots;
mod secret;
mod source_path;
mod tag;
mod timestamp;

pub use blob::{Blob, BlobSource};
pub use build_error::BuildError;
pub use byte_size::{ByteSize, ByteSizeError};
pub use cache_entry::{CacheEntry, CacheKind};
pub use cancellation::{Cancellation, StopReason};
pub use canonical_json::canonical_json;
pub use commit_id::{CommitId, CommitIdError};
pub use compression::{Compression, CompressionLevelError};
pub use descriptor::Descriptor;
pub use diff_id::DiffId;
pub use digest::{Digest, DigestError, Digester};
pub use entry::{Content, Entry};
pub use event::{Event, Work};
pub use exit_code::ExitCode;
pub use file_mode::{FileMode, FileModeError, Owner};
pub use foreign_text::ForeignText;
pub use git_url::{GitUrl, GitUrlError};
pub use go_path::{ImportPath, ModulePath, ModulePathError};
pub use go_variant::go_variant;
pub use go_version::{GoVersion, GoVersionError};
pub use host::{Environment, Host, Terminal};
pub use image_name::{ImageName, ImageNameError};
pub use image_path::{ImagePath, ImagePathError};
pub use media_type::MediaType;
pub use phase::Phase;
pub use platform::{Platform, PlatformError};
pub use reference::{Reference, ReferenceError, ReferenceTarget};
pub use repository::{RegistryHost, Repository, RepositoryError};
pub use roots::Roots;
pub use secret::Secret;
pub use source_path::{SourcePath, SourcePathError};
pub use tag::{Tag, TagError};
pub use timestamp::{Timestamp, TimestampError};
