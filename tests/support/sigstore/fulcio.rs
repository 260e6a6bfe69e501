//! A certificate authority for identities: Fulcio's `POST /api/v2/signingCert`.

use std::time::Duration;

use axum::http::StatusCode;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SignatureAlgorithm,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::log::LogKey;
use super::{Answered, Said, bytes_at, der, parse, seconds_now, text_at, token};

/// Who vouches for an identity, in a certificate: Fulcio's `oid-info.md`.
const ISSUER: [u64; 9] = [1, 3, 6, 1, 4, 1, 57264, 1, 8];
/// Proofs that a certificate is in logs: RFC 6962, section 3.3.
const SCTS: [u64; 10] = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];

/// The authority.
pub(super) struct Fulcio {
    root: Vec<u8>,
    intermediate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
    certificate_log: LogKey,
    lifetime_seconds: i64,
}

/// A key that somebody else has.
struct OthersKey(Vec<u8>);

impl PublicKeyData for OthersKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl Fulcio {
    /// Makes an authority, and one below it that signs.
    pub(super) fn new(lifetime_seconds: i64) -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = authority("coracle test root", BasicConstraints::Constrained(1));
        let root = params.self_signed(&key).expect("a root");
        let root_issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key");
        let mut params = authority("coracle test fulcio", BasicConstraints::Constrained(0));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        let intermediate = params.signed_by(&key, &root_issuer);
        Self {
            root: root.der().to_vec(),
            intermediate: intermediate.expect("a certificate").der().to_vec(),
            issuer: Issuer::new(params, key),
            certificate_log: LogKey::ecdsa(),
            lifetime_seconds,
        }
    }

    /// Returns the certificates above those that it makes, the root last.
    pub(super) fn chain(&self) -> [Vec<u8>; 2] {
        [self.intermediate.clone(), self.root.clone()]
    }

    /// Returns the key of the log that its certificates are in.
    pub(super) fn certificate_log(&self) -> &LogKey {
        &self.certificate_log
    }

    /// Makes a certificate for whom the token speaks of, which is in a header.
    pub(super) fn answer(&self, bearer: Option<&str>, body: &[u8]) -> Answered {
        let request = parse(body)?;
        let claims = token::claims(bearer.ok_or("no identity token")?)?;
        check(&claims)?;
        let identity = claims["email"].as_str().or(claims["sub"].as_str());
        let identity = identity.ok_or("the token speaks of nobody")?;
        let key = proven_key(&request, identity)?;
        // What runs, if the issuer says so, is in the certificate in place of whom the token speaks of.
        let named = claims["job_workflow_ref"].as_str().unwrap_or(identity);
        let params = self.params(named, &claims)?;
        let leaf = self.with_proof(params, &OthersKey(key));
        let chain = [leaf.as_slice(), &self.intermediate, &self.root];
        let chain: Vec<String> = chain.iter().map(|der| pem(der)).collect();
        let answer = json!({
            "signedCertificateEmbeddedSct": { "chain": { "certificates": chain } },
        });
        Ok(Said::json(StatusCode::OK, &answer))
    }

    fn params(&self, identity: &str, claims: &Value) -> Result<CertificateParams, String> {
        let name = identity
            .try_into()
            .map_err(|_| "an identity is ASCII".to_owned())?;
        let issuer = der::text(claims["iss"].as_str().unwrap_or_default());
        let now = seconds_now();
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.serial_number = Some(Sha256::digest(identity)[..16].to_vec().into());
        set_times(&mut params, now, now + self.lifetime_seconds);
        params.subject_alt_names = vec![if identity.contains("://") {
            SanType::URI(name)
        } else {
            SanType::Rfc822Name(name)
        }];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        params.use_authority_key_identifier_extension = true;
        params.custom_extensions = vec![CustomExtension::from_oid_content(&ISSUER, issuer)];
        Ok(params)
    }

    /// Makes the certificate, with a proof in it that the log has it but for this proof.
    fn with_proof(&self, mut params: CertificateParams, key: &OthersKey) -> Vec<u8> {
        let bare = params.signed_by(key, &self.issuer).expect("a certificate");
        let (certificate, _) = der::open(bare.der());
        let to_be_signed = der::first(certificate);
        let issuer_key = Sha256::digest(self.issuer.key().subject_public_key_info());
        let millis = u64::try_from(seconds_now()).expect("a time after 1970") * 1000;
        let length = u32::try_from(to_be_signed.len()).expect("a short certificate");
        let signed = [
            &[0, 0][..],
            &millis.to_be_bytes(),
            &[0, 1],
            &issuer_key,
            &length.to_be_bytes()[1..],
            to_be_signed,
            &[0, 0],
        ];
        let signature = self.certificate_log.sign(&signed.concat());
        let proof = [
            &[0][..],
            &self.certificate_log.id(),
            &millis.to_be_bytes(),
            &[0, 0, 4, 3],
            &with_length(&signature),
        ];
        let list = with_length(&with_length(&proof.concat()));
        let proof = CustomExtension::from_oid_content(&SCTS, der::octets(&list));
        params.custom_extensions.push(proof);
        let proven = params.signed_by(key, &self.issuer).expect("a certificate");
        proven.der().to_vec()
    }
}

fn authority(name: &str, constraints: BasicConstraints) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(constraints);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn set_times(params: &mut CertificateParams, from: i64, until: i64) {
    let since = |seconds: i64| Duration::from_secs(seconds.try_into().expect("a time after 1970"));
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + since(from);
    params.not_after = epoch + since(until);
}

fn check(claims: &Value) -> Result<(), String> {
    let until = claims["exp"].as_i64().unwrap_or_default();
    if until < seconds_now() {
        return Err(
            "There was an error processing the identity token: token is expired".to_owned(),
        );
    }
    match claims["aud"].as_str() {
        Some("sigstore") => Ok(()),
        _ => Err("There was an error processing the identity token: audience".to_owned()),
    }
}

/// Returns the key that the request is for, if whoever asks has it.
fn proven_key(request: &Value, identity: &str) -> Result<Vec<u8>, String> {
    let pem = text_at(request, "/publicKeyRequest/publicKey/content")?;
    let key = VerifyingKey::from_public_key_pem(pem).map_err(|error| error.to_string())?;
    let proof = bytes_at(request, "/publicKeyRequest/proofOfPossession")?;
    Signature::from_der(&proof)
        .and_then(|proof| key.verify(identity.as_bytes(), &proof))
        .map_err(|_| "The signature supplied in the request could not be verified".to_owned())?;
    Ok(key.to_sec1_point(false).as_bytes().to_vec())
}

/// As TLS writes a list of bytes: RFC 8446, section 3.4.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a short list");
    [&length.to_be_bytes(), bytes].concat()
}

pub(super) fn pem(der: &[u8]) -> String {
    let ending = p256::pkcs8::LineEnding::LF;
    pem_rfc7468::encode_string("CERTIFICATE", ending, der).expect("a certificate in PEM")
}
