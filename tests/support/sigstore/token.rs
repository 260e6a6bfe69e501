//! Identity tokens, as a CI gives them to a job. Fulcio reads them; nobody here checks their signatures.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Said, seconds_now};

/// Who vouches.
pub(crate) const ISSUER: &str = "https://ci.example.com";
/// Whom the token of tests speaks of.
pub(crate) const IDENTITY: &str =
    "https://git.example.com/team/hello/.ci/release.yml@refs/heads/main";

/// Returns a token that lasts for five minutes.
pub(crate) fn of_ci() -> String {
    of(IDENTITY, ISSUER, 300)
}

/// Returns a token that speaks of `identity` and lasts so long.
pub(crate) fn of(identity: &str, issuer: &str, seconds: i64) -> String {
    let now = seconds_now();
    of_claims(&json!({
        "iss": issuer, "sub": identity, "aud": "sigstore",
        "iat": now - 1, "nbf": now - 1, "exp": now + seconds,
    }))
}

/// Returns a token of a job in which `workflow` runs, which its owner's workflow called.
pub(crate) fn of_workflow(workflow: &str) -> String {
    let now = seconds_now();
    of_claims(&json!({
        "iss": ISSUER, "sub": "repo:team/hello:ref:refs/heads/main", "aud": "sigstore",
        "job_workflow_ref": workflow, "iat": now - 1, "nbf": now - 1, "exp": now + 300,
    }))
}

/// Returns a token with these claims.
pub(crate) fn of_claims(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = json!({ "alg": "RS256", "typ": "JWT", "kid": "tests" });
    format!("{}.{}.{}", part(&head), part(claims), "c2lnbmF0dXJl")
}

/// Answers as GitHub does to a job that may ask for a token.
pub(super) fn answer() -> Said {
    let body = json!({ "count": 1, "value": of_ci() });
    Said::json(StatusCode::OK, &body)
}

/// Returns the claims of a token.
pub(super) fn claims(token: &str) -> Result<Value, String> {
    let claims = token.split('.').nth(1).ok_or("no JWT")?;
    let claims = URL_SAFE_NO_PAD.decode(claims);
    let claims = claims.map_err(|error| error.to_string())?;
    super::parse(&claims)
}
