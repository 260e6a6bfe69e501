//! What probably made bytes differ.

use std::collections::BTreeMap;

use super::ByteDifference;

/// What an image says it was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    version: Option<String>,
    revision: Option<String>,
}

impl Origin {
    /// Reads it from labels, image-spec v1.1, `annotations.md`.
    pub fn of_labels(labels: &BTreeMap<String, String>) -> Self {
        let label = |name: &str| {
            labels
                .get(&format!("org.opencontainers.image.{name}"))
                .cloned()
        };
        Self {
            version: label("version"),
            revision: label("revision"),
        }
    }
}

/// Where a value that the linker sets, a constant, or an embedded file ends up.
const DATA: [&str; 6] = [
    ".rodata",
    ".data",
    ".go.module",
    ".noptrdata",
    "__rodata",
    "__data",
];

/// Returns what probably makes two Go programs differ that were built in the same way.
pub(super) fn of_go_program(bytes: &ByteDifference, [a, b]: [&Origin; 2]) -> Vec<String> {
    let mut hints = Vec::new();
    let mut from = |what: &str, a: &Option<String>, b: &Option<String>| {
        if let (Some(a), Some(b)) = (a, b)
            && a != b
        {
            hints.push(format!("the images say that their {what} is {a}, and {b}"));
        }
    };
    from("revision", &a.revision, &b.revision);
    from("version", &a.version, &b.version);
    hints.extend(of_sections(bytes));
    hints
}

/// Returns what probably makes two programs differ that do not say how they were built.
pub(super) fn of_executable(bytes: &ByteDifference) -> Vec<String> {
    of_sections(bytes).into_iter().collect()
}

fn of_sections(bytes: &ByteDifference) -> Option<String> {
    let names: Vec<&str> = bytes
        .sections
        .iter()
        .map(|section| section.name.as_str())
        .collect();
    let one_sided = bytes
        .sections
        .iter()
        .find(|section| section.size_a.is_none() || section.size_b.is_none());
    let texts = [&bytes.text_a, &bytes.text_b];
    let hint = if names.is_empty() {
        return None;
    } else if let Some(section) = one_sided {
        if is_for_debuggers(&section.name) {
            "one of them has symbols or debug information: built with and without -ldflags='-s -w', or stripped afterwards"
        } else {
            "they have different sections: built for another system, by another linker, or in another mode"
        }
    } else if names.iter().all(|name| name.contains("buildid")) {
        "only the build ID differs: build with -ldflags=-buildid= and -trimpath"
    } else if texts.into_iter().flatten().any(|text| is_path(text)) {
        "a path of the machine that built it is in it: build with -trimpath"
    } else if names
        .iter()
        .all(|name| DATA.contains(name) || name.contains("buildid"))
    {
        "the code is the same, only data differs: a value set by -ldflags=-X, a constant or an embedded file"
    } else {
        "the code differs: other source, other values of stamps (-ldflags=-X), or flags that a program does not record, such as -gcflags with -trimpath"
    };
    Some(hint.to_owned())
}

fn is_for_debuggers(name: &str) -> bool {
    [
        ".symtab", ".strtab", ".debug", ".zdebug", "__debug", "__zdebug",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
}

fn is_path(text: &str) -> bool {
    [
        "/home/",
        "/root/",
        "/tmp/",
        "/Users/",
        "/build/",
        ":\\Users\\",
    ]
    .iter()
    .any(|folder| text.contains(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::SectionDifference;

    fn bytes(sections: &[&str], text: &str) -> ByteDifference {
        let section = |name: &&str| SectionDifference {
            name: (*name).to_owned(),
            size_a: Some(1),
            size_b: Some(1),
            first: Some(0),
        };
        ByteDifference {
            sections: sections.iter().map(section).collect(),
            text_a: Some(text.to_owned()),
            ..ByteDifference::default()
        }
    }

    #[test]
    fn sections_tell_what_probably_happened() {
        for (sections, text, expected) in [
            (&[".note.go.buildid"][..], "", "only the build ID differs"),
            (&[".rodata", ".note.go.buildid"], "v1", "only data differs"),
            (&[".rodata"], "/home/me/app", "a path of the machine"),
            (&[".text", ".rodata"], "", "the code differs"),
        ] {
            let hints = of_executable(&bytes(sections, text));
            assert!(hints[0].contains(expected), "{sections:?}: {hints:?}");
        }
        assert!(of_executable(&bytes(&[], "")).is_empty());
        let mut stripped = bytes(&[".symtab"], "");
        stripped.sections[0].size_b = None;
        assert!(of_executable(&stripped)[0].contains("symbols"));
    }

    #[test]
    fn what_images_say_of_their_source_comes_first() {
        let origin = |revision: &str| {
            let label = ("org.opencontainers.image.revision", revision);
            let labels = [label].map(|(name, value)| (name.to_owned(), value.to_owned()));
            Origin::of_labels(&labels.into())
        };
        let hints = of_go_program(&bytes(&[".text"], ""), [&origin("abc"), &origin("def")]);
        assert_eq!(
            hints[0],
            "the images say that their revision is abc, and def"
        );
        assert_eq!(hints.len(), 2);
    }
}
