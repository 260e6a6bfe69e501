//! What keeps a project from being built here: `coracle doctor`.

use serde_json::Value;

use crate::support::base_image::BaseImage;
use crate::support::bound_user::set_mode;
use crate::support::checksums::{ChecksumDatabase, Tree};
use crate::support::http::{Act, Fault, Method, Refusal, StatusCode};
use crate::support::image::{array, parse};
use crate::support::module_proxy::ModuleProxy;
use crate::support::registry::{FakeRegistry, Login};
use crate::support::running::{Signal, until};
use crate::support::{TestEnvironment, go, programs, schema};

const MODULE: &str = "example.com/dep";
const DATABASE: &str = "sum.example.com";

/// A project that needs a module, and the proxy that has it and passes requests on to a database.
struct Scene {
    proxy: ModuleProxy,
    environment: TestEnvironment,
}

impl Scene {
    fn new() -> Self {
        let proxy = ModuleProxy::empty();
        let mut environment = TestEnvironment::new().with_hello();
        environment.set("GOMODCACHE", environment.root().join("go-mod"));
        environment.set("GOPROXY", proxy.url());
        environment.replace(proxy.url().to_owned(), "$PROXY");
        let database = ChecksumDatabase::new(DATABASE);
        environment.set("GOSUMDB", database.verifier());
        let at = format!("/sumdb/{DATABASE}");
        proxy.put(&format!("{at}/supported"), "");
        proxy.put(&format!("{at}/latest"), database.latest(&Tree::of(3)));
        let published = proxy.publish(MODULE, "v1.0.0", "package dep\n");
        environment.write("go.sum", published.go_sum);
        let scene = Self { proxy, environment };
        scene.requires(MODULE);
        scene
    }

    fn requires(&self, module: &str) {
        let go_mod = format!("module example.com/hello\n\ngo 1.26\n\nrequire {module} v1.0.0\n");
        self.environment.write("go.mod", go_mod);
    }

    /// Returns what doctor says as JSON, held against the schema that coracle prints.
    fn document(&self, code: i32) -> Value {
        let output = self.environment.run(["doctor", "--json"]).ends_with(code);
        let document = parse(output.stdout.as_bytes());
        let wanted = self.environment.run(["schema", "doctor"]).success();
        schema::assert_valid(&document, &parse(wanted.stdout.as_bytes()));
        assert_eq!(document["exit_code"], code);
        document
    }

    /// Runs doctor, and returns what it prints.
    #[track_caller]
    fn says(&self, code: i32, parts: &[&str]) -> String {
        let output = self.environment.run(["doctor"]).ends_with(code);
        let text = output.data();
        for part in parts {
            assert!(text.contains(part), "no {part:?} in\n{text}");
        }
        text
    }
}

/// Returns where a proxy has the go.mod file of a release of Go for this machine.
fn go_module(version: &str) -> String {
    let arch = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "amd64"
    };
    let module = go::TOOLCHAIN_MODULE;
    format!("/{module}/@v/v0.0.1-go{version}.linux-{arch}.mod")
}

/// Returns the severities of an area.
fn severities(document: &Value, area: &str) -> Vec<String> {
    let findings = array(&document["findings"]).iter();
    findings
        .filter(|finding| finding["area"] == area)
        .map(|finding| finding["severity"].as_str().expect("a word").to_owned())
        .collect()
}

#[test]
fn where_all_is_well_each_module_has_its_way_and_nothing_is_found() {
    let scene = Scene::new();
    let text = scene.says(
        0,
        &[
            "GOPROXY    $PROXY  (environment)",
            "OK      example.com/dep v1.0.0  proxy $PROXY/\n",
            "ok      [proxy] $PROXY/: answers, and has example.com/dep@v1.0.0",
            "ok      [checksum-database] sum.example.com at 127.0.0.1: answers, and has signed",
            "ok      [git] git: git version",
            "ok      [clock] clock: agrees with that of 127.0.0.1",
            "[disk] cache folder $TEST/cache: ",
        ],
    );
    assert!(!text.contains("failure"), "{text}");
    let document = scene.document(0);
    let module = &document["modules"][0];
    assert_eq!(module["status"], "OK");
    assert_eq!(module["way"], "proxy");
    assert_eq!(module["version"], "v1.0.0");
    for area in ["go", "proxy", "checksum-database", "git", "clock", "cache"] {
        assert!(
            severities(&document, area).contains(&"ok".to_owned()),
            "{area}: {document}"
        );
    }
    assert_eq!(document["go"]["is_here"], true);
}

#[test]
fn a_vendor_folder_that_go_passes_over_changes_no_way() {
    let scene = Scene::new();
    let list = "# example.com/dep v1.0.0\n## explicit; go 1.26\nexample.com/dep\n";
    let vendored = "OK      example.com/dep v1.0.0  vendor\n";
    scene.environment.write("vendor/modules.txt", list);
    scene.says(0, &[vendored]);
    let proxied = "OK      example.com/dep v1.0.0  proxy $PROXY/\n";
    let said = |reason: &str| {
        let warning = "warning [modules] vendor folder: Go takes nothing from it";
        scene.says(0, &[proxied, warning, reason]);
    };
    let of_workspace = format!("## workspace\n{list}");
    scene.environment.write("vendor/modules.txt", of_workspace);
    said("because: it is that of a workspace");
    scene.environment.write("vendor/modules.txt", list);
    scene.environment.write("go.work", "go 1.26\n\nuse .\n");
    said("because: it is that of a module");
    std::fs::remove_file(scene.environment.work().join("go.work")).expect("a file");
    let old = "module example.com/hello\n\ngo 1.13\n\nrequire example.com/dep v1.0.0\n";
    scene.environment.write("go.mod", old);
    said("because: the go line names a version before 1.14");
}

#[test]
fn what_is_left_of_a_module_in_the_cache_is_not_in_the_cache() {
    let scene = Scene::new();
    let cache = scene.environment.root().join("go-mod");
    let downloads = cache.join("cache/download/example.com/dep/@v");
    for folder in [&downloads, &cache.join("example.com/dep@v1.0.0")] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    let proxied = "OK      example.com/dep v1.0.0  proxy $PROXY/\n";
    let cached = "OK      example.com/dep v1.0.0  cache\n";
    scene.says(0, &[proxied]);
    std::fs::write(downloads.join("v1.0.0.ziphash"), "h1:").expect("a file");
    scene.says(0, &[cached]);
    std::fs::write(downloads.join("v1.0.0.partial"), "").expect("a file");
    scene.says(0, &[proxied]);
    std::fs::write(downloads.join("v1.0.0.zip"), "").expect("a file");
    scene.says(0, &[cached]);
}

#[test]
fn a_module_that_is_in_the_cache_or_vendored_or_a_folder_asks_nobody() {
    let scene = Scene::new();
    scene.environment.write(
        "main.go",
        format!("package main\n\nimport _ \"{MODULE}\"\n\nfunc main() {{}}\n"),
    );
    scene.environment.run(["build"]).success();
    scene.says(0, &["OK      example.com/dep v1.0.0  cache\n"]);
    let vendored = "# example.com/dep v1.0.0\n## explicit; go 1.26\nexample.com/dep\n";
    scene.environment.write("vendor/modules.txt", vendored);
    scene.says(0, &["OK      example.com/dep v1.0.0  vendor\n"]);
    let older = vendored.replace("v1.0.0", "v0.9.0");
    scene.environment.write("vendor/modules.txt", older);
    scene.says(
        1,
        &[
            "FAIL    example.com/dep v1.0.0  vendor: example.com/dep@v1.0.0 is required in go.mod, and v0.9.0 is vendored",
            "mend it: go mod vendor",
            "failure [modules] vendor folder: the vendor folder is out of step with go.mod",
        ],
    );
    std::fs::remove_dir_all(scene.environment.work().join("vendor")).expect("a folder");
    let go_mod = scene.environment.read("go.mod");
    let replaced = format!(
        "{}\nreplace {MODULE} => ./dep\n",
        String::from_utf8_lossy(&go_mod)
    );
    scene.environment.write("go.mod", replaced);
    scene.says(
        1,
        &["replace: go.mod replaces it by ./dep, where no go.mod is"],
    );
    scene
        .environment
        .write("dep/go.mod", format!("module {MODULE}\n"));
    scene.says(0, &["OK      example.com/dep v1.0.0  replace\n"]);
}

#[test]
fn a_proxy_that_is_down_is_told_with_what_it_keeps_back() {
    let mut scene = Scene::new();
    let gone = "http://127.0.0.1:1";
    scene.environment.set("GOPROXY", gone);
    let text = scene.says(
        69,
        &[
            "FAIL    example.com/dep v1.0.0  proxy http://127.0.0.1:1",
            "cannot connect to 127.0.0.1:1",
            "failure [proxy] http://127.0.0.1:1",
            "failure [checksum-database] sum.example.com at 127.0.0.1",
            "mend it: see whether 127.0.0.1 is up",
        ],
    );
    assert!(text.ends_with("3 failures, 1 note\n"), "{text}");
    // The next of the list is asked after a failure where the list says so.
    let both = format!("{gone}|{}", scene.proxy.url());
    scene.environment.set("GOPROXY", both);
    scene.says(
        69,
        &[
            "OK      example.com/dep v1.0.0  proxy $PROXY/\n",
            "failure [proxy] http://127.0.0.1:1",
        ],
    );
}

#[test]
fn a_proxy_that_wants_to_know_who_asks_is_no_service_that_is_down() {
    let mut scene = Scene::new();
    for status in [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN] {
        let refusal = Act::Refuse(Refusal::bare(status));
        scene
            .proxy
            .misbehave(Fault::on(Method::GET, "/example.com/*", refusal).times(2));
        let reason = format!("answered {}", status.as_u16());
        scene.says(
            77,
            &[
                &reason,
                "failure [proxy] $PROXY/: does not let us have example.com/dep@v1.0.0",
                "echo 'machine 127.0.0.1 login USER password TOKEN' >> ~/.netrc",
            ],
        );
    }
    let refusal = Act::Refuse(Refusal::bare(StatusCode::UNAUTHORIZED));
    scene
        .proxy
        .misbehave(Fault::on(Method::GET, "/example.com/*", refusal));
    let with_password = scene.proxy.url().replace("http://", "http://me:hunter2@");
    scene.environment.set("GOPROXY", with_password);
    let text = scene.says(
        77,
        &["mend it: see that the user and the password for 127.0.0.1 are right"],
    );
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_proxy_that_hangs_is_waited_for_no_longer_than_asked() {
    let scene = Scene::new();
    scene
        .proxy
        .misbehave(Fault::on(Method::GET, "/example.com/*", Act::Stall));
    let output = scene.environment.run(["doctor", "--timeout", "3s"]);
    let text = output.ends_with(69).data();
    assert!(
        text.contains("moved less than 1 KiB in 3 seconds"),
        "{text}"
    );
}

#[test]
fn ctrl_c_ends_it_and_whoever_it_has_started() {
    let mut scene = Scene::new();
    scene.environment.set("GOPRIVATE", "github.com/acme");
    scene.requires("github.com/acme/dep");
    let asked = scene.environment.root().join("asked");
    let script = format!(
        "case \"$*\" in *ls-remote*) touch {}; exec sleep 600;; esac\n",
        asked.display()
    );
    scene.environment.write_program("git", &script);
    for program in ["sleep", "touch"] {
        scene
            .environment
            .link_program(program, &programs::find(program));
    }
    let running = scene.environment.start(&["doctor", "--timeout", "10m"]);
    until("git is asked", || asked.exists());
    running.signal(Signal::INT);
    let output = running.end().ends_with(130);
    assert_eq!(output.stdout, "");
    scene.environment.assert_no_processes();
}

#[test]
fn a_database_that_is_down_or_lies_is_told() {
    let scene = Scene::new();
    let gone = Act::Refuse(Refusal::bare(StatusCode::SERVICE_UNAVAILABLE));
    let at = |path: &str| format!("/sumdb/{DATABASE}/{path}");
    scene
        .proxy
        .misbehave(Fault::on(Method::GET, &at("*"), gone).times(2));
    scene.says(
        69,
        &[
            "OK      example.com/dep",
            "failure [checksum-database] sum.example.com at 127.0.0.1: cannot be asked",
            "answered 503",
        ],
    );
    let mut other = ChecksumDatabase::new("sum.other.example");
    other.call_itself(DATABASE);
    scene.proxy.put(&at("latest"), other.latest(&Tree::of(3)));
    scene.says(
        1,
        &[
            "what it answers proves nothing",
            "is not signed as it should be",
        ],
    );
}

#[test]
fn paths_of_artifact_servers_work() {
    let mut scene = Scene::new();
    let prefix = "/artifactory/api/go/go-virtual";
    let (url, database) = (
        scene.proxy.url().to_owned(),
        ChecksumDatabase::new(DATABASE),
    );
    scene.environment.set("GOPROXY", format!("{url}{prefix}"));
    let put = |path: &str, content: String| scene.proxy.put(&format!("{prefix}/{path}"), content);
    put(
        &format!("{MODULE}/@v/v1.0.0.mod"),
        format!("module {MODULE}\n"),
    );
    put(&format!("sumdb/{DATABASE}/supported"), String::new());
    put(
        &format!("sumdb/{DATABASE}/latest"),
        database.latest(&Tree::of(3)),
    );
    scene.says(
        0,
        &["OK      example.com/dep v1.0.0  proxy $PROXY/artifactory/api/go/go-virtual\n"],
    );
    let asked = scene.proxy.journal().requests();
    assert!(
        asked
            .iter()
            .all(|request| request.path().starts_with(prefix))
    );
}

#[test]
fn where_there_is_no_project_the_machine_is_looked_at() {
    let scene = Scene::new();
    std::fs::remove_file(scene.environment.work().join("go.mod")).expect("a file");
    scene.says(
        0,
        &[
            "note    [modules] project: there is no go.mod",
            "ok      [proxy] $PROXY/: answers, and does not have golang.org/toolchain@v0.0.1-go",
            "ok      [checksum-database]",
            "ok      [go] Go 1.",
        ],
    );
}

#[test]
fn offline_nobody_is_asked_and_that_is_said() {
    let scene = Scene::new();
    let output = scene.environment.run(["doctor", "--offline"]).success();
    let text = output.data();
    assert!(
        text.contains("UNKNOWN example.com/dep v1.0.0  proxy\n"),
        "{text}"
    );
    assert!(text.contains("nobody was asked: --offline"), "{text}");
    assert_eq!(scene.proxy.journal().len(), 0);
}

#[test]
fn a_cache_folder_that_takes_nothing_is_a_warning_and_a_build_cache_a_failure() {
    let mut scene = Scene::new();
    let cache = scene.environment.root().join("cache");
    std::fs::create_dir_all(&cache).expect("a cache folder");
    set_mode(&cache, 0o555);
    let text = scene.environment.run_bound(["doctor"]).success().data();
    let warning = "warning [disk] cache folder $TEST/cache: takes no files";
    assert!(text.contains(warning), "{text}");
    assert!(text.contains("mend it: export CORACLE_CACHE="), "{text}");
    scene.environment.set("GOCACHE", cache.join("go-build"));
    let text = scene.environment.run_bound(["doctor"]).ends_with(1).data();
    assert!(text.contains("failure [disk] build cache"), "{text}");
    set_mode(&cache, 0o755);
}

#[test]
fn what_is_kept_and_harmed_is_told_and_stays() {
    let scene = Scene::new();
    let blobs = scene.environment.root().join("cache/blobs/sha256");
    std::fs::create_dir_all(&blobs).expect("a folder");
    let harmed = blobs.join("a".repeat(64));
    std::fs::write(&harmed, "something else").expect("a file");
    scene.says(
        0,
        &[
            "warning [cache]",
            "1 of 1 entries read are harmed",
            "mend it: coracle cache check",
        ],
    );
    assert!(harmed.exists());
}

#[test]
fn a_clock_that_is_off_is_told() {
    let scene = Scene::new();
    let date = "Sat, 01 Jan 2000 00:00:00 GMT".to_owned();
    scene
        .proxy
        .misbehave(Fault::at("*", Act::Header("date", date)));
    scene.says(
        1,
        &[
            "failure [clock] clock: is ",
            "minutes ahead of that of 127.0.0.1",
            "2000-01-01",
        ],
    );
}

#[test]
fn the_go_that_won_is_told_with_whoever_says_something_else() {
    let mut scene = Scene::new();
    scene.environment.write(".go-version", "1.98.7\n");
    let go_mod = format!(
        "module example.com/hello\n\ngo 1.26\n\ntoolchain go1.97.6\n\nrequire {MODULE} v1.0.0\n"
    );
    scene.environment.write("go.mod", go_mod);
    scene.environment.set("GOTOOLCHAIN", "go1.96.5");
    scene.says(
        1,
        &[
            "failure [go] Go 1.98.7: is not on this machine, and cannot be fetched",
            "because: no proxy that GOPROXY names has it",
        ],
    );
    let module = go_module("1.98.7");
    scene.proxy.put(&module, "module golang.org/toolchain\n");
    scene.says(
        0,
        &[
            "note    [go] Go 1.98.7: the next build fetches it, verified; .go-version:1 names 1.98.7",
            "mend it: coracle toolchain install 1.98.7",
            "ok      [go] Go 1.98.7: $PROXY/ has it",
            "warning [go] go.mod:5: names Go 1.97.6, and Go 1.98.7 is what builds",
            "mend it: go mod edit -toolchain=go1.98.7 go.mod",
            "note    [go] GOTOOLCHAIN: names go1.96.5 (environment), and does not count",
        ],
    );
    let document = scene.document(0);
    assert_eq!(document["go"]["version"], "1.98.7");
    assert_eq!(document["go"]["is_here"], false);
    scene.environment.write(".go-version", "1.20.1\n");
    scene.says(
        1,
        &["failure [go] Go: .go-version:1 names Go 1.20.1, but go.mod:3 asks for at least 1.26"],
    );
}

#[test]
fn settings_tell_who_has_the_last_word_and_who_is_not_heard() {
    let mut scene = Scene::new();
    let toml = "[images.hello]\nmain = \".\"\n\n[modules]\nproxy = [\"https://goproxy.example.com\"]\nprivate = [\"git.example.com\"]\n";
    scene.environment.write("coracle.toml", toml);
    scene.environment.set("GONOSUMCHECK", "1");
    scene.says(
        0,
        &[
            "GOPRIVATE  git.example.com  (coracle.toml)",
            "note    [settings] GOPROXY: is set by the environment and, otherwise, by coracle.toml",
            "warning [settings] GONOSUMCHECK: is set, and no go command knows it",
        ],
    );
    scene.environment.set("GOSUMDB", "off");
    scene.says(
        0,
        &["warning [settings] GOSUMDB: GOSUMDB=off lets every module pass"],
    );
}

#[test]
fn a_registry_is_asked_for_leave_to_push() {
    let registry = FakeRegistry::start();
    let scene = Scene::new();
    let toml = format!(
        "[defaults]\nrepository = \"{}/team/{{name}}\"\n\n[images.hello]\nmain = \".\"\n",
        registry.host()
    );
    scene.environment.write("coracle.toml", toml);
    scene.says(
        0,
        &[
            "ok      [registry]",
            "/team/hello: takes uploads, without a login",
        ],
    );
    let refusal = Act::Refuse(Refusal::bare(StatusCode::FORBIDDEN));
    registry.misbehave(Fault::on(Method::POST, "*", refusal));
    scene.says(77, &["failure [registry]", "no image can be pushed"]);
}

#[test]
fn a_registry_tells_which_login_it_takes_and_whether_the_base_is_there() {
    let login = Login::new("me", "hunter2");
    let registry = FakeRegistry::with().basic(login).start();
    BaseImage::new("linux/amd64", &[("a", "b")]).put(&registry, "team/base", "v1");
    let mut scene = Scene::new();
    let toml = format!(
        "[defaults]\nrepository = \"{0}/team/{{name}}\"\nbase = \"{0}/team/base:v1\"\n\n[images.hello]\nmain = \".\"\n",
        registry.host()
    );
    scene.environment.write("coracle.toml", &toml);
    scene.says(
        77,
        &[
            "failure [registry]",
            "team/hello: no image can be pushed",
            "answered 401",
            "mend it: ",
        ],
    );
    scene.environment.set("CORACLE_USER", "me");
    scene.environment.set("CORACLE_PASSWORD", "hunter2");
    let text = scene.says(
        0,
        &[
            "team/hello: takes uploads, with the login of CORACLE_USER",
            "team/base:v1: is there to build on",
        ],
    );
    assert!(!text.contains("hunter2"), "{text}");
    scene
        .environment
        .write("coracle.toml", toml.replace("base:v1", "base:v2"));
    scene.says(1, &["failure [registry]", "team/base:v2: "]);
}

#[test]
fn what_nobody_heeds_and_what_go_sum_does_not_know_is_told() {
    let mut scene = Scene::new();
    scene.environment.set("GOFLAGS", "-mod=mod");
    scene.environment.write("go.sum", "");
    scene.says(
        0,
        &[
            "note    [settings] GOFLAGS: is set by the environment, and does not count",
            "warning [modules] go.sum: says nothing of example.com/dep@v1.0.0",
            "mend it: go mod tidy",
        ],
    );
}

#[test]
fn modules_of_a_workspace_are_those_of_its_members() {
    let scene = Scene::new();
    let environment = &scene.environment;
    environment.write("go.work", "go 1.26\n\nuse (\n\t.\n\t./lib\n)\n");
    let lib = "module example.com/lib\n\ngo 1.26\n\nrequire (\n\texample.com/dep v1.1.0\n\texample.com/hello v1.0.0\n)\n";
    environment.write("lib/go.mod", lib);
    scene
        .proxy
        .publish(MODULE, "v1.1.0", "package dep\n\nconst X = 1\n");
    scene.says(0, &["OK      example.com/dep v1.1.0  proxy $PROXY/\n"]);
    assert_eq!(array(&scene.document(0)["modules"]).len(), 1);
}

#[test]
fn settings_and_files_that_cannot_be_read_are_told_as_a_build_tells_them() {
    let mut scene = Scene::new();
    scene.environment.write(
        "go.mod",
        "module example.com/hello\n\ngo 1.26\n\nreplace x\n",
    );
    scene.says(1, &["failure [modules] go.mod:5: "]);
    scene
        .environment
        .set("GOPROXY", "ftp://me:hunter2@proxy.example.com");
    let output = scene.environment.run(["doctor"]).ends_with(2);
    let output = output.says("GOPROXY: ftp://…@proxy.example.com has a scheme");
    assert!(!output.stderr.contains("hunter2"), "{output}");
}

#[test]
fn many_modules_that_come_well_are_counted_unless_all_are_asked_for() {
    let scene = Scene::new();
    let requires = (0..20).map(|number| {
        let module = format!("example.com/m{number}");
        scene.proxy.publish(&module, "v1.0.0", "package m\n");
        format!("\t{module} v1.0.0\n")
    });
    let requires: String = requires.collect();
    let go_mod = format!(
        "module example.com/hello\n\ngo 1.26\n\nrequire (\n{requires}\texample.com/gone v1.0.0\n)\n"
    );
    scene.environment.write("go.mod", go_mod);
    let text = scene.says(
        1,
        &[
            "OK      20 modules  proxy",
            "FAIL    example.com/gone v1.0.0",
        ],
    );
    assert!(!text.contains("example.com/m7 "), "{text}");
    let all = scene.environment.run(["doctor", "-v"]).ends_with(1).data();
    assert!(all.contains("OK      example.com/m7 v1.0.0"), "{all}");
    let document = scene.document(1);
    let modules = array(&document["modules"]);
    assert_eq!(modules.len(), 21);
    let gone = modules.iter().find(|it| it["status"] == "FAIL");
    assert_eq!(gone.expect("the one that is gone")["fault"], "wrong");
}
