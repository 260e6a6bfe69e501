//! Programs on PATH that tell what they are asked, or hang.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{TestEnvironment, go, programs};

/// What a program does that is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manners {
    /// It ends.
    Polite,
    /// It does not.
    Stubborn,
}

impl TestEnvironment {
    /// Returns an environment whose go program keeps a list of its commands, see [`Self::go_commands`].
    pub(crate) fn with_watched_go() -> Self {
        let environment = Self::without_go();
        let list = environment.root().join("go-commands");
        environment.write_go(&format!("echo \"$1\" >> {}", list.display()));
        environment
    }

    /// Returns the commands that the watched go program got, such as `env` or `build`.
    pub(crate) fn go_commands(&self) -> Vec<String> {
        let list = std::fs::read_to_string(self.root().join("go-commands"));
        let list = list.unwrap_or_default();
        list.lines().map(str::to_owned).collect()
    }

    /// Asserts that no package was loaded and nothing was compiled.
    #[track_caller]
    pub(crate) fn assert_nothing_compiled(&self) {
        let commands = self.go_commands();
        let works = |command: &String| ["build", "list"].contains(&command.as_str());
        assert!(!commands.iter().any(works), "go was asked to {commands:?}");
    }

    /// Makes the go program hang where it is asked for `command`, see [`Self::hanging`].
    pub(crate) fn hang_go(&self, command: &str, manners: Manners) {
        self.write_go(&self.hang_at(command, manners));
    }

    /// Makes a program hang where one of its arguments is `argument`, see [`Self::hanging`].
    pub(crate) fn hang_program(&self, name: &str, argument: &str, manners: Manners) {
        let (hang, program) = (self.hang_at(argument, manners), programs::find(name));
        self.write_program(
            name,
            &format!("{hang}\nexec {} \"$@\"\n", program.display()),
        );
    }

    /// Returns the file that is there once a program hangs.
    pub(crate) fn hanging(&self) -> PathBuf {
        self.root().join("hanging")
    }

    /// Returns lines of a script that has a child, tells that it hangs, and waits.
    pub(crate) fn hang(&self) -> String {
        let (sleep, hanging) = (programs::find("sleep"), self.hanging());
        format!(
            "{} 600 &\necho > {}\nwait",
            sleep.display(),
            hanging.display()
        )
    }

    fn hang_at(&self, argument: &str, manners: Manners) -> String {
        let trap = match manners {
            Manners::Polite => "",
            Manners::Stubborn => "trap '' TERM\n",
        };
        format!(
            "for given in \"$@\"; do\nif [ \"$given\" = {argument} ]; then\n{trap}{}\nfi\ndone",
            self.hang()
        )
    }

    /// Puts such a Go there for which `file` is what `other` is while it compiles, and then what it was before.
    pub(crate) fn write_go_that_sees(&self, file: &Path, other: &Path) {
        let (copy, rename, go) = (programs::find("cp"), programs::find("mv"), go::program());
        // Another Go may read the file at any time: it is always a whole one.
        self.write_go(&format!(
            "if [ \"$1\" = build ]; then\n{copy} {file} {saved}.$$\n{copy} {other} {other}.$$\n\
             {rename} {other}.$$ {file}\n{go} \"$@\"\nend=$?\n{rename} {saved}.$$ {file}\nexit $end\nfi",
            copy = copy.display(),
            rename = rename.display(),
            go = go.display(),
            file = file.display(),
            saved = other.with_extension("saved").display(),
            other = other.display(),
        ));
    }

    /// Puts a Go on PATH, with a root of its own, that does something before it does its work.
    pub(crate) fn write_go(&self, before: &str) {
        let (root, real) = (self.root().join("go"), go::root());
        std::fs::create_dir_all(root.join("bin")).expect("a folder for Go");
        for entry in std::fs::read_dir(&real).expect("Go's root").flatten() {
            let link = root.join(entry.file_name());
            if !link.exists() {
                symlink(entry.path(), link).expect("a link into Go's root");
            }
        }
        // A Go is asked for its root, and the program there is run.
        let program = self.write_program(
            "go",
            &format!(
                "{before}\nGOROOT={} exec {}/bin/go \"$@\"\n",
                root.display(),
                real.display()
            ),
        );
        let inner = root.join("bin/go");
        if !inner.exists() {
            symlink(program, inner).expect("a link to the script");
        }
    }
}
