//! Whose certificates are trusted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::model::Environment;

use super::HttpError;

/// Returns the certificates that the system trusts, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`
/// in their place.
pub(super) fn system_roots(environment: &Environment) -> Result<RootCertStore, HttpError> {
    let file = environment.get_path("SSL_CERT_FILE");
    let folders: Vec<PathBuf> = environment
        .get("SSL_CERT_DIR")
        .map(|folders| std::env::split_paths(folders).collect())
        .unwrap_or_default();
    if let Some(file) = &file {
        must_hold_certificates(file)?;
    }
    let mut found = rustls_native_certs::load_certs_from_paths(file.as_deref(), None).certs;
    for folder in &folders {
        found.extend(rustls_native_certs::load_certs_from_paths(None, Some(folder)).certs);
    }
    if file.is_none() && folders.is_empty() {
        found = rustls_native_certs::load_native_certs().certs;
    }
    let mut roots = RootCertStore::empty();
    // What the system has and nobody can read is no reason to stop; a handshake tells.
    roots.add_parsable_certificates(found);
    Ok(roots)
}

fn must_hold_certificates(file: &Path) -> Result<(), HttpError> {
    let found = rustls_native_certs::load_certs_from_paths(Some(file), None);
    if !found.certs.is_empty() {
        return Ok(());
    }
    let cause = found.errors.first().map_or_else(
        || "it holds no PEM certificate".to_owned(),
        ToString::to_string,
    );
    Err(HttpError::Setup(format!(
        "cannot use SSL_CERT_FILE={}: {cause}",
        file.display()
    )))
}

/// Adds the certificates of `pem`, which are trusted for `host`.
pub(super) fn add_pem(roots: &mut RootCertStore, pem: &[u8], host: &str) -> Result<(), HttpError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let wrong = |cause: &dyn std::fmt::Display| {
        HttpError::Setup(format!("cannot use the ca of {host}: {cause}"))
    };
    let certificates = certificates.map_err(|error| wrong(&error))?;
    if certificates.is_empty() {
        return Err(wrong(&"it holds no PEM certificate"));
    }
    for certificate in certificates {
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    Ok(())
}

/// Returns how secure connections are made.
pub(super) fn tls(roots: RootCertStore) -> Result<ClientConfig, HttpError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Setup(format!("cannot set up TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
