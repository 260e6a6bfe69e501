//! Two users of one machine, who have nothing in common, build one digest.

use std::ffi::OsStr;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::git::GitRepository;
use crate::support::layout::Layout;
use crate::support::{TestEnvironment, programs, samples};

const CONFIG: &str = r#"
[images.files]
main      = "."
platforms = ["linux/amd64", "linux/arm64"]
files     = [
    { from = "assets", to = "/assets" },
    { from = "run.sh", to = "/run.sh" },
    { from = "assets/*.txt", to = "/texts", mode = "0440", uid = 7, gid = 8 },
]
"#;

/// Who builds; with a home, a checkout and all caches of their own.
struct User {
    id: u32,
    umask: &'static str,
    environment: TestEnvironment,
}

impl User {
    /// Root, who has used this machine before.
    fn root() -> Self {
        Self {
            id: 0,
            umask: "022",
            environment: TestEnvironment::without_go().with_shared_toolchains(),
        }
    }

    /// A user without rights or an entry in passwd, who has never built anything.
    fn nobody_known() -> Self {
        Self {
            id: 54_321,
            umask: "077",
            environment: TestEnvironment::without_go().with_empty_go_cache(),
        }
    }

    /// Returns the digests of a project that `write` makes, compressed with gzip and with zstd.
    fn digests(&self, name: &str, write: fn(&Path)) -> [String; 2] {
        let origin = self.environment.root().join("origin").join(name);
        write(&origin);
        std::fs::write(origin.join(".gitignore"), "dist/\n").expect("a file");
        GitRepository::create(&origin).tag("v1.0.0");
        let coracle = self.take_over();
        let work = self.environment.work();
        let origin = format!("file://{}", origin.display());
        let git = programs::find("git");
        self.run(&work, &git, &["clone", "--quiet", &origin, name]);
        let checkout = work.join(name);
        ["gzip", "zstd"].map(|compression| {
            let compression = format!("layers.compression={compression}");
            self.run(&checkout, &coracle, &["build", "--set", &compression]);
            let archive = checkout.join("dist").join(format!("{name}.tar"));
            let owner = archive.metadata().map(|metadata| metadata.uid());
            assert_eq!(owner.expect("an archive"), self.id);
            Layout::in_archive(&archive).digest("latest")
        })
    }

    /// Gives all that lies in the environment to this user, and coracle with it: the project may lie where only root
    /// can look.
    fn take_over(&self) -> PathBuf {
        let coracle = self.environment.root().join("coracle");
        let mut copy = Command::new(programs::find("cp"));
        let status = copy.arg(programs::coracle()).arg(&coracle).status();
        assert!(status.expect("cp starts").success());
        let mut chown = Command::new(programs::find("chown"));
        chown.args(["-R", "-h", &format!("{0}:{0}", self.id)]);
        let status = chown.arg(self.environment.root()).status();
        assert!(status.expect("chown starts").success());
        coracle
    }

    /// Runs a program as this user, under this user's umask, to a good end.
    #[track_caller]
    fn run(&self, folder: &Path, program: impl AsRef<OsStr>, args: &[&str]) {
        let id = self.id;
        let mut command = self.environment.command(programs::find("setpriv"));
        command
            .args([&format!("--reuid={id}"), &format!("--regid={id}")])
            .arg("--clear-groups")
            .arg(programs::find("sh"))
            .args(["-c", "umask $0 && exec \"$@\"", self.umask])
            .arg(program)
            .args(args)
            .current_dir(folder);
        self.environment.run_command(&mut command).success();
    }
}

fn hello(folder: &Path) {
    samples::copy_example("hello", folder);
}

fn files(folder: &Path) {
    std::fs::create_dir_all(folder.join("assets/b")).expect("folders");
    for (path, content) in [
        ("go.mod", samples::GO_MOD),
        ("main.go", samples::HELLO),
        ("coracle.toml", CONFIG),
        ("assets/a.txt", "a\n"),
        ("assets/b/page.html", "<p>hello</p>\n"),
    ] {
        std::fs::write(folder.join(path), content).expect("a file");
    }
    std::fs::write(folder.join("run.sh"), "#!/bin/sh\n").expect("a script");
    let executable = Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.join("run.sh"), executable).expect("its mode");
    symlink("b/page.html", folder.join("assets/link")).expect("a link");
}

#[test]
fn root_and_a_user_without_rights_build_the_same_digests() {
    let (root, other) = (User::root(), User::nobody_known());
    for (name, write) in [("hello", hello as fn(&Path)), ("files", files)] {
        assert_eq!(
            root.digests(name, write),
            other.digests(name, write),
            "{name}"
        );
    }
}
