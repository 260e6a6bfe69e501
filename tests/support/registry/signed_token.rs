//! Tokens that another registry can check: JSON Web Tokens, signed with Ed25519.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::auth::{SERVICE, Scopes};

/// Who signs, in the words of a registry's settings.
pub(crate) const ISSUER: &str = "token server of the tests";

const KEY_ID: &str = "tests";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Returns the key set that a registry trusts.
pub(crate) fn key_set() -> Value {
    let x = URL_SAFE_NO_PAD.encode(key().verifying_key().as_bytes());
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": KEY_ID, "use": "sig", "x": x}]})
}

/// Returns a token that opens `scopes` for five minutes.
pub(super) fn sign(scopes: &Scopes) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("a clock after 1970").as_secs();
    let access = scopes
        .iter()
        .map(|(name, action)| json!({"type": "repository", "name": name, "actions": [action]}));
    let access: Vec<Value> = access.collect();
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": KEY_ID});
    let claims = json!({
        "iss": ISSUER, "sub": "gopher", "aud": SERVICE, "access": access,
        "iat": now, "nbf": now, "exp": now + 300,
    });
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key().sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
