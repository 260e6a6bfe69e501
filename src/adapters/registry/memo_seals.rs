//! Whose word is taken for what was made elsewhere, and who gives theirs for what is made here.

use std::sync::Arc;

use crate::attest::{PublicKey, SealError, check_seal, memo_statement};
use crate::image::ReceivedMemo;
use crate::model::{BuildError, Digest};
use crate::plan::Memo;
use crate::ports::Signer;

/// Whose word is taken for the memos of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemoTrust {
    /// That of whoever can write to the repository.
    Anybody,
    /// That of these keys, and of the one that signs what is made here.
    Keys(Vec<PublicKey>),
}

/// Why a memo of others is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum DoubtError {
    /// Its signature does not hold.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The user's own key cannot be had.
    #[error("{0}")]
    Key(Box<BuildError>),
}

/// The signatures of memos.
pub struct MemoSeals {
    trust: MemoTrust,
    signer: Option<Arc<dyn Signer>>,
}

impl MemoSeals {
    /// Takes the word of those that `trust` says; nothing is signed.
    pub fn new(trust: MemoTrust) -> Self {
        Self {
            trust,
            signer: None,
        }
    }

    /// Has `signer` sign what is made here, and takes its word.
    pub(super) fn signing(&mut self, signer: Arc<dyn Signer>) {
        self.signer = Some(signer);
    }

    /// Takes a memo out of what came from a registry.
    pub(super) fn accept(&self, received: ReceivedMemo) -> Result<Memo, DoubtError> {
        if let MemoTrust::Keys(keys) = &self.trust {
            let mut keys = keys.clone();
            if let Some(signer) = &self.signer {
                let own = signer.public_key();
                keys.push(own.map_err(|error| DoubtError::Key(Box::new(error)))?);
            }
            check_seal(received.seal.as_deref(), received.digest, &keys)?;
        }
        Ok(received.memo)
    }

    /// Signs the memo whose bytes have the digest `memo`, where anybody signs.
    pub(super) fn seal(&self, memo: Digest) -> Result<Option<String>, BuildError> {
        // An identity has no key that others could name.
        let signer = self.signer.as_ref();
        let Some(signer) = signer.filter(|signer| signer.public_key().is_ok()) else {
            return Ok(None);
        };
        let bundle = signer.sign(&memo_statement(memo).to_bytes())?;
        Ok(Some(
            String::from_utf8_lossy(&bundle.to_bytes()).into_owned(),
        ))
    }
}
