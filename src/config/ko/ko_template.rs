//! ko's templates in ours.

use std::ffi::OsStr;

use crate::model::Environment;

/// ko's fields, and ours.
const FIELDS: [(&str, &str); 6] = [
    (".Git.Tag", "{version}"),
    (".Git.FullCommit", "{commit}"),
    (".Git.ShortCommit", "{short}"),
    (".Git.Branch", "{branch}"),
    (".Git.CommitDate", "{date}"),
    (".Date", "{date}"),
];

/// The variables that `{{.Env.NAME}}` means.
#[derive(Debug, Clone)]
pub(super) struct Variables<'a> {
    /// What `.ko.yaml` sets for the build, as `NAME=VALUE`.
    pub(super) own: &'a [String],
    /// The environment, where it may count.
    pub(super) around: Option<&'a Environment>,
}

/// Why a template has no counterpart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TemplateFault {
    /// A variable that is another one on each machine.
    #[error("what {0} is, each machine says for itself\nwrite the value in its place")]
    OfMachine(String),
    /// A variable that is not there.
    #[error("there is no variable {0}\nset it: export {0}=…")]
    Missing(String),
    /// Its value would be read as a template again.
    #[error("the value of {0} holds \"{{{{\"")]
    Braces(String),
    /// A field, or a whole program.
    #[error(
        "{{{{{0}}}}} is none of {{{{.Env.NAME}}}}, {{{{.Git.Tag}}}}, {{{{.Git.FullCommit}}}}, {{{{.Git.ShortCommit}}}}, {{{{.Git.Branch}}}}, {{{{.Git.CommitDate}}}} and {{{{.Date}}}}"
    )]
    Field(String),
}

impl Variables<'_> {
    /// Puts the values of variables in the place of `{{.Env.NAME}}`.
    pub(super) fn expand(&self, text: &str) -> Result<String, TemplateFault> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, field, after)) = next_field(rest) {
            expanded += before;
            expanded += &match field.strip_prefix(".Env.") {
                Some(name) => self.value(name)?,
                None => ["{{", field, "}}"].concat(),
            };
            rest = after;
        }
        Ok(expanded + rest)
    }

    fn value(&self, name: &str) -> Result<String, TemplateFault> {
        let own = self.own.iter().rev().find_map(|entry| {
            let (known, value) = entry.split_once('=')?;
            (known == name).then(|| value.to_owned())
        });
        let value = match (own, self.around) {
            (Some(value), _) => value,
            (None, None) => return Err(TemplateFault::OfMachine(name.to_owned())),
            (None, Some(around)) => match around.get_even_empty(name).and_then(OsStr::to_str) {
                Some(value) => value.to_owned(),
                // ko has this one for whoever sets none.
                None if name == "LDFLAGS" => String::new(),
                None => return Err(TemplateFault::Missing(name.to_owned())),
            },
        };
        if value.contains("{{") {
            return Err(TemplateFault::Braces(name.to_owned()));
        }
        Ok(value)
    }
}

/// Writes a template of ko's as one of ours.
pub(super) fn template(text: &str) -> Result<String, TemplateFault> {
    let mut ours = String::new();
    let mut rest = text;
    while let Some((before, field, after)) = next_field(rest) {
        let known = FIELDS.iter().find(|(name, _)| *name == field);
        let (_, own) = known.ok_or_else(|| TemplateFault::Field(field.to_owned()))?;
        ours += &braces(before);
        ours += own;
        rest = after;
    }
    Ok(ours + &braces(rest))
}

/// Returns what is before the first field, the field, and what is after it.
fn next_field(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (field, after) = rest.split_once("}}")?;
    Some((before, field.trim_matches('-').trim(), after))
}

fn braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_their_counterparts() {
        assert_eq!(
            template("v{{ .Git.Tag }}-{{- .Git.FullCommit -}}{").unwrap(),
            "v{version}-{commit}{{"
        );
        assert!(template("{{if .Git.IsDirty}}x{{end}}").is_err());
    }

    #[test]
    fn variables_are_those_of_the_build_and_then_of_the_environment() {
        let own = ["A=own".to_owned()];
        let around = Environment::new(
            [("A", "around"), ("B", "b"), ("C", "{{.Date}}")]
                .map(|(name, value)| (name.into(), value.into())),
        );
        let variables = Variables {
            own: &own,
            around: Some(&around),
        };
        let expand = |text| variables.expand(text);
        assert_eq!(
            expand("{{.Env.A}}{{ .Env.B }}{{.Date}}").unwrap(),
            "ownb{{.Date}}"
        );
        assert_eq!(expand("-s{{.Env.LDFLAGS}}").unwrap(), "-s");
        assert_eq!(
            expand("{{.Env.D}}"),
            Err(TemplateFault::Missing("D".to_owned()))
        );
        assert_eq!(
            expand("{{.Env.C}}"),
            Err(TemplateFault::Braces("C".to_owned()))
        );
        let unknown = Variables {
            own: &own,
            around: None,
        };
        assert_eq!(
            unknown.expand("{{.Env.LDFLAGS}}"),
            Err(TemplateFault::OfMachine("LDFLAGS".to_owned()))
        );
    }
}
