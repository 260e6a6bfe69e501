//! Secrets that are about to be published: found by their names and by their looks.

mod kinds;
mod scan;
mod values;
mod window;

use std::collections::BTreeSet;

use kinds::{kind_of_name, patterns};
use scan::Scanner;
pub use values::ValueScanner;

use super::files::Glob;
use crate::model::{BuildError, Cancellation, ExitCode, Phase, SourcePath};
use crate::ports::SourceTree;

/// A place that looks like a secret. The secret itself is never kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suspect {
    /// The file.
    pub path: SourcePath,
    /// Its line, counted from 1; none where the name alone tells.
    pub line: Option<u64>,
    /// What it looks like, in words.
    pub kind: &'static str,
}

/// Files that may go into an image though they look like secrets.
#[derive(Debug, Clone, Copy)]
pub struct AllowedSecrets<'a> {
    /// Paths or patterns, relative to the project's folder.
    pub patterns: &'a [SourcePath],
    /// The project's folder.
    pub folder: &'a SourcePath,
}

/// Reads each of `files` once, and returns what looks like a secret in them and is not allowed.
///
/// # Errors
/// When a file cannot be read, or the run is told to stop.
pub fn find_secrets(
    tree: &dyn SourceTree,
    files: &BTreeSet<SourcePath>,
    allowed: &AllowedSecrets<'_>,
    cancellation: &Cancellation,
) -> Result<Vec<Suspect>, BuildError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let allows = allowed.matcher();
    let usual = patterns("");
    let scanner = Scanner::new(&usual, cancellation)?;
    let mut suspects = Vec::new();
    for path in files.iter().filter(|path| !allows(path)) {
        if let Some(kind) = kind_of_name(path.file_name()) {
            suspects.push(Suspect {
                path: path.clone(),
                line: None,
                kind,
            });
            continue;
        }
        let own = patterns(path.file_name());
        suspects.extend(if own.len() == usual.len() {
            scanner.scan(tree, path)?
        } else {
            Scanner::new(&own, cancellation)?.scan(tree, path)?
        });
    }
    Ok(suspects)
}

/// Refuses what looks like a secret.
///
/// # Errors
/// When anything does.
pub fn refuse_secrets(
    suspects: &[Suspect],
    allowed: &AllowedSecrets<'_>,
) -> Result<(), BuildError> {
    refusal(suspects, allowed).map_or(Ok(()), Err)
}

impl AllowedSecrets<'_> {
    /// Returns what tells whether a file is allowed. A path that is no pattern means itself alone.
    fn matcher(&self) -> impl Fn(&SourcePath) -> bool {
        let patterns = self.patterns.iter().map(SourcePath::as_str);
        let allowed: Vec<_> = patterns
            .map(|text| (text, Glob::parse(text).ok()))
            .collect();
        move |path| {
            let name = self.name(path);
            allowed.iter().any(|(text, glob)| {
                *text == name || glob.as_ref().is_some_and(|glob| glob.holds(name))
            })
        }
    }

    /// Returns what the file is called in coracle.toml.
    fn name<'p>(&self, path: &'p SourcePath) -> &'p str {
        path.below(self.folder).unwrap_or(path.as_str())
    }
}

fn refusal(findings: &[Suspect], allowed: &AllowedSecrets<'_>) -> Option<BuildError> {
    let (first, others) = findings.split_first()?;
    let mut error =
        BuildError::new(Phase::Facts, place(first), says(first)).exit(ExitCode::Refused);
    if !others.is_empty() {
        let lines: Vec<String> = others
            .iter()
            .map(|finding| format!("{}: {}", place(finding), says(finding)))
            .collect();
        error = error.because(format!("it is not alone\n{}", lines.join("\n")));
    }
    let names: BTreeSet<String> = findings
        .iter()
        .map(|finding| format!("{:?}", allowed.name(&finding.path)))
        .collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    Some(
        error
            .hint("who can pull the image can read it: leave it out, and hand it over when the image runs")
            .hint(format!(
                "if it is no secret, say so in coracle.toml: [secrets] allow = [{names}]"
            )),
    )
}

fn place(finding: &Suspect) -> String {
    match finding.line {
        Some(line) => format!("{}:{line}", finding.path),
        None => finding.path.to_string(),
    }
}

fn says(finding: &Suspect) -> String {
    format!("this looks like {}", finding.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemoryTree;

    fn refused(allow: &[&str]) -> Option<BuildError> {
        let token = ["gh", "p_", &"x1".repeat(18)].concat();
        let tree = MemoryTree::of_files(&[
            ("app/config/.env", "A=b"),
            ("app/config/.env.example", "A="),
            ("app/config/.env.prod", "A=b"),
            ("app/config/app.yaml", &format!("a: 1\ntoken: {token}\n")),
            ("lib/id_ed25519", ""),
            ("lib/id_ed25519.pub", ""),
        ]);
        let files = [
            "app/config/.env",
            "app/config/.env.example",
            "app/config/.env.prod",
            "app/config/app.yaml",
            "lib/id_ed25519",
            "lib/id_ed25519.pub",
        ];
        let allow: Vec<SourcePath> = allow.iter().map(|path| path.parse().unwrap()).collect();
        let allowed = AllowedSecrets {
            patterns: &allow,
            folder: &"app".parse().unwrap(),
        };
        let files = files.iter().map(|path| path.parse().unwrap()).collect();
        let suspects = find_secrets(&tree, &files, &allowed, &Cancellation::default()).unwrap();
        refuse_secrets(&suspects, &allowed).err()
    }

    #[test]
    fn secrets_are_refused_with_their_place_and_without_themselves() {
        let error = refused(&[]).unwrap();
        assert_eq!(error.exit_code(), ExitCode::Refused);
        assert_eq!(
            error.to_string(),
            "[facts] app/config/.env: this looks like an environment file with secrets"
        );
        let others = error.causes().next().unwrap().to_string();
        let lines: Vec<&str> = others.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "app/config/.env.prod: this looks like an environment file with secrets",
                "app/config/app.yaml:2: this looks like a GitHub token",
                "lib/id_ed25519: this looks like a private key of SSH",
            ]
        );
        assert!(error.hints[1].ends_with(
            r#"[secrets] allow = ["config/.env", "config/.env.prod", "config/app.yaml", "lib/id_ed25519"]"#
        ));
    }

    #[test]
    fn what_is_allowed_by_path_or_pattern_passes() {
        let error = refused(&["config/.env", "config/app.yaml", "lib/id_ed25519"]).unwrap();
        assert!(error.target.ends_with(".env.prod"));
        assert!(refused(&["config/.env*", "config/*.yaml", "lib"]).is_none());
    }
}
