//! Ctrl-C and time limits: whatever goes on, the children end, nothing is half-written, and the exit code says why.

use std::fs::File;
use std::path::Path;

use crate::support::base_image::BaseImage;
use crate::support::git::GitRepository;
use crate::support::http::{Act, Fault, Method, Refusal, RetryAfter, StatusCode};
use crate::support::module_proxy::ModuleProxy;
use crate::support::registry::{FakeRegistry, Login};
use crate::support::running::{Signal, until};
use crate::support::watched_programs::Manners;
use crate::support::{Output, TestEnvironment};

/// All that is said at Ctrl-C, whatever the work broke off with.
const INTERRUPTED: &str =
    "error: [report] interrupted; nothing is half-written, run again to go on\n";

fn hello() -> (TestEnvironment, FakeRegistry) {
    (TestEnvironment::new().with_hello(), FakeRegistry::start())
}

/// Runs, sends `signal` once `moment` has come, and returns the output; nothing may be left behind.
#[track_caller]
fn signalled(
    environment: &TestEnvironment,
    args: &[&str],
    signal: Signal,
    moment: impl FnMut() -> bool,
) -> Output {
    let before = environment.files();
    let running = environment.start(args);
    until("the run is where it is to be interrupted", moment);
    running.signal(signal);
    let output = running.end();
    environment.assert_no_processes();
    assert_eq!(environment.files(), before);
    assert_eq!(output.stdout, "", "{output}");
    output
}

#[track_caller]
fn interrupted(environment: &TestEnvironment, args: &[&str], moment: impl FnMut() -> bool) {
    let output = signalled(environment, args, Signal::INT, moment).ends_with(130);
    assert_eq!(output.talk(), INTERRUPTED);
}

/// Pushes to a registry that never answers one kind of request, and interrupts the push there.
#[track_caller]
fn interrupted_at_request(method: &Method, path: &str, part: &str) {
    let (environment, registry) = hello();
    registry.misbehave(Fault::on(method.clone(), path, Act::Stall));
    let asked = || {
        let requests = registry.journal().requests();
        requests
            .iter()
            .any(|request| request.method == *method && request.path().contains(part))
    };
    let repository = registry.repository("team/hello");
    interrupted(&environment, &["push", "-q", "--repo", &repository], asked);
    assert_eq!(registry.tags("team/hello"), Vec::<String>::new());
}

#[test]
fn while_a_registry_is_asked_whether_it_takes_the_image() {
    interrupted_at_request(&Method::POST, "/v2/*/blobs/uploads/*", "/uploads/");
}

#[test]
fn while_a_layer_is_sent() {
    interrupted_at_request(&Method::PUT, "/v2/*/blobs/uploads/*", "/uploads/");
}

#[test]
fn while_a_manifest_is_sent() {
    interrupted_at_request(
        &Method::PUT,
        "/v2/*/manifests/sha256:*",
        "/manifests/sha256:",
    );
}

#[test]
fn while_a_tag_is_set() {
    interrupted_at_request(&Method::PUT, "/v2/*/manifests/latest", "/manifests/latest");
}

#[test]
fn while_a_base_is_pulled() {
    let (environment, registry) = hello();
    BaseImage::new("linux/amd64", &[("a", "b")]).put(&registry, "team/base", "v1");
    for (method, path) in [
        (Method::HEAD, "/v2/*/manifests/*"),
        (Method::GET, "/v2/*/manifests/*"),
        (Method::GET, "/v2/*/blobs/*"),
    ] {
        registry.misbehave(Fault::on(method, path, Act::Stall).times(1));
        let known = registry.journal().len();
        let stalled = || {
            let requests = registry.journal().requests_after(known);
            requests
                .last()
                .is_some_and(|request| request.status.is_none())
        };
        let base = registry.repository("team/base:v1");
        interrupted(&environment, &["build", "-q", "--base", &base], stalled);
    }
}

#[test]
fn while_a_toolchain_is_downloaded() {
    let proxy = ModuleProxy::empty();
    proxy.misbehave(Fault::on(Method::GET, "*.zip", Act::Stall));
    let mut environment = TestEnvironment::without_go().with_hello();
    environment.set("GOPROXY", proxy.url());
    let asked = || {
        let requests = proxy.journal().requests();
        let zips = |path: &str| Path::new(path).extension().is_some_and(|end| end == "zip");
        requests.iter().any(|request| zips(request.path()))
    };
    interrupted(&environment, &["build", "-q"], asked);
}

#[test]
fn while_a_bundle_is_put_together() {
    let proxy = ModuleProxy::passing_through();
    proxy.misbehave(Fault::on(Method::GET, "*.zip", Act::Stall));
    let mut environment = TestEnvironment::new().with_hello();
    environment.set("GOPROXY", proxy.url());
    let asked = || {
        let requests = proxy.journal().requests();
        requests
            .iter()
            .any(|request| request.path().contains("toolchain"))
    };
    let args = ["bundle", "-q", "-o", "hello.bundle"];
    interrupted(&environment, &args, asked);
}

/// Returns the sizes of the blobs in the cache that are not whole yet.
fn unfinished(environment: &TestEnvironment) -> Vec<u64> {
    let folder = environment.root().join("cache/tmp");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = files.filter_map(|file| Some(file.metadata().ok()?.len()));
    sizes.collect()
}

#[test]
fn while_a_big_layer_is_compressed() {
    let environment = TestEnvironment::new().with_hello();
    // So big that it takes seconds; on the disk it takes no room.
    let huge = File::create(environment.work().join("huge")).expect("a file");
    huge.set_len(2 << 30).expect("a sparse file");
    environment.write(
        "coracle.toml",
        "[images.hello]\nfiles = [{ from = \"huge\", to = \"/huge\" }]\n\n[secrets]\nallow = [\"huge\"]\n",
    );
    environment.hang_go("build", Manners::Polite);
    interrupted(&environment, &["build", "-q"], || {
        unfinished(&environment).iter().any(|size| *size > 0)
    });
    assert_eq!(unfinished(&environment), Vec::<u64>::new());
}

/// Builds with a program that hangs, and interrupts the run there.
#[track_caller]
fn interrupted_when_hanging(environment: &TestEnvironment) {
    interrupted(environment, &["build", "-q"], || {
        environment.hanging().exists()
    });
}

#[test]
fn while_git_is_asked() {
    let environment = TestEnvironment::new().with_hello();
    GitRepository::create(environment.work());
    environment.hang_program("git", "describe", Manners::Polite);
    interrupted_when_hanging(&environment);
}

#[test]
fn while_packages_are_loaded() {
    let environment = TestEnvironment::new().with_hello();
    environment.hang_go("list", Manners::Polite);
    interrupted_when_hanging(&environment);
}

#[test]
fn while_the_compiler_runs() {
    let environment = TestEnvironment::new().with_hello();
    environment.hang_go("build", Manners::Polite);
    interrupted_when_hanging(&environment);
}

#[test]
fn while_the_compiler_of_programs_runs() {
    let environment = TestEnvironment::new().with_hello();
    environment.hang_go("build", Manners::Polite);
    let running = environment.start(&["dist", "-q"]);
    until("the compiler hangs", || environment.hanging().exists());
    running.signal(Signal::INT);
    running.end().ends_with(130);
    environment.assert_no_processes();
    assert_eq!(environment.files(), ["go.mod", "main.go"]);
}

#[test]
fn while_a_credential_helper_is_asked() {
    let mut environment = TestEnvironment::new().with_hello();
    let registry = FakeRegistry::with()
        .basic(Login::new("gopher", "secret"))
        .start();
    environment.write_program("docker-credential-vault", &environment.hang());
    let config = environment.write("../auth.json", "{\"credsStore\": \"vault\"}");
    environment.set("REGISTRY_AUTH_FILE", config);
    let repository = registry.repository("team/hello");
    interrupted(&environment, &["push", "-q", "--repo", &repository], || {
        environment.hanging().exists()
    });
}

#[test]
fn while_a_registry_is_waited_for_that_is_busy() {
    let (environment, registry) = hello();
    let busy = Refusal::bare(StatusCode::TOO_MANY_REQUESTS).retry_after(RetryAfter::Seconds(50));
    registry.misbehave(Fault::on(Method::POST, "/v2/*", busy.into()));
    let answered = || {
        registry
            .journal()
            .requests()
            .iter()
            .any(|request| request.status.is_some())
    };
    let repository = registry.repository("team/hello");
    interrupted(
        &environment,
        &["push", "-q", "--repo", &repository],
        answered,
    );
}

#[test]
fn a_child_that_does_not_end_when_asked_is_killed() {
    let environment = TestEnvironment::new().with_hello();
    environment.hang_go("build", Manners::Stubborn);
    interrupted_when_hanging(&environment);
}

#[test]
fn a_second_ctrl_c_ends_the_run_at_once() {
    let environment = TestEnvironment::new().with_hello();
    environment.hang_go("build", Manners::Stubborn);
    let running = environment.start(&["build", "-q"]);
    until("the compiler hangs", || environment.hanging().exists());
    running.signal(Signal::INT);
    running.signal(Signal::INT);
    let output = running.end();
    assert!(matches!(output.code, None | Some(130)), "{output}");
    environment.assert_no_processes();
    assert_eq!(environment.files(), ["go.mod", "main.go"]);
}

#[test]
fn termination_ends_the_run_like_ctrl_c() {
    let environment = TestEnvironment::new().with_hello();
    environment.hang_go("build", Manners::Polite);
    let hangs = || environment.hanging().exists();
    let output = signalled(&environment, &["build", "-q"], Signal::TERM, hangs).ends_with(143);
    insta::assert_snapshot!(output.talk(), @"error: [report] terminated; nothing is half-written, run again to go on");
}

/// Returns what a document says of the only failure, and asserts that the run ended with its code.
#[track_caller]
fn only_failure(output: &Output) -> String {
    let document: serde_json::Value =
        serde_json::from_str(&output.stdout).expect("a document on stdout");
    assert_eq!(document["status"], "failed", "{output}");
    let errors = document["errors"].as_array().expect("errors");
    let [error] = errors.as_slice() else {
        panic!("several failures\n{output}");
    };
    assert_eq!(error["exit_code"], output.code.unwrap_or_default());
    format!(
        "[{}] {}",
        error["phase"].as_str().expect("a phase"),
        error["message"].as_str().expect("a message")
    )
}

#[test]
fn the_document_of_a_stopped_run_says_what_stderr_says() {
    for (signal, code, message) in [
        (Signal::INT, 130, "[report] interrupted; "),
        (Signal::TERM, 143, "[report] terminated; "),
    ] {
        let environment = TestEnvironment::new().with_hello();
        GitRepository::create(environment.work());
        environment.hang_program("git", "describe", Manners::Polite);
        let running = environment.start(&["build", "-q", "--json"]);
        until("git hangs", || environment.hanging().exists());
        running.signal(signal);
        let output = running.end().ends_with(code);
        let told = only_failure(&output);
        assert!(told.starts_with(message), "{told}");
        assert!(output.talk().contains(&told), "{output}");
    }
}

#[test]
fn the_document_of_a_run_that_takes_too_long_says_what_stderr_says() {
    for verb in ["build", "push"] {
        let environment = TestEnvironment::new().with_hello();
        environment.hang_go("build", Manners::Polite);
        let registry = FakeRegistry::start();
        let repository = registry.repository("team/hello");
        let args = [verb, "-q", "--json", "--timeout=2s", "--repo", &repository];
        let output = environment.run(args).ends_with(75);
        let told = only_failure(&output);
        assert!(
            told.starts_with("[report] the time limit is over"),
            "{told}"
        );
        assert!(output.talk().contains(&told), "{output}");
    }
}

#[test]
fn what_was_there_before_an_interrupted_run_is_there_after_it() {
    let (environment, registry) = hello();
    environment
        .run(["build", "-q", "-o", "archive=a.tar", "-o", "layout=l"])
        .success();
    let before = environment.read("a.tar");
    BaseImage::new("linux/amd64", &[("a", "b")]).put(&registry, "team/base", "v1");
    registry.misbehave(Fault::on(Method::GET, "/v2/*/blobs/*", Act::Stall).after(1));
    let base = registry.repository("team/base:v1");
    let args = [
        "build",
        "-q",
        "--base",
        &base,
        "-o",
        "archive=a.tar",
        "-o",
        "layout=l",
    ];
    let at_the_layer = || {
        let requests = registry.journal().requests();
        let blobs = requests
            .iter()
            .filter(|request| request.path().contains("/blobs/"));
        blobs.count() > 1
    };
    interrupted(&environment, &args, at_the_layer);
    assert_eq!(environment.read("a.tar"), before);
    environment
        .run(["build", "-q", "-o", "archive=a.tar", "-o", "layout=l"])
        .success();
    assert_eq!(environment.read("a.tar"), before);
}

#[test]
fn a_run_that_was_killed_leaves_nothing_in_the_way_of_the_next() {
    let (environment, registry) = hello();
    registry.misbehave(Fault::on(Method::PUT, "/v2/*/blobs/uploads/*", Act::Stall).times(2));
    let repository = registry.repository("team/hello");
    let args = ["push", "-q", "--repo", &repository];
    let running = environment.start(&args);
    until("layers are sent", || {
        let requests = registry.journal().requests();
        let layers = requests
            .iter()
            .filter(|request| request.method == Method::PUT);
        layers.count() >= 2
    });
    running.signal(Signal::KILL);
    assert_eq!(running.end().code, None);
    environment.assert_no_processes();
    assert_eq!(registry.tags("team/hello"), Vec::<String>::new());
    environment.run(args).success();
    assert_eq!(registry.tags("team/hello"), ["latest"]);
}

#[test]
fn runs_beside_each_other_share_project_and_cache() {
    let environment = TestEnvironment::new().with_hello();
    let files = ["a.tar", "b.tar", "c.tar"];
    let outputs = std::thread::scope(|scope| {
        let runs = files.map(|file| {
            let output = format!("archive={file}");
            let environment = &environment;
            scope.spawn(move || environment.run(["build", "-q", "-o", &output]).success())
        });
        runs.map(|run| run.join().expect("a run"))
    });
    for (file, output) in files.iter().zip(outputs) {
        assert_eq!(environment.read(file), environment.read("a.tar"));
        assert!(
            output
                .stdout
                .starts_with(&format!("archive={file}@sha256:")),
            "{output}"
        );
    }
}

/// Runs with a time limit into something that hangs.
#[track_caller]
fn out_of_time(environment: &TestEnvironment, args: &[&str]) -> String {
    let before = environment.files();
    let output = environment
        .run([args, &["-q", "--timeout", "2s"]].concat())
        .ends_with(75);
    environment.assert_no_processes();
    assert_eq!(environment.files(), before);
    output.talk()
}

#[test]
fn a_run_that_takes_too_long_is_ended_in_the_compiler() {
    let environment = TestEnvironment::new().with_hello();
    environment.hang_go("build", Manners::Polite);
    insta::assert_snapshot!(out_of_time(&environment, &["build"]), @"
    error: [report] the time limit is over; nothing is half-written
      hint: give more time with --timeout, or see with -v where it goes
    ");
}

#[test]
fn a_run_that_takes_too_long_is_ended_at_the_registry() {
    let (environment, registry) = hello();
    registry.misbehave(Fault::on(Method::POST, "/v2/*", Act::Stall));
    let repository = registry.repository("team/hello");
    insta::assert_snapshot!(out_of_time(&environment, &["push", "--repo", &repository]), @"
    error: [report] the time limit is over; nothing is half-written
      hint: give more time with --timeout, or see with -v where it goes
    ");
}

#[test]
fn a_program_that_takes_too_long_is_a_failure_of_its_own() {
    let environment = TestEnvironment::new().with_hello();
    environment.hang_go("build", Manners::Polite);
    let args = ["dist", "-q", "--platform", "linux/amd64", "--timeout", "2s"];
    let output = environment.run(args).ends_with(1);
    assert!(output.stdout.contains("FAIL: "), "{output}");
    environment.assert_no_processes();
    assert!(
        !Path::new(&environment.work()).join("dist").exists() || environment.files().len() == 2
    );
}
