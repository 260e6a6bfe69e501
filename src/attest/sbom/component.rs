//! One thing that an image consists of.

use crate::model::{Digest, LicenceExpression};

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ComponentKind {
    /// An index, or the image of a platform.
    Image,
    /// The image below.
    Base,
    /// A distribution.
    OperatingSystem,
    /// A package of a distribution.
    Package,
    /// A Go program.
    Program,
    /// A Go module, or the standard library.
    Library,
    /// What compiled a program.
    Toolchain,
    /// Any other file.
    File,
}

/// A component, with what both forms say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Component {
    /// What names it in the document: letters, digits, `.` and `-`.
    pub(super) key: String,
    /// What it is.
    pub(super) kind: ComponentKind,
    /// Its name.
    pub(super) name: String,
    /// Its version; that of a file is its digest.
    pub(super) version: Option<String>,
    /// Who made it, as far as its name says.
    pub(super) supplier: Option<String>,
    /// Its package URL.
    pub(super) purl: Option<String>,
    /// Its name in the NVD.
    pub(super) cpe: Option<String>,
    /// The digest of its bytes.
    pub(super) digest: Option<Digest>,
    /// Its licence.
    pub(super) licence: Option<LicenceExpression>,
    /// The `h1:` hash of a module.
    pub(super) sum: Option<String>,
    /// What else there is to say, by name.
    pub(super) properties: Vec<(String, String)>,
}

impl Component {
    /// Returns a component with a key made of `parts`; all else is empty.
    pub(super) fn new(kind: ComponentKind, parts: &[&str], name: &str) -> Self {
        Self {
            key: key(parts),
            kind,
            name: name.to_owned(),
            version: None,
            supplier: None,
            purl: None,
            cpe: None,
            digest: None,
            licence: None,
            sum: None,
            properties: Vec::new(),
        }
    }

    /// Adds a property that has a value.
    pub(super) fn property(&mut self, name: &str, value: impl Into<String>) {
        self.properties
            .push((format!("coracle:{name}"), value.into()));
    }
}

/// Makes one name of several texts. What a key cannot hold becomes `-`; some digits of a digest over
/// what it was keep two apart that look the same then.
fn key(parts: &[&str]) -> String {
    const DIGITS: usize = 12;
    const LONGEST: usize = 120;
    let plain = |char: char| {
        if char.is_ascii_alphanumeric() || char == '.' {
            char
        } else {
            '-'
        }
    };
    let shown = parts[..2.min(parts.len())].join("-");
    let shown: String = shown.chars().map(plain).take(LONGEST).collect();
    let digest = Digest::of(parts.join("\0").as_bytes()).to_hex();
    format!("{shown}-{}", &digest[..DIGITS])
}
