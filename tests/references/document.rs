//! A document whose generated blocks are compared, or renewed.

use std::path::Path;

/// Set by `just references`: what differs is written instead of told.
const RENEW: &str = "RENEW_REFERENCES";

/// A document of the project, as it is and as it should be.
pub(crate) struct Document {
    name: &'static str,
    found: String,
    wanted: String,
}

impl Document {
    /// Opens a document by its path in the project.
    pub(crate) fn open(name: &'static str) -> Self {
        let found = read(name);
        Self {
            name,
            wanted: found.clone(),
            found,
        }
    }

    /// Puts `content` between the marks of a block.
    pub(crate) fn with(mut self, block: &str, content: &str) -> Self {
        let mark = format!("<!-- generated: {block} -->\n");
        let split = self.wanted.split_once(&mark);
        let split =
            split.and_then(|(before, rest)| Some((before, rest.split_once("<!-- end -->")?.1)));
        let (before, after) =
            split.unwrap_or_else(|| panic!("{} has no block {block:?}", self.name));
        let content = content.trim_end();
        self.wanted = format!("{before}{mark}\n{content}\n\n<!-- end -->{after}");
        self
    }

    /// Fails where the document is not what it should be; writes it where that is asked for.
    pub(crate) fn assert_up_to_date(&self) {
        if self.found == self.wanted {
            return;
        }
        let hint = format!("{} is out of date, renew it: just references", self.name);
        assert!(std::env::var_os(RENEW).is_some(), "{hint}");
        std::fs::write(path(self.name), &self.wanted).expect("a document that can be written");
    }
}

/// Reads a file of the project.
pub(crate) fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
