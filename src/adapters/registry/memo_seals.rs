//! Whose word is taken for what was made elsewhere, and who gives theirs for what is made here.

use std::sync::Arc;

use crate::attest::{Bundle, Rejection, SealError, TrustedSigners, memo_statement, open_seal};
use crate::image::ReceivedMemo;
use crate::model::{BuildError, Digest};
use crate::plan::Memo;
use crate::ports::Signer;

/// Whose word is taken for the memos of others.
#[derive(Debug, Clone)]
pub enum MemoTrust {
    /// That of whoever can write to the repository.
    Anybody,
    /// That of these, and of the one who signs what is made here.
    Signers(TrustedSigners),
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
    pub(super) fn accept(&self, received: ReceivedMemo) -> Result<Memo, SealError> {
        if let MemoTrust::Signers(trusted) = &self.trust {
            let seal = open_seal(received.seal.as_deref(), received.digest)?;
            if let Err(why) = trusted.check(&seal)
                && !self.is_ours(&seal, received.digest)
            {
                return Err(match why {
                    Rejection::NoKeys => Rejection::OtherKey,
                    why => why,
                }
                .into());
            }
        }
        Ok(received.memo)
    }

    fn is_ours(&self, seal: &Bundle, memo: Digest) -> bool {
        let statement = memo_statement(memo).to_bytes();
        let signer = self.signer.as_ref();
        signer.is_some_and(|signer| signer.has_signed(seal, &statement))
    }

    /// Signs the memo whose bytes have the digest `memo`, where anybody signs.
    pub(super) fn seal(&self, memo: Digest) -> Result<Option<String>, BuildError> {
        let Some(signer) = &self.signer else {
            return Ok(None);
        };
        let bundle = signer.sign(&memo_statement(memo).to_bytes())?;
        Ok(Some(
            String::from_utf8_lossy(&bundle.to_bytes()).into_owned(),
        ))
    }
}
