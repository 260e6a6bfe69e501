//! Secrets taken out of what programs say.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use crate::model::Secret;

/// What stands for a secret.
const MASKED: &str = "…";
/// Shorter lines of a secret say nothing of it, and masking them would tear everything else.
const SHORTEST_LINE: usize = 4;

/// Knows the forms in which secrets show.
#[derive(Clone, Default)]
pub struct Mask {
    /// The longest first: one may be part of another.
    forms: Vec<Secret>,
}

impl Mask {
    /// Hides `secrets`: as they are, line by line, in base64 and as URLs write them.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let secrets = secrets.into_iter();
        let mut forms: Vec<String> = secrets.flat_map(|secret| forms(secret.expose())).collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self {
            forms: forms.into_iter().map(Secret::new).collect(),
        }
    }

    /// Returns `line` without them.
    pub fn hide(&self, line: &str) -> String {
        let hidden = |text: String, form: &Secret| text.replace(form.expose(), MASKED);
        self.forms.iter().fold(line.to_owned(), hidden)
    }
}

fn forms(secret: &str) -> Vec<String> {
    if secret.is_empty() {
        return Vec::new();
    }
    let mut forms = vec![
        secret.to_owned(),
        in_url(secret, "%20"),
        in_url(secret, "+"),
    ];
    let lines = secret.lines().map(str::trim);
    forms.extend(
        lines
            .filter(|line| line.len() >= SHORTEST_LINE)
            .map(str::to_owned),
    );
    forms.extend(
        [in_url(secret, "%20").to_lowercase()]
            .into_iter()
            .filter(|form| form.contains('%')),
    );
    for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
        // As `echo` gives it to base64, too.
        forms.extend([secret.to_owned(), format!("{secret}\n")].map(|text| engine.encode(text)));
    }
    forms.extend(within_base64(secret));
    forms
}

/// Base64 of a text in which the secret stands, as in `user:secret`: what does not depend on the text around.
fn within_base64(secret: &str) -> impl Iterator<Item = String> {
    (0..3).flat_map(move |before| {
        let text = [&vec![0; before], secret.as_bytes()].concat();
        [STANDARD_NO_PAD, URL_SAFE_NO_PAD]
            .into_iter()
            .filter_map(move |engine| {
                let encoded = engine.encode(&text);
                let first = if before == 0 { 0 } else { before + 1 };
                let whole = encoded.get(first..text.len() / 3 * 4)?;
                (whole.len() >= 2 * SHORTEST_LINE).then(|| whole.to_owned())
            })
    })
}

/// Percent-encoded, but for a space, which stands as `space`.
fn in_url(text: &str, space: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let encoded = |b: u8| match b {
        b' ' => space.to_owned(),
        b if is_plain(b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        let secret = "pa ss/wörd+42";
        let mask = Mask::new([&Secret::new(secret.to_owned())]);
        for shown in [
            secret.to_owned(),
            STANDARD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
            STANDARD.encode(format!("{secret}\n")),
            in_url(secret, "+"),
            in_url(secret, "%20"),
        ] {
            assert_eq!(mask.hide(&format!("<{shown}>")), "<…>", "{shown}");
        }
    }

    #[test]
    fn base64_of_a_login_does_not_tell_its_password() {
        let mask = Mask::new([&Secret::new("hunter2-hunter2".to_owned())]);
        for user in ["a", "ab", "abc"] {
            let shown = mask.hide(&STANDARD.encode(format!("{user}:hunter2-hunter2")));
            assert!(shown.contains(MASKED), "{shown}");
        }
    }

    #[test]
    fn lines_of_a_secret_are_hidden_one_by_one_and_nothing_else_is() {
        let mask = Mask::new([&Secret::new("first line\n}\nlast line\n".to_owned())]);
        assert_eq!(mask.hide("a first line } b"), "a … } b");
        assert_eq!(Mask::default().hide("plain"), "plain");
        assert_eq!(
            Mask::new([&Secret::new(String::new())]).hide("plain"),
            "plain"
        );
    }
}
