//! The cache folder as people read about it.

use std::io::{self, Write};

use crate::model::{ByteSize, ForeignText};

use super::cache::{CacheList, CacheStats};

/// Writes how much there is, and of what.
///
/// # Errors
/// Those of the writer.
pub fn write_cache_stats(to: &mut dyn Write, stats: &CacheStats) -> io::Result<()> {
    let limit = match stats.limit_bytes {
        Some(bytes) => format!(
            "{}, beyond which what was used least recently goes",
            ByteSize(bytes)
        ),
        None => "none".to_owned(),
    };
    writeln!(to, "folder      {}", ForeignText::new(&stats.folder))?;
    writeln!(to, "limit       {limit}")?;
    let oldest = stats.oldest_use.as_deref().unwrap_or("-");
    writeln!(to, "oldest use  {oldest}")?;
    writeln!(to)?;
    writeln!(to, "{:<10}  {:>7}  {:>9}", "KIND", "ENTRIES", "SIZE")?;
    for kind in &stats.kinds {
        write_row(to, &kind.kind, kind.entries, kind.size_bytes)?;
    }
    write_row(to, "all", stats.entries, stats.size_bytes)
}

fn write_row(to: &mut dyn Write, kind: &str, entries: u64, size_bytes: u64) -> io::Result<()> {
    let size = ByteSize(size_bytes);
    writeln!(to, "{kind:<10}  {entries:>7}  {size:>9}")
}

/// Writes a line for each entry.
///
/// # Errors
/// Those of the writer.
pub fn write_cache_list(to: &mut dyn Write, list: &CacheList) -> io::Result<()> {
    writeln!(
        to,
        "{:<10}  {:>9}  {:<20}  NAME",
        "KIND", "SIZE", "LAST USED"
    )?;
    for entry in &list.entries {
        let (kind, used, size) = (&entry.kind, &entry.used, ByteSize(entry.size_bytes));
        writeln!(to, "{kind:<10}  {size:>9}  {used:<20}  {}", entry.name)?;
    }
    Ok(())
}
