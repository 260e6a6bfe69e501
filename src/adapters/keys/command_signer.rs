//! A program that has the key.
//!
//! It is started as `PROGRAM ARGUMENTS… public-key`, which prints the public key as PEM, and as
//! `PROGRAM ARGUMENTS… sign`, which reads a message from stdin and prints the signature of its
//! SHA-256, ECDSA over P-256 in ASN.1. `openssl pkey -pubout` and `openssl dgst -sha256 -sign` do so.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::KeyError;
use crate::adapters::process::{self, Limits};
use crate::attest::{Bundle, PublicKey, pre_authentication};
use crate::model::{BuildError, Cancellation, Environment, ForeignText, limits};
use crate::ports::Signer;

/// Somebody may have to touch a device.
const TIME_LIMIT: Duration = Duration::from_mins(5);

/// Signs by a program.
pub struct CommandSigner {
    words: Vec<String>,
    name: String,
    folder: PathBuf,
    environment: Environment,
    cancellation: Cancellation,
    public: Mutex<Option<PublicKey>>,
}

impl CommandSigner {
    /// Names the program and its arguments; a relative path of it starts from `folder`.
    pub fn new(
        words: Vec<String>,
        folder: PathBuf,
        environment: Environment,
        cancellation: Cancellation,
    ) -> Self {
        Self {
            name: format!("command {words:?}"),
            words,
            folder,
            environment,
            cancellation,
            public: Mutex::default(),
        }
    }

    fn program(&self) -> String {
        self.words.first().cloned().unwrap_or_default()
    }

    /// Returns the public half of its key.
    fn key(&self) -> Result<PublicKey, KeyError> {
        let mut kept = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = &*kept {
            return Ok(key.clone());
        }
        let printed = self.run("public-key", &[])?;
        let text = String::from_utf8_lossy(&printed);
        let key = PublicKey::from_pem(&text).map_err(|source| KeyError::Public {
            program: self.program(),
            source,
        })?;
        Ok(kept.insert(key).clone())
    }

    fn seal(&self, statement: &[u8]) -> Result<Bundle, KeyError> {
        let signature = self.signature(&pre_authentication(statement))?;
        Ok(Bundle::of_key(statement, &signature, &self.key()?))
    }

    /// What a program printed is checked before it is used.
    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.key()?;
        let signature = self.run("sign", message)?;
        if key.verifies(message, &signature) {
            Ok(signature)
        } else {
            Err(KeyError::Signature(self.program()))
        }
    }

    fn run(&self, verb: &'static str, input: &[u8]) -> Result<Vec<u8>, KeyError> {
        let program = self.program();
        let path = if program.contains('/') {
            self.folder.join(&program)
        } else {
            process::find_program(&self.environment, &program)
                .ok_or_else(|| KeyError::NoProgram(program.clone()))?
        };
        let limits = Limits {
            time: Some(TIME_LIMIT),
            output_bytes: usize::try_from(limits::SMALL_ANSWER_BYTES).unwrap_or(usize::MAX),
        };
        let mut command = process::command(&path, &self.environment);
        command
            .args(&self.words[1..])
            .arg(verb)
            .current_dir(&self.folder);
        let finished =
            process::run(command, input, limits, &self.cancellation).map_err(|source| {
                KeyError::Process {
                    program: program.clone(),
                    verb,
                    source,
                }
            })?;
        if finished.status.success() {
            return Ok(finished.stdout);
        }
        Err(KeyError::Failed {
            program,
            verb,
            words: ForeignText::from_bytes(finished.stderr.trim_ascii()),
        })
    }

    fn explain(&self, error: KeyError) -> BuildError {
        error.into_build_error(&self.program())
    }
}

impl Signer for CommandSigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self) -> Result<(), BuildError> {
        let asked = self.key().map(drop);
        asked.map_err(|error| self.explain(error))
    }

    fn sign(&self, statement: &[u8]) -> Result<Bundle, BuildError> {
        self.seal(statement).map_err(|error| self.explain(error))
    }

    fn sign_payload(&self, payload: &[u8]) -> Result<Vec<u8>, BuildError> {
        self.signature(payload).map_err(|error| self.explain(error))
    }

    fn public_key(&self) -> Result<PublicKey, BuildError> {
        self.key().map_err(|error| self.explain(error))
    }

    /// A device may sign the same otherwise each time: whatever its key has signed is as good.
    fn has_signed(&self, bundle: &Bundle, statement: &[u8]) -> bool {
        let opened = self.key().ok().and_then(|key| bundle.statement(&key).ok());
        opened.is_some_and(|opened| opened.to_bytes() == statement)
    }
}
