//! The checksum database: which one, and what its answers say.
//!
//! The signature of an answer is verified here. It covers the head of the database's tree; that the
//! record itself is in that tree is proven in `record_proof`.

use super::toolchain_module::domain;
use super::tree::{NodeHash, TreeHead, parse_number};
use super::{H1, NoteError, NoteKey, NoteKeyError, ProxyError, ProxyUrl, ToolchainModule};
use crate::model::ForeignText;

/// The key of Go's own database without its name, as it is compiled into the go command,
/// `cmd/go/internal/modfetch/key.go`.
const DEFAULT_KEY: &str = "033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
/// The longest answer that is read: a record is a few hundred bytes.
pub const MAX_LOOKUP_BYTES: u64 = 64 << 10;

/// The database that GOSUMDB names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecksumDatabase {
    key: NoteKey,
    own_url: ProxyUrl,
    url: Option<ProxyUrl>,
}

/// Why GOSUMDB names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChecksumDatabaseError {
    /// GOSUMDB=off.
    #[error("the checksum database is switched off by GOSUMDB=off")]
    Off,
    /// It is not `NAME`, `NAME+HASH+KEY`, or one of them and a URL.
    #[error("GOSUMDB: expected NAME, NAME+HASH+KEY, or one of them and a URL after a space")]
    Malformed,
    /// The name stands alone, and its key is not known.
    #[error("GOSUMDB: the key of {0:?} is not known, expected {0}+HASH+KEY")]
    UnknownKey(String),
    /// The key is wrong.
    #[error("GOSUMDB: {0}")]
    Key(#[from] NoteKeyError),
    /// The URL is wrong.
    #[error("GOSUMDB: {0}")]
    Url(#[from] ProxyError),
}

/// What a database says of a module, and of itself.
#[derive(Debug, Clone)]
pub struct Record {
    /// The hash of the module's zip.
    pub h1: H1,
    /// Which record it is, from 0 on.
    pub number: u64,
    /// The record's hash.
    pub hash: NodeHash,
    /// The tree that it should be in.
    pub head: SignedHead,
}

/// A tree that a database has signed.
#[derive(Debug, Clone)]
pub struct SignedHead {
    /// The tree.
    pub tree: TreeHead,
    note: String,
}

impl SignedHead {
    /// Returns the note that says it, signed.
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// Why an answer proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// It is not a record with a signed tree below it.
    #[error("the answer is not a record of a checksum database")]
    Malformed,
    /// The signature is missing or wrong.
    #[error("the answer is not signed as it should be: {0}")]
    Note(#[from] NoteError),
    /// The record's number is not below the size of the tree that is signed.
    #[error("record {record} lies outside of the signed tree of {size} records")]
    OutsideTree {
        /// The record's number.
        record: u64,
        /// The number of records in the tree.
        size: u64,
    },
    /// The tree that is signed has something else in the record's place, or its tiles are wrong.
    #[error("what is handed out does not prove that record {0} is in the tree that it signed")]
    NotInTree(u64),
    /// Tiles are not those of the tree that is signed.
    #[error("what is handed out is not the tree that it signed")]
    Unproven,
    /// Nobody has a tile.
    #[error("{0} of its tree, which proves the record, is not handed out")]
    NoTile(String),
    /// Of two trees that are signed, the smaller is not what the larger began with.
    #[error("it has two histories, and signed both:\n{older}\n{newer}")]
    Forked {
        /// The note with the smaller tree.
        older: String,
        /// The note with the larger one.
        newer: String,
    },
    /// A piece of the tree is none.
    #[error("{0} is not a tile of its tree")]
    Tile(String),
    /// The record is about something else.
    #[error("the record holds no hash of {0}")]
    OtherModule(String),
}

impl ChecksumDatabase {
    /// Returns the value that GOSUMDB has where nobody set it.
    pub fn default_setting() -> String {
        format!("sum.{}", domain())
    }

    /// Returns the value of GOSUMDB that names the database which `name` names, and no address of it.
    pub(super) fn own_setting(name: &str) -> String {
        if name == default_mirror() {
            Self::default_setting()
        } else {
            name.to_owned()
        }
    }

    /// Reads the value of GOSUMDB.
    ///
    /// # Errors
    /// When the database is switched off, or the value names none whose key is known.
    pub fn parse(setting: &str) -> Result<Self, ChecksumDatabaseError> {
        let mut words = setting.split_whitespace();
        let (Some(name), url, None) = (words.next(), words.next(), words.next()) else {
            return Err(ChecksumDatabaseError::Malformed);
        };
        if name == "off" {
            return Err(ChecksumDatabaseError::Off);
        }
        if name == default_mirror() && url.is_none() {
            let default = Self::default_setting();
            return Self::parse(&format!("{default} https://{name}"));
        }
        let url = url.map(ProxyUrl::parse).transpose()?;
        let key: NoteKey = full_key(name)?.parse()?;
        let own_url = ProxyUrl::parse(&format!("https://{}", key.name()))?;
        Ok(Self { key, own_url, url })
    }

    /// Returns the address that GOSUMDB names for it; no proxy is asked then.
    pub fn url(&self) -> Option<&ProxyUrl> {
        self.url.as_ref()
    }

    /// Returns its own address, for when no proxy passes requests on.
    pub fn own_url(&self) -> &ProxyUrl {
        &self.own_url
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        self.key.name()
    }

    /// Returns where a Go module proxy passes requests to it on, below the proxy's own address.
    pub fn path_at_proxy(&self, path: &str) -> String {
        format!("sumdb/{}/{path}", self.name())
    }

    /// Reads a note that tells the head of its tree.
    ///
    /// # Errors
    /// When it is something else, or not signed by the database.
    pub fn open_head(&self, note: &str) -> Result<SignedHead, LookupError> {
        let tree = TreeHead::parse(self.key.open(note)?).ok_or(LookupError::Malformed)?;
        Ok(SignedHead {
            tree,
            note: note.to_owned(),
        })
    }

    /// Reads the answer to a lookup of `module`. That its record is in the tree is still to be
    /// proven.
    ///
    /// # Errors
    /// When the answer is malformed, not signed by the database, or about something else.
    pub fn record_in(
        &self,
        answer: &[u8],
        module: &ToolchainModule,
    ) -> Result<Record, LookupError> {
        let answer = str::from_utf8(answer).map_err(|_| LookupError::Malformed)?;
        let (number, rest) = answer.split_once('\n').ok_or(LookupError::Malformed)?;
        let end = rest.find("\n\n").ok_or(LookupError::Malformed)?;
        let (record, note) = (&rest[..=end], &rest[end + 2..]);
        let number = parse_number(number).ok_or(LookupError::Malformed)?;
        let head = self.open_head(note)?;
        let size = head.tree.size;
        if number >= size {
            return Err(LookupError::OutsideTree {
                record: number,
                size,
            });
        }
        let h1 = find_h1(record, module).ok_or_else(|| {
            LookupError::OtherModule(ForeignText::new(&module.to_string()).to_string())
        })?;
        Ok(Record {
            h1,
            number,
            hash: NodeHash::of_record(record.as_bytes()),
            head,
        })
    }
}

/// The second name of Go's own database, for networks in which the first is not found.
fn default_mirror() -> String {
    let label = domain().split('.').next().unwrap_or_default();
    format!("sum.{label}.google.cn")
}

/// Completes a name whose key the go command knows.
fn full_key(name: &str) -> Result<String, ChecksumDatabaseError> {
    if name.contains('+') {
        Ok(name.to_owned())
    } else if name == ChecksumDatabase::default_setting() {
        Ok(format!("{name}+{DEFAULT_KEY}"))
    } else {
        Err(ChecksumDatabaseError::UnknownKey(name.to_owned()))
    }
}

fn find_h1(record: &str, module: &ToolchainModule) -> Option<H1> {
    let (path, version) = (super::TOOLCHAIN_MODULE, module.version());
    record.lines().find_map(|line| {
        let mut words = line.split(' ');
        let matches = words.next() == Some(path) && words.next() == Some(version);
        matches.then(|| words.next()?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Go's own database answered for 1.26.8 on linux/amd64, its name left out.
    const ANSWER: &str = "61743986
golang.org/toolchain v0.0.1-go1.26.8.linux-amd64 h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=
golang.org/toolchain v0.0.1-go1.26.8.linux-amd64/go.mod h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=

go.sum database tree
66332798
czPocWFmMwQrSENohgEPvFiqA+2i/3lRZhHbxtma2UQ=

\u{2014} NAME Az3grh19zTBOmg0dGOAELF5SP1N/QTSsuYwquERee13uccsbttgwVlS/0MhlHd7IEvb6fQVKmu7XFovf0PT1tKOnHQo=
";

    fn answer() -> String {
        ANSWER.replace("NAME", &ChecksumDatabase::default_setting())
    }

    fn database() -> ChecksumDatabase {
        ChecksumDatabase::parse(&ChecksumDatabase::default_setting()).unwrap()
    }

    fn module(version: &str) -> ToolchainModule {
        ToolchainModule::new(&version.parse().unwrap(), &"linux/amd64".parse().unwrap())
    }

    #[test]
    fn an_answer_of_gos_own_database_is_verified() {
        let record = database()
            .record_in(answer().as_bytes(), &module("1.26.8"))
            .unwrap();
        assert_eq!(
            (record.number, record.head.tree.size),
            (61_743_986, 66_332_798)
        );
        assert_eq!(
            record.h1.to_string(),
            "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM="
        );
    }

    #[test]
    fn an_answer_that_was_changed_proves_nothing() {
        let other = database().record_in(answer().as_bytes(), &module("1.26.7"));
        assert!(matches!(other, Err(LookupError::OtherModule(_))));
        let cases = [
            answer().replace("66332798", "66332799"),
            answer().replace("61743986", "66332798"),
            answer().replace("61743986", "061743986"),
            answer().replace("Az3grh19", "AAAAAA19"),
            answer().replace("\n\n", "\n"),
            answer().replace("database tree", "database"),
            String::new(),
        ];
        for answer in cases {
            let verdict = database().record_in(answer.as_bytes(), &module("1.26.8"));
            assert!(verdict.is_err(), "{answer}");
        }
    }

    #[test]
    fn all_forms_of_gosumdb_are_read() {
        let name = ChecksumDatabase::default_setting();
        let full = format!("{name}+{DEFAULT_KEY}");
        assert_eq!(ChecksumDatabase::parse(&full), Ok(database()));
        let elsewhere = ChecksumDatabase::parse(&format!("{full} https://sums.example.com/db"));
        assert_eq!(elsewhere.unwrap().url().unwrap().host(), "sums.example.com");
        let mirror = ChecksumDatabase::parse(&default_mirror()).unwrap();
        assert_eq!(mirror.name(), name);
        assert_eq!(mirror.url().unwrap().host(), default_mirror());
        let wrong = [
            ("off", ChecksumDatabaseError::Off),
            ("", ChecksumDatabaseError::Malformed),
            ("a b c", ChecksumDatabaseError::Malformed),
            (
                "sums.example",
                ChecksumDatabaseError::UnknownKey("sums.example".to_owned()),
            ),
        ];
        for (setting, error) in wrong {
            assert_eq!(ChecksumDatabase::parse(setting), Err(error), "{setting}");
        }
    }
}
