//! What a toolchain's zip may hold. A zip is hostile until its hash is known, and the hash is known
//! only when all of it was read.

use super::ToolchainModule;
use crate::model::ForeignText;

/// The largest zip that is fetched: releases have about 70 MiB.
pub const MAX_ZIP_BYTES: u64 = 512 << 20;
/// The most files that a zip may hold: releases have about 12,000.
pub const MAX_ZIP_ENTRIES: usize = 100_000;
/// The most bytes that a zip may unpack to: releases have about 210 MiB.
pub const MAX_UNPACKED_BYTES: u64 = 1 << 30;
/// The longest name of a file.
const MAX_NAME_BYTES: usize = 1024;

/// The bits of a unix mode that say what a file is, and what they are for a plain one.
const KIND_BITS: u32 = 0o170_000;
const PLAIN_KIND: u32 = 0o100_000;

/// A file in a zip, as its directory of files describes it.
#[derive(Debug, Clone, Copy)]
pub struct ZipEntry<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its unix mode, where it has one.
    pub mode: Option<u32>,
    /// How long it is said to be.
    pub size_bytes: u64,
}

/// Where a file of a zip goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// Its name in the zip, which the hash covers.
    pub name: String,
    /// Where it goes, relative to GOROOT.
    pub path: String,
    /// A second place where it goes: a nested `go.mod` travels as `_go.mod`, because a module's zip
    /// ends where another module begins.
    pub copy: Option<String>,
    /// Whether it is a program: module zips hold no such bits.
    pub executable: bool,
}

/// Why a zip is not unpacked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZipRuleError {
    /// A name leads elsewhere, or could not be a file's.
    #[error("{0} is not the name of a file in a toolchain")]
    Name(ForeignText),
    /// A link, a folder, a device.
    #[error("{0} is not a plain file")]
    NotPlain(ForeignText),
    /// There are too many files.
    #[error("it holds more than {MAX_ZIP_ENTRIES} files")]
    TooMany,
    /// There are too many bytes.
    #[error("it unpacks to more than {MAX_UNPACKED_BYTES} bytes")]
    TooLarge,
    /// Two files have one name, for a file system that folds case at least.
    #[error("it holds two files of one name")]
    Twice,
    /// A file is not as long as it was said to be.
    #[error("{0} is not as long as the zip says")]
    Size(ForeignText),
}

/// Decides on one file after the other, and keeps count.
#[derive(Debug)]
pub struct ZipRules {
    prefix: String,
    entries: usize,
    left_bytes: u64,
}

impl ZipRules {
    /// Begins the zip of `module`.
    pub fn new(module: &ToolchainModule) -> Self {
        Self {
            prefix: format!("{module}/"),
            entries: 0,
            left_bytes: MAX_UNPACKED_BYTES,
        }
    }

    /// Says where the next file goes.
    ///
    /// # Errors
    /// When it may not go anywhere.
    pub fn admit(&mut self, entry: ZipEntry<'_>) -> Result<Unpacked, ZipRuleError> {
        let shown = || ForeignText::from_bytes(entry.name);
        self.entries += 1;
        if self.entries > MAX_ZIP_ENTRIES {
            return Err(ZipRuleError::TooMany);
        }
        if entry
            .mode
            .is_some_and(|mode| !matches!(mode & KIND_BITS, 0 | PLAIN_KIND))
        {
            return Err(ZipRuleError::NotPlain(shown()));
        }
        self.left_bytes = self
            .left_bytes
            .checked_sub(entry.size_bytes)
            .ok_or(ZipRuleError::TooLarge)?;
        let name = str::from_utf8(entry.name).map_err(|_| ZipRuleError::Name(shown()))?;
        name.strip_prefix(&self.prefix)
            .filter(|path| name.len() <= MAX_NAME_BYTES && is_file_path(path))
            .map(|path| Unpacked::new(name, path))
            .ok_or_else(|| ZipRuleError::Name(shown()))
    }
}

impl Unpacked {
    fn new(name: &str, path: &str) -> Self {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let copy = (file == "_go.mod").then(|| match folder {
            "" => "go.mod".to_owned(),
            folder => format!("{folder}/go.mod"),
        });
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            copy,
            executable: is_program(path),
        }
    }
}

/// Tells whether the file at `path`, relative to GOROOT, is to be run.
pub fn is_program(path: &str) -> bool {
    path.starts_with("bin/") || path.starts_with("pkg/tool/")
}

fn is_file_path(path: &str) -> bool {
    let harmless = |c: char| !c.is_control() && !matches!(c, '\\' | ':');
    path.chars().all(harmless)
        && path
            .split('/')
            .all(|element| !matches!(element, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64/";

    fn rules() -> ZipRules {
        let (version, platform) = ("1.26.8".parse().unwrap(), "linux/amd64".parse().unwrap());
        ZipRules::new(&ToolchainModule::new(&version, &platform))
    }

    fn admit(name: &str, mode: Option<u32>, size_bytes: u64) -> Result<Unpacked, ZipRuleError> {
        rules().admit(ZipEntry {
            name: name.as_bytes(),
            mode,
            size_bytes,
        })
    }

    #[test]
    fn programs_become_executable_and_nested_go_mod_files_come_back() {
        let cases = [
            ("src/fmt/print.go", None, false),
            ("bin/go", None, true),
            ("pkg/tool/linux_amd64/link", None, true),
            ("src/_go.mod", Some("src/go.mod"), false),
            ("_go.mod", Some("go.mod"), false),
            ("src/x_go.mod", None, false),
        ];
        for (path, copy, executable) in cases {
            let unpacked = admit(&format!("{PREFIX}{path}"), Some(0o100_644), 1).unwrap();
            assert_eq!(unpacked.path, path);
            assert_eq!(unpacked.copy.as_deref(), copy, "{path}");
            assert_eq!(unpacked.executable, executable, "{path}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let inside = [
            "../x",
            "a/../../x",
            "/etc/passwd",
            "a//b",
            "a/./b",
            "a\\b",
            "c:x",
            "a/",
            "a\nb",
            "",
        ];
        for path in inside {
            let verdict = admit(&format!("{PREFIX}{path}"), None, 1);
            assert!(matches!(verdict, Err(ZipRuleError::Name(_))), "{path:?}");
        }
        for name in [
            "bin/go",
            "golang.org/toolchain@v0.0.1-go1.26.7.linux-amd64/bin/go",
        ] {
            assert!(
                matches!(admit(name, None, 1), Err(ZipRuleError::Name(_))),
                "{name}"
            );
        }
        let long = format!("{PREFIX}{}", "x".repeat(MAX_NAME_BYTES));
        assert!(matches!(admit(&long, None, 1), Err(ZipRuleError::Name(_))));
    }

    #[test]
    fn links_and_devices_are_refused() {
        for mode in [
            0o120_777, 0o040_755, 0o020_666, 0o060_660, 0o010_644, 0o140_755,
        ] {
            let verdict = admit(&format!("{PREFIX}x"), Some(mode), 0);
            assert!(
                matches!(verdict, Err(ZipRuleError::NotPlain(_))),
                "{mode:o}"
            );
        }
    }

    #[test]
    fn the_total_is_bounded() {
        let mut rules = rules();
        let name = format!("{PREFIX}x");
        let half = ZipEntry {
            name: name.as_bytes(),
            mode: None,
            size_bytes: MAX_UNPACKED_BYTES / 2,
        };
        assert!(rules.admit(half).is_ok() && rules.admit(half).is_ok());
        let one = ZipEntry {
            size_bytes: 1,
            ..half
        };
        assert_eq!(rules.admit(one), Err(ZipRuleError::TooLarge));
        let mut rules = self::rules();
        let none = ZipEntry {
            size_bytes: 0,
            ..half
        };
        assert!((0..MAX_ZIP_ENTRIES).all(|_| rules.admit(none).is_ok()));
        assert_eq!(rules.admit(none), Err(ZipRuleError::TooMany));
    }
}
