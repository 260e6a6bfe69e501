//! Files that need not be there.

use std::io;

/// Tells whether a file is not there: it is missing, or what should be the folder around it is none, such as a home
/// that is `/dev/null`.
pub fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
