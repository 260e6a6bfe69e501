//! The header of a tar entry: ustar while it fits, else a PAX record before it.
//!
//! POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header". GNU's long names are
//! never written: two readers that disagree on them would see two layers.

use crate::model::{CAPABILITY_ATTRIBUTE, Content, Entry};

/// The unit of a tar: headers are one, contents are padded to a multiple.
pub(super) const BLOCK: usize = 512;

const NAME: usize = 100;
const PREFIX: usize = 155;
/// The largest number that 7 octal digits and a NUL hold.
const MAX_ID: u64 = 0o777_7777;
/// The largest number that 11 octal digits and a NUL hold: one byte less than 8 GiB.
const MAX_SIZE: u64 = 0o777_7777_7777;
/// What comes before the name of an extended attribute in its record; GNU tar, libarchive and Go read it too.
pub(super) const ATTRIBUTE: &str = "SCHILY.xattr.";
/// What a reader that knows no PAX would call the file that it makes of the records.
const PAX_NAME: &str = "PaxHeader";

/// Returns the header blocks of `entry`, a multiple of [`BLOCK`] long.
pub(super) fn header(entry: &Entry) -> Vec<u8> {
    let name = archive_name(entry);
    let (kind, link, size_bytes) = match &entry.content {
        Content::File { size_bytes, .. } => (b'0', "", *size_bytes),
        Content::Symlink(target) => (b'2', target.as_str(), 0),
        Content::Folder => (b'5', "", 0),
    };
    let (uid, gid) = (u64::from(entry.owner.uid), u64::from(entry.owner.gid));

    let mut pax = Pax::default();
    let (prefix, short_name) = split_name(&name).unwrap_or_else(|| {
        pax.record("path", name.as_bytes());
        ("", cut(&name))
    });
    if link.len() > NAME || !link.is_ascii() {
        pax.record("linkpath", link.as_bytes());
    }
    let size = pax.number("size", size_bytes, MAX_SIZE);
    let uid = pax.number("uid", uid, MAX_ID);
    let gid = pax.number("gid", gid, MAX_ID);
    if !entry.capabilities.is_empty() {
        let key = format!("{ATTRIBUTE}{CAPABILITY_ATTRIBUTE}");
        pax.record(&key, &entry.capabilities.to_attribute());
    }

    let mut header = pax.into_blocks();
    let mut ustar = Ustar::new(kind, short_name, entry.mode.bits().into(), size);
    ustar.octal(108, 8, uid);
    ustar.octal(116, 8, gid);
    ustar.text(157, cut(link));
    ustar.text(345, prefix);
    header.extend_from_slice(&ustar.finish());
    header
}

/// Returns the name of `entry` in a tar: relative, with `/` at the end of a folder's.
pub(super) fn archive_name(entry: &Entry) -> String {
    let name = entry.path.to_archive_name();
    match entry.content {
        Content::Folder => format!("{name}/"),
        _ => name.to_owned(),
    }
}

/// Splits `name` into ustar's prefix and name, when it is ASCII and short enough.
fn split_name(name: &str) -> Option<(&str, &str)> {
    if !name.is_ascii() {
        return None;
    }
    if name.len() <= NAME {
        return Some(("", name));
    }
    // The `/` between the two is not stored, and the name may not be empty.
    let stem = name.strip_suffix('/').unwrap_or(name);
    let at = stem[..stem.len().min(PREFIX + 1)].rfind('/')?;
    let (prefix, rest) = (&name[..at], &name[at + 1..]);
    (at > 0 && rest.len() <= NAME).then_some((prefix, rest))
}

/// Cuts `text` to ustar's name field, for readers that look at the wrong place.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(NAME)]
}

/// The records of a PAX extended header.
#[derive(Default)]
struct Pax(Vec<u8>);

impl Pax {
    fn record(&mut self, key: &str, value: &[u8]) {
        // The length counts its own digits: ` KEY=VALUE\n` and as many digits as the sum has.
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        let length = length.to_string();
        for part in [length.as_bytes(), b" ", key.as_bytes(), b"=", value, b"\n"] {
            self.0.extend_from_slice(part);
        }
    }

    /// Returns what stands in the ustar field: `value`, or 0 where only a record can hold it.
    fn number(&mut self, key: &str, value: u64, max: u64) -> u64 {
        if value <= max {
            return value;
        }
        self.record(key, value.to_string().as_bytes());
        0
    }

    /// Returns the entry that carries the records; nothing when there are none.
    fn into_blocks(self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let ustar = Ustar::new(b'x', PAX_NAME, 0o644, self.0.len() as u64);
        let mut blocks = ustar.finish().to_vec();
        blocks.extend_from_slice(&self.0);
        blocks.resize(blocks.len().next_multiple_of(BLOCK), 0);
        blocks
    }
}

/// One header block.
struct Ustar([u8; BLOCK]);

impl Ustar {
    fn new(kind: u8, name: &str, mode: u64, size: u64) -> Self {
        let mut block = Self([0; BLOCK]);
        block.text(0, name);
        block.octal(100, 8, mode);
        block.octal(108, 8, 0);
        block.octal(116, 8, 0);
        block.octal(124, 12, size);
        block.octal(136, 12, 0);
        block.0[156] = kind;
        block.text(257, "ustar\x0000");
        block.octal(329, 8, 0);
        block.octal(337, 8, 0);
        block
    }

    fn text(&mut self, at: usize, text: &str) {
        self.0[at..at + text.len()].copy_from_slice(text.as_bytes());
    }

    /// Writes `value` with leading zeros, and a NUL in the last byte of the field.
    fn octal(&mut self, at: usize, width: usize, value: u64) {
        self.text(at, &format!("{value:0digits$o}", digits = width - 1));
    }

    /// Fills in the checksum, which is taken with spaces in its own place.
    fn finish(mut self) -> [u8; BLOCK] {
        self.text(148, "        ");
        let sum = self.0.iter().map(|&byte| u64::from(byte)).sum();
        self.octal(148, 7, sum);
        self.0[154] = 0;
        self.0
    }
}
