//! What the headers of an entry say together: its own, and those before it that say what it has no
//! room for, PAX records and GNU's long names.

use tar::{EntryType, Header};

use super::header::ATTRIBUTE;
use super::{TarEntry, TarError, TarKind};
use crate::model::{CAPABILITY_ATTRIBUTE, FileCapabilities, limits};

/// What stands before an entry for the fields that its header has no room for.
#[derive(Default)]
pub(super) struct Extension {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size_bytes: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) mtime_seconds: Option<i64>,
    pub(super) capabilities: Option<FileCapabilities>,
}

impl Extension {
    /// Takes PAX records, `LENGTH KEY=VALUE\n` each, where the length counts itself.
    pub(super) fn read_pax(&mut self, mut records: &[u8]) -> Option<()> {
        while !records.is_empty() {
            let (key, value);
            (key, value, records) = split_record(records)?;
            let text = || str::from_utf8(value).ok();
            let number = || text().and_then(|text| text.parse().ok());
            match key {
                b"path" => self.path = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => self.size_bytes = number(),
                b"uid" => self.uid = number(),
                b"gid" => self.gid = number(),
                b"mtime" => self.mtime_seconds = text().and_then(whole_seconds),
                key if is_capability(key) => {
                    self.capabilities = FileCapabilities::from_attribute(value);
                }
                _ => {}
            }
        }
        Some(())
    }
}

/// Tells whether it is the key of the attribute that keeps capabilities.
fn is_capability(key: &[u8]) -> bool {
    key.strip_prefix(ATTRIBUTE.as_bytes()) == Some(CAPABILITY_ATTRIBUTE.as_bytes())
}

/// Reads seconds that may have a fraction, `1700000000.25`.
fn whole_seconds(text: &str) -> Option<i64> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    whole.parse().ok()
}

/// A key, its value, and what comes after them.
type Record<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// Splits the first record off.
fn split_record(records: &[u8]) -> Option<Record<'_>> {
    let space = records.iter().position(|&byte| byte == b' ')?;
    let length: usize = str::from_utf8(&records[..space]).ok()?.parse().ok()?;
    let (record, rest) = records.split_at_checked(length)?;
    let pair = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = pair.iter().position(|&byte| byte == b'=')?;
    Some((&pair[..equals], &pair[equals + 1..], rest))
}

/// Returns the entry of `header`, whose content has so many bytes.
pub(super) fn entry(
    header: &Header,
    extension: &Extension,
    size_bytes: u64,
) -> Result<TarEntry, TarError> {
    let path = match &extension.path {
        Some(path) => path.into(),
        None => header.path_bytes(),
    };
    let name = name(&path)?;
    let link = || match &extension.link {
        Some(link) => short_text(link),
        None => short_text(&header.link_name_bytes().unwrap_or_default()),
    };
    let kind = match header.entry_type() {
        EntryType::GNUSparse => return Err(TarError::Sparse(name)),
        EntryType::Directory => TarKind::Folder,
        // The first tars had no type for folders.
        EntryType::Regular if path.ends_with(b"/") => TarKind::Folder,
        EntryType::Regular | EntryType::Continuous => TarKind::File,
        EntryType::Link => TarKind::HardLink(link()?),
        EntryType::Symlink => TarKind::Symlink(link()?),
        EntryType::Char | EntryType::Block | EntryType::Fifo => TarKind::Special,
        _ => TarKind::Unknown,
    };
    Ok(TarEntry {
        path: name,
        kind,
        // Owners, modes and times of no known form are shown as zeros; nothing depends on them.
        mode: header.mode().unwrap_or_default() & 0o7777,
        uid: extension.uid.unwrap_or(header.uid().unwrap_or_default()),
        gid: extension.gid.unwrap_or(header.gid().unwrap_or_default()),
        mtime_seconds: extension
            .mtime_seconds
            .unwrap_or(header.mtime().unwrap_or_default().cast_signed()),
        capabilities: extension.capabilities,
        size_bytes,
    })
}

/// GNU ends its long names by a NUL.
pub(super) fn text(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(
        bytes
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(bytes.len()),
    );
    bytes
}

fn short_text(bytes: &[u8]) -> Result<String, TarError> {
    if bytes.len() > limits::TAR_NAME_BYTES {
        return Err(TarError::LongName);
    }
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

fn name(bytes: &[u8]) -> Result<String, TarError> {
    let text = short_text(bytes)?;
    let elements = text.split('/');
    let named: Vec<&str> = elements.filter(|name| !matches!(*name, "" | ".")).collect();
    Ok(named.join("/"))
}
