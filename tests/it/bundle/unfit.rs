//! Bundles that are made for something else.

use super::{MODULE, Workplace, config};
use crate::support::{Output, TestEnvironment, go};

/// Builds from the bundle `all.bundle` of `workplace`, and asserts that no Go is unpacked for that.
#[track_caller]
fn refused(environment: &TestEnvironment, bundle: &std::path::Path, flags: &[&str]) -> Output {
    let bundle = bundle.to_str().expect("a path in UTF-8");
    let args = ["build", "--offline", "--bundle", bundle];
    let output = environment.run(args.iter().chain(flags)).ends_with(1);
    assert!(!environment.root().join("cache/toolchains").exists());
    output.says("error: [bundle] ")
}

#[test]
fn other_platforms_another_go_and_another_base_are_told_with_what_it_has() {
    let workplace = Workplace::new();
    let bundle = workplace.bundle();
    let elsewhere = workplace.elsewhere();
    refused(
        &elsewhere,
        &bundle,
        &["--platform", "linux/amd64,linux/arm64"],
    )
    .says("it is not made for linux/arm64, but for linux/amd64")
    .says("coracle bundle -o FILE --platform linux/amd64,linux/arm64 --host linux/");
    refused(
        &elsewhere,
        &bundle,
        &["--base", "registry.example.com/other:v1"],
    )
    .says("it has no base registry.example.com/other:v1, but ");
    let version = go::wanted_version();
    elsewhere.write(".go-version", "1.98.7\n");
    refused(&elsewhere, &bundle, &[])
        .says(&format!(
            "it has Go {version}, and Go 1.98.7 is what builds this: .go-version:1 names 1.98.7"
        ))
        .says(&format!(
            "hint: build with the Go that it has: coracle toolchain pin {version}"
        ));
}

#[test]
fn a_machine_of_another_kind_is_told_which_it_is_made_for() {
    let workplace = Workplace::new();
    let other = if cfg!(target_arch = "aarch64") {
        "linux/amd64"
    } else {
        "linux/arm64"
    };
    let args = ["bundle", "-o", "other.bundle", "--host", other];
    workplace.environment.run(args).success();
    let bundle = workplace.environment.work().join("other.bundle");
    refused(&workplace.elsewhere(), &bundle, &[])
        .says(&format!("which this machine is, but for {other}"));
}

#[test]
fn a_module_that_go_sum_has_come_to_name_is_told_with_the_command_that_makes_a_new_bundle() {
    let workplace = Workplace::new();
    let bundle = workplace.bundle();
    let elsewhere = workplace.elsewhere();
    let newer = workplace
        .proxy
        .publish(MODULE, "v1.1.0", "package dep\n\nconst X = 1\n");
    elsewhere.write("go.sum", format!("{}{}", workplace.go_sum, newer.go_sum));
    let go_mod = String::from_utf8(elsewhere.read("go.mod")).expect("text");
    elsewhere.write("go.mod", go_mod.replace("v1.0.0", "v1.1.0"));
    refused(&elsewhere, &bundle, &[])
        .says(&format!(
            "it lacks what go.sum has come to name since it was made: {MODULE}@v1.1.0"
        ))
        .says("hint: make a new one where there is a network: coracle bundle -o FILE");
}

/// A vendored build takes no module from a bundle.
#[test]
fn a_vendored_project_misses_no_module() {
    let workplace = Workplace::new();
    let newer = workplace
        .proxy
        .publish(MODULE, "v1.1.0", "package dep\n\nconst X = 1\n");
    let bundle = workplace.bundle();
    let elsewhere = workplace.elsewhere();
    for environment in [&workplace.environment, &elsewhere] {
        let go_mod = String::from_utf8(environment.read("go.mod")).expect("text");
        environment.write("go.mod", go_mod.replace("v1.0.0", "v1.1.0"));
        environment.write("go.sum", format!("{}{}", workplace.go_sum, newer.go_sum));
    }
    refused(&elsewhere, &bundle, &[]).says("it lacks what go.sum has come to name");
    let mut vendor = workplace.environment.command(go::program());
    vendor.args(["mod", "vendor"]);
    workplace.environment.run_command(&mut vendor).success();
    let vendored = format!("vendor/{MODULE}");
    let folder = workplace.environment.work().join(&vendored);
    for file in std::fs::read_dir(folder).expect("a folder").flatten() {
        let name = format!("{vendored}/{}", file.file_name().to_string_lossy());
        elsewhere.write(&name, workplace.environment.read(&name));
    }
    let list = workplace.environment.read("vendor/modules.txt");
    elsewhere.write("vendor/modules.txt", list);
    let bundle = bundle.to_str().expect("a path in UTF-8");
    elsewhere
        .run(["build", "--offline", "--bundle", bundle])
        .success();
}

/// It is in go.sum all the while, and nothing was compiled from it.
#[test]
fn a_module_that_comes_to_be_compiled_is_told_with_the_command_that_makes_a_new_bundle() {
    let workplace = Workplace::new();
    let module = "git.example.invalid/team/later";
    let later = workplace.proxy.publish(module, "v1.0.0", "package later\n");
    let elsewhere = workplace.elsewhere();
    for environment in [&workplace.environment, &elsewhere] {
        let go_sum = format!("{}{}", workplace.go_sum, later.go_sum);
        environment.write("go.sum", go_sum);
        let go_mod = String::from_utf8(environment.read("go.mod")).expect("text");
        environment.write("go.mod", format!("{go_mod}require {module} v1.0.0\n"));
    }
    let bundle = workplace.bundle();
    elsewhere.write(
        "more.go",
        format!("package main\n\nimport _ \"{module}\"\n"),
    );
    let bundle = bundle.to_str().expect("a path in UTF-8");
    elsewhere
        .run(["build", "--offline", "--bundle", bundle])
        .ends_with(1)
        .says("error: [bundle] linux/amd64: cannot compile example.com/hello")
        .says(&format!("caused by: the bundle lacks {module}@v1.0.0"))
        .says("caused by: more.go:3:8: module lookup disabled by GOPROXY=off")
        .says("hint: make a new one where there is a network: coracle bundle -o FILE");
}

#[test]
fn a_machine_whose_project_names_no_go_takes_that_of_the_bundle() {
    let workplace = Workplace::new();
    let bundle = workplace.bundle();
    let elsewhere = workplace.elsewhere();
    let go_mod = String::from_utf8(elsewhere.read("go.mod")).expect("text");
    let version = go::wanted_version();
    elsewhere.write(
        "go.mod",
        go_mod.replace(&format!("toolchain go{version}\n"), ""),
    );
    // What is older than the release that this coracle was tested with is good enough.
    elsewhere.write("coracle.toml", config("static"));
    let bundle = bundle.to_str().expect("a path in UTF-8");
    elsewhere
        .run(["build", "--offline", "--bundle", bundle])
        .success()
        .says(&format!("go {version} (verified h1:"));
}
