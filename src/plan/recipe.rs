//! What a layer is made from, whole: its digest is the key under which the layer is remembered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::config::ToolchainPreference;
use crate::facts::{Project, SourceInputs};
use crate::model::{
    Compression, Descriptor, DiffId, Digest, Entry, GoVersion, ImagePath, LayerAccount, Platform,
    canonical_json,
};

use super::{GoSettings, Program, Target};

/// The form of recipes. One of another form has another key. Since form 2 the modules of a program were
/// compared with go.sum before its layer was remembered.
const FORM: u32 = 2;

/// How a program is compressed that is in no layer.
const PLAIN: &str = "none";

/// All that decides the bytes of a layer of ours.
///
/// It is complete: whoever follows the same recipe makes the same layer, wherever and whenever. The
/// version of coracle is part of it, since compressors and commands come with the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The version of this form.
    pub form: u32,
    /// The version of coracle.
    pub coracle: String,
    /// How the layer is compressed; `none` for a program that is in no layer.
    pub compression: String,
    /// What is in it.
    pub content: RecipeContent,
}

/// What a layer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecipeContent {
    /// A compiled program.
    Program(Box<ProgramRecipe>),
    /// Files that are copied, by their path in the image.
    Files(BTreeMap<String, EntryRecipe>),
}

/// What a program is compiled from, and where it is put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramRecipe {
    /// The release of Go.
    pub go: String,
    /// Whose Go it has to be, empty where any will do. What a machine's own has compiled is of no use to whoever wants
    /// a verified one: that it calls itself the same release proves nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub toolchain: String,
    /// What it runs on.
    pub platform: String,
    /// The import path of its main package.
    pub package: String,
    /// The go.work that governs it.
    pub workspace: Option<String>,
    /// The folder that `./...` in its flags starts from, where they say such a thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// How it is compiled.
    pub settings: GoSettings,
    /// Where it is in the image; empty for a program that is in none.
    pub to: String,
    /// What it lets its process do, in setcap's form.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub capabilities: String,
    /// Its sources: the digests of files by their path in the tree.
    pub inputs: BTreeMap<String, Digest>,
}

/// An entry of a layer of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRecipe {
    /// Its permission bits, in octal.
    pub mode: String,
    /// Who owns it, `UID:GID`.
    pub owner: String,
    /// What it is: `folder`, `link TEXT`, or `file DIGEST`.
    pub content: String,
}

/// The compiler, and where it stands: what is the same for all programs of a run.
#[derive(Debug, Clone, Copy)]
pub struct CompiledBy<'a> {
    /// The release of Go.
    pub go: &'a GoVersion,
    /// Whose Go it may be.
    pub toolchain: ToolchainPreference,
    /// Where it runs.
    pub project: &'a Project,
}

/// A layer that was made before, by its recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memo {
    /// What it is made from.
    pub recipe: Recipe,
    /// Its compressed bytes.
    pub layer: Descriptor,
    /// The digest of its tar.
    pub diff_id: DiffId,
    /// What is in it, where somebody wanted to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<LayerAccount>,
}

impl ProgramRecipe {
    /// Is that of a program that is in no image.
    fn new(
        target: &Target,
        settings: &GoSettings,
        by: CompiledBy<'_>,
        inputs: &SourceInputs,
    ) -> Self {
        let Project { folder, workspace } = by.project;
        Self {
            go: by.go.to_string(),
            toolchain: match by.toolchain {
                ToolchainPreference::Auto => String::new(),
                verified @ ToolchainPreference::Verified => verified.as_str().to_owned(),
            },
            platform: target.platform.to_string(),
            package: target.main.import_path.to_string(),
            workspace: workspace.as_ref().map(ToString::to_string),
            folder: settings.flags_name_folders().then(|| folder.to_string()),
            settings: settings.clone(),
            to: String::new(),
            capabilities: String::new(),
            inputs: inputs
                .iter()
                .map(|(path, digest)| (path.to_string(), *digest))
                .collect(),
        }
    }
}

impl Recipe {
    /// Returns the recipe of the layer that `program` is alone in.
    pub fn of_program(
        program: &Program,
        platform: &Platform,
        by: CompiledBy<'_>,
        compression: Compression,
        inputs: &SourceInputs,
    ) -> Self {
        let target = Target {
            main: program.main.clone(),
            platform: platform.clone(),
        };
        let content = RecipeContent::Program(Box::new(ProgramRecipe {
            to: program.to.to_string(),
            capabilities: program.capabilities.to_string(),
            ..ProgramRecipe::new(&target, &program.settings, by, inputs)
        }));
        Self::new(content, compression.to_string())
    }

    /// Returns the recipe of a program that is in no layer.
    pub fn of_plain_program(
        target: &Target,
        settings: &GoSettings,
        by: CompiledBy<'_>,
        inputs: &SourceInputs,
    ) -> Self {
        let program = ProgramRecipe::new(target, settings, by, inputs);
        let content = RecipeContent::Program(Box::new(program));
        Self::new(content, PLAIN.to_owned())
    }

    /// Returns the recipe of a layer of files; `content` tells of each entry what it is.
    ///
    /// # Errors
    /// The first that `content` has.
    pub fn of_files<E>(
        entries: &[Entry],
        compression: Compression,
        mut content: impl FnMut(&Entry) -> Result<String, E>,
    ) -> Result<Self, E> {
        let entries: Result<_, E> = entries
            .iter()
            .map(|entry| {
                let recipe = EntryRecipe {
                    mode: format!("{:o}", entry.mode.bits()),
                    owner: entry.owner.to_string(),
                    content: content(entry)?,
                };
                Ok((ImagePath::to_string(&entry.path), recipe))
            })
            .collect();
        let content = RecipeContent::Files(entries?);
        Ok(Self::new(content, compression.to_string()))
    }

    fn new(content: RecipeContent, compression: String) -> Self {
        Self {
            form: FORM,
            coracle: env!("CARGO_PKG_VERSION").to_owned(),
            compression,
            content,
        }
    }

    /// Tells whether these are the digests of the files that the recipe names.
    pub fn holds_files(&self, digests: &BTreeMap<String, Digest>) -> bool {
        let RecipeContent::Files(entries) = &self.content else {
            return false;
        };
        let named = entries.iter().filter_map(|(path, entry)| {
            let digest = entry.content.strip_prefix("file ")?;
            Some((path.clone(), digest.to_owned()))
        });
        let held = digests
            .iter()
            .map(|(path, digest)| (path.clone(), digest.to_string()));
        named.eq(held)
    }

    /// Returns the key: the digest of the recipe in canonical JSON.
    pub fn key(&self) -> Digest {
        Digest::of(&canonical_json(&json!(self)))
    }
}
