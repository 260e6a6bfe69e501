//! Vendor folders: used, in step with go.mod, and what go.sum vouches for; and workspaces.

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
        let environment = &mut self.environment;
        let nothing = environment.root().join("nothing");
        environment.set("GOMODCACHE", nothing);
        environment.set("GOPROXY", "off");
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

#[test]
fn what_cannot_be_compared_is_said_and_attested() {
    let registry = FakeRegistry::start();
    let mut project = Project::new();
    project.environment = project.environment.signing();
    project.go(&["mod", "vendor"]);
    let pushed = project.push(&registry).success();
    assert_eq!(modules_check(&registry, &pushed)["result"], "passed");
    project.forget();
    project.environment.write("more.go", "package main\n");
    let other = FakeRegistry::start();
    let pushed = project
        .push(&other)
        .success()
        .says("1 of 1 vendored modules are not compared with go.sum")
        .says("its zip is not in the module cache");
    let check = modules_check(&other, &pushed);
    assert_eq!(check["result"], "skipped");
    let reason = check["reason"].as_str().expect("a reason");
    assert!(reason.contains("not compared with go.sum"), "{reason}");
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
