//! Projects for tests, as small as they can be: what is compiled has no imports.

use super::TestEnvironment;

/// A program that is quick to compile.
pub(crate) const HELLO: &str = "package main\n\nfunc main() { println(\"hello\") }\n";

/// What every module of these projects says of Go.
pub(crate) const GO_MOD: &str = "module example.com/hello\n\ngo 1.26\n";

impl TestEnvironment {
    /// Writes the smallest project into the working folder: the module `example.com/hello`, one program.
    pub(crate) fn with_hello(self) -> Self {
        self.write("go.mod", GO_MOD);
        self.write("main.go", HELLO);
        self
    }

    /// Writes a project with a coracle.toml and programs in `cmd/NAME` into the working folder.
    pub(crate) fn with_project(self, config: &str, programs: &[&str]) -> Self {
        self.write("go.mod", GO_MOD);
        self.write("coracle.toml", config);
        for name in programs {
            self.write(format!("cmd/{name}/main.go"), HELLO);
        }
        self
    }

    /// Returns the paths of all files below the working folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let root = self.work();
        let mut files = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)
                .expect("a folder of the test's")
                .flatten()
            {
                let path = entry.path();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                } else {
                    let relative = path.strip_prefix(&root).expect("a path below the folder");
                    files.push(relative.display().to_string());
                }
            }
        }
        files.sort();
        files
    }
}
