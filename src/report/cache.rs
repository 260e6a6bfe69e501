//! What `cache` prints: one document an action, whose keys do not change meaning between releases.

use schemars::JsonSchema;
use serde::Serialize;

use super::counted;
use crate::compile::{BuildCacheReading, Recompiled};
use crate::model::{ByteSize, CacheEntry, CacheKind, ForeignText};

/// The version of the form of these documents.
const FORM: u32 = 1;

/// What `cache --json` prints: that of the action which was asked for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CacheDocument {
    /// Of `cache stats`.
    Stats(CacheStats),
    /// Of `cache list`.
    List(CacheList),
    /// Of `cache check`.
    Check(CacheCheck),
    /// Of `cache clean`.
    Clean(CacheClean),
}

/// How much the cache folder holds.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CacheStats {
    /// The version of this document's form: 1.
    pub form: u32,
    /// Where it is.
    pub folder: String,
    /// The bytes that blobs, memos and toolchains may take; nothing where they may take any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_bytes: Option<u64>,
    /// The bytes that all of it takes on the disk.
    pub size_bytes: u64,
    /// The number of all entries.
    pub entries: u64,
    /// When what was used least recently was used, of blobs, memos and toolchains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_use: Option<String>,
    /// Each kind, also those that there are none of.
    pub kinds: Vec<CacheKindTotal>,
}

/// How much there is of a kind.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CacheKindTotal {
    /// `blobs`, `memos`, `toolchains`, `temporary` (what runs are working on, or have left when they
    /// were killed) or `other` (what this version does not know, and leaves alone).
    pub kind: String,
    /// The number of entries.
    pub entries: u64,
    /// The bytes that they take on the disk.
    pub size_bytes: u64,
}

/// All that is in the cache folder.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CacheList {
    /// The version of this document's form: 1.
    pub form: u32,
    /// Where it is.
    pub folder: String,
    /// All entries, by kind and name.
    pub entries: Vec<ListedCacheEntry>,
}

/// An entry of the cache folder.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ListedCacheEntry {
    /// Its kind, as in `cache stats`.
    pub kind: String,
    /// Its digest, its version and platform, or its path.
    pub name: String,
    /// Where it is, from the cache folder.
    pub path: String,
    /// The bytes that it takes on the disk.
    pub size_bytes: u64,
    /// When it was used last, within the hour; RFC 3339.
    pub used: String,
}

/// Whether all that is kept is what it should be.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CacheCheck {
    /// The version of this document's form: 1.
    pub form: u32,
    /// Where it is.
    pub folder: String,
    /// The number of entries that were read.
    pub entries: u64,
    /// The bytes that they took on the disk.
    pub size_bytes: u64,
    /// Those that are not what they should be.
    pub harmed: Vec<HarmedCacheEntry>,
    /// Go's build cache, where that was looked at: `--go`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub go: Option<GoBuildCache>,
}

/// Whether Go's build cache tells the truth.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GoBuildCache {
    /// Where it is.
    pub folder: String,
    /// The number of entries that were read.
    pub entries: u64,
    /// The bytes of their contents.
    pub size_bytes: u64,
    /// The files whose content is not what their names say.
    pub harmed: Vec<String>,
    /// The number of packages that were compiled anew, away from it.
    pub recompiled: u64,
    /// Those that were another in it, each with its platform.
    pub differing: Vec<String>,
}

/// An entry that is not what it should be.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HarmedCacheEntry {
    /// The entry.
    pub entry: ListedCacheEntry,
    /// What is wrong with it.
    pub reason: String,
    /// Whether it is gone now.
    pub is_removed: bool,
}

/// What was removed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CacheClean {
    /// The version of this document's form: 1.
    pub form: u32,
    /// Where it is.
    pub folder: String,
    /// The bytes that are free now.
    pub freed_bytes: u64,
    /// What is gone.
    pub removed: Vec<ListedCacheEntry>,
    /// What was to go, and stays because a running process uses it.
    pub in_use: Vec<ListedCacheEntry>,
    /// What this version does not know, and so leaves alone.
    pub unknown: Vec<ListedCacheEntry>,
}

impl CacheDocument {
    /// Returns the JSON schema of the documents: `coracle schema cache`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl CacheStats {
    /// Counts `entries`.
    pub fn of(folder: String, limit_bytes: Option<u64>, entries: &[CacheEntry]) -> Self {
        let oldest = entries
            .iter()
            .filter(|entry| entry.kind.is_kept())
            .map(|entry| entry.used)
            .min();
        Self {
            form: FORM,
            folder,
            limit_bytes,
            size_bytes: size_of(entries),
            entries: entries.len() as u64,
            oldest_use: oldest.map(|time| time.to_string()),
            kinds: CacheKind::ALL.map(|kind| total(kind, entries)).into(),
        }
    }
}

fn total(kind: CacheKind, entries: &[CacheEntry]) -> CacheKindTotal {
    let of_kind = || entries.iter().filter(|entry| entry.kind == kind);
    CacheKindTotal {
        kind: kind.to_string(),
        entries: of_kind().count() as u64,
        size_bytes: size_of(of_kind()),
    }
}

/// Returns the bytes that entries take together.
fn size_of<'a>(entries: impl IntoIterator<Item = &'a CacheEntry>) -> u64 {
    entries.into_iter().map(|entry| entry.size_bytes).sum()
}

impl CacheList {
    /// Lists `entries`, which are sorted.
    pub fn of(folder: String, entries: &[CacheEntry]) -> Self {
        Self {
            form: FORM,
            folder,
            entries: entries.iter().map(ListedCacheEntry::from).collect(),
        }
    }
}

impl CacheCheck {
    /// Tells that `entries` were read, and what was found.
    pub fn of(folder: String, entries: &[CacheEntry], harmed: Vec<HarmedCacheEntry>) -> Self {
        Self {
            form: FORM,
            folder,
            entries: entries.len() as u64,
            size_bytes: size_of(entries),
            harmed,
            go: None,
        }
    }
}

impl GoBuildCache {
    /// Tells what was read, and what came of packages that were compiled anew.
    pub fn of(reading: &BuildCacheReading, recompiled: Recompiled) -> Self {
        let shown = |text: &str| ForeignText::new(text).to_string();
        let harmed = reading.harmed.iter();
        Self {
            folder: shown(&reading.folder.to_string_lossy()),
            entries: reading.entries,
            size_bytes: reading.size_bytes,
            harmed: harmed.map(|path| shown(&path.to_string_lossy())).collect(),
            recompiled: recompiled.packages,
            differing: recompiled.differing,
        }
    }

    /// Says in a line that all is well.
    pub fn praise(&self) -> String {
        format!(
            "{} of {} read in Go's build cache {}, {} compiled anew: it tells the truth",
            counted(self.entries, "entry", "entries"),
            ByteSize(self.size_bytes),
            self.folder,
            counted(self.recompiled, "package", "packages"),
        )
    }
}

impl CacheClean {
    /// Tells what is gone and what stays.
    pub fn of(
        folder: String,
        removed: &[CacheEntry],
        in_use: &[CacheEntry],
        unknown: &[CacheEntry],
    ) -> Self {
        Self {
            form: FORM,
            folder,
            freed_bytes: size_of(removed),
            removed: removed.iter().map(ListedCacheEntry::from).collect(),
            in_use: in_use.iter().map(ListedCacheEntry::from).collect(),
            unknown: unknown.iter().map(ListedCacheEntry::from).collect(),
        }
    }
}

impl From<&CacheEntry> for ListedCacheEntry {
    fn from(entry: &CacheEntry) -> Self {
        let shown = |text: &str| ForeignText::new(text).to_string();
        Self {
            kind: entry.kind.to_string(),
            name: shown(&entry.name),
            path: shown(&entry.path.to_string_lossy()),
            size_bytes: entry.size_bytes,
            used: entry.used.to_string(),
        }
    }
}
