//! Numbers of bytes, as people read them.

use std::fmt;

/// A number of bytes, shown by 1024 with one decimal: `15.2 MB`.
///
/// ```
/// # use coracle::model::ByteSize;
/// assert_eq!(ByteSize(1023).to_string(), "1023 B");
/// assert_eq!(ByteSize(1536).to_string(), "1.5 KB");
/// assert_eq!(ByteSize(20 << 20).to_string(), "20.0 MB");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ByteSize(pub u64);

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["KB", "MB", "GB", "TB", "PB", "EB"];
        if self.0 < 1024 {
            return f.pad(&format!("{} B", self.0));
        }
        let exponent = (self.0.ilog2() / 10).min(6);
        // In tenths, so that no floating point is involved.
        let divisor = 1_u128 << (10 * exponent);
        let tenths = (u128::from(self.0) * 10 + divisor / 2) / divisor;
        f.pad(&format!(
            "{}.{} {}",
            tenths / 10,
            tenths % 10,
            UNITS[exponent as usize - 1]
        ))
    }
}
