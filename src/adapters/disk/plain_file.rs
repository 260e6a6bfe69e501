//! Files in folders that others have made: a FIFO among them is not waited for.
#![expect(
    clippy::disallowed_types,
    reason = "files of layouts are opened by the word of whoever made them"
)]

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens a file to read it.
///
/// # Errors
/// When it cannot be opened, or is none.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is not a plain file"))
    }
}

/// Reads a file.
///
/// # Errors
/// As for [`open`].
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn a_fifo_is_not_waited_for_and_a_link_is_followed() {
        let folder = tempfile::TempDir::new().unwrap();
        let [fifo, link, plain] = ["fifo", "link", "plain"].map(|it| folder.path().join(it));
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, &fifo, FileType::Fifo, mode, 0).unwrap();
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&plain)
            .and_then(|mut file| file.write_all(b"text"))
            .unwrap();
        std::os::unix::fs::symlink(&plain, &link).unwrap();
        assert_eq!(read(&link).unwrap(), b"text");
        for no_file in [&*fifo, folder.path()] {
            let error = read(no_file).unwrap_err();
            assert_eq!(error.to_string(), "it is not a plain file");
        }
    }
}
