//! Signed notes, `golang.org/x/mod/sumdb/note`: a text, an empty line, and signatures below it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// The algorithm byte of Ed25519 before a key.
const ED25519: u8 = 1;
/// What a signature's line begins with.
const SIGNATURE_PREFIX: &str = "\u{2014} ";
/// More signatures than any note has, and few enough to look at all.
const MAX_SIGNATURES: usize = 100;

/// A public key with its owner's name, `NAME+HASH+KEY`.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    hash: [u8; 4],
    key: VerifyingKey,
}

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteKeyError {
    /// It is not made of a name, eight hex digits and base64.
    #[error("{0:?} is not a key, expected NAME+HASH+KEY")]
    Malformed(String),
    /// The hash is another key's or another name's: the text was damaged.
    #[error("the key of {name} does not have the hash {hash} that stands before it")]
    Hash {
        /// The name.
        name: String,
        /// The hash that was written.
        hash: String,
    },
}

/// Why a note is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is not a text with signatures below it.
    #[error("it is not a signed note")]
    Malformed,
    /// Nobody whose key is known has signed it.
    #[error("it is not signed by {0}")]
    NotSigned(String),
    /// A signature in that name is not over this text.
    #[error("its signature is not {0}'s")]
    WrongSignature(String),
}

impl NoteKey {
    /// Returns the owner's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the text of `note` when the owner of this key has signed it. Signatures of others
    /// say nothing and are passed over.
    ///
    /// # Errors
    /// When the note is malformed, or the signature is missing or wrong.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let end = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        if text.contains(|c: char| c.is_control() && c != '\n') || !signatures.ends_with('\n') {
            return Err(NoteError::Malformed);
        }
        let mut signed = false;
        for (count, line) in signatures.lines().enumerate() {
            let (name, hash, signature) = split_signature(line).ok_or(NoteError::Malformed)?;
            if count >= MAX_SIGNATURES {
                return Err(NoteError::Malformed);
            }
            if name != self.name || hash != self.hash {
                continue;
            }
            self.key
                .verify_strict(text.as_bytes(), &signature)
                .map_err(|_| NoteError::WrongSignature(self.name.clone()))?;
            signed = true;
        }
        if signed {
            Ok(text)
        } else {
            Err(NoteError::NotSigned(self.name.clone()))
        }
    }
}

/// Splits `— NAME BASE64`, where the bytes are four of the key's hash and the signature.
fn split_signature(line: &str) -> Option<(&str, [u8; 4], Signature)> {
    let (name, digits) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
    let bytes = STANDARD.decode(digits).ok()?;
    let (hash, signature) = bytes.split_first_chunk::<4>()?;
    // A signature of another length belongs to another algorithm, whose key is not ours.
    let signature = signature
        .try_into()
        .map_or([0; 64], |bytes: [u8; 64]| bytes);
    Some((name, *hash, Signature::from_bytes(&signature)))
}

fn key_hash(name: &str, key: &[u8]) -> [u8; 4] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update(b"\n")
        .chain_update(key)
        .finalize()
        .into();
    [hash[0], hash[1], hash[2], hash[3]]
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.name, hex::encode(self.hash))
    }
}

impl FromStr for NoteKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || NoteKeyError::Malformed(text.to_owned());
        let (name, rest) = text.split_once('+').ok_or_else(malformed)?;
        let (hash, key) = rest.split_once('+').ok_or_else(malformed)?;
        let key = STANDARD.decode(key).map_err(|_| malformed())?;
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(malformed());
        }
        let expected = key_hash(name, &key);
        if hex::encode(expected) != hash {
            return Err(NoteKeyError::Hash {
                name: name.to_owned(),
                hash: hash.to_owned(),
            });
        }
        let key = match key.split_first() {
            Some((&ED25519, key)) => key.try_into().ok(),
            _ => None,
        };
        let key = key.and_then(|bytes| VerifyingKey::from_bytes(bytes).ok());
        Ok(Self {
            name: name.to_owned(),
            hash: expected,
            key: key.ok_or_else(malformed)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    fn signer(name: &str) -> (SigningKey, NoteKey) {
        let signing = SigningKey::from_bytes(&Sha256::digest(name).into());
        let mut key = vec![ED25519];
        key.extend(signing.verifying_key().as_bytes());
        let hash = hex::encode(key_hash(name, &key));
        let key = format!("{name}+{hash}+{}", STANDARD.encode(key));
        (signing, key.parse().unwrap())
    }

    fn sign(text: &str, name: &str) -> String {
        let (signing, key) = signer(name);
        let bytes = [
            &key.hash,
            signing.sign(text.as_bytes()).to_bytes().as_slice(),
        ]
        .concat();
        format!("{SIGNATURE_PREFIX}{name} {}\n", STANDARD.encode(bytes))
    }

    #[test]
    fn a_note_is_believed_only_with_its_owners_signature_over_this_text() {
        let (_, key) = signer("sums.example");
        let text = "tree\n7\n";
        let ours = sign(text, "sums.example");
        let theirs = sign(text, "other.example");
        let not_signed = NoteError::NotSigned("sums.example".to_owned());
        let wrong = NoteError::WrongSignature("sums.example".to_owned());
        let cases = [
            (format!("{text}\n{ours}"), Ok(text)),
            (format!("{text}\n{theirs}{ours}"), Ok(text)),
            (format!("{text}\n{theirs}"), Err(not_signed)),
            (format!("tree\n8\n\n{ours}"), Err(wrong)),
            (format!("{text}{ours}"), Err(NoteError::Malformed)),
            (
                format!("{text}\n{}", ours.trim_end()),
                Err(NoteError::Malformed),
            ),
            (format!("{text}\nnonsense\n"), Err(NoteError::Malformed)),
            (format!("tree\r\n\n{ours}"), Err(NoteError::Malformed)),
            (String::new(), Err(NoteError::Malformed)),
        ];
        for (note, expected) in cases {
            assert_eq!(key.open(&note), expected, "{note}");
        }
    }

    #[test]
    fn a_damaged_key_is_no_key() {
        let text = "sums.example+00000000+AQ==";
        assert!(matches!(
            text.parse::<NoteKey>(),
            Err(NoteKeyError::Hash { .. })
        ));
        for text in ["", "sums.example", "a+b", "a b+033de0ae+AQ==", "x+y+%"] {
            let error = text.parse::<NoteKey>().unwrap_err();
            assert!(
                matches!(error, NoteKeyError::Malformed(_)),
                "{text}: {error}"
            );
        }
    }
}
