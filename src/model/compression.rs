//! How layers are compressed.

/// How a layer's tar is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compression {
    /// gzip, which every tool reads; level 1 to 9.
    Gzip(u32),
    /// zstd, smaller and faster to read; level 1 to 19.
    Zstd(i32),
}
