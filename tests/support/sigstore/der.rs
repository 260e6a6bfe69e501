//! A writer of DER, for what no crate of ours writes: X.690, section 8.

/// SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;
/// SET.
pub(super) const SET: u8 = 0x31;
/// An element that is told by its number alone, 0.
pub(super) const CONTEXT_0: u8 = 0xa0;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const NULL: u8 = 0x05;
const OID: u8 = 0x06;
const TEXT: u8 = 0x0c;
const TIME: u8 = 0x18;

/// Returns an element of this tag that holds `parts` one after the other.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let mut der = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => der.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let bytes: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
            der.push(0x80 | u8::try_from(bytes.len()).expect("a short length"));
            der.extend(bytes);
        }
    }
    der.extend(content);
    der
}

/// Returns an INTEGER that is not negative.
pub(super) fn integer(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let mut bytes: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    if bytes.first().is_none_or(|first| *first >= 0x80) {
        bytes.insert(0, 0);
    }
    element(INTEGER, &[&bytes])
}

/// Returns an OCTET STRING.
pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    element(OCTETS, &[bytes])
}

/// Returns a `UTF8String`.
pub(super) fn text(text: &str) -> Vec<u8> {
    element(TEXT, &[text.as_bytes()])
}

/// Returns a `GeneralizedTime`, as in `20260131120000Z`.
pub(super) fn time(text: &str) -> Vec<u8> {
    element(TIME, &[text.as_bytes()])
}

/// Returns an OBJECT IDENTIFIER.
pub(super) fn oid(numbers: &[u64]) -> Vec<u8> {
    let first = numbers[0] * 40 + numbers[1];
    let mut bytes = Vec::new();
    for number in std::iter::once(first).chain(numbers[2..].iter().copied()) {
        let mut groups = vec![u8::try_from(number & 0x7f).expect("seven bits")];
        let mut rest = number >> 7;
        while rest > 0 {
            groups.push(0x80 | u8::try_from(rest & 0x7f).expect("seven bits"));
            rest >>= 7;
        }
        bytes.extend(groups.into_iter().rev());
    }
    element(OID, &[&bytes])
}

/// Returns the `AlgorithmIdentifier` of SHA-256.
pub(super) fn sha256() -> Vec<u8> {
    let oid = oid(&[2, 16, 840, 1, 101, 3, 4, 2, 1]);
    element(SEQUENCE, &[&oid, &element(NULL, &[])])
}

/// Returns the content of the first element of `der`, and what comes after it.
pub(super) fn open(der: &[u8]) -> (&[u8], &[u8]) {
    let (start, length) = match der[1] {
        short @ 0..0x80 => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7f);
            let bytes = &der[2..2 + count];
            let length = bytes
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            (2 + count, length)
        }
    };
    (&der[start..start + length], &der[start + length..])
}

/// Returns the first element of `der` as a whole.
pub(super) fn first(der: &[u8]) -> &[u8] {
    let (_, rest) = open(der);
    &der[..der.len() - rest.len()]
}
