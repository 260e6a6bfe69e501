//! Projects for tests, most as small as they can be: without imports.

use std::path::Path;

use super::image::parse;
use super::{TestEnvironment, folders, go, tools};

/// A program that is quick to compile.
pub(crate) const HELLO: &str = "package main\n\nfunc main() { println(\"hello\") }\n";

/// A program that nobody here wrote, as its module and version.
pub(crate) const CADDY: &str = "github.com/caddyserver/caddy/v2@v2.11.9";

/// What every module of these projects says of Go.
pub(crate) const GO_MOD: &str = "module example.com/hello\n\ngo 1.26\n";

/// A program that prints what it was stamped with, one value a line.
const STAMPED: &str = r#"package main

import "fmt"

// What coracle stamps where it is declared.
var (
	version   = "-"
	commit    = "-"
	buildDate = "-"
)

func main() {
	fmt.Println(version)
	fmt.Println(commit)
	fmt.Println(buildDate)
}
"#;

/// Returns the source of a program that prints `text` on stdout.
pub(crate) fn printing(text: &str) -> String {
    format!("package main\n\nimport \"os\"\n\nfunc main() {{ os.Stdout.WriteString({text:?}) }}\n")
}

/// Returns bytes of which no compressor makes less, the same each time.
pub(crate) fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(bytes).collect()
}

/// Copies one of the project's examples, without what was built in it.
pub(crate) fn copy_example(name: &str, to: &Path) {
    copy_folder(&folders::project().join("examples").join(name), to);
}

/// Copies the source of `module`, PATH@VERSION, as whoever checks it out has it.
pub(crate) fn copy_module(environment: &TestEnvironment, module: &str, to: &Path) {
    let mut download = environment.command(go::program());
    download.args(["mod", "download", "-json", "-modcacherw", module]);
    let module = environment
        .output(&tools::insisting(&mut download))
        .success();
    let source = parse(module.stdout.as_bytes())["Dir"].clone();
    copy_folder(source.as_str().expect("the module's folder").as_ref(), to);
}

/// Copies a folder, but no `dist` in it; what is read-only is writable in the copy.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder to copy") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_name() == "dist" {
            continue;
        }
        if entry.file_type().expect("a kind").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            let content = std::fs::read(entry.path()).expect("a file to copy");
            std::fs::write(target, content).expect("a copied file");
        }
    }
}

impl TestEnvironment {
    /// Adds noise of so many bytes to the image of hello, hardly compressed.
    pub(crate) fn with_noise(self, bytes: usize) -> Self {
        self.write("noise", noise(bytes));
        self.write(
            "coracle.toml",
            "[layers]\nlevel = 1\n\n[images.hello]\nmain = \".\"\nfiles = [{ from = \"noise\", to = \"/noise\" }]\n",
        );
        self
    }

    /// Writes the module `example.com/stamped` into the working folder: a program that prints its stamps.
    pub(crate) fn with_stamped(self) -> Self {
        self.write("go.mod", "module example.com/stamped\n\ngo 1.26\n");
        self.write("main.go", STAMPED);
        self
    }

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
