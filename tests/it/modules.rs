//! Modules: the ways that they come by, and the sums that they must have.

use crate::support::module_proxy::ModuleProxy;
use crate::support::{Output, TestEnvironment};

/// A module that no machine of the internet has.
pub(crate) const MODULE: &str = "git.example.invalid/team/dep";

/// Returns a project that needs a private module, which `proxy` has, and whose machine has not.
pub(crate) fn project(proxy: &ModuleProxy) -> TestEnvironment {
    let mut environment = TestEnvironment::new().with_hello();
    let module_cache = environment.root().join("go-mod");
    environment.set("GOMODCACHE", module_cache);
    environment.unset("GOPROXY");
    let published = proxy.publish(MODULE, "v1.0.0", "package dep\n");
    environment.write("go.sum", published.go_sum);
    environment.write(
        "go.mod",
        format!("module example.com/hello\n\ngo 1.26\n\nrequire {MODULE} v1.0.0\n"),
    );
    environment.write(
        "main.go",
        format!("package main\n\nimport _ \"{MODULE}\"\n\nfunc main() {{}}\n"),
    );
    environment
}

fn build(environment: &TestEnvironment, modules: &str) -> Output {
    let text = format!("[images.hello]\nmain = \".\"\n\n[modules]\n{modules}\n");
    environment.write("coracle.toml", text);
    environment.run(["build"])
}

#[test]
fn where_direct_is_denied_private_modules_come_through_the_teams_proxy() {
    let proxy = ModuleProxy::empty();
    let environment = project(&proxy);
    let url = proxy.url();
    let team = format!("proxy = [\"{url}\", \"direct\"]\nprivate = [\"git.example.invalid\"]");
    // Their own host is asked otherwise, which there is none of.
    build(&environment, &team).ends_with(69);
    assert_eq!(proxy.journal().len(), 0);
    build(&environment, &format!("{team}\ndirect = \"deny\"")).success();
    assert_ne!(proxy.journal().len(), 0);
}

#[test]
fn where_direct_is_denied_a_proxy_has_to_be_named() {
    let mut environment = project(&ModuleProxy::empty());
    let modules = "private = [\"git.example.invalid\"]\ndirect = \"deny\"";
    build(&environment, modules)
        .ends_with(2)
        .says("lets private modules come through proxies only")
        .says("hint: name the team's own proxy alone");
    environment.set("GOPROXY", "direct");
    build(&environment, modules)
        .ends_with(2)
        .says("GOPROXY names no proxy but \"direct\"")
        .says("hint: ");
}

#[test]
fn a_variable_that_does_nothing_is_pointed_out() {
    let mut environment = TestEnvironment::new().with_hello();
    environment.set("GONOSUMCHECK", "*");
    for verb in ["build", "dist"] {
        environment
            .run([verb])
            .success()
            .says("warning: [modules] GONOSUMCHECK is set, and no go command knows it")
            .says("export GONOSUMDB=git.example.com/*");
    }
}

#[test]
fn sums_that_are_wrong_or_missing_are_told_with_the_module() {
    let proxy = ModuleProxy::empty();
    let mut environment = project(&proxy);
    environment.set("GOPROXY", proxy.url());
    environment.set("GONOSUMDB", "git.example.invalid");
    let right = String::from_utf8(environment.read("go.sum")).expect("text");
    let other = proxy.publish(MODULE, "v1.0.1", "package dep\n\nconst X = 1\n");
    let sum = |go_sum: &str| go_sum.split_whitespace().nth(2).map(str::to_owned);
    let (right_sum, wrong_sum) = (sum(&right), sum(&other.go_sum));

    environment.write("go.sum", other.go_sum.replace("v1.0.1", "v1.0.0"));
    environment
        .run(["build"])
        .ends_with(1)
        .says(&format!("verifying {MODULE}@v1.0.0: checksum mismatch"))
        .says(&format!("downloaded: {}", right_sum.expect("a sum")))
        .says(&format!("go.sum:     {}", wrong_sum.expect("a sum")))
        .says("hint: what was downloaded is not what go.sum");
    environment.write("go.sum", "");
    environment
        .run(["build"])
        .ends_with(1)
        .says(MODULE)
        .says("hint: go.sum does not list all that is needed; type: go mod tidy");
}
