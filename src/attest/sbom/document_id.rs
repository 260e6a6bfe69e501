//! Names of documents: as unique as their content, and no more random.

use sha1::{Digest as _, Sha1};

/// Returns a UUID that follows from `content` alone, RFC 9562, version 5.
///
/// Two documents of one image differ where one knows more licences; so they have two names.
pub(super) fn document_id(content: &[u8]) -> String {
    /// RFC 9562's own name space for what is named by an address.
    const ADDRESSES: [u8; 16] = [
        0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30,
        0xc8,
    ];
    let mut hash = Sha1::new();
    hash.update(ADDRESSES);
    hash.update(content);
    let mut id: [u8; 20] = hash.finalize().into();
    id[6] = id[6] & 0x0f | 0x50;
    id[8] = id[8] & 0x3f | 0x80;
    let hex = hex::encode(&id[..16]);
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_that_of_rfc_9562() {
        assert_eq!(
            document_id(b"http://www.example.com/"),
            "fcde3c85-2270-590f-9e7c-ee003d65e0e2"
        );
    }
}
