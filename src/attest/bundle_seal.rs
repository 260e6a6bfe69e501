//! The signature beside a file that holds all that a build takes from others. What is in the file is proven
//! without; a signature says besides who put it together, and what the names of bases mean.

use serde_json::json;

use super::memo_seal::open;
use super::{Bundle, PredicateType, SealError, Statement};
use crate::model::Digest;

/// What is said of such a file. It is said of no image, so that it can stand for none.
const BUNDLE: &str = "https://coracle.dev/bundle/v1";

/// Returns what is signed of the file whose manifest has this digest.
pub fn bundle_statement(manifest: Digest) -> Statement {
    Statement::new(manifest, PredicateType::of_name(BUNDLE), json!({}))
}

/// Opens the signature `seal` of the file whose manifest has the digest `manifest`. Whose it is, is not
/// looked at.
///
/// # Errors
/// When it is none, or one of something else.
pub fn open_bundle_seal(seal: Option<&str>, manifest: Digest) -> Result<Bundle, SealError> {
    open(seal, &bundle_statement(manifest))
}
