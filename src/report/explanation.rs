//! Why an image would be built anew, or not: what `explain` prints.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::ForeignText;

/// Why the layers of an image would be made anew, or not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Explanation {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The name of the image.
    pub image: String,
    /// The layers that coracle makes: files first, then programs by platform.
    pub layers: Vec<LayerExplanation>,
}

/// Why one layer would be made anew, or not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LayerExplanation {
    /// What it runs on; empty for files.
    pub platform: String,
    /// The path of the program in the image; empty for files.
    pub path: String,
    /// What would become of it.
    pub verdict: Verdict,
    /// Why it can never be remembered, where it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The digest over all that it is made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What is different since this image was last built here.
    pub changes: Vec<Change>,
    /// The files that it is made from.
    pub inputs: Vec<String>,
}

/// What would become of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing changed since it was last made.
    Unchanged,
    /// Something changed, but to what was made once before.
    Remembered,
    /// Something changed: it is made anew.
    Changed,
    /// It was not made here before, or that was forgotten.
    New,
    /// It cannot be told what it is made from: it is made each time.
    Always,
}

/// One difference.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Change {
    /// What is different: a path, or a setting.
    pub what: String,
    /// How it was, where it was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// How it is now, where it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
}

/// How the inputs are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputList {
    /// By their number.
    Counted,
    /// Each by its name.
    Named,
    /// Not at all.
    Unsaid,
}

impl Verdict {
    /// Tells whether the layer is made.
    pub fn is_made(self) -> bool {
        match self {
            Self::Changed | Self::New | Self::Always => true,
            Self::Unchanged | Self::Remembered => false,
        }
    }
}

impl Explanation {
    /// Returns the JSON schema of the document.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// Writes `explanation` for people.
///
/// # Errors
/// Those of the writer.
pub fn write_explanation(
    to: &mut dyn Write,
    explanation: &Explanation,
    inputs: InputList,
) -> io::Result<()> {
    for layer in &explanation.layers {
        let part = match (layer.platform.as_str(), layer.path.as_str()) {
            ("", _) => "files".to_owned(),
            (platform, path) => format!("{platform} {path}"),
        };
        writeln!(
            to,
            "{} {}: {}",
            ForeignText::new(&explanation.image),
            ForeignText::new(&part),
            verdict(layer)
        )?;
        for change in &layer.changes {
            writeln!(to, "  {}", ForeignText::new(&shown(change)))?;
        }
        match inputs {
            InputList::Unsaid => {}
            InputList::Counted => writeln!(to, "  made from {} files", layer.inputs.len())?,
            InputList::Named => {
                for input in &layer.inputs {
                    writeln!(to, "  made from {}", ForeignText::new(input))?;
                }
            }
        }
    }
    Ok(())
}

fn verdict(layer: &LayerExplanation) -> String {
    let words = match layer.verdict {
        Verdict::Unchanged => "nothing changed since it was last built",
        Verdict::Remembered => "changed to what was built once before, and is remembered",
        Verdict::Changed => "is made anew, because of",
        Verdict::New => "is made: it was not built here before, or that was forgotten",
        Verdict::Always => "is made each time",
    };
    match &layer.reason {
        None => words.to_owned(),
        Some(reason) => format!("{words}: {}", ForeignText::new(reason)),
    }
}

/// Digests tell people nothing.
fn shown(change: &Change) -> String {
    let what = &change.what;
    match (&change.before, &change.now) {
        (None, _) => format!("added    {what}"),
        (_, None) => format!("removed  {what}"),
        (Some(before), Some(now)) if before.contains("sha256:") && now.contains("sha256:") => {
            format!("changed  {what}")
        }
        (Some(before), Some(now)) => format!("changed  {what}: {before:?}, now {now:?}"),
    }
}
