//! What HTML and Markdown put between words.

/// Returns how many bytes of markup `text` begins with.
pub(super) fn markup_bytes(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'<' => tag_bytes(bytes),
        b'&' => entity_bytes(bytes),
        b'{' => anchor_bytes(bytes),
        b']' => link_bytes(text),
        _ => None,
    }
}

/// `<TAG …>` on at most three lines; an address in angle brackets is text.
fn tag_bytes(text: &[u8]) -> Option<usize> {
    let name = if text.get(1) == Some(&b'/') { 2 } else { 1 };
    if !text.get(name)?.is_ascii_alphabetic() {
        return None;
    }
    let (mut spaces, mut lines) = (0, 0);
    for (index, byte) in text.iter().enumerate().skip(name) {
        match byte {
            b'@' if spaces == 0 => return None,
            b':' if spaces == 0 && text.get(index + 1) == Some(&b'/') => return None,
            b'\r' | b'\n' if lines == 2 => return None,
            b'\r' | b'\n' => lines += 1,
            b'<' => return None,
            b'>' => return Some(index + 1),
            b' ' => spaces += 1,
            _ => {}
        }
    }
    None
}

/// `&name;`, `&#34;` or `&#x22;`
fn entity_bytes(text: &[u8]) -> Option<usize> {
    let (start, is_part): (usize, fn(&u8) -> bool) = match text {
        [b'&', b'#', b'x', ..] => (3, u8::is_ascii_hexdigit),
        [b'&', b'#', ..] => (2, u8::is_ascii_digit),
        _ => (1, u8::is_ascii_alphabetic),
    };
    let length = text[start..]
        .iter()
        .take_while(|byte| is_part(byte))
        .count();
    let end = start + length;
    (length > 0 && text.get(end) == Some(&b';')).then_some(end + 1)
}

/// `{#head}`
fn anchor_bytes(text: &[u8]) -> Option<usize> {
    if text.get(1) != Some(&b'#') {
        return None;
    }
    let end = text
        .iter()
        .position(|byte| matches!(byte, b'}' | b' ' | b'\r' | b'\n'))?;
    (text[end] == b'}').then_some(end + 1)
}

/// `](https://…)`, the end of a link.
fn link_bytes(text: &str) -> Option<usize> {
    const TARGETS: [&str; 5] = ["http://", "https://", "mailto:", "file:", "#"];
    let target = text.strip_prefix("](")?;
    if !TARGETS.iter().any(|start| target.starts_with(start)) {
        return None;
    }
    let end = text.find([')', ' ', '\t', '\r', '\n'])?;
    text[end..].starts_with(')').then_some(end + 1)
}
