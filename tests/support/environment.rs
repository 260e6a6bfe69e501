//! A home for one test: folders of its own, a cleared environment, and the program to run in it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::image::Image;
use super::{folders, go, programs};

/// Where a test's processes live: nothing of the machine's user is seen from inside, but the programs on PATH.
///
/// The folder holds `home/`, `tmp/`, `bin/` (all that PATH names) and `work/`, where commands run.
pub(crate) struct TestEnvironment {
    root: TempDir,
    variables: BTreeMap<OsString, OsString>,
    replacements: Vec<(String, String)>,
}

impl TestEnvironment {
    /// Returns an environment with git and Go, and Go's caches shared with other tests: compiling is quick.
    pub(crate) fn new() -> Self {
        let environment = Self::without_go();
        environment.link_program("go", &go::program());
        environment
    }

    /// Returns an environment with git, and no Go: none on PATH, none in the cache.
    pub(crate) fn without_go() -> Self {
        let root = tempfile::Builder::new().prefix("coracle-").tempdir();
        let mut environment = Self {
            root: root.expect("a temporary folder"),
            variables: BTreeMap::new(),
            replacements: Vec::new(),
        };
        for folder in ["home", "tmp", "bin", "work"] {
            std::fs::create_dir(environment.root().join(folder)).expect("a folder of the test's");
        }
        environment.link_program("git", &programs::find("git"));
        environment.set_basics();
        environment
    }

    fn set_basics(&mut self) {
        let root = self.root().to_owned();
        self.set("HOME", root.join("home"));
        self.set("TMPDIR", root.join("tmp"));
        self.set("PATH", root.join("bin"));
        self.set("CORACLE_CACHE", root.join("cache"));
        self.set("GOCACHE", folders::go_build_cache());
        self.set("GOMODCACHE", folders::go_module_cache());
        self.set("GIT_CONFIG_NOSYSTEM", "1");
        self.set("LC_ALL", "C");
        self.set("TZ", "UTC");
        for (name, value) in go::module_settings() {
            self.set(name, value);
        }
        self.replace(root.display().to_string(), "$TEST");
    }

    /// Takes Go caches of its own, empty ones.
    pub(crate) fn with_empty_go_cache(mut self) -> Self {
        let root = self.root().to_owned();
        self.set("GOCACHE", root.join("go-build"));
        self.set("GOMODCACHE", root.join("go-mod"));
        self
    }

    /// Takes the toolchains that tests share: what one test fetched is there for the next. Layers are not shared: what
    /// an earlier state of coracle has made would be taken for what this one makes.
    pub(crate) fn with_shared_toolchains(self) -> Self {
        let (shared, cache) = (folders::shared_toolchains(), self.root().join("cache"));
        for folder in [&shared, &cache] {
            std::fs::create_dir_all(folder).expect("a folder for toolchains");
        }
        std::os::unix::fs::symlink(shared, cache.join("toolchains")).expect("a link to toolchains");
        self
    }

    /// Returns the folder that holds all others.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// Returns the folder where commands run.
    pub(crate) fn work(&self) -> PathBuf {
        self.root().join("work")
    }

    /// Returns `$HOME`.
    pub(crate) fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// Sets a variable of the environment.
    pub(crate) fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        let (name, value) = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.variables.insert(name, value);
    }

    /// Removes a variable from the environment.
    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.remove(OsStr::new(name));
    }

    /// Returns the value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
    }

    /// Writes a file below the working folder, with the folders above it, and returns its path.
    pub(crate) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(path);
        let parent = path.parent().expect("a file has a folder");
        std::fs::create_dir_all(parent).expect("folders for a file");
        std::fs::write(&path, content).expect("a file of the test's");
        path
    }

    /// Reads a file below the working folder.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> Vec<u8> {
        let path = self.work().join(path);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Puts a program on PATH.
    pub(crate) fn link_program(&self, name: &str, program: &Path) {
        let link = self.root().join("bin").join(name);
        std::os::unix::fs::symlink(program, link).expect("a link to a program");
    }

    /// Takes a program from PATH, where it is there, and returns where it was.
    pub(crate) fn remove_program(&self, name: &str) -> PathBuf {
        let path = self.root().join("bin").join(name);
        // Most programs were not there.
        let _ = std::fs::remove_file(&path);
        path
    }

    /// Puts a shell script on PATH and returns where it is.
    ///
    /// A child writes it: a file that this process has open for writing is open in every child that another test
    /// starts at that moment, and what is open for writing cannot be run.
    pub(crate) fn write_program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.remove_program(name);
        let mut writer = Command::new("/bin/sh")
            .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut stdin = writer.stdin.take().expect("a pipe");
        write!(stdin, "#!/bin/sh\n{script}").expect("a script");
        drop(stdin);
        let status = writer.wait().expect("an end");
        assert!(status.success(), "{} is not written", path.display());
        path
    }

    /// Runs a program out of an image, which must be one for this machine, to a good end.
    #[track_caller]
    pub(crate) fn run_out_of(&self, image: &Image, program: &str) -> Output {
        let path = self.root().join("tmp").join(program);
        programs::install(&image.entry(program).content, &path);
        self.run_command(&mut self.command(path)).success()
    }

    /// Returns a command that runs in the working folder with this environment and nothing on stdin.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(&self.variables)
            .current_dir(self.work())
            .stdin(Stdio::null());
        command
    }

    /// Returns a command that runs coracle.
    pub(crate) fn coracle<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command(programs::coracle());
        command.args(args);
        command
    }

    /// Runs coracle in the working folder.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Output {
        self.run_command(&mut self.coracle(args))
    }

    /// Runs coracle in a folder below the working folder.
    pub(crate) fn run_in<S: AsRef<OsStr>>(
        &self,
        folder: impl AsRef<Path>,
        args: impl IntoIterator<Item = S>,
    ) -> Output {
        let mut command = self.coracle(args);
        self.run_command(command.current_dir(self.work().join(folder)))
    }

    /// Runs any command to its end.
    pub(crate) fn run_command(&self, command: &mut Command) -> Output {
        let output = command.output().expect("a program that starts");
        self.output(&output)
    }

    /// Returns the output of a command that has ended, made fit for snapshots.
    pub(crate) fn output(&self, output: &std::process::Output) -> Output {
        Output {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
            replacements: self.replacements.clone(),
        }
    }

    /// Shows `name` wherever `value` stands in a snapshot of later outputs.
    pub(crate) fn replace(&mut self, value: impl Into<String>, name: impl Into<String>) {
        self.replacements.push((value.into(), name.into()));
    }
}

/// Read-only folders, such as Go's module cache, go too.
impl Drop for TestEnvironment {
    fn drop(&mut self) {
        make_writable(self.root.path());
    }
}

fn make_writable(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(metadata) = std::fs::symlink_metadata(folder) else {
        return;
    };
    if !metadata.is_dir() {
        return;
    }
    let mode = metadata.permissions().mode();
    if mode & 0o700 != 0o700 {
        let open = std::fs::Permissions::from_mode(mode | 0o700);
        // Removing the folder tells soon enough.
        let _ = std::fs::set_permissions(folder, open);
    }
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        make_writable(&entry.path());
    }
}

/// What a command said, and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The exit code; nothing where a signal ended it.
    pub(crate) code: Option<i32>,
    replacements: Vec<(String, String)>,
}

impl Output {
    /// Returns itself after a success; panics with all that was said otherwise.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        self.ends_with(0)
    }

    /// Returns itself where the exit code is the expected one; panics with all that was said otherwise.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code\n{self}");
        self
    }

    /// Returns stdout without the line's end, for results of one line.
    pub(crate) fn line(&self) -> &str {
        self.stdout.trim_end_matches('\n')
    }

    /// Returns stderr, fit for a snapshot.
    pub(crate) fn talk(&self) -> String {
        self.fit(&self.stderr)
    }

    /// Returns stderr with a dash for every digest, where these differ between versions of Go.
    pub(crate) fn talk_without_digests(&self) -> String {
        let digest = regex::Regex::new("sha256:[0-9a-f]{64}").expect("a pattern");
        digest.replace_all(&self.talk(), "sha256:-").into_owned()
    }

    /// Returns stdout, fit for a snapshot.
    pub(crate) fn data(&self) -> String {
        self.fit(&self.stdout)
    }

    /// Asserts that stderr holds `text`.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.talk().contains(text), "no {text:?} in stderr\n{self}");
        self
    }

    fn fit(&self, text: &str) -> String {
        let replaced = |text: String, (value, name): &(String, String)| text.replace(value, name);
        self.replacements.iter().fold(text.to_owned(), replaced)
    }
}

/// Shows all that a command said, for snapshots and for failures.
impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit: {code}")?,
            None => writeln!(f, "exit: signal")?,
        }
        write!(f, "stdout:\n{}stderr:\n{}", self.data(), self.talk())
    }
}
