//! One source tree, one configuration and one Go give one digest, wherever and however it is built.

use std::process::Command;
use std::sync::OnceLock;

use crate::support::git::{self, GitRepository};
use crate::support::layout::Layout;
use crate::support::{TestEnvironment, programs};

const CONFIG: &str = r#"
[images.hello]
main      = "."
platforms = ["linux/amd64", "linux/arm64"]
files     = [{ from = "assets", to = "/assets" }]
"#;

/// What one build may differ by from another.
struct Surroundings<'a> {
    /// The folder of the checkout.
    folder: &'a str,
    /// The rights that others have to the files of the checkout, for chmod.
    rights: &'a str,
    umask: &'a str,
    variables: &'a [(&'a str, &'a str)],
    args: &'a [&'a str],
}

const USUAL: Surroundings<'_> = Surroundings {
    folder: "checkout",
    rights: "go=rX",
    umask: "022",
    variables: &[],
    args: &[],
};

/// The digests of one checkout, compressed with gzip and with zstd.
type Digests = [String; 2];

fn usual_digests() -> &'static Digests {
    static DIGESTS: OnceLock<Digests> = OnceLock::new();
    DIGESTS.get_or_init(|| digests(TestEnvironment::new(), &USUAL))
}

/// Makes the origin, clones it, and builds the clone.
fn digests(mut environment: TestEnvironment, surroundings: &Surroundings<'_>) -> Digests {
    let origin = environment.root().join("origin");
    std::fs::rename(environment.with_source(), &origin).expect("the origin in its place");
    GitRepository::create(&origin).tag("v1.0.0");
    let checkout = environment.work().join(surroundings.folder);
    std::fs::create_dir_all(environment.work()).expect("the working folder");
    git::clone(&origin, &checkout, &[]);
    let mut chmod = Command::new(programs::find("chmod"));
    let chmod = chmod.args(["-R", surroundings.rights]).arg(&checkout);
    assert!(chmod.status().expect("chmod starts").success());
    for (name, value) in surroundings.variables {
        environment.set(name, value);
    }
    ["gzip", "zstd"].map(|compression| {
        let compression = format!("layers.compression={compression}");
        let mut command = environment.command(programs::find("sh"));
        command
            .args(["-c", "umask $0 && exec \"$@\"", surroundings.umask])
            .arg(programs::coracle())
            .args(["build", "--set", &compression])
            .args(surroundings.args)
            .current_dir(&checkout);
        environment.run_command(&mut command).success();
        Layout::in_archive(&checkout.join("dist/hello.tar")).digest("latest")
    })
}

impl TestEnvironment {
    /// Writes a project with a program and a folder of files, and returns its folder.
    fn with_source(&self) -> std::path::PathBuf {
        self.write("go.mod", crate::support::samples::GO_MOD);
        self.write(
            "main.go",
            "package main\n\nvar version = \"-\"\n\nfunc main() { println(version) }\n",
        );
        self.write("coracle.toml", CONFIG);
        self.write(".gitignore", "dist/\n");
        self.write("assets/b/page.html", "<p>hello</p>\n");
        self.write("assets/a.txt", "a\n");
        self.work()
    }
}

#[test]
fn a_checkout_at_another_path_gives_the_same_digest() {
    let elsewhere = Surroundings {
        folder: "another/and quite/long path to-the/checkout",
        ..USUAL
    };
    assert_eq!(
        &digests(TestEnvironment::new(), &elsewhere),
        usual_digests()
    );
}

#[test]
fn umask_and_the_rights_of_files_do_not_matter() {
    for (rights, umask) in [("go=", "077"), ("go=rwX", "000")] {
        let surroundings = Surroundings {
            rights,
            umask,
            ..USUAL
        };
        assert_eq!(
            &digests(TestEnvironment::new(), &surroundings),
            usual_digests()
        );
    }
}

#[test]
fn user_locale_time_zone_and_temporary_folder_do_not_matter() {
    let environment = TestEnvironment::new();
    for folder in ["other-home", "other tmp"] {
        std::fs::create_dir(environment.root().join(folder)).expect("a folder");
    }
    let path = |folder: &str| environment.root().join(folder).display().to_string();
    let (home, tmp) = (path("other-home"), path("other tmp"));
    let surroundings = Surroundings {
        variables: &[
            ("HOME", &home),
            ("TMPDIR", &tmp),
            ("USER", "somebody"),
            ("LOGNAME", "somebody"),
            ("LC_ALL", "tr_TR.UTF-8"),
            ("LANG", "de_DE.UTF-8"),
            ("TZ", "Pacific/Kiritimati"),
        ],
        ..USUAL
    };
    assert_eq!(&digests(environment, &surroundings), usual_digests());
}

#[test]
fn settings_of_gos_own_in_the_environment_do_not_matter() {
    let surroundings = Surroundings {
        variables: &[
            ("GOFLAGS", "-tags=other -mod=mod"),
            ("GOAMD64", "v3"),
            ("GOARCH", "riscv64"),
            ("GOOS", "windows"),
            ("CGO_ENABLED", "1"),
            ("GOTOOLCHAIN", "go1.99.0"),
            ("GODEBUG", "gocachehash=0"),
            ("GOGC", "50"),
        ],
        ..USUAL
    };
    assert_eq!(
        &digests(TestEnvironment::new(), &surroundings),
        usual_digests()
    );
}

#[test]
fn one_job_or_eight_give_the_same_digest() {
    for jobs in ["1", "8"] {
        let surroundings = Surroundings {
            args: &["--jobs", jobs],
            ..USUAL
        };
        assert_eq!(
            &digests(TestEnvironment::new(), &surroundings),
            usual_digests()
        );
    }
}

#[test]
fn an_empty_go_cache_gives_the_same_digest() {
    let environment = TestEnvironment::new().with_empty_go_cache();
    assert_eq!(&digests(environment, &USUAL), usual_digests());
}

#[test]
fn another_compression_changes_the_layers_and_not_the_config() {
    let environment = TestEnvironment::new().with_hello();
    let config = |compression: &str| {
        let compression = format!("layers.compression={compression}");
        environment.run(["build", "--set", &compression]).success();
        let archive = environment.work().join("dist/hello.tar");
        let image = Layout::in_archive(&archive).image("latest");
        (image.manifest["config"].clone(), image.digest)
    };
    let (gzip, zstd) = (config("gzip"), config("zstd"));
    assert_eq!(gzip.0, zstd.0);
    assert_ne!(gzip.1, zstd.1);
}
