//! Packages and modules, and how they are written.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::REPLACEMENTS;

/// One package: a file that shows its text and those of what it imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) import_path: String,
    pub(crate) is_program: bool,
    /// Four digits, so that another text has the same length.
    pub(crate) text: String,
    pub(crate) functions: BTreeSet<String>,
    pub(crate) imports: BTreeSet<String>,
    /// Patterns of embedded files.
    pub(crate) embeds: Vec<String>,
    /// The name of its file.
    pub(crate) file: String,
}

impl Package {
    /// Returns a package that imports nothing.
    pub(crate) fn new(folder: &str, import_path: &str) -> Self {
        Self {
            import_path: import_path.to_owned(),
            is_program: matches!(folder, "app" | "app/cmd/tool"),
            text: "0000".to_owned(),
            functions: BTreeSet::new(),
            imports: BTreeSet::new(),
            embeds: Vec::new(),
            file: "a.go".to_owned(),
        }
    }

    /// Returns what the package is called.
    pub(crate) fn name(&self) -> &str {
        if self.is_program {
            return "main";
        }
        let path = self.import_path.rsplit('/').next();
        path.unwrap_or_default()
    }

    /// Returns its source.
    pub(crate) fn source(&self) -> String {
        let mut source = format!("package {}\n\n", self.name());
        if !self.embeds.is_empty() {
            source.push_str("import \"embed\"\n");
        }
        let mut shown = vec!["text".to_owned()];
        for (number, path) in self.imports.iter().enumerate() {
            let _ = writeln!(source, "import i{number} \"{path}\"");
            shown.push(format!("i{number}.Text()"));
        }
        if !self.embeds.is_empty() {
            let patterns = self.embeds.join(" ");
            let _ = writeln!(source, "\n//go:embed {patterns}\nvar files embed.FS");
            source.push_str("\nfunc init() { println(&files) }\n");
        }
        let _ = writeln!(source, "\nconst text = \"{}\"", self.text);
        source.push_str("\nvar version string\n");
        let shown = shown.join(" + ");
        let _ = writeln!(
            source,
            "\nfunc Text() string {{ return {shown} + version }}"
        );
        for name in &self.functions {
            let _ = writeln!(source, "\nfunc init() {{ println({name:?}) }}");
        }
        if self.is_program {
            source.push_str("\nfunc main() { println(Text()) }\n");
        }
        source
    }
}

/// A go.mod file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GoMod {
    pub(crate) path: String,
    pub(crate) go: String,
    /// The modules of `REPLACEMENTS` that it requires and replaces.
    pub(crate) replaced: BTreeSet<String>,
    /// Further lines.
    pub(crate) lines: BTreeSet<String>,
}

impl GoMod {
    /// Returns one that requires nothing.
    pub(crate) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            go: "1.26".to_owned(),
            replaced: BTreeSet::new(),
            lines: BTreeSet::new(),
        }
    }

    /// Returns its text.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("module {}\n\ngo {}\n", self.path, self.go);
        for module in &self.replaced {
            let replacement = REPLACEMENTS.iter().find(|(path, _)| path == module);
            let (_, folder) = replacement.expect("a known module");
            let _ = writeln!(text, "require {module} v0.0.0");
            let _ = writeln!(text, "replace {module} => {folder}");
        }
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}
