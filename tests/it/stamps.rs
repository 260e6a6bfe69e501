//! Version, commit and date in the program: from git, from the environment, from the configuration, from nowhere.

use crate::support::TestEnvironment;
use crate::support::git::{self, COMMIT_TIME, GitRepository};
use crate::support::layout::Layout;

struct Stamped {
    environment: TestEnvironment,
}

/// The three stamps that a program printed.
#[derive(Debug, PartialEq)]
struct Stamps {
    version: String,
    commit: String,
    date: String,
}

impl Stamped {
    fn new() -> Self {
        let environment = TestEnvironment::new().with_stamped();
        environment.write(".gitignore", "dist/\n");
        Self { environment }
    }

    fn commit(&self) -> GitRepository {
        GitRepository::create(self.environment.work())
    }

    /// Builds the program, runs it out of its image, and returns what it says.
    fn stamps(&self, args: &[&str]) -> Stamps {
        self.environment.run([&["build"], args].concat()).success();
        let archive = self.environment.work().join("dist/stamped.tar");
        let image = Layout::in_archive(&archive).image("latest");
        let said = self.environment.run_out_of(&image, "stamped");
        let lines: Vec<&str> = said.stdout.lines().collect();
        let [version, commit, date] = lines.as_slice() else {
            panic!("{said}");
        };
        assert_eq!(
            image.label("org.opencontainers.image.version"),
            Some(*version)
        );
        Stamps::new(version, commit, date)
    }
}

impl Stamps {
    fn new(version: &str, commit: &str, date: &str) -> Self {
        Self {
            version: version.to_owned(),
            commit: commit.to_owned(),
            date: date.to_owned(),
        }
    }
}

#[test]
fn without_git_the_stamps_say_so() {
    let stamps = Stamped::new().stamps(&[]);
    assert_eq!(stamps, Stamps::new("dev", "none", "unknown"));
}

#[test]
fn a_tag_is_the_version_of_its_commit() {
    let project = Stamped::new();
    let repository = project.commit();
    repository.tag("v1.2.3");
    let expected = Stamps::new("v1.2.3", &repository.head(), COMMIT_TIME);
    assert_eq!(project.stamps(&[]), expected);
}

#[test]
fn commits_after_a_tag_are_counted() {
    let project = Stamped::new();
    let repository = project.commit();
    repository.tag("v1.2.3");
    let repository = repository.at("2024-05-06T07:08:09Z");
    repository.commit_all("second");
    let commit = repository.head();
    let version = format!("v1.2.3-1-g{}", &commit[..12]);
    let expected = Stamps::new(&version, &commit, "2024-05-06T07:08:09Z");
    assert_eq!(project.stamps(&[]), expected);
}

#[test]
fn a_commit_without_a_tag_is_its_own_version() {
    let project = Stamped::new();
    let commit = project.commit().head();
    let stamps = project.stamps(&[]);
    assert_eq!(stamps.version, commit[..12]);
    assert_eq!(stamps.commit, commit);
}

#[test]
fn a_changed_file_makes_the_version_dirty() {
    let project = Stamped::new();
    project.commit().tag("v1");
    let source = project.environment.read("main.go");
    project
        .environment
        .write("main.go", [&source[..], b"\n"].concat());
    assert_eq!(project.stamps(&[]).version, "v1-dirty");
}

#[test]
fn an_untracked_file_makes_the_version_dirty_where_the_image_has_it() {
    let project = Stamped::new();
    project.commit().tag("v1");
    project.environment.write("notes.txt", "not in the image\n");
    assert_eq!(project.stamps(&[]).version, "v1");
    project.environment.write("more.go", "package main\n");
    assert_eq!(project.stamps(&[]).version, "v1-dirty");
}

#[test]
fn the_environment_decides_the_time_of_the_build() {
    let mut project = Stamped::new();
    project.commit().tag("v1");
    project.environment.set("SOURCE_DATE_EPOCH", "86400");
    assert_eq!(project.stamps(&[]).date, "1970-01-02T00:00:00Z");
}

#[test]
fn flags_decide_over_git() {
    let project = Stamped::new();
    project.commit().tag("v1");
    let stamps = project.stamps(&[
        "--set",
        "stamp.version=v9.9.9",
        "--set",
        "stamp.commit=abc",
        "--set",
        "stamp.date=2030-01-01T00:00:00Z",
    ]);
    assert_eq!(stamps, Stamps::new("v9.9.9", "abc", "2030-01-01T00:00:00Z"));
}

#[test]
fn a_team_names_its_own_variables() {
    let project = Stamped::new();
    project.environment.write(
        "coracle.toml",
        r#"
        [images.stamped]
        main = "."

        [stamp]
        version = "v5"
        vars    = { "main.version" = "{name} {version} on {branch}" }
        "#,
    );
    project.commit();
    let archive = project.environment.work().join("dist/stamped.tar");
    project.environment.run(["build"]).success();
    let image = Layout::in_archive(&archive).image("latest");
    let said = project.environment.run_out_of(&image, "stamped");
    assert_eq!(said.stdout, "stamped v5 on main\n-\n-\n");
}

#[test]
fn a_program_that_declares_no_stamps_is_the_same_for_every_commit() {
    let environment = TestEnvironment::new().with_hello();
    environment.write(".gitignore", "dist/\n");
    let repository = GitRepository::create(environment.work());
    let program_layer = || {
        environment.run(["build"]).success();
        let archive = environment.work().join("dist/hello.tar");
        let image = Layout::in_archive(&archive).image("latest");
        image.layers[1].descriptor["digest"].clone()
    };
    let first = program_layer();
    repository.at("2025-01-01T00:00:00Z").commit_all("second");
    assert_eq!(program_layer(), first);
}

#[test]
fn a_clone_has_the_stamps_of_its_origin() {
    let project = Stamped::new();
    project.commit().tag("v1");
    let stamps = project.stamps(&[]);
    let copy = TestEnvironment::new();
    let folder = copy.work().join("clone");
    git::clone(&project.environment.work(), &folder, &[]);
    copy.run_in("clone", ["build"]).success();
    let image = Layout::in_archive(&folder.join("dist/stamped.tar")).image("latest");
    let said = copy.run_out_of(&image, "stamped");
    let expected = format!("{}\n{}\n{}\n", stamps.version, stamps.commit, stamps.date);
    assert_eq!(said.stdout, expected);
}

#[test]
fn an_untracked_file_beside_the_project_makes_nothing_dirty() {
    let environment = TestEnvironment::new();
    environment.write("app/go.mod", "module example.com/app\n\ngo 1.26\n");
    let main = "package main\n\nvar version string\n\nfunc main() { println(version) }\n";
    environment.write("app/main.go", main);
    GitRepository::create(environment.work()).tag("v1.2.3");
    let plan = |environment: &TestEnvironment| {
        let plan = environment.run(["build", "-C", "app", "--dry-run"]);
        plan.success().data()
    };
    environment.write("above.go", "package above\n");
    assert!(plan(&environment).contains("main.version=v1.2.3\n"));
    environment.write("app/more.go", "package main\n");
    assert!(plan(&environment).contains("main.version=v1.2.3-dirty\n"));
}

/// A project of two programs that are stamped from their inputs, in `cmd/a` and `cmd/b`.
fn of_inputs() -> TestEnvironment {
    let config = "[stamp]\nfrom = \"inputs\"\n\n[images.a]\nmain = \"./cmd/a\"\n\
                  files = [{ from = \"data/*.txt\", to = \"/data\" }]\n";
    let environment = TestEnvironment::new().with_project(config, &[]);
    let main = "package main\n\nimport \"embed\"\n\n//go:embed site\nvar site embed.FS\n\n\
                var version, commit string\n\nfunc main() { println(version, commit) }\n";
    environment.write("cmd/a/main.go", main);
    environment.write("cmd/a/site/x", "1");
    environment.write("data/x.txt", "1");
    environment
}

fn stamps_of(environment: &TestEnvironment) -> (String, String) {
    let plan = environment.run(["build", "--dry-run", "--json"]).success();
    let plan = crate::support::image::parse(plan.stdout.as_bytes());
    let stamp = |name: &str| {
        let stamp = plan["images"][0]["stamps"][name].as_str();
        stamp.expect("a stamp").to_owned()
    };
    (stamp("main.version"), stamp("main.commit"))
}

#[test]
fn inputs_are_sources_embeds_copied_files_and_what_describes_modules() {
    let environment = of_inputs();
    let repository = GitRepository::create(environment.work());
    for (file, is_input) in [
        ("docs/x.md", false),
        ("cmd/a/notes.md", false),
        ("cmd/a/main_test.go", false),
        ("cmd/b/main.go", false),
        ("data/x.json", true),
        ("cmd/a/more.go", true),
        ("cmd/a/site/deep/y", true),
        ("data/y.txt", true),
        ("go.sum", true),
    ] {
        let (_, before) = stamps_of(&environment);
        environment.write(file, "package main\n");
        repository.commit_all(file);
        let (_, after) = stamps_of(&environment);
        let expected = if is_input { repository.head() } else { before };
        assert_eq!(after, expected, "{file}");
    }
}

#[test]
fn an_input_that_a_commit_removed_counts() {
    let environment = of_inputs();
    environment.write("cmd/a/more.go", "package main\n");
    let repository = GitRepository::create(environment.work());
    std::fs::remove_file(environment.work().join("cmd/a/more.go")).expect("a file");
    repository.commit_all("second");
    assert_eq!(stamps_of(&environment).1, repository.head());
}

#[test]
fn what_a_link_stands_for_is_an_input() {
    let environment = of_inputs();
    let main = "package main\n\nimport _ \"example.com/hello/linked/deep\"\n\n\
                var version, commit string\n\nfunc main() { println(version, commit) }\n";
    environment.write("cmd/a/main.go", main);
    environment.write("real/deep/deep.go", "package deep\n");
    environment.write("kept/more.go.txt", "package main\n");
    let link = |target: &str, name: &str| {
        let link = environment.work().join(name);
        std::os::unix::fs::symlink(target, link).expect("a link");
    };
    link("real", "linked");
    link("../../kept/more.go.txt", "cmd/a/more.go");
    let repository = GitRepository::create(environment.work());
    for (file, is_input) in [
        ("real/deep/deep.go", true),
        ("real/other.go", false),
        ("kept/other.go", false),
        ("kept/more.go.txt", true),
    ] {
        let (_, before) = stamps_of(&environment);
        environment.write(file, format!("package deep // {file}\n"));
        assert_eq!(
            stamps_of(&environment).0.ends_with("-dirty"),
            is_input,
            "{file}"
        );
        repository.commit_all(file);
        let (_, after) = stamps_of(&environment);
        let expected = if is_input { repository.head() } else { before };
        assert_eq!(after, expected, "{file}");
    }
}

#[test]
fn inputs_that_are_changed_are_dirty_and_a_tag_on_head_is_the_version() {
    let environment = of_inputs();
    let repository = GitRepository::create(environment.work());
    let first = repository.head();
    environment.write("docs/x.md", "x");
    repository.commit_all("second");
    assert_eq!(
        stamps_of(&environment),
        (first[..12].to_owned(), first.clone())
    );
    repository.tag("v2.0.0");
    assert_eq!(
        stamps_of(&environment),
        ("v2.0.0".to_owned(), first.clone())
    );
    environment.write("docs/x.md", "changed");
    assert_eq!(stamps_of(&environment).0, "v2.0.0");
    environment.write("cmd/a/site/x", "changed");
    assert_eq!(stamps_of(&environment).0, "v2.0.0-dirty");
}

#[test]
fn a_history_that_is_cut_off_before_the_answer_is_an_error() {
    let environment = of_inputs();
    let repository = GitRepository::create(environment.work());
    repository.tag("v1.0.0");
    environment.write("docs/x.md", "x");
    repository.commit_all("second");
    repository.tag("v2.0.0");
    let (work, shallow) = (environment.work(), environment.root().join("shallow"));
    git::clone(&work, &shallow, &["--depth", "1"]);
    let mut command = environment.coracle(["build", "--dry-run"]);
    let output = environment.run_command(command.current_dir(&shallow));
    output
        .ends_with(2)
        .says("the last commit of an image's inputs cannot be seen")
        .says("git fetch --unshallow --tags");
    environment.write("cmd/a/more.go", "package main\n");
    repository.commit_all("third");
    repository.tag("v3.0.0");
    let shallow = environment.root().join("deeper");
    git::clone(&work, &shallow, &["--depth", "2"]);
    let mut command = environment.coracle(["build", "--dry-run"]);
    environment
        .run_command(command.current_dir(&shallow))
        .success();
}
