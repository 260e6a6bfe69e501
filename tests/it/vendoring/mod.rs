//! Vendor folders: used, in step with go.mod, and what go.sum vouches for; and workspaces.

mod exact;

use std::process::Command;

use serde_json::Value;

use crate::support::module_proxy::ModuleProxy;
use crate::support::registry::FakeRegistry;
use crate::support::statements::Statements;
use crate::support::{Output, TestEnvironment, go};

/// A module that no machine of the internet has.
const MODULE: &str = "git.example.invalid/team/dep";
const SOURCE: &str = "package dep\n\nconst Text = \"as it was released\"\n";

/// A project that needs a module, in a machine of its own.
struct Project {
    environment: TestEnvironment,
    proxy: ModuleProxy,
}

impl Project {
    /// Needs the module in a go.mod, and nothing is vendored yet.
    fn new() -> Self {
        let project = Self::empty();
        project.write_module("", "");
        project
    }

    fn empty() -> Self {
        let proxy = ModuleProxy::empty();
        let mut environment = TestEnvironment::new();
        let module_cache = environment.root().join("go-mod");
        environment.set("GOMODCACHE", module_cache);
        environment.set("GOPROXY", proxy.url());
        environment.set("GONOSUMDB", "git.example.invalid");
        environment.write("coracle.toml", "[images.hello]\nmain = \".\"\n");
        Self { environment, proxy }
    }

    /// Writes the program into a folder, with more lines in its go.mod.
    fn write_module(&self, folder: &str, more: &str) {
        let published = self.proxy.publish(MODULE, "v1.0.0", SOURCE);
        let environment = &self.environment;
        environment.write(format!("{folder}go.sum"), published.go_sum);
        environment.write(
            format!("{folder}go.mod"),
            format!("module example.com/hello\n\ngo 1.26\n\nrequire {MODULE} v1.0.0\n{more}"),
        );
        environment.write(
            format!("{folder}main.go"),
            format!("package main\n\nimport \"{MODULE}\"\n\nfunc main() {{ println(dep.Text) }}\n"),
        );
    }

    /// Runs the go command.
    #[track_caller]
    fn go(&self, args: &[&str]) {
        let mut command: Command = self.environment.command(go::program());
        command.args(args).env("GOFLAGS", "-modcacherw");
        self.environment.run_command(&mut command).success();
    }

    fn push(&self, registry: &FakeRegistry) -> Output {
        let repository = registry.repository("team/hello");
        self.environment.run(["push", "--repo", &repository])
    }

    /// Lets nobody have the module any more, and no cache.
    fn forget(&mut self) {
        self.forget_modules();
        self.environment.set("GOPROXY", "off");
    }

    /// Lets the module cache have nothing.
    fn forget_modules(&mut self) {
        let nothing = self.environment.root().join("nothing");
        self.environment.set("GOMODCACHE", nothing);
    }

    /// Changes the program, so that it is compiled anew.
    fn edit(&self, number: usize) {
        let text = format!("package main\n\nconst number = {number}\n");
        self.environment.write("more.go", text);
    }

    /// Checks what can be checked without more of a network than a module has.
    fn check(&self, flags: &[&str]) -> Output {
        let off = [
            "vulnerabilities=off",
            "retracted=allow",
            "deprecated=allow",
            "untidy=allow",
        ];
        let off = off.map(|key| format!("policy.{key}"));
        let off = off.iter().flat_map(|key| ["--set", key.as_str()]);
        let args = ["check"].into_iter().chain(flags.iter().copied());
        self.environment.run(args.chain(off))
    }

    /// Returns how often the proxy was asked for the zip.
    fn zips_asked(&self) -> usize {
        let requests = self.proxy.journal().requests();
        let zip = format!("/{MODULE}/@v/v1.0.0.zip");
        requests.iter().filter(|it| it.path() == zip).count()
    }
}

const VENDORED: &str = "vendor/git.example.invalid/team/dep/source.go";

#[test]
fn what_is_vendored_needs_nobody_else() {
    let mut project = Project::new();
    project.go(&["mod", "vendor"]);
    project.forget();
    project.environment.run(["build"]).success();
    project
        .environment
        .run(["dist", "--platform", "linux/amd64"])
        .success();
}

#[test]
fn a_vendored_workspace_needs_nobody_else() {
    let mut project = Project::empty();
    project.write_module(
        "app/",
        "require example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n",
    );
    project
        .environment
        .write("lib/go.mod", "module example.com/lib\n\ngo 1.26\n");
    project.environment.write("lib/lib.go", "package lib\n");
    project.environment.write(
        "app/lib.go",
        "package main\n\nimport _ \"example.com/lib\"\n",
    );
    project
        .environment
        .write("go.work", "go 1.26\n\nuse (\n\t./app\n\t./lib\n)\n");
    project
        .environment
        .write("coracle.toml", "[images.hello]\nmain = \"./app\"\n");
    project.go(&["work", "vendor"]);
    project.forget();
    project.environment.run(["build"]).success();
    // Alone the module is not what the folder was made for.
    project.environment.set("GOWORK", "off");
    project
        .environment
        .run(["build", "-C", "app"])
        .ends_with(69);
}

#[test]
fn a_vendor_folder_that_go_passes_over_is_pointed_out() {
    let project = Project::new();
    project.go(&["mod", "vendor"]);
    let list = String::from_utf8(project.environment.read("vendor/modules.txt")).expect("text");
    project
        .environment
        .write("vendor/modules.txt", format!("## workspace\n{list}"));
    project
        .environment
        .run(["build"])
        .success()
        .says("warning: [modules] there is a vendor folder, and Go takes nothing from it: it is that of a workspace");
}

#[test]
fn each_module_out_of_step_is_told_before_a_compiler_starts() {
    let project = Project::new();
    project.go(&["mod", "vendor"]);
    let environment = &project.environment;
    let go_mod = String::from_utf8(environment.read("go.mod")).expect("text");
    let more = format!(
        "{}\nrequire git.example.invalid/team/new v0.1.0\n\nreplace git.example.invalid/team/other => ./other\n",
        go_mod.replace("v1.0.0", "v1.2.0")
    );
    environment.write("go.mod", more);
    environment.remove_program("go");
    insta::assert_snapshot!(environment.run(["build"]).ends_with(1).talk(), @"
    error: [modules] vendor/modules.txt: the vendor folder is out of step with go.mod
      caused by: git.example.invalid/team/dep@v1.2.0 is required in go.mod, and v1.0.0 is vendored
        git.example.invalid/team/new@v0.1.0 is required in go.mod, and not marked as explicit
        git.example.invalid/team/other is replaced by ./other, and not marked so
      hint: bring it into step: go mod vendor
      hint: or build without it: rm -r vendor
    ");
    environment
        .run(["dist"])
        .ends_with(1)
        .says("the vendor folder is out of step with go.mod");
}

#[test]
fn a_workspace_out_of_step_is_brought_into_it_by_its_own_command() {
    let project = Project::empty();
    project.write_module("app/", "");
    project
        .environment
        .write("go.work", "go 1.26\n\nuse ./app\n");
    project
        .environment
        .write("coracle.toml", "[images.hello]\nmain = \"./app\"\n");
    project.go(&["work", "vendor"]);
    let go_mod = String::from_utf8(project.environment.read("app/go.mod")).expect("text");
    project
        .environment
        .write("app/go.mod", go_mod.replace("v1.0.0", "v1.2.0"));
    project
        .environment
        .run(["build"])
        .ends_with(1)
        .says("out of step with the go.mod files of the workspace")
        .says(&format!(
            "{MODULE}@v1.2.0 is required in app/go.mod, and v1.0.0 is vendored"
        ))
        .says("hint: bring it into step: go work vendor");
}

#[test]
fn a_push_refuses_vendored_files_that_are_not_the_modules_own() {
    let registry = FakeRegistry::start();
    let project = Project::new();
    project.go(&["mod", "vendor"]);
    project.push(&registry).success();
    let environment = &project.environment;
    // The same size, and another text.
    environment.write(VENDORED, SOURCE.replace("as it was", "as he was"));
    environment.write(
        "vendor/git.example.invalid/team/dep/more.go",
        "package dep\n",
    );
    environment.run(["build"]).success();
    project
        .push(&registry)
        .ends_with(1)
        .says("error: [modules] vendor: what is vendored is not what go.sum vouches for")
        .says(&format!("{VENDORED} is not {MODULE}@v1.0.0/source.go"))
        .says("vendor/git.example.invalid/team/dep/more.go is not in the module")
        .says("hint: find out who changed it; go mod vendor");
}

/// A module with what `go mod vendor` copies, and what it does not.
fn with_files(project: &Project) {
    let code = "package dep\n\nimport \"embed\"\n\n//go:embed site\nvar Site embed.FS\n\nconst Text = \"x\"\n";
    let published = project.proxy.publish_files(
        MODULE,
        "v1.0.0",
        &[
            ("go.mod", &format!("module {MODULE}\n\ngo 1.26\n")),
            ("source.go", code),
            ("source_test.go", "package dep\n"),
            ("gen.go", "//go:build ignore\n\npackage main\n"),
            ("source_plan9.go", "package dep\n"),
            ("README", "x\n"),
            ("LICENSE", "x\n"),
            ("other/other.go", "package other\n"),
            ("testdata/x", "x\n"),
            ("site/a.html", "a\n"),
            ("site/b/b.html", "b\n"),
            ("site/.hidden", "x\n"),
            ("sub/below/below.go", "package below\n"),
            ("sub/NOTICE", "x\n"),
            ("sub/README", "x\n"),
        ],
    );
    project.environment.write("go.sum", published.go_sum);
    project.environment.write(
        "below.go",
        format!("package main\n\nimport _ \"{MODULE}/sub/below\"\n"),
    );
    project.go(&["mod", "vendor"]);
}

#[test]
fn a_push_refuses_a_vendor_folder_that_lacks_a_file_and_demands_none_that_go_leaves_out() {
    let registry = FakeRegistry::start();
    let project = Project::new();
    with_files(&project);
    let pushed = project.push(&registry).success();
    assert!(!pushed.stderr.contains("warning"), "{pushed}");
    let environment = &project.environment;
    let folder = environment.work().join("vendor").join(MODULE);
    for (number, file) in ["site/b/b.html", "source_plan9.go"].into_iter().enumerate() {
        let text = std::fs::read(folder.join(file)).expect("a file");
        std::fs::remove_file(folder.join(file)).expect("a file");
        project.edit(number);
        project
            .push(&registry)
            .ends_with(1)
            .says("error: [modules] vendor: what is vendored is not what go.sum vouches for")
            .says(&format!(
                "vendor/{MODULE}/{file} is missing: go mod vendor copies {MODULE}@v1.0.0/{file} there"
            ))
            .says("hint: a file that a .gitignore keeps out of the repository comes into it by: git add -f vendor");
        std::fs::write(folder.join(file), text).expect("a file");
    }
    // What is there for people changes no program.
    for (number, file) in ["README", "LICENSE", "sub/NOTICE"].into_iter().enumerate() {
        let text = std::fs::read(folder.join(file)).expect("a file");
        std::fs::remove_file(folder.join(file)).expect("a file");
        project.edit(50 + number);
        project.push(&registry).success().says(&format!(
            "warning: [modules] 1 of 1 vendored modules are not known to be what go.sum says: vendor/{MODULE}/{file} is missing"
        ));
        std::fs::write(folder.join(file), text).expect("a file");
    }
    project.edit(100);
    let pushed = project.push(&registry).success();
    assert!(!pushed.stderr.contains("warning"), "{pushed}");
}

#[test]
fn source_that_is_of_no_vendored_module_stops_a_push() {
    let registry = FakeRegistry::start();
    let project = Project::new();
    project.go(&["mod", "vendor"]);
    let environment = &project.environment;
    environment.write("vendor/README.md", "ours\n");
    environment.write(
        "vendor/git.example.invalid/stray/stray.go",
        "package stray\n",
    );
    project
        .push(&registry)
        .ends_with(1)
        .says("error: [modules] vendor: what is vendored is not what go.sum vouches for")
        .says("vendor/git.example.invalid/stray/stray.go is of no module that vendor/modules.txt has packages of");
}

#[test]
fn a_vendored_file_that_is_another_while_it_is_compiled_stops_a_push() {
    let registry = FakeRegistry::start();
    let project = Project::new();
    project.go(&["mod", "vendor"]);
    let environment = &project.environment;
    let file = environment.work().join(VENDORED);
    let other = environment.root().join("other.go");
    std::fs::write(&other, SOURCE.replace("as it was", "as he was")).expect("a file");
    environment.write_go_that_sees(&file, &other);
    project.push(&registry).ends_with(1).says(&format!(
        "{VENDORED} was changed after it was compared with go.sum, and before it was compiled"
    ));
}

#[test]
fn the_check_finds_a_vendored_file_that_is_missing() {
    let project = Project::new();
    project.go(&["mod", "vendor"]);
    std::fs::remove_file(project.environment.work().join(VENDORED)).expect("a file");
    project
        .environment
        .write("vendor/git.example.invalid/team/dep/another.go", SOURCE);
    let found = project.check(&[]).ends_with(1).data();
    assert!(found.contains(&format!("{VENDORED} is missing")), "{found}");
    assert!(found.contains("another.go is not in the module"), "{found}");
}

#[test]
fn a_zip_that_the_module_cache_lacks_is_fetched_to_be_compared_once() {
    let registry = FakeRegistry::start();
    let mut project = Project::new();
    project.go(&["mod", "vendor"]);
    project.forget_modules();
    let before = project.zips_asked();
    let pushed = project.push(&registry).success();
    assert!(!pushed.stderr.contains("warning"), "{pushed}");
    assert_eq!(project.zips_asked(), before + 1);
    // Nothing of it is put where the user's modules are.
    assert!(!project.environment.root().join("nothing/cache").exists());
    project.edit(1);
    project.push(&registry).success();
    assert_eq!(project.zips_asked(), before + 1);
    project.check(&["--full"]).success();
    assert_eq!(project.zips_asked(), before + 2);
    project
        .environment
        .write(VENDORED, SOURCE.replace("as it was", "as he was"));
    project
        .push(&registry)
        .ends_with(1)
        .says(&format!("{VENDORED} is not {MODULE}@v1.0.0/source.go"));
}

#[test]
fn a_private_module_is_not_asked_of_a_proxy_to_compare_what_is_vendored_of_it() {
    let registry = FakeRegistry::start();
    let mut project = Project::new();
    project.go(&["mod", "vendor"]);
    project.forget_modules();
    project
        .environment
        .set("GOPRIVATE", "git.example.invalid/*");
    let before = project.zips_asked();
    project
        .push(&registry)
        .success()
        .says("warning: [modules] 1 of 1 vendored modules are not known to be what go.sum says")
        .says("no proxy is asked for it: GOPRIVATE has the pattern git.example.invalid/*");
    assert_eq!(project.zips_asked(), before);
}

#[test]
fn a_zip_that_is_not_what_go_sum_says_stops_a_push() {
    let registry = FakeRegistry::start();
    let mut project = Project::new();
    project.go(&["mod", "vendor"]);
    let zip = format!("cache/download/{MODULE}/@v/v1.0.0.zip");
    let zip = project.environment.root().join("go-mod").join(zip);
    let whole = std::fs::read(&zip).expect("a zip");
    std::fs::write(&zip, "no zip").expect("another zip");
    let refused = |project: &Project| {
        project.push(&registry).ends_with(1).says(&format!(
            "error: [modules] {MODULE}@v1.0.0, which is vendored, is not what go.sum says"
        ))
    };
    refused(&project)
        .says("its zip in the module cache is damaged")
        .says("hint: remove it, and another is asked for: rm -f '");
    std::fs::write(&zip, whole).expect("the zip");
    project.push(&registry).success();

    project.forget_modules();
    let other = SOURCE.replace("as it was", "as he was");
    project.proxy.publish(MODULE, "v1.0.0", &other);
    project.edit(1);
    refused(&project)
        .says("127.0.0.1 has sent something else")
        .says("go.sum:  h1:")
        .says("its zip: h1:")
        .says("try another GOPROXY");
    let found = project.check(&[]).ends_with(1).data();
    assert!(found.contains("is not what go.sum says"), "{found}");
}

#[test]
fn what_cannot_be_compared_is_warned_of_and_attested() {
    let registry = FakeRegistry::start();
    let mut project = Project::new();
    project.environment = project.environment.signing();
    project.go(&["mod", "vendor"]);
    let pushed = project.push(&registry).success();
    assert_eq!(modules_check(&registry, &pushed)["result"], "passed");
    project.forget();
    project.edit(1);
    let other = FakeRegistry::start();
    let pushed = project
        .push(&other)
        .success()
        .says(&format!("warning: [modules] 1 of 1 vendored modules are not known to be what go.sum says: {MODULE}: its zip is not in the module cache, and no proxy is asked: --offline or GOPROXY=off"))
        .says("hint: go mod download");
    let check = modules_check(&other, &pushed);
    assert_eq!(check["result"], "skipped");
    let reason = check["reason"].as_str().expect("a reason");
    assert!(reason.contains("not compared with go.sum"), "{reason}");
    let found = project.check(&[]).success().data();
    assert!(
        found.contains("1 of 1 vendored modules are not known to be what go.sum says"),
        "{found}"
    );
}

/// Returns what the policy statement of a pushed image says of its modules.
fn modules_check(registry: &FakeRegistry, pushed: &Output) -> Value {
    let (_, digest) = pushed.line().split_once('@').expect("a digest");
    let said = Statements::of(registry, "team/hello", digest);
    let checks = said.predicate("policy/v1")["checks"].clone();
    let checks = checks.as_array().expect("checks").iter();
    let mut modules = checks.filter(|check| check["name"] == "modules");
    modules.next().expect("the check of modules").clone()
}

#[test]
fn a_member_of_a_workspace_that_is_gone_is_told_with_the_ways_out() {
    let project = Project::empty();
    let environment = &project.environment;
    environment.write("app/go.mod", "module example.com/app\n\ngo 1.26\n");
    environment.write("app/main.go", "package main\n\nfunc main() {}\n");
    environment.write("coracle.toml", "[images.hello]\nmain = \"./app\"\n");
    environment.write("go.work", "go 1.26\n\nuse ./app\n\nuse (\n\t./lib\n)\n");
    insta::assert_snapshot!(environment.run(["build"]).ends_with(2).talk(), @"
    error: [facts] go.work:6: the workspace uses ./lib, which is gone
      hint: bring it back: git checkout -- lib, or for a submodule: git submodule update --init lib
      hint: or take it out: go work edit -dropuse=./lib go.work
      hint: or build without the workspace: GOWORK=off coracle …
    ");
    environment.write("lib/README", "");
    environment
        .run(["build"])
        .ends_with(2)
        .says("go.work:6: the workspace uses ./lib, and there is no go.mod in it");
    environment.write("go.work", "go 1.26\n\nuse ./app\nuse ../elsewhere\n");
    environment
        .run(["build"])
        .ends_with(2)
        .says("../elsewhere")
        .says("hint: a folder that go.work uses is gone");
}
