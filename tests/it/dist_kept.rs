//! Programs of `dist` of which nothing changed.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Pid, kill_process};

use crate::modules::{MODULE, project};
use crate::support::module_proxy::ModuleProxy;
use crate::support::running::{Signal, until};
use crate::support::samples::printing;
use crate::support::{TestEnvironment, go, programs};

const ARGS: [&str; 3] = ["dist", "--platform", "linux/amd64,linux/arm64"];

fn hello() -> TestEnvironment {
    TestEnvironment::with_watched_go().with_hello()
}

/// Runs `dist`, and returns how many programs are compiled for it.
fn compiled(environment: &TestEnvironment, args: &[&str]) -> usize {
    let before = environment.go_commands().len();
    environment.run(args).success();
    let commands = environment.go_commands().split_off(before);
    let builds = commands.iter().filter(|command| *command == "build");
    builds.count()
}

#[test]
fn what_did_not_change_is_not_compiled_again_and_is_the_same() {
    let environment = hello();
    assert_eq!(compiled(&environment, &ARGS), 2);
    let sums = environment.read("dist/SHA256SUMS");
    std::fs::remove_dir_all(environment.work().join("dist")).expect("a folder");
    let before = environment.go_commands().len();
    let output = environment.run(ARGS).success();
    output.says("2 programs: no source changed");
    let works = ["build", "list"];
    let commands = environment.go_commands().split_off(before);
    assert!(
        !commands.iter().any(|it| works.contains(&it.as_str())),
        "{commands:?}"
    );
    assert!(environment.read("dist/SHA256SUMS") == sums);
    let program = environment.work().join("dist/hello-linux-amd64");
    environment
        .run_command(&mut environment.command(program))
        .success();
}

#[test]
fn only_what_changed_is_compiled() {
    let environment = hello();
    let (more, one) = ("linux/amd64,linux/arm64,linux/riscv64", "linux/amd64");
    assert_eq!(compiled(&environment, &ARGS), 2);
    assert_eq!(compiled(&environment, &["dist", "--platform", more]), 1);
    let source = environment.read("main.go");
    environment.write("main.go", [&source[..], b"\nfunc init() {}\n"].concat());
    assert_eq!(compiled(&environment, &["dist", "--platform", one]), 1);
    let stamped = ["dist", "--platform", one, "--set", "go.tags=[\"x\"]"];
    assert_eq!(compiled(&environment, &stamped), 1);
    environment.write("main.go", source);
    assert_eq!(compiled(&environment, &["dist", "--platform", more]), 0);
}

#[test]
fn whoever_asks_is_told_why_a_program_is_compiled() {
    let environment = hello();
    environment.run(ARGS).success();
    let source = environment.read("main.go");
    environment.write("main.go", [&source[..], b"\nfunc init() {}\n"].concat());
    let args = [&ARGS[..], &["-v"]].concat();
    let output = environment.run(&args).success();
    output
        .says("hello linux/arm64 example.com/hello: is made anew, because of\n  changed  main.go");
}

#[test]
fn other_files_are_made_of_what_was_compiled_before() {
    let environment = hello();
    assert_eq!(compiled(&environment, &ARGS), 2);
    let release = ["--archive", "zip", "--sbom", "spdx"];
    assert_eq!(compiled(&environment, &[&ARGS[..], &release].concat()), 0);
    let fresh = hello();
    assert_eq!(compiled(&fresh, &[&ARGS[..], &release].concat()), 2);
    let sums = |environment: &TestEnvironment| environment.read("dist/SHA256SUMS");
    assert!(sums(&environment) == sums(&fresh));
}

#[test]
fn what_is_harmed_in_the_cache_is_compiled_again() {
    let environment = hello();
    assert_eq!(compiled(&environment, &ARGS), 2);
    let sums = environment.read("dist/SHA256SUMS");
    let program = environment.read("dist/hello-linux-arm64");
    let mut harmed = 0;
    let blobs = environment.root().join("cache/blobs/sha256");
    for entry in std::fs::read_dir(blobs).expect("blobs").flatten() {
        if std::fs::read(entry.path()).expect("a blob") == program {
            std::fs::write(entry.path(), &program[1..]).expect("a blob");
            harmed += 1;
        }
    }
    assert_eq!(harmed, 1);
    assert_eq!(compiled(&environment, &ARGS), 1);
    assert!(environment.read("dist/SHA256SUMS") == sums);
}

#[test]
fn a_run_that_is_told_to_stop_while_it_hands_out_what_it_kept_says_so() {
    let environment = hello();
    environment.run(ARGS).success();
    let sums = environment.work().join("dist/SHA256SUMS");
    std::fs::remove_dir_all(environment.work().join("dist")).expect("a folder");
    // Nobody reads its rows for a while.
    let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
    fcntl_setfl(&writer, OFlags::NONBLOCK).expect("a flag");
    while writer.write(&[b'x'; 4096]).is_ok() {}
    while writer.write(b"x").is_ok() {}
    fcntl_setfl(&writer, OFlags::empty()).expect("a flag");
    let mut child = environment
        .coracle(ARGS)
        .stdout(writer)
        .stderr(Stdio::null())
        .spawn()
        .expect("coracle starts");
    let made = environment.work().join("dist/hello-linux-amd64");
    until("a program is there", || made.is_file());
    // Its row is on its way.
    std::thread::sleep(Duration::from_millis(300));
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
    std::thread::sleep(Duration::from_millis(300));
    std::io::copy(&mut reader, &mut std::io::sink()).expect("rows");
    assert_eq!(child.wait().expect("an end").code(), Some(143));
    assert!(!sums.exists());
}

#[test]
fn few_open_files_are_enough_where_more_are_allowed() {
    let environment = hello();
    let mut shell = environment.command(programs::find("sh"));
    let script = "ulimit -S -n 14 && exec \"$@\"";
    shell.args(["-c", script, "sh"]);
    shell.arg(programs::coracle()).args(ARGS);
    environment.run_command(&mut shell).success();
}

#[test]
fn a_bill_of_materials_is_the_same_where_the_modules_are_gone_meanwhile() {
    let proxy = ModuleProxy::empty();
    let mut environment = project(&proxy);
    let go_mod = format!("module {MODULE}\n\ngo 1.26\n");
    let published = proxy.publish_files(
        MODULE,
        "v1.0.0",
        &[
            ("go.mod", &go_mod),
            ("source.go", "package dep\n"),
            ("LICENSE", include_str!("../../LICENSE")),
        ],
    );
    environment.write("go.sum", published.go_sum);
    let team = format!(
        "[modules]\nproxy = [\"{}\"]\nprivate = [\"git.example.invalid\"]\ndirect = \"deny\"\n",
        proxy.url()
    );
    environment.write("coracle.toml", team);
    let args = ["dist", "--platform", "linux/amd64", "--sbom", "spdx"];
    let bill = |environment: &TestEnvironment| {
        environment.run(args).success();
        let bill = environment.read("dist/hello-linux-amd64.spdx.json");
        String::from_utf8(bill).expect("UTF-8")
    };
    let first = bill(&environment);
    assert!(first.contains("Apache-2.0"), "{first}");
    let empty = environment.root().join("another-go-mod");
    environment.set("GOMODCACHE", empty);
    assert_eq!(bill(&environment), first);
}

/// Makes a program by a go that meets other sources than were there before and are there after it, and then by a usual
/// one: that of the first is not kept.
#[track_caller]
fn is_not_kept(environment: &TestEnvironment, let_go_meet_others: impl FnOnce()) {
    let program = "dist/hello-linux-amd64";
    let args = ["dist", "-q", "--platform", "linux/amd64"];
    environment.run(args).success();
    let clean = environment.read(program);
    std::fs::remove_dir_all(environment.root().join("cache")).expect("a cache to forget");
    environment.remove_program("go");
    let_go_meet_others();
    environment.run(args).success();
    assert!(environment.read(program) != clean, "go met the same");
    environment.remove_program("go");
    environment.write_go("");
    environment.run(args).success();
    assert!(environment.read(program) == clean, "a wrong one was kept");
}

#[test]
fn a_program_whose_source_was_another_only_while_go_ran_is_not_kept() {
    let environment = hello();
    environment.write("other.txt", printing("another"));
    is_not_kept(&environment, || {
        let file = |name| environment.work().join(name);
        environment.write_go_that_sees(&file("main.go"), &file("other.txt"));
    });
}

#[test]
fn a_program_with_a_source_that_was_there_only_while_go_ran_is_not_kept() {
    let environment = hello();
    environment.write("more.txt", "package main\n\nfunc init() { println(1) }\n");
    is_not_kept(&environment, || {
        let [copy, rename, remove] = ["cp", "mv", "rm"].map(programs::find);
        environment.write_go(&format!(
            "if [ \"$1\" = build ]; then\n{copy} {from} {from}.$$\n{rename} {from}.$$ {to}\n{go} \"$@\"\nend=$?\n{remove} {to}\nexit $end\nfi",
            copy = copy.display(),
            rename = rename.display(),
            from = environment.work().join("more.txt").display(),
            to = environment.work().join("more.go").display(),
            go = go::program().display(),
            remove = remove.display(),
        ));
    });
}
