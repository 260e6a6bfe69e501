//! Modules on their way: which are fetched, and what is said of proxies that do not give them.

use axum::http::StatusCode;
use serde_json::Value;

use crate::modules::{MODULE, project};
use crate::support::TestEnvironment;
use crate::support::http::{Act, Fault, Refusal};
use crate::support::image::{array, parse};
use crate::support::module_proxy::ModuleProxy;

/// A project that needs a module, and has what `proxies` give; the proxy that has it is in their place `{}`.
fn asking(proxies: &str) -> (TestEnvironment, ModuleProxy) {
    let proxy = ModuleProxy::empty();
    let mut environment = project(&proxy);
    environment.set("GOPROXY", proxies.replace("{}", proxy.url()));
    environment.set("GONOSUMDB", "git.example.invalid");
    (environment, proxy)
}

fn failures(report: &Value) -> Vec<(String, String, u64)> {
    let failures = array(&report["modules"]["failures"]).iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    failures
        .map(|it| {
            let count = it["count"].as_u64().expect("a number");
            (text(&it["host"]), text(&it["cause"]), count)
        })
        .collect()
}

fn host(proxy: &ModuleProxy) -> String {
    proxy.url().trim_start_matches("http://").to_owned()
}

#[test]
fn modules_that_are_there_are_asked_of_nobody() {
    let (environment, proxy) = asking("{}");
    environment.run(["build"]).success();
    let asked = proxy.journal().len();
    assert_ne!(asked, 0);
    environment.write("more.go", "package main\n");
    environment.run(["build"]).success();
    assert_eq!(proxy.journal().len(), asked);
}

#[test]
fn a_module_that_no_proxy_has_is_counted_by_host_and_cause_and_keeps_nothing_that_does_not_need_it()
{
    let (environment, proxy) = asking("{}");
    let other = "git.example.invalid/team/other";
    let published = proxy.publish(other, "v1.0.0", "package other\n");
    let go_mod = String::from_utf8(environment.read("go.mod")).expect("text");
    let go_sum = String::from_utf8(environment.read("go.sum")).expect("text");
    environment.write("go.mod", format!("{go_mod}\nrequire {other} v1.0.0\n"));
    environment.write("go.sum", format!("{go_sum}{}", published.go_sum));
    // Somebody took it away.
    let gone = format!("/{other}/@v/v1.0.0.zip");
    proxy.misbehave(Fault::at(
        &gone,
        Act::Refuse(Refusal::bare(StatusCode::GONE)),
    ));
    let output = environment.run(["build", "--json"]).success();
    let report = parse(output.stdout.as_bytes());
    assert_eq!(
        failures(&report),
        [(host(&proxy), "410".to_owned(), 1)],
        "{report:#}"
    );

    environment.write(
        "other.go",
        format!("package main\n\nimport _ \"{other}\"\n"),
    );
    let output = environment.run(["build", "--json"]).ends_with(1);
    let report = parse(output.stdout.as_bytes());
    let context = &report["errors"][0]["context"];
    assert_eq!(context["cause"], "410", "{report:#}");
    assert_eq!(context["host"], host(&proxy));
    assert_eq!(context["state"], "DownloadDeps");
    output
        .says("hint: if it was deleted where it came from, ask a proxy that has kept it")
        .says("go mod vendor");
}

#[test]
fn a_proxy_that_is_down_is_named_and_passed_over_where_another_may_be_asked() {
    let nobody = "http://127.0.0.1:1";
    let (environment, _proxy) = asking(&format!("{nobody},{{}}"));
    let output = environment.run(["build", "--json"]).ends_with(69);
    let report = parse(output.stdout.as_bytes());
    let failure = ("127.0.0.1:1".to_owned(), "refused".to_owned(), 1);
    assert_eq!(failures(&report), [failure], "{report:#}");
    output.says("hint: to go on with the next proxy wherever one fails, part them by |");

    let (environment, _proxy) = asking(&format!("{nobody}|{{}}"));
    let output = environment.run(["build", "--json"]).success();
    let report = parse(output.stdout.as_bytes());
    assert_eq!(failures(&report), [], "{report:#}");
}

#[test]
fn a_proxy_that_fails_or_wants_another_login_is_told_apart() {
    for (status, cause, code) in [
        (StatusCode::BAD_GATEWAY, "502", 69),
        (StatusCode::UNAUTHORIZED, "denied", 77),
    ] {
        let (environment, proxy) = asking("{}");
        let refusal = Act::Refuse(Refusal::bare(status));
        proxy.misbehave(Fault::at("/git.example.invalid/*", refusal));
        let output = environment.run(["build", "--json"]).ends_with(code);
        let report = parse(output.stdout.as_bytes());
        let failure = (host(&proxy), cause.to_owned(), 1);
        assert_eq!(failures(&report), [failure], "{report:#}");
    }
}

#[test]
fn a_version_that_does_not_exist_is_told_with_how_to_find_those_that_do() {
    let (environment, _proxy) = asking("{}");
    let go_mod = String::from_utf8(environment.read("go.mod")).expect("text");
    let go_sum = String::from_utf8(environment.read("go.sum")).expect("text");
    environment.write("go.mod", go_mod.replace("v1.0.0", "v1.0.9"));
    environment.write("go.sum", go_sum.replace("v1.0.0", "v1.0.9"));
    environment
        .run(["build"])
        .ends_with(1)
        .says(&format!("{MODULE}@v1.0.9"))
        .says("404 Not Found")
        .says("hint: if the version does not exist, choose one that does: go list -m -versions MODULE");
}
