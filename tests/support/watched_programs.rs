//! Programs on PATH that tell what they are asked, or hang.

use super::{TestEnvironment, go, programs};

impl TestEnvironment {
    /// Returns an environment whose go program keeps a list of its commands, see [`Self::go_commands`].
    pub(crate) fn with_watched_go() -> Self {
        let environment = Self::without_go();
        let (list, go) = (environment.root().join("go-commands"), go::program());
        let script = format!(
            "echo \"$1\" >> {}\nexec {} \"$@\"\n",
            list.display(),
            go.display()
        );
        environment.write_program("go", &script);
        environment
    }

    /// Returns the commands that the watched go program got, such as `env` or `build`.
    pub(crate) fn go_commands(&self) -> Vec<String> {
        let list = std::fs::read_to_string(self.root().join("go-commands"));
        list.unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Asserts that no package was loaded and nothing was compiled.
    #[track_caller]
    pub(crate) fn assert_nothing_compiled(&self) {
        let commands = self.go_commands();
        let working = commands
            .iter()
            .filter(|command| ["build", "list"].contains(&command.as_str()));
        assert_eq!(
            working.count(),
            0,
            "go was asked to {}",
            commands.join(", ")
        );
    }

    /// Replaces a program: with `argument` as its first it starts a child, creates the file
    /// [`Self::hanging`], and neither ends nor minds a SIGTERM where `stubborn` says so; with any
    /// other it is itself.
    pub(crate) fn hang_program(&self, name: &str, argument: &str, manners: Manners) {
        let program = match name {
            "go" => go::program(),
            name => programs::find(name),
        };
        let trap = match manners {
            Manners::Polite => "",
            Manners::Stubborn => "trap '' TERM",
        };
        let script = format!(
            "for given in \"$@\"; do\n\
             if [ \"$given\" = {argument} ]; then\n{trap}\n{sleep} 600 &\necho > {hanging}\nwait\nfi\n\
             done\nexec {program} \"$@\"\n",
            sleep = programs::find("sleep").display(),
            hanging = self.hanging().display(),
            program = program.display(),
        );
        self.write_program(name, &script);
    }

    /// Returns the file that is there once a program hangs.
    pub(crate) fn hanging(&self) -> std::path::PathBuf {
        self.root().join("hanging")
    }
}

/// What a program does that is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manners {
    /// It ends.
    Polite,
    /// It does not.
    Stubborn,
}
