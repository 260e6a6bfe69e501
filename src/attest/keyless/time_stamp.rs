//! A question for a time-stamp authority: RFC 3161, section 2.4.1.

use sha2::{Digest as _, Sha256};

/// The media type of a question.
pub const TIME_STAMP_QUERY: &str = "application/timestamp-query";

/// `TimeStampReq` before its 32 bytes: version 1, and a `MessageImprint` of SHA-256. There is no nonce:
/// a signature by a key that was just made is asked about once. No certificate is wanted: who checks
/// has it already.
const HEAD: [u8; 24] = [
    0x30, 0x36, // SEQUENCE, of 54 bytes
    0x02, 0x01, 0x01, // INTEGER 1
    0x30, 0x31, // SEQUENCE, of 49 bytes
    0x30, 0x0d, // SEQUENCE, of 13 bytes
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, // OID of SHA-256
    0x05, 0x00, // NULL
    0x04, 0x20, // OCTET STRING, of 32 bytes
];

/// Asks when `signature` was there.
pub fn time_stamp_request(signature: &[u8]) -> Vec<u8> {
    let mut request = HEAD.to_vec();
    request.extend_from_slice(&Sha256::digest(signature));
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_as_long_as_it_says() {
        let request = time_stamp_request(b"signature");
        assert_eq!(usize::from(request[1]) + 2, request.len());
        assert_eq!(usize::from(request[6]) + 7, request.len());
    }
}
