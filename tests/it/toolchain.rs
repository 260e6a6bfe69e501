//! Go, or no Go: the one of the machine where it fits, else one that is fetched and proven to be the right one.

use serde_json::Value;

use crate::support::checksums::{self, ChecksumDatabase};
use crate::support::http::{Act, Fault, Method};
use crate::support::image::parse;
use crate::support::module_proxy::ModuleProxy;
use crate::support::release::{Release, refused, without_go};
use crate::support::samples::printing;
use crate::support::{TestEnvironment, go};

/// Builds and returns what the report says of the Go that compiled.
fn toolchain(environment: &TestEnvironment, args: &[&str]) -> Value {
    let output = environment.run([&["build", "--json"], args].concat());
    parse(output.success().stdout.as_bytes())["toolchain"].clone()
}

/// Writes a program that no run before this one can have compiled: what is remembered needs no Go.
fn with_new_program(environment: &TestEnvironment) {
    let name = environment.root().file_name().expect("a name");
    environment.write("main.go", printing(&name.to_string_lossy()));
}

/// Puts a go program on PATH that says it is an old release.
fn with_old_go(environment: &TestEnvironment) {
    environment.write_program("go", "echo go1.20.1\necho /nowhere\n");
}

#[test]
fn without_go_one_is_fetched_once_and_used_from_then_on() {
    let proxy = ModuleProxy::passing_through();
    let environment = without_go(&proxy);
    let fetched = toolchain(&environment, &[]);
    assert_eq!(fetched["version"], go::wanted_version());
    assert_eq!(fetched["origin"], "fetched");
    let h1 = fetched["h1"].as_str().expect("a hash");
    assert!(h1.starts_with("h1:"), "{h1}");
    let asked = proxy.journal().len();
    environment.write("main.go", printing("another program"));
    assert_eq!(toolchain(&environment, &["--offline"]), fetched);
    assert_eq!(proxy.journal().len(), asked);
}

#[test]
fn a_go_that_is_not_the_one_named_is_left_alone() {
    let environment = TestEnvironment::without_go()
        .with_shared_toolchains()
        .with_hello();
    with_old_go(&environment);
    with_new_program(&environment);
    let version = go::wanted_version();
    let go_mod = format!("module example.com/hello\n\ngo 1.21\n\ntoolchain go{version}\n");
    environment.write("go.mod", go_mod);
    let fetched = toolchain(&environment, &[]);
    assert_eq!(
        (&fetched["version"], &fetched["origin"]),
        (&version.into(), &"fetched".into())
    );
}

#[test]
fn the_machines_go_is_used_where_it_is_the_one_named() {
    let environment = TestEnvironment::new().with_hello();
    let mut version = environment.command(go::program());
    version.args(["env", "GOVERSION"]);
    let version = environment.run_command(&mut version).success();
    environment.write(".go-version", version.line().trim_start_matches("go"));
    assert_eq!(toolchain(&environment, &[])["origin"], "machine");
}

#[test]
fn a_project_can_demand_a_go_that_was_verified() {
    let environment = TestEnvironment::new().with_shared_toolchains().with_hello();
    with_new_program(&environment);
    let fetched = toolchain(&environment, &["--set", "go.toolchain=verified"]);
    assert_eq!(fetched["origin"], "fetched");
}

#[test]
fn what_the_machines_go_has_compiled_is_no_use_to_who_wants_a_verified_one() {
    let environment = TestEnvironment::new().with_shared_toolchains().with_hello();
    let mut version = environment.command(go::program());
    version.args(["env", "GOVERSION"]);
    let version = environment.run_command(&mut version).success();
    environment.write(".go-version", version.line().trim_start_matches("go"));
    with_new_program(&environment);
    assert_eq!(toolchain(&environment, &[])["origin"], "machine");
    let verified = ["--set", "go.toolchain=verified"];
    assert_eq!(toolchain(&environment, &verified)["origin"], "fetched");
}

#[test]
fn experiments_that_a_machines_go_has_switched_on_are_in_no_image() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let settings = environment.root().join("go/go.env");
    std::fs::remove_file(&settings).expect("a link into Go's root");
    std::fs::write(&settings, "GOEXPERIMENT=jsonv2\n").expect("settings of Go");
    environment
        .run(["build"])
        .ends_with(1)
        .says("its Go has experiments switched on that no setting asks for: jsonv2")
        .says("hint: build with a Go that is as it was released: --set go.toolchain=verified");
    let asked = "go.env={ GOEXPERIMENT = \"jsonv2\" }";
    environment.run(["build", "--set", asked]).success();
}

/// Returns what the requests for the zip said of the part that they wanted.
fn wanted_parts(release: &Release) -> Vec<Option<String>> {
    let asked = release.proxy.journal().requests();
    let zips = asked
        .iter()
        .filter(|request| request.path() == release.zip_path());
    zips.map(|request| request.header("range").map(str::to_owned))
        .collect()
}

#[test]
fn a_release_that_the_database_vouches_for_is_taken() {
    let release = Release::honest();
    // It is no Go, so the build fails, but only once it was taken and run.
    release.wanted().run(["build"]).ends_with(1);
    assert!(!wanted_parts(&release).is_empty());
}

#[test]
fn a_proxy_that_hands_out_other_bytes_is_found_out() {
    let release = Release::unknown();
    let other = checksums::h1(&[("other", b"other")]);
    release.vouch(&other, &release.database);
    let output = refused(&release.wanted(), 1);
    let mismatch = format!(
        "what was downloaded has the hash {}, and the checksum database says {other}",
        release.h1
    );
    output.says(&mismatch).says("hint: ");
}

#[test]
fn a_zip_that_is_damaged_on_the_way_is_found_out() {
    let release = Release::honest();
    release
        .proxy
        .misbehave(Fault::on(Method::GET, "*.zip", Act::Corrupt));
    refused(&release.wanted(), 1);
}

#[test]
fn an_answer_that_the_database_did_not_sign_is_refused() {
    let release = Release::unknown();
    // The name is right, the key is not.
    let mut impostor = ChecksumDatabase::new("other.example.com");
    impostor.call_itself("sum.example.com");
    release.vouch(&release.h1, &impostor);
    refused(&release.wanted(), 1).says("cannot trust the checksum database");
}

#[test]
fn switching_verification_off_for_modules_does_not_switch_it_off_for_toolchains() {
    let release = Release::unknown();
    release.vouch(&checksums::h1(&[]), &release.database);
    let mut environment = release.wanted();
    environment.set("GONOSUMDB", "*");
    environment.set("GOFLAGS", "-insecure");
    refused(&environment, 1).says("the checksum database says");
}

#[test]
fn a_database_that_is_switched_off_leaves_no_way_to_fetch() {
    let mut environment = Release::honest().wanted();
    environment.set("GOSUMDB", "off");
    refused(&environment, 2)
        .says("the checksum database is switched off by GOSUMDB=off")
        .says("hint: a toolchain is never used unverified");
}

#[test]
fn a_release_that_does_not_exist_is_named() {
    let proxy = ModuleProxy::empty();
    let environment = without_go(&proxy);
    environment.write(".go-version", "1.99.9\n");
    refused(&environment, 1).says("error: [toolchain] cannot get Go 1.99.9 for linux/");
}

#[test]
fn a_proxy_that_is_down_is_a_service_that_is_unavailable() {
    let mut environment = TestEnvironment::without_go().with_hello();
    // Nobody listens on the discard port.
    environment.set("GOPROXY", "http://127.0.0.1:9");
    environment.write(
        "coracle.toml",
        "[images.hello]\nmain = \".\"\n\n[network]\nretries = 0\n",
    );
    refused(&environment, 69)
        .says("127.0.0.1:9")
        .says("hint: check GOPROXY");
}

#[test]
fn a_proxy_that_is_down_for_a_moment_is_asked_again() {
    let release = Release::honest();
    let cut = Act::HangUp { after_bytes: 0 };
    release
        .proxy
        .misbehave(Fault::on(Method::GET, "*.zip", cut).times(1));
    release.wanted().run(["build"]).ends_with(1);
    assert!(wanted_parts(&release).len() > 1);
}

#[test]
fn a_download_that_breaks_off_goes_on_where_it_was() {
    let release = Release::honest();
    let cut = Act::CutAnswer { after_bytes: 50 };
    release
        .proxy
        .misbehave(Fault::on(Method::GET, "*.zip", cut).times(1));
    release
        .wanted()
        .run(["build"])
        .ends_with(1)
        .says("[compile]");
    assert_eq!(wanted_parts(&release), [None, Some("bytes=50-".to_owned())]);
}

#[test]
fn what_a_run_has_downloaded_the_next_one_has_no_need_to() {
    let release = Release::honest();
    let environment = release.wanted();
    let cut = Act::CutAnswer { after_bytes: 50 };
    release
        .proxy
        .misbehave(Fault::on(Method::GET, "*.zip", cut).times(1));
    let no_retry = ["build", "--set", "network.retries=0"];
    environment.run(no_retry).ends_with(69);
    environment.run(["build"]).ends_with(1).says("[compile]");
    assert_eq!(wanted_parts(&release), [None, Some("bytes=50-".to_owned())]);
    let left = environment.root().join("cache/toolchains");
    let left = std::fs::read_dir(left).expect("toolchains").flatten();
    let zips = left.filter(|entry| entry.path().extension().is_some_and(|it| it == "zip"));
    assert_eq!(zips.count(), 0);
}

#[test]
fn what_one_proxy_began_another_does_not_go_on_with() {
    let release = Release::honest();
    let bad = ModuleProxy::empty();
    bad.put(&release.zip_path(), vec![b'x'; release.zip.len()]);
    bad.misbehave(Fault::on(
        Method::GET,
        "*.zip",
        Act::CutAnswer { after_bytes: 50 },
    ));
    let mut environment = release.wanted();
    environment.set("GOPROXY", format!("{}|{}", bad.url(), release.proxy.url()));
    environment
        .run(["build", "--set", "network.retries=0"])
        .ends_with(1)
        .says("[compile]");
    assert_eq!(wanted_parts(&release), [None]);
}

#[test]
fn what_was_left_and_is_no_part_of_the_zip_is_downloaded_anew() {
    let release = Release::honest();
    let shelf = release.module_version.replace("v0.0.1-go", "");
    let shelf = shelf.replace(".linux", "-linux");
    for left in [10, release.zip.len(), release.zip.len() + 10] {
        let environment = release.wanted();
        let path = environment
            .root()
            .join(format!("cache/toolchains/.{shelf}.zip"));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, vec![b'x'; left]).expect("a file");
        environment.run(["build"]).ends_with(1).says("[compile]");
        assert!(!path.exists());
    }
    assert_eq!(wanted_parts(&release).len(), 6);
}

#[test]
fn offline_nothing_is_asked() {
    let release = Release::honest();
    let environment = release.wanted();
    let output = environment.run(["build", "--offline"]).ends_with(69);
    output.says("--offline").says("hint: ");
    assert_eq!(release.proxy.journal().len(), 0);
}
