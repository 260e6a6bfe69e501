//! Paths in what the go command says, as the user knows them.

use std::path::{Component, Path, PathBuf};

/// The folders that stand in messages of the go command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPaths {
    /// Where the command ran: the folder that the user's own paths are relative to.
    pub folder: PathBuf,
    /// Where modules are.
    pub module_cache: PathBuf,
    /// Where Go is.
    pub goroot: PathBuf,
}

impl KnownPaths {
    /// Rewrites the path that a line of the compiler begins with, and those within it.
    pub(super) fn rewrite(&self, line: &str) -> String {
        let (path, rest) = line.split_once(':').unwrap_or((line, ""));
        let climbs = path.starts_with("../") || path.starts_with("./");
        if !climbs || rest.is_empty() {
            return self.shorten(line);
        }
        // The go command writes a relative path wherever that is shorter, also into its own cache.
        let absolute = normal(&self.folder.join(path));
        let shown = self.shorten(&absolute.to_string_lossy());
        let shown = if Path::new(&shown).is_absolute() {
            path
        } else {
            &shown
        };
        format!("{}:{}", shown.trim_start_matches("./"), self.shorten(rest))
    }

    fn shorten(&self, text: &str) -> String {
        let cut = |text: String, folder: &Path, name: &str| match folder.to_str() {
            Some(folder) if folder.len() > 1 => text.replace(&format!("{folder}/"), name),
            _ => text,
        };
        let text = cut(text.to_owned(), &self.module_cache, "");
        let text = cut(text, &self.goroot, "$GOROOT/");
        cut(text, &self.folder, "")
    }
}

/// Resolves `.` and `..` by the text alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_project_of_modules_and_of_go() {
        let paths = KnownPaths {
            folder: "/home/me/app".into(),
            module_cache: "/home/me/go/pkg/mod".into(),
            goroot: "/usr/local/go".into(),
        };
        let cases = [
            ("./main.go:2:1: no", "main.go:2:1: no"),
            ("cmd/x/main.go:2:1: no", "cmd/x/main.go:2:1: no"),
            ("../lib/l.go:2:1: no", "../lib/l.go:2:1: no"),
            (
                "../go/pkg/mod/github.com/a/b@v1/c.go:3:4: no",
                "github.com/a/b@v1/c.go:3:4: no",
            ),
            (
                "/home/me/go/pkg/mod/github.com/a/b@v1/c.go:3:4: no",
                "github.com/a/b@v1/c.go:3:4: no",
            ),
            (
                "package x is not in std (/usr/local/go/src/x)",
                "package x is not in std ($GOROOT/src/x)",
            ),
            ("\thave ./x", "\thave ./x"),
            ("found in /home/me/app/lib", "found in lib"),
        ];
        for (line, expected) in cases {
            assert_eq!(paths.rewrite(line), expected);
        }
    }
}
