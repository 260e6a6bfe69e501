//! Logs of signatures: Rekor 1 keeps envelopes and tells the time, Rekor 2 keeps what was signed and tells none.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use coracle::model::canonical_json;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::log::{Inclusion, LogKey, Tree};
use super::{Answered, Clock, Said, bytes_at, parse, text_at};

/// Version 1.
pub(super) struct Rekor1 {
    key: LogKey,
    tree: Mutex<Tree>,
    answers: Mutex<BTreeMap<String, Value>>,
    clock: Clock,
}

/// Version 2.
pub(super) struct Rekor2 {
    key: LogKey,
    tree: Mutex<Tree>,
}

impl Rekor1 {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            key: LogKey::ecdsa(),
            tree: Mutex::default(),
            answers: Mutex::default(),
            clock,
        }
    }

    pub(super) fn key(&self) -> &LogKey {
        &self.key
    }

    /// Keeps an envelope.
    pub(super) fn answer(&self, body: &[u8]) -> Answered {
        let request = parse(body)?;
        if (
            text_at(&request, "/kind")?,
            text_at(&request, "/apiVersion")?,
        ) != ("dsse", "0.0.1")
        {
            return Err("only dsse 0.0.1 is kept here".to_owned());
        }
        let envelope = text_at(&request, "/spec/proposedContent/envelope")?;
        let verifier = text_at(&request, "/spec/proposedContent/verifiers/0")?;
        let entry = kept_envelope(envelope, verifier)?;
        let time = self.clock.now();
        let uuid = hex::encode(Sha256::digest(&entry));
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.contains_key(&uuid) {
            let message = json!({ "code": 409, "message": "an equivalent entry already exists" });
            return Ok(Said {
                location: Some(format!("/rekor1/api/v1/log/entries/{uuid}")),
                ..Said::json(StatusCode::CONFLICT, &message)
            });
        }
        let answer = json!({ uuid.clone(): self.entry(&entry, time) });
        answers.insert(uuid.clone(), answer.clone());
        Ok(Said {
            tag: Some(uuid),
            ..Said::json(StatusCode::CREATED, &answer)
        })
    }

    /// Returns an entry that is there.
    pub(super) fn find(&self, uuid: &str) -> Answered {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answers.get(uuid).ok_or("no such entry")?;
        Ok(Said::json(StatusCode::OK, answer))
    }

    fn entry(&self, entry: &[u8], time: i64) -> Value {
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        let inclusion = tree.add(entry, &self.key);
        let (body, id) = (STANDARD.encode(entry), hex::encode(self.key.id()));
        let promise = canonical_json(&json!({
            "body": body, "integratedTime": time, "logID": id, "logIndex": inclusion.index,
        }));
        json!({
            "body": body,
            "integratedTime": time,
            "logID": id,
            "logIndex": inclusion.index,
            "verification": {
                "inclusionProof": {
                    "checkpoint": inclusion.checkpoint,
                    "hashes": inclusion.hashes.iter().map(hex::encode).collect::<Vec<_>>(),
                    "logIndex": inclusion.index,
                    "rootHash": hex::encode(inclusion.root),
                    "treeSize": inclusion.size,
                },
                "signedEntryTimestamp": STANDARD.encode(self.key.sign(&promise)),
            },
        })
    }
}

fn kept_envelope(envelope: &str, verifier: &str) -> Result<Vec<u8>, String> {
    let read = parse(envelope.as_bytes())?;
    let payload = bytes_at(&read, "/payload")?;
    let signature = text_at(&read, "/signatures/0/sig")?;
    let sha256 = |bytes: &[u8]| json!({ "algorithm": "sha256", "value": hex::encode(Sha256::digest(bytes)) });
    Ok(canonical_json(&json!({
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": sha256(envelope.as_bytes()),
            "payloadHash": sha256(&payload),
            "signatures": [{ "signature": signature, "verifier": verifier }],
        },
    })))
}

impl Rekor2 {
    pub(super) fn new() -> Self {
        Self {
            key: LogKey::ed25519(),
            tree: Mutex::default(),
        }
    }

    pub(super) fn key(&self) -> &LogKey {
        &self.key
    }

    /// Keeps what was signed.
    pub(super) fn answer(&self, body: &[u8]) -> Answered {
        let request = parse(body)?;
        let signature = &request["hashedRekordRequestV002"]["signature"];
        bytes_at(signature, "/content")?;
        bytes_at(signature, "/verifier/x509Certificate/rawBytes")?;
        let digest = text_at(&request, "/hashedRekordRequestV002/digest")?;
        let entry = canonical_json(&json!({
            "apiVersion": "0.0.2",
            "kind": "hashedrekord",
            "spec": { "hashedRekordV002": {
                "data": { "algorithm": "SHA2_256", "digest": digest },
                "signature": signature,
            } },
        }));
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        let Inclusion {
            index,
            size,
            root,
            hashes,
            checkpoint,
        } = tree.add(&entry, &self.key);
        let answer = json!({
            "logIndex": index.to_string(),
            "logId": { "keyId": STANDARD.encode(self.key.id()) },
            "kindVersion": { "kind": "hashedrekord", "version": "0.0.2" },
            "inclusionProof": {
                "logIndex": index.to_string(),
                "rootHash": STANDARD.encode(root),
                "treeSize": size.to_string(),
                "hashes": hashes.iter().map(|hash| STANDARD.encode(hash)).collect::<Vec<_>>(),
                "checkpoint": { "envelope": checkpoint },
            },
            "canonicalizedBody": STANDARD.encode(&entry),
        });
        Ok(Said::json(StatusCode::CREATED, &answer))
    }
}
