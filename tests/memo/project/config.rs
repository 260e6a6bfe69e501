//! coracle.toml.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What coracle.toml says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// Whether there is an image of the second program.
    pub(crate) second: bool,
    /// Where the program of the first image is in another one of it.
    pub(crate) twin: Option<String>,
    /// Whether the first image copies the folder `conf`.
    pub(crate) files: bool,
    /// Lines of the first image, by key.
    pub(crate) image: BTreeMap<String, String>,
    /// Lines of tables, by table and key.
    pub(crate) tables: BTreeMap<(String, String), String>,
}

impl Config {
    /// Returns its text.
    pub(crate) fn text(&self) -> String {
        let mut text = "[images.app]\nmain = \".\"\n".to_owned();
        if self.files {
            text.push_str("files = [{ from = \"conf\", to = \"/conf\" }]\n");
        }
        for (key, value) in &self.image {
            let _ = writeln!(text, "{key} = {value}");
        }
        if self.second {
            text.push_str("\n[images.tool]\nmain = \"./cmd/tool\"\n");
        }
        if let Some(path) = &self.twin {
            let _ = writeln!(text, "\n[images.twin]\nmain = \".\"\npath = \"{path}\"");
        }
        let mut last = "";
        for ((table, key), value) in &self.tables {
            if table != last {
                let _ = writeln!(text, "\n[{table}]");
                last = table;
            }
            let _ = writeln!(text, "{key} = {value}");
        }
        text
    }
}
