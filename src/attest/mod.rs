//! What is said of an image, and the signatures under it, as bytes.
//!
//! In: the digest of an image, and what is known of how it was made. Out: in-toto statements, DSSE
//! envelopes, Sigstore bundles, and the artifacts by which a registry hangs them onto the image; and
//! back again, for those who check. The same image and the same key give the same bytes: nothing
//! here reads a clock or draws a number. Nothing is sent, and no file is opened.

pub mod keyless;
pub mod licence;
pub mod sbom;

mod artifact;
mod bundle;
mod bundle_seal;
mod classic;
mod classic_attestations;
mod classic_manifest;
mod envelope;
mod file_statement;
mod finding;
mod memo_seal;
mod policy;
mod private_key;
mod provenance;
mod public_key;
mod rejection;
mod signed_by;
mod statement;
mod stored_artifact;
mod trusted_signers;
mod verdict;

pub use artifact::{Artifact, PREDICATE_TYPE};
pub use bundle::{BUNDLE_TYPE, BUNDLE_TYPE_PREFIX, Bundle, BundleError, Material};
pub use bundle_seal::{bundle_statement, open_bundle_seal};
pub use classic::{ClassicPayload, ClassicPayloadError, ClassicSignature, ClassicSignatures};
pub use classic_attestations::ClassicAttestations;
pub use envelope::{Envelope, EnvelopeError, PAYLOAD_TYPE, pre_authentication};
pub use file_statement::{SIGNATURE_ENDING, file_statement};
pub use finding::{Claim, Discarded, Finding, Proven};
pub use memo_seal::{SealError, memo_statement, open_seal};
pub use policy::{CheckResult, PolicyResult, RulesResult};
pub use private_key::{PrivateKey, PrivateKeyError, Salt};
pub use provenance::{BaseUsed, Provenance, ProvenanceError, ProvenanceSource, is_same_build};
pub use public_key::{PublicKey, PublicKeyError};
pub use rejection::Rejection;
pub use signed_by::SignedBy;
pub use statement::{PredicateType, Statement, StatementError, Subject};
pub use stored_artifact::StoredArtifact;
pub use trusted_signers::TrustedSigners;
pub use verdict::{Demand, Findings, Missing};
