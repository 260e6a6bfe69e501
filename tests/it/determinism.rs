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
#[derive(Debug)]
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

/// Choices that follow from a seed, so that a combination that failed can be had again.
struct Choices(u64);

impl Choices {
    /// Takes the seed that `DETERMINISM_SEED` names, else one that is always the same.
    #[expect(clippy::print_stdout, reason = "a seed that failed must be seen")]
    fn new() -> Self {
        let named = std::env::var("DETERMINISM_SEED").ok();
        let seed = named.map_or(20_260_101, |seed| {
            seed.parse().expect("DETERMINISM_SEED is a number")
        });
        println!("to have the same combinations again: DETERMINISM_SEED={seed}");
        Self(seed)
    }

    /// Chooses one, by splitmix64.
    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let count = u64::try_from(all.len()).expect("a few");
        all[usize::try_from(mixed % count).expect("an index")]
    }
}

/// Builds in surroundings that differ from the usual ones in all ways at once.
#[expect(clippy::print_stdout, reason = "surroundings that failed must be seen")]
fn digests_in_any(choices: &mut Choices, environment: TestEnvironment) -> Digests {
    let folder = |name: &str| {
        let folder = environment.root().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        folder.display().to_string()
    };
    let homes = [folder("home"), folder("another home"), folder("h/o/m/e")];
    let temporary = [folder("tmp"), folder("other tmp"), folder("t")];
    let homes: Vec<&str> = homes.iter().map(String::as_str).collect();
    let temporary: Vec<&str> = temporary.iter().map(String::as_str).collect();
    let variables = [
        ("HOME", choices.of(&homes)),
        ("TMPDIR", choices.of(&temporary)),
        (
            "TZ",
            choices.of(&["UTC", "Pacific/Kiritimati", "America/St_Johns"]),
        ),
        ("LC_ALL", choices.of(&["C", "tr_TR.UTF-8", "de_DE.UTF-8"])),
        ("USER", choices.of(&["root", "somebody"])),
    ];
    let jobs = choices.of(&["1", "2", "3", "8", "16"]);
    let surroundings = Surroundings {
        folder: choices.of(&["a", "deep/er/checkout", "with space/and-dash", "ünïcode"]),
        rights: choices.of(&["go=", "go=rX", "go=rwX"]),
        umask: choices.of(&["022", "077", "000", "027"]),
        variables: &variables,
        args: &["--jobs", jobs],
    };
    println!("{surroundings:?}");
    digests(environment, &surroundings)
}

#[test]
fn any_combination_of_surroundings_gives_the_same_digest() {
    let mut choices = Choices::new();
    let environments: [fn() -> TestEnvironment; 3] = [
        || TestEnvironment::new().with_empty_go_cache(),
        TestEnvironment::new,
        TestEnvironment::new,
    ];
    for environment in environments {
        assert_eq!(
            &digests_in_any(&mut choices, environment()),
            usual_digests()
        );
    }
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
