//! What secrets look like.

/// A kind of secret that is known by its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pattern {
    /// What it is, in words.
    pub(super) kind: &'static str,
    /// Its regular expression; no match is longer than [`super::window::LONGEST_MATCH`].
    pub(super) expression: &'static str,
    /// The names of the files in which the text means a secret, whole or as `*.END`; none where it
    /// does in all.
    names: &'static [&'static str],
}

impl Pattern {
    /// Tells whether the text means a secret in a file of this name.
    fn is_meant_in(&self, name: &str) -> bool {
        let fits = |wanted: &&str| match wanted.strip_prefix('*') {
            Some(end) => name
                .strip_suffix(end)
                .is_some_and(|stem| !EXAMPLES.contains(&stem)),
            None => *wanted == name,
        };
        self.names.is_empty() || self.names.iter().any(fits)
    }
}

/// The forms that the issuers document, wherever they stand.
const EVERYWHERE: [(&str, &str); 13] = [
    (
        "a private key",
        // In JSON the line's end is written as an escape.
        r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----[ \t]{0,8}(?:[\r\n]|\\[rn])",
    ),
    ("a private key of PuTTY", "PuTTY-User-Key-File-[0-9]: "),
    ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36}"),
    (
        "a GitHub token",
        r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
    ),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20}"),
    ("a Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{20}"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    (
        "a Docker Hub token",
        r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27}",
    ),
    ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{34}\b"),
    ("a Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{16}"),
    (
        "a client's key of Kubernetes",
        r"\bclient-key-data:[ \t]{0,8}[A-Za-z0-9+/]{20}",
    ),
];

/// Forms that mean a secret only in files of certain names.
const IN_FILES: [(&str, &str, &[&str]); 4] = [
    (
        "a registry's password",
        r#""auth"\s{0,8}:\s{0,8}"[A-Za-z0-9+/]{8}"#,
        &[
            "config.json",
            "auth.json",
            ".dockercfg",
            ".dockerconfigjson",
        ],
    ),
    (
        "an npm registry's token",
        r"_(?:authToken|auth|password)\s{0,8}=\s{0,8}[^\s$]{8}",
        &[".npmrc", "npmrc"],
    ),
    // Many such files hold nothing but ports and levels of logs, so a value has to be there that is
    // no reference to another variable, no path and no gap to be filled in.
    (
        "a password or token of an environment",
        r#"(?i:\b[A-Z0-9_]{0,64}(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)[ \t]{0,8}=[ \t]{0,8}["']?[^\s"'$</{#]{6})"#,
        ENVIRONMENTS,
    ),
    (
        "a password in a URL",
        r"\b[a-z][a-z0-9+]{1,15}://[^\s:/@]{0,64}:[^\s:/@$<{]{3,64}@",
        ENVIRONMENTS,
    ),
];

/// Files that set variables, whose names alone do not tell whether one of them is secret.
const ENVIRONMENTS: &[&str] = &["*.env", ".envrc", "*.envrc"];

/// Returns the patterns that mean a secret in a file of this name. Others are not even looked for:
/// what they hold could hide what is meant, and one of them is slow.
pub(super) fn patterns(name: &str) -> Vec<Pattern> {
    let everywhere = EVERYWHERE
        .iter()
        .map(|&(kind, expression)| (kind, expression, [].as_slice()));
    everywhere
        .chain(IN_FILES)
        .map(|(kind, expression, names)| Pattern {
            kind,
            expression,
            names,
        })
        .filter(|pattern| pattern.is_meant_in(name))
        .collect()
}

/// Returns what a file of this name holds, where the name alone tells.
pub(super) fn kind_of_name(name: &str) -> Option<&'static str> {
    match name {
        ".env" => Some(ENVIRONMENT),
        "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ecdsa_sk" | "id_ed25519" | "id_ed25519_sk" => {
            Some("a private key of SSH")
        }
        ".netrc" | "_netrc" | ".git-credentials" => Some("a file of passwords"),
        _ => name
            .strip_prefix(".env.")
            .is_some_and(|suffix| !EXAMPLES.contains(&suffix))
            .then_some(ENVIRONMENT),
    }
}

const ENVIRONMENT: &str = "an environment file with secrets";

/// What files are called that show others how to write theirs.
const EXAMPLES: [&str; 5] = ["example", "sample", "template", "dist", "defaults"];
