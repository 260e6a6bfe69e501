//! What is different between two recipes.

use std::collections::BTreeMap;

use super::{EntryRecipe, ProgramRecipe, Recipe, RecipeContent};
use crate::model::Digest;

/// One difference between what a layer was made from and what it would be made from now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeChange {
    /// What is different: a path, or a setting.
    pub what: String,
    /// How it was; `None` where it was not there.
    pub before: Option<String>,
    /// How it is now; `None` where it is no more.
    pub now: Option<String>,
}

impl Recipe {
    /// Returns what is different since `before`, settings first, then files by their path.
    pub fn changes_since(&self, before: &Self) -> Vec<RecipeChange> {
        let mut settings = vec![
            value("coracle", &before.coracle, &self.coracle),
            value("compression", &before.compression, &self.compression),
        ];
        let files = match (&before.content, &self.content) {
            (RecipeContent::Program(before), RecipeContent::Program(now)) => {
                settings.extend(program(before, now));
                between(&digests(&before.inputs), &digests(&now.inputs))
            }
            (RecipeContent::Files(before), RecipeContent::Files(now)) => {
                between(&entries(before), &entries(now))
            }
            _ => vec![value("content", "another kind of layer", "this kind")],
        };
        let changes = settings.into_iter().chain(files);
        changes
            .filter(|change| change.before != change.now)
            .collect()
    }
}

fn program(before: &ProgramRecipe, now: &ProgramRecipe) -> Vec<RecipeChange> {
    let text = |path: &Option<String>| path.clone().unwrap_or_default();
    let list = |flags: &[String]| flags.join(" ");
    let (was, is) = (&before.settings, &now.settings);
    let mut changes = vec![
        value("go", &before.go, &now.go),
        value("toolchain", &before.toolchain, &now.toolchain),
        value("platform", &before.platform, &now.platform),
        value("main package", &before.package, &now.package),
        value("path", &before.to, &now.to),
        value("capabilities", &before.capabilities, &now.capabilities),
        value("workspace", &text(&before.workspace), &text(&now.workspace)),
        value("folder of flags", &text(&before.folder), &text(&now.folder)),
        value("flags", &list(&was.flags), &list(&is.flags)),
        value("ldflags", &list(&was.ldflags), &list(&is.ldflags)),
        value("tags", &list(&was.tags), &list(&is.tags)),
        value("debug", was.symbols.as_str(), is.symbols.as_str()),
    ];
    changes.extend(between(&was.env, &is.env));
    changes.extend(between(&was.stamps, &is.stamps));
    changes
}

fn value(what: &str, before: &str, now: &str) -> RecipeChange {
    RecipeChange {
        what: what.to_owned(),
        before: Some(before.to_owned()),
        now: Some(now.to_owned()),
    }
}

fn between(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<RecipeChange> {
    let gone = before.keys().filter(|what| !now.contains_key(*what));
    let mut all: Vec<&String> = now.keys().chain(gone).collect();
    all.sort();
    let change = |what: &String| RecipeChange {
        what: what.clone(),
        before: before.get(what).cloned(),
        now: now.get(what).cloned(),
    };
    all.into_iter().map(change).collect()
}

fn digests(inputs: &BTreeMap<String, Digest>) -> BTreeMap<String, String> {
    let texts = inputs.iter();
    texts
        .map(|(path, digest)| (path.clone(), digest.to_string()))
        .collect()
}

fn entries(entries: &BTreeMap<String, EntryRecipe>) -> BTreeMap<String, String> {
    let describe = |entry: &EntryRecipe| {
        let EntryRecipe {
            mode,
            owner,
            content,
        } = entry;
        format!("mode {mode}, owner {owner}, {content}")
    };
    let texts = entries.iter();
    texts
        .map(|(path, entry)| (path.clone(), describe(entry)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::GoSettings;

    fn recipe(inputs: &[(&str, &str)], version: &str) -> Recipe {
        let inputs = inputs.iter();
        Recipe {
            form: 1,
            coracle: "1".to_owned(),
            compression: "gzip level 5".to_owned(),
            content: RecipeContent::Program(Box::new(ProgramRecipe {
                go: "1.26.8".to_owned(),
                toolchain: String::new(),
                platform: "linux/amd64".to_owned(),
                package: "m/a".to_owned(),
                workspace: None,
                folder: None,
                settings: GoSettings {
                    stamps: [("main.version".to_owned(), version.to_owned())].into(),
                    ..GoSettings::default()
                },
                to: "/a".to_owned(),
                capabilities: String::new(),
                inputs: inputs
                    .map(|(path, text)| ((*path).to_owned(), Digest::of(text.as_bytes())))
                    .collect(),
            })),
        }
    }

    #[test]
    fn settings_come_first_and_then_files_by_path() {
        let before = recipe(&[("a.go", "1"), ("b.go", "1"), ("c.go", "1")], "v1");
        let now = recipe(&[("a.go", "1"), ("b.go", "2"), ("d.go", "1")], "v2");
        let changes = now.changes_since(&before);
        let shown: Vec<(&str, bool, bool)> = changes
            .iter()
            .map(|change| {
                let RecipeChange { what, before, now } = change;
                (what.as_str(), before.is_some(), now.is_some())
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("main.version", true, true),
                ("b.go", true, true),
                ("c.go", true, false),
                ("d.go", false, true)
            ]
        );
        assert_eq!(now.changes_since(&now), []);
    }

    #[test]
    fn two_recipes_with_a_difference_have_different_keys() {
        let before = recipe(&[("a.go", "1")], "v1");
        assert_eq!(before.key(), recipe(&[("a.go", "1")], "v1").key());
        assert_ne!(before.key(), recipe(&[("a.go", "2")], "v1").key());
        assert_ne!(before.key(), recipe(&[("a.go", "1")], "v2").key());
        assert_ne!(before.key(), recipe(&[("b.go", "1")], "v1").key());
    }
}
