//! The signature under a memo that travels: whoever takes it, takes the signer's word that the layer
//! was made from what the memo says.

use serde_json::json;

use super::{Bundle, BundleError, PredicateType, Rejection, Statement};
use crate::model::Digest;

/// What is said of a memo. It is said of no image, so that it can stand for none.
const MEMO: &str = "https://coracle.dev/memo/v1";

/// Why the word of a memo, or of another thing that is signed by itself, is not taken.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Nobody has signed it.
    #[error("it is not signed")]
    Unsigned,
    /// What is in its place is no bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The signature is one of something else.
    #[error("its signature is that of something else")]
    OtherMemo,
    /// It is by nobody whose word is taken.
    #[error(transparent)]
    Signer(#[from] Rejection),
}

/// Returns what is signed of the memo whose bytes have this digest.
pub fn memo_statement(memo: Digest) -> Statement {
    Statement::new(memo, PredicateType::of_name(MEMO), json!({}))
}

/// Opens the signature `seal` of the memo whose bytes have the digest `memo`. Whose it is, is not looked
/// at.
///
/// # Errors
/// When it is none, or one of something else.
pub fn open_seal(seal: Option<&str>, memo: Digest) -> Result<Bundle, SealError> {
    open(seal, &memo_statement(memo))
}

/// Opens the signature `seal` of a statement.
pub(super) fn open(seal: Option<&str>, expected: &Statement) -> Result<Bundle, SealError> {
    let bundle = Bundle::parse(seal.ok_or(SealError::Unsigned)?.as_bytes())?;
    if bundle.unchecked_statement()? == *expected {
        Ok(bundle)
    } else {
        Err(SealError::OtherMemo)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::attest::{PrivateKey, TrustedSigners, pre_authentication};

    fn key(number: u8) -> PrivateKey {
        PrivateKey::of_random(&[number; 32]).unwrap()
    }

    fn sealed(key: &PrivateKey, statement: &Statement) -> String {
        let bytes = statement.to_bytes();
        let signature = key.sign(&pre_authentication(&bytes));
        let bundle = Bundle::of_key(&bytes, &signature, &key.public_key().unwrap());
        String::from_utf8(bundle.to_bytes()).unwrap()
    }

    #[test]
    fn the_word_of_a_key_is_taken_for_the_memo_that_it_signed_alone() {
        let (memo, other) = (Digest::of(b"memo"), Digest::of(b"other"));
        let trusted = TrustedSigners {
            keys: [1, 2]
                .map(|number| key(number).public_key().unwrap())
                .into(),
            identities: Vec::new(),
        };
        let checked = |seal: Option<&str>| -> Result<(), SealError> {
            trusted.check(&open_seal(seal, memo)?)?;
            Ok(())
        };
        let good = sealed(&key(2), &memo_statement(memo));
        checked(Some(&good)).unwrap();
        let image = Statement::signature(memo, BTreeMap::new());
        for (seal, why) in [
            (None, "not signed"),
            (Some("{}".to_owned()), "no Sigstore bundle"),
            (
                Some(sealed(&key(3), &memo_statement(memo))),
                "not signed by this key",
            ),
            (
                Some(sealed(&key(1), &memo_statement(other))),
                "something else",
            ),
            (Some(sealed(&key(1), &image)), "something else"),
        ] {
            let error = checked(seal.as_deref()).unwrap_err();
            assert!(error.to_string().contains(why), "{error}, expected {why}");
        }
    }
}
