//! Why the bytes of a program cannot be told apart.

use crate::model::ByteSize;

/// Why the size of a program cannot be explained.
#[derive(Debug, thiserror::Error)]
pub enum SizeError {
    /// It is no program.
    #[error("it is not a program in a form that is known here: ELF, Mach-O or PE")]
    NotAProgram,
    /// It begins as a program, and does not go on as one.
    #[error("its headers make no sense")]
    Damaged(#[from] object::Error),
    /// It ends before its last section does.
    #[error("it is cut off: it has {size_bytes} bytes, and its headers speak of {expected_bytes}")]
    Truncated {
        /// How long it is.
        size_bytes: u64,
        /// How long its headers say it is.
        expected_bytes: u64,
    },
    /// It is longer than any program that is looked into.
    #[error("it is longer than {}", ByteSize(*limit_bytes))]
    TooLong {
        /// The limit.
        limit_bytes: u64,
    },
    /// It holds programs for several processors.
    #[error("it holds programs for several processors: {}", .0.join(", "))]
    Several(Vec<String>),
}
