//! What holds of an image, as people read about it.

use std::io::{self, Write};

use super::verification::{BaseVerdict, RebuiltImage, Verification, VerifiedBase};
use super::write_comparison;
use crate::model::ForeignText;

/// The width of the longest kind that has a short name, and a space.
const KIND: usize = 12;

/// Writes the image's digest, and a line for each thing that was found.
///
/// Whatever others say passes [`ForeignText`].
///
/// # Errors
/// Those of the writer.
pub fn write_verification(to: &mut dyn Write, found: &Verification) -> io::Result<()> {
    writeln!(to, "{}", found.digest)?;
    for said in &found.statements {
        let text = format!("{} by {}", said.found_in, said.signed_by);
        line(to, &said.kind, &text)?;
        for (key, value) in &said.annotations {
            line(to, "", &format!("{key}={value}"))?;
        }
    }
    for base in &found.bases {
        line(to, "base", &base_text(base))?;
    }
    for refused in &found.refused {
        let kind = refused.kind.as_deref();
        let kind = kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
        let text = format!("{}{kind}: {}", refused.found_in, refused.reason);
        line(to, "worthless", &text)?;
    }
    match &found.rebuilt {
        None => Ok(()),
        Some(rebuilt) => write_rebuilt(to, rebuilt),
    }
}

fn write_rebuilt(to: &mut dyn Write, rebuilt: &RebuiltImage) -> io::Result<()> {
    let from = format!("from {} with go {}", rebuilt.commit, rebuilt.go);
    match &rebuilt.comparison {
        None => line(to, "built again", &format!("the same, {from}")),
        Some(comparison) => {
            let digest = &rebuilt.digest;
            line(
                to,
                "built again",
                &format!("{digest}, which is another, {from}"),
            )?;
            write_comparison(to, comparison)
        }
    }
}

fn base_text(base: &VerifiedBase) -> String {
    let platforms = base.platforms.join(", ");
    let name = base.name.as_deref().unwrap_or_default();
    let reason = base.reason.as_deref().unwrap_or_default();
    match base.verdict {
        BaseVerdict::Holds => format!("{name}, of {platforms}"),
        BaseVerdict::Embedded => format!("static, of {platforms}"),
        BaseVerdict::NotNamed => format!("none is named, of {platforms}"),
        BaseVerdict::NotChecked => format!("{name}, of {platforms}, was not checked: {reason}"),
        BaseVerdict::Differs => format!("{name} is not that of {platforms}: {reason}"),
    }
}

fn line(to: &mut dyn Write, kind: &str, text: &str) -> io::Result<()> {
    let line = format!("{kind:KIND$} {text}");
    let shown = ForeignText::new(&line).to_string().replace('\n', " ");
    writeln!(to, "{shown}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::report::{ProvenStatement, RefusedStatement};

    #[test]
    fn each_thing_has_a_line() {
        let found = Verification {
            form: 1,
            image: "r.example/app:v1".to_owned(),
            digest: "sha256:00".to_owned(),
            statements: vec![ProvenStatement {
                kind: "signature".to_owned(),
                predicate_type: "https://sigstore.dev/cosign/sign/v1".to_owned(),
                found_in: "sha256:01".to_owned(),
                signed_by: "key abc=".to_owned(),
                annotations: BTreeMap::from([("stage".to_owned(), "test\nx\x1b[2J".to_owned())]),
            }],
            rebuilt: None,
            refused: vec![RefusedStatement {
                kind: Some("spdx".to_owned()),
                found_in: "sha256:02".to_owned(),
                reason: "it was not signed by this key".to_owned(),
            }],
            bases: vec![VerifiedBase {
                name: Some("r.example/base@sha256:03".to_owned()),
                platforms: vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()],
                verdict: BaseVerdict::Holds,
                reason: None,
            }],
        };
        let mut text = Vec::new();
        write_verification(&mut text, &found).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "sha256:00\n\
             signature    sha256:01 by key abc=\n\
             \x20            stage=test x\\u{1b}[2J\n\
             base         r.example/base@sha256:03, of linux/amd64, linux/arm64\n\
             worthless    sha256:02 (spdx): it was not signed by this key\n"
        );
    }
}
