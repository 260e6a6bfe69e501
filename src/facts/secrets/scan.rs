//! Looking for secrets in files of any size.

use std::error::Error;

use regex::bytes::{Captures, Regex};

use super::Suspect;
use super::kinds::Pattern;
use super::window::Window;
use crate::model::{BuildError, Cancellation, ExitCode, Phase, SourcePath};
use crate::ports::SourceTree;

/// How many findings of one file are told: one is enough to refuse it.
const FINDINGS_LIMIT: usize = 3;

/// Joins the patterns to one expression, a group each.
///
/// # Errors
/// When one of them is none, which is a fault of coracle's own.
pub(super) fn joined(patterns: &[Pattern]) -> Result<Regex, BuildError> {
    let groups: Vec<String> = patterns
        .iter()
        .map(|pattern| format!("({})", pattern.expression))
        .collect();
    Regex::new(&format!("(?-u){}", groups.join("|"))).map_err(|error| {
        BuildError::new(Phase::Facts, "", "cannot look for secrets")
            .because(error)
            .exit(ExitCode::Internal)
    })
}

/// Looks for all patterns at once.
pub(super) struct Scanner<'a> {
    regex: Regex,
    patterns: &'a [Pattern],
    cancellation: &'a Cancellation,
}

impl<'a> Scanner<'a> {
    /// Gets ready to look for `patterns`.
    pub(super) fn new(
        patterns: &'a [Pattern],
        cancellation: &'a Cancellation,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            regex: joined(patterns)?,
            patterns,
            cancellation,
        })
    }

    /// Returns the first findings in the file at `path`, at most one a line.
    pub(super) fn scan(
        &self,
        tree: &dyn SourceTree,
        path: &SourcePath,
    ) -> Result<Vec<Suspect>, BuildError> {
        let failed = |source: Box<dyn Error + Send + Sync>| {
            BuildError::new(Phase::Facts, path, "cannot read what is to be copied").because(source)
        };
        let source = tree.open(path).map_err(|error| failed(error.into()))?;
        let reader = source.open().map_err(|error| failed(error.into()))?;
        let mut window = Window::new(reader).map_err(|error| failed(error.into()))?;
        let mut findings: Vec<Suspect> = Vec::new();
        loop {
            if self.cancellation.is_stopped() {
                return Err(failed("stopped".into()));
            }
            self.scan_window(&mut window, path, &mut findings);
            let is_more = window.advance().map_err(|error| failed(error.into()))?;
            if !is_more || findings.len() >= FINDINGS_LIMIT {
                findings.truncate(FINDINGS_LIMIT);
                return Ok(findings);
            }
        }
    }

    fn scan_window(&self, window: &mut Window, path: &SourcePath, findings: &mut Vec<Suspect>) {
        loop {
            let (bytes, from) = window.view();
            let Some(captures) = self.regex.captures_at(bytes, from) else {
                return;
            };
            let kind = kind(self.patterns, &captures);
            let span = captures.get_match().range();
            let Some(line) = window.settle(span.start, span.end) else {
                return;
            };
            let is_new = findings.last().is_none_or(|last| last.line != Some(line));
            findings.extend(kind.filter(|_| is_new).map(|kind| Suspect {
                path: path.clone(),
                line: Some(line),
                kind,
            }));
        }
    }
}

/// Returns the kind of what was found.
pub(super) fn kind(patterns: &[Pattern], captures: &Captures<'_>) -> Option<&'static str> {
    let groups = captures.iter().skip(1);
    let (pattern, found) = patterns
        .iter()
        .zip(groups)
        .find_map(|(pattern, group)| Some((pattern, group?)))?;
    // Amazon's own documentation has such a key, which ends like this.
    let is_example = found.as_bytes().ends_with(b"EXAMPLE");
    (!is_example).then_some(pattern.kind)
}

#[cfg(test)]
mod tests {
    use super::super::kinds::patterns;
    use super::super::window::{LONGEST_MATCH, WINDOW};
    use super::*;
    use crate::ports::MemoryTree;

    fn scan(name: &str, text: &[u8]) -> Vec<(u64, &'static str)> {
        let tree = MemoryTree::default().file(name, text);
        let cancellation = Cancellation::default();
        let patterns = patterns(name);
        let scanner = Scanner::new(&patterns, &cancellation).unwrap();
        let findings = scanner.scan(&tree, &name.parse().unwrap()).unwrap();
        findings
            .into_iter()
            .map(|finding| (finding.line.unwrap(), finding.kind))
            .collect()
    }

    /// Joins the parts of a made-up secret, so that no scanner takes this file for one.
    fn secret(parts: &[&str]) -> String {
        parts.concat()
    }

    fn pem(name: &str, end: &str) -> String {
        secret(&["x-----BEGIN", " ", name, "-----", end])
    }

    #[test]
    fn secrets_are_known_by_their_looks() {
        let x = |count: usize| "Ab3".repeat(30)[..count].to_owned();
        for (name, text, kind) in [
            ("tls.key", pem("PRIVATE KEY", "\n"), "a private key"),
            ("tls.key", pem("RSA PRIVATE KEY", "\r\n"), "a private key"),
            ("key", pem("OPENSSH PRIVATE KEY", " \n"), "a private key"),
            ("key", pem("PGP PRIVATE KEY BLOCK", "\n"), "a private key"),
            ("sa.json", pem("PRIVATE KEY", "\\nMII"), "a private key"),
            (
                "a",
                secret(&["id=AKIA", "QYLPMN5HFIQR7XYA\n"]),
                "an AWS access key",
            ),
            ("a", secret(&["gh", "p_", &x(36)]), "a GitHub token"),
            (
                "a",
                secret(&["github_", "pat_", &x(22), "_", &x(59)]),
                "a GitHub token",
            ),
            ("a", secret(&["gl", "pat-", &x(20)]), "a GitLab token"),
            ("a", secret(&["xox", "b-", &x(24)]), "a Slack token"),
            ("a", secret(&["AI", "za", &x(35)]), "a Google API key"),
            ("a", secret(&["npm", "_", &x(36)]), "an npm token"),
            ("a", secret(&["sk_", "live_", &x(24)]), "a Stripe key"),
            (
                "a",
                secret(&["dckr_", "pat_", &x(27)]),
                "a Docker Hub token",
            ),
            ("a", secret(&["hf", "_", &x(34)]), "a Hugging Face token"),
            (
                "a",
                secret(&[" client-key-", "data: ", &x(40)]),
                "a client's key of Kubernetes",
            ),
            (
                "config.json",
                secret(&["{\"auth\" : \"", &x(16), "\"}"]),
                "a registry's password",
            ),
            (
                ".npmrc",
                secret(&["//r/:_auth", "Token=", &x(16)]),
                "an npm registry's token",
            ),
        ] {
            assert_eq!(scan(name, text.as_bytes()), [(1, kind)], "{kind}");
        }
    }

    #[test]
    fn passwords_are_known_in_files_of_variables() {
        for (name, text, kind) in [
            (
                "prod.env",
                secret(&["DB_PASS", "WORD=\"s3cr3tvalue\"\n"]),
                "a password or token of an environment",
            ),
            (
                ".envrc",
                secret(&["export STRIPE_API_", "KEY=abcdef123\n"]),
                "a password or token of an environment",
            ),
            (
                "prod.env",
                secret(&["DATABASE_URL=postgres://app:", "hunter2@db/app\n"]),
                "a password in a URL",
            ),
        ] {
            assert_eq!(scan(name, text.as_bytes()), [(1, kind)], "{kind}");
        }
    }

    #[test]
    fn what_means_nothing_in_a_file_hides_no_secret() {
        let text = secret(&["API_TOKEN=gh", "p_", &"x1".repeat(18)]);
        assert_eq!(scan("a.sh", text.as_bytes()), [(1, "a GitHub token")]);
    }

    #[test]
    fn what_only_speaks_of_secrets_is_none() {
        for (name, text) in [
            ("a", pem("CERTIFICATE", "\n")),
            ("a", pem("PUBLIC KEY", "\n")),
            ("a", pem("PRIVATE KEY", "\" is how it begins\n")),
            ("a", secret(&["AKIA", "IOSFODNN7EXAMPLE"])),
            ("a", secret(&["gh", "p_short"])),
            ("a", "{\"auth\": \"QWxhZGRpbjpvcGVu\"}".to_owned()),
            (".npmrc", "//r/:_authToken=${NPM_TOKEN}\n".to_owned()),
            ("a", secret(&["hf", "_short"])),
            ("app.env", "PORT=8080\nLOG_LEVEL=debug\n".to_owned()),
            ("app.env", "PASSWORD=\nTOKEN=${TOKEN}\n".to_owned()),
            (
                "app.env",
                "PASSWORD=<yours>\nDB_SECRET_FILE=/run/x\n".to_owned(),
            ),
            ("app.env", "API_TOKEN=/run/secrets/token\n".to_owned()),
            (
                "app.env",
                "URL=postgres://app:$PASSWORD@db/app\n".to_owned(),
            ),
            ("example.env", "PASSWORD=changeme-please\n".to_owned()),
            ("a.go", "PASSWORD=s3cr3tvalue\n".to_owned()),
        ] {
            assert_eq!(scan(name, text.as_bytes()), [], "{text}");
        }
    }

    #[test]
    fn a_secret_is_found_wherever_it_lies_and_its_line_told() {
        let token = secret(&["gh", "p_", &"x1".repeat(18)]);
        let edge = WINDOW - LONGEST_MATCH;
        for offset in [
            0,
            1,
            edge - 1,
            edge,
            edge + 1,
            WINDOW - 20,
            WINDOW,
            3 * WINDOW - 1,
        ] {
            let feeds = "\n".repeat(offset);
            let text = format!("{feeds}{token}{}", "\n".repeat(2 * LONGEST_MATCH));
            let found = [(offset as u64 + 1, "a GitHub token")];
            assert_eq!(scan("a", text.as_bytes()), found, "{offset}");
            let inside_word = format!("{}y{token}\n{feeds}", "y".repeat(offset));
            assert_eq!(scan("a", inside_word.as_bytes()), [], "{offset}");
        }
    }

    #[test]
    fn findings_are_few_and_one_a_line() {
        let token = secret(&["gh", "p_", &"x1".repeat(18)]);
        let text = format!("{token} {token}\n").repeat(50);
        let findings = scan("a", text.as_bytes());
        let lines: Vec<u64> = findings.into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }
}
