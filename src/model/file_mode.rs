//! Who owns a file in an image, and what its mode is.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// The permission bits of a file in an image, at most 0o7777; written in octal.
///
/// ```
/// # use coracle::model::FileMode;
/// assert_eq!("0644".parse::<FileMode>().unwrap().bits(), 0o644);
/// assert!("0999".parse::<FileMode>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct FileMode(u32);

/// A user and a group, as numbers.
///
/// ```
/// # use coracle::model::Owner;
/// assert_eq!(Owner::NONROOT.to_string(), "65532:65532");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Owner {
    /// The user's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
}

/// Why a text is no file mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a file mode, expected octal digits, as in 0644")]
pub struct FileModeError(String);

impl FileMode {
    /// 0755, of folders and programs.
    pub const EXECUTABLE: Self = Self(0o755);
    /// 0777, of symbolic links; systems take no notice of it.
    pub const LINK: Self = Self(0o777);
    /// 0644, of plain files.
    pub const PLAIN: Self = Self(0o644);

    /// Returns the number.
    pub fn bits(self) -> u32 {
        self.0
    }
}

impl Owner {
    /// 0:0, the owner of every file that names none.
    pub const ROOT: Self = Self { uid: 0, gid: 0 };
    /// 65532:65532, the user that every image runs as unless told otherwise.
    pub const NONROOT: Self = Self {
        uid: 65532,
        gid: 65532,
    };
}

impl fmt::Display for FileMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.uid, self.gid)
    }
}

impl FromStr for FileMode {
    type Err = FileModeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let octal = text.bytes().all(|b| (b'0'..=b'7').contains(&b));
        match u32::from_str_radix(text, 8) {
            Ok(bits) if octal && bits <= 0o7777 => Ok(Self(bits)),
            _ => Err(FileModeError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for FileMode {
    type Error = FileModeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
