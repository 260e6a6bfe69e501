//! What templates are made of.

use std::str::FromStr;

use super::nearest::nearest;
use super::template::TemplateValues;
use crate::model::Platform;

/// The parts of a template, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

/// A place to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    ImportPath,
    ImportBase,
    ImportMd5,
    Version,
    Commit,
    Short,
    Branch,
    Date,
    Os,
    Arch,
}

const FIELDS: [(&str, Field); 11] = [
    ("name", Field::Name),
    ("import_path", Field::ImportPath),
    ("import_base", Field::ImportBase),
    ("import_md5", Field::ImportMd5),
    ("version", Field::Version),
    ("commit", Field::Commit),
    ("short", Field::Short),
    ("branch", Field::Branch),
    ("date", Field::Date),
    ("os", Field::Os),
    ("arch", Field::Arch),
];

/// Why a text cannot be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartsError {
    /// A field that does not exist.
    #[error("unknown template {{{name}}}\n{hint}")]
    Unknown {
        /// What stands between the braces.
        name: String,
        /// What may be meant.
        hint: String,
    },
    /// A brace that opens or closes nothing.
    #[error("{0:?} has no partner\nwrite {0}{0} where the character itself is meant")]
    Unpaired(char),
}

impl Parts {
    /// Makes a template of one field alone.
    pub(super) fn of_field(field: Field) -> Self {
        Self(vec![Part::Field(field)])
    }

    /// Makes a template of text that is to stay as it is.
    pub(super) fn of_text(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }

    /// Fills in the fields; those of a platform are empty where there is none.
    pub(super) fn render(
        &self,
        values: &TemplateValues<'_>,
        platform: Option<&Platform>,
    ) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text,
                Part::Field(field) => field.value(values, platform),
            })
            .collect()
    }

    /// Returns the text that these parts are written as.
    pub(super) fn to_text(&self) -> String {
        let written = self.0.iter().map(|part| match part {
            Part::Text(text) => text.replace('{', "{{").replace('}', "}}"),
            Part::Field(field) => {
                let known = FIELDS.iter().find(|(_, known)| known == field);
                known.map_or_else(String::new, |(name, _)| format!("{{{name}}}"))
            }
        });
        written.collect()
    }

    /// Returns a pattern of all that can come out; a field stands for part of one name.
    pub(super) fn to_glob(&self) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => globset::escape(text),
                Part::Field(_) => "*".to_owned(),
            })
            .collect()
    }

    /// Tells whether `field` is among the parts.
    pub(super) fn has(&self, field: Field) -> bool {
        self.0.contains(&Part::Field(field))
    }

    /// Returns the first field that needs a platform.
    pub(super) fn platform_field(&self) -> Option<&'static str> {
        self.0.iter().find_map(|part| match part {
            Part::Field(Field::Os) => Some("os"),
            Part::Field(Field::Arch) => Some("arch"),
            _ => None,
        })
    }
}

impl Field {
    fn value<'a>(self, values: &TemplateValues<'a>, platform: Option<&'a Platform>) -> &'a str {
        match self {
            Self::Name => values.name,
            Self::ImportPath => values.import_path,
            Self::ImportBase => values.import_base,
            Self::ImportMd5 => values.import_md5,
            Self::Version => values.version,
            Self::Commit => values.commit,
            Self::Short => values.short,
            Self::Branch => values.branch,
            Self::Date => values.date,
            Self::Os => platform.map_or("", Platform::os),
            Self::Arch => platform.map_or("", Platform::arch),
        }
    }
}

impl FromStr for Field {
    type Err = PartsError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = FIELDS.iter().find(|(known, _)| *known == name);
        known.map(|&(_, field)| field).ok_or_else(|| {
            let names = FIELDS.map(|(name, _)| name);
            let hint = match nearest(name, names) {
                Some(near) => format!("did you mean {{{near}}}?"),
                None => format!("known are {{{}}}", names.join("} {")),
            };
            PartsError::Unknown {
                name: name.escape_debug().to_string(),
                hint,
            }
        })
    }
}

impl FromStr for Parts {
    type Err = PartsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, braces) = rest.split_at(at);
            let (part, after) = split_brace(braces)?;
            parts.extend([Part::Text(before.to_owned()), part]);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Self(parts))
    }
}

/// Takes what the brace at the start of `text` begins; returns it and the rest.
fn split_brace(text: &str) -> Result<(Part, &str), PartsError> {
    for (doubled, one) in [("{{", "{"), ("}}", "}")] {
        if let Some(rest) = text.strip_prefix(doubled) {
            return Ok((Part::Text(one.to_owned()), rest));
        }
    }
    let inner = text.strip_prefix('{').ok_or(PartsError::Unpaired('}'))?;
    let (name, rest) = inner.split_once('}').ok_or(PartsError::Unpaired('{'))?;
    Ok((Part::Field(name.parse()?), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALUES: TemplateValues<'static> = TemplateValues {
        name: "api",
        import_path: "example.com/shop/cmd/api",
        import_base: "api",
        import_md5: "3fe1",
        version: "v1.2.3",
        commit: "0123456789abcdef",
        short: "0123456",
        branch: "main",
        date: "2026-01-31T12:00:00Z",
    };

    #[test]
    fn every_field_has_its_value() {
        let platform: Platform = "linux/arm/v7".parse().unwrap();
        for (name, value) in [
            ("name", "api"),
            ("import_path", "example.com/shop/cmd/api"),
            ("import_base", "api"),
            ("import_md5", "3fe1"),
            ("version", "v1.2.3"),
            ("commit", "0123456789abcdef"),
            ("short", "0123456"),
            ("branch", "main"),
            ("date", "2026-01-31T12:00:00Z"),
            ("os", "linux"),
            ("arch", "arm"),
        ] {
            let parts: Parts = format!("<{{{name}}}>").parse().unwrap();
            assert_eq!(parts.render(&VALUES, Some(&platform)), format!("<{value}>"));
        }
    }

    #[test]
    fn braces_come_in_pairs() {
        let error = |text: &str| text.parse::<Parts>().unwrap_err().to_string();
        assert_eq!(
            error("a{"),
            "'{' has no partner\nwrite {{ where the character itself is meant"
        );
        assert_eq!(
            error("a}b"),
            "'}' has no partner\nwrite }} where the character itself is meant"
        );
        assert_eq!(
            error("{versoin}"),
            "unknown template {versoin}\ndid you mean {version}?"
        );
        assert_eq!(
            error("{}"),
            "unknown template {}\nknown are {name} {import_path} {import_base} {import_md5} {version} {commit} {short} {branch} {date} {os} {arch}"
        );
    }

    proptest! {
        #[test]
        fn text_without_fields_means_itself(text in "\\PC*") {
            let escaped = text.replace('{', "{{").replace('}', "}}");
            let parts: Parts = escaped.parse().unwrap();
            prop_assert_eq!(parts.render(&VALUES, None), text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[{}a-z ]*") {
            let _ = text.parse::<Parts>();
        }
    }
}
