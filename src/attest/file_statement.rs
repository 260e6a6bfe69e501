//! The signature under a file of a release.
//!
//! It is a statement that names the file by its digest, so that a key, a program and an identity all
//! sign it in one way, and `cosign verify-blob --bundle` takes it.

use serde_json::json;

use super::{PredicateType, Statement};
use crate::model::Digest;

/// What is said of a file. It is said of no image, so that it can stand for none.
const FILE: &str = "https://coracle.dev/file/v1";

/// How the names of signatures end.
pub const SIGNATURE_ENDING: &str = "sigstore.json";

/// Returns what is signed of the file with this digest that is called `name` in the release.
pub fn file_statement(digest: Digest, name: &str) -> Statement {
    Statement::new(
        digest,
        PredicateType::of_name(FILE),
        json!({ "name": name }),
    )
}
