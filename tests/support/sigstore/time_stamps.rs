//! A time-stamp authority: RFC 3161, with CMS (RFC 5652) around what it says.

use axum::http::StatusCode;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SigningKey as _,
};
use sha2::{Digest as _, Sha256};

use super::der::{
    CONTEXT_0, SEQUENCE, SET, element, integer, octets, oid, open, sha256, text, time,
};
use super::{Answered, Clock, Said};

const NAME: &str = "coracle test time";
const SERIAL: u64 = 7;
const EXTENDED_KEY_USAGE: [u64; 4] = [2, 5, 29, 37];
const TIME_STAMPING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 8];
const COMMON_NAME: [u64; 4] = [2, 5, 4, 3];
const POLICY: [u64; 7] = [1, 3, 6, 1, 4, 1, 57264];
const SIGNED_DATA: [u64; 7] = [1, 2, 840, 113_549, 1, 7, 2];
const TIME_STAMP_INFO: [u64; 9] = [1, 2, 840, 113_549, 1, 9, 16, 1, 4];
const CONTENT_TYPE: [u64; 7] = [1, 2, 840, 113_549, 1, 9, 3];
const MESSAGE_DIGEST: [u64; 7] = [1, 2, 840, 113_549, 1, 9, 4];
const SIGNING_CERTIFICATE: [u64; 9] = [1, 2, 840, 113_549, 1, 9, 16, 2, 47];
const ECDSA_SHA256: [u64; 7] = [1, 2, 840, 10045, 4, 3, 2];

/// The authority.
pub(super) struct TimeStamps {
    root: Vec<u8>,
    leaf: Vec<u8>,
    key: KeyPair,
    clock: Clock,
}

impl TimeStamps {
    pub(super) fn new(clock: Clock) -> Self {
        let root_key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, NAME);
        let root = params.self_signed(&root_key).expect("a root");
        let issuer = Issuer::new(params, root_key);
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.serial_number = Some(vec![u8::try_from(SERIAL).expect("a byte")].into());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let usage = element(SEQUENCE, &[&oid(&TIME_STAMPING)]);
        let mut usage = CustomExtension::from_oid_content(&EXTENDED_KEY_USAGE, usage);
        usage.set_criticality(true);
        params.custom_extensions = vec![usage];
        let leaf = params.signed_by(&key, &issuer).expect("a certificate");
        Self {
            root: root.der().to_vec(),
            leaf: leaf.der().to_vec(),
            key,
            clock,
        }
    }

    /// Returns its certificate and the root.
    pub(super) fn chain(&self) -> [Vec<u8>; 2] {
        [self.leaf.clone(), self.root.clone()]
    }

    /// Says that it saw what the question is about, now.
    pub(super) fn answer(&self, question: &[u8]) -> Answered {
        if question.first() != Some(&SEQUENCE) || question.len() < 10 {
            return Err("no TimeStampReq".to_owned());
        }
        let (question, _) = open(question);
        let (_version, rest) = open(question);
        let imprint = super::der::first(rest);
        let info = self.info(imprint);
        let granted = element(SEQUENCE, &[&integer(0)]);
        Ok(Said {
            status: StatusCode::CREATED,
            body: element(SEQUENCE, &[&granted, &self.signed(&info)]),
            tag: None,
            location: None,
        })
    }

    fn info(&self, imprint: &[u8]) -> Vec<u8> {
        let now = coracle::model::Timestamp::from_seconds(self.clock.now()).to_string();
        let now = now.replace(['-', ':', 'T'], "");
        element(
            SEQUENCE,
            &[
                &integer(1),
                &oid(&POLICY),
                imprint,
                &integer(1),
                &time(&now),
            ],
        )
    }

    /// Signs `info`: `SignedData` with one `SignerInfo`.
    fn signed(&self, info: &[u8]) -> Vec<u8> {
        let attributes = self.attributes(info);
        let signature = self.key.sign(&element(SET, &[&attributes]));
        let signature = signature.expect("a signature");
        let name = element(SEQUENCE, &[&oid(&COMMON_NAME), &text(NAME)]);
        let name = element(SEQUENCE, &[&element(SET, &[&name])]);
        let signer = element(
            SEQUENCE,
            &[
                &integer(1),
                &element(SEQUENCE, &[&name, &integer(SERIAL)]),
                &sha256(),
                &element(CONTEXT_0, &[&attributes]),
                &element(SEQUENCE, &[&oid(&ECDSA_SHA256)]),
                &octets(&signature),
            ],
        );
        let content = element(CONTEXT_0, &[&octets(info)]);
        let content = element(SEQUENCE, &[&oid(&TIME_STAMP_INFO), &content]);
        let data = element(
            SEQUENCE,
            &[
                &integer(3),
                &element(SET, &[&sha256()]),
                &content,
                &element(SET, &[&signer]),
            ],
        );
        let data = element(CONTEXT_0, &[&data]);
        element(SEQUENCE, &[&oid(&SIGNED_DATA), &data])
    }

    /// Returns what is signed, in the order that DER wants of a set.
    fn attributes(&self, info: &[u8]) -> Vec<u8> {
        let attribute =
            |kind: &[u64], value: &[u8]| element(SEQUENCE, &[&oid(kind), &element(SET, &[value])]);
        let certificate = element(SEQUENCE, &[&octets(&Sha256::digest(&self.leaf))]);
        let certificate = element(SEQUENCE, &[&element(SEQUENCE, &[&certificate])]);
        let mut attributes = [
            attribute(&CONTENT_TYPE, &oid(&TIME_STAMP_INFO)),
            attribute(&MESSAGE_DIGEST, &octets(&Sha256::digest(info))),
            attribute(&SIGNING_CERTIFICATE, &certificate),
        ];
        attributes.sort();
        attributes.concat()
    }
}
