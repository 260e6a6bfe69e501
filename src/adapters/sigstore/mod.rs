//! Signing with an identity in place of a key: the services of Sigstore, asked.
//!
//! In: where a CI tells who we are, and where the services are. Out: signed statements. The
//! invariant: the token goes to the certificate authority alone and is shown to nobody, the key
//! lives in memory for some minutes and is wiped, and what the services answer is believed only
//! once the trusted root has proved it.

mod keyless_signer;
mod pass;
mod services;
mod sigstore_error;
mod token_place;

pub use keyless_signer::{KeylessSettings, KeylessSigner};
pub use sigstore_error::SigstoreError;
pub use token_place::TokenPlace;
