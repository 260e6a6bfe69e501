//! Secrets taken out of what programs say.

use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use crate::model::Secret;

/// What stands for a secret.
const MASKED: &str = "…";
/// Shorter lines of a secret say nothing of it, and masking them would tear everything else.
const SHORTEST_LINE: usize = 4;

/// Knows the forms in which secrets show.
#[derive(Default)]
pub struct SharedMask {
    /// The longest first: one may be part of another.
    forms: RwLock<Vec<Secret>>,
}

impl SharedMask {
    /// Hides `secrets` from now on, for all who share it: as they are, line by line, in base64 and as JSON and URLs write
    /// them.
    pub fn add<'a>(&self, secrets: impl IntoIterator<Item = &'a Secret>) {
        let secrets = secrets.into_iter();
        let more = secrets.flat_map(|secret| forms(secret.expose()));
        let more: Vec<Secret> = more.map(Secret::new).collect();
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        forms.extend(more);
        forms.sort_by(|a, b| {
            let (a, b) = (a.expose(), b.expose());
            b.len().cmp(&a.len()).then_with(|| a.cmp(b))
        });
        forms.dedup();
    }

    /// Returns `line` without them.
    pub fn hide(&self, line: &str) -> String {
        let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        let hidden = |text: String, form: &Secret| text.replace(form.expose(), MASKED);
        forms.iter().fold(line.to_owned(), hidden)
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
        in_json(secret),
        // As Go writes it by default.
        ["<", ">", "&"]
            .iter()
            .fold(in_json(secret), |text, special| {
                let code = special.as_bytes().iter().map(|b| format!("\\u{b:04x}"));
                text.replace(special, &code.collect::<String>())
            }),
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

/// As it stands in a text of JSON's.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
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

    fn mask(secret: &str) -> SharedMask {
        let mask = SharedMask::default();
        mask.add([&Secret::new(secret.to_owned())]);
        mask
    }

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        let secret = "pa ss/w\"ö<rd+42";
        let hidden = mask(secret);
        for shown in [
            secret.to_owned(),
            STANDARD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
            STANDARD.encode(format!("{secret}\n")),
            in_url(secret, "+"),
            in_url(secret, "%20"),
            r#"pa ss/w\"ö<rd+42"#.to_owned(),
            r#"pa ss/w\"ö\u003crd+42"#.to_owned(),
        ] {
            assert_eq!(hidden.hide(&format!("<{shown}>")), "<…>", "{shown}");
        }
    }

    #[test]
    fn base64_of_a_login_does_not_tell_its_password() {
        let hidden = mask("hunter2-hunter2");
        for user in ["a", "ab", "abc"] {
            let shown = hidden.hide(&STANDARD.encode(format!("{user}:hunter2-hunter2")));
            assert!(shown.contains(MASKED), "{shown}");
        }
    }

    #[test]
    fn lines_of_a_secret_are_hidden_one_by_one_and_nothing_else_is() {
        let hidden = mask("first line\n}\nlast line\n");
        assert_eq!(hidden.hide("a first line } b"), "a … } b");
        assert_eq!(SharedMask::default().hide("plain"), "plain");
        assert_eq!(mask("").hide("plain"), "plain");
    }
}
