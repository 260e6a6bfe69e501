//! `coracle dist`: plain programs for several platforms, and the table of them.

use crate::support::image::parse;
use crate::support::registry::digest_of;
use crate::support::{Output, TestEnvironment, programs, schema};

const HEAD: &str = "TARGET          SIZE         DURATION     SHA256                                                           STATUS";

/// One row of the table.
#[derive(Debug)]
struct Row {
    platform: String,
    size: String,
    duration: String,
    sha256: String,
    status: String,
}

/// Cuts the table into its columns, which are 15, 12, 12 and 64 wide with one space after each.
fn rows(output: &Output) -> Vec<Row> {
    let mut lines = output.stdout.lines();
    assert_eq!(lines.next(), Some(HEAD), "{output}");
    assert_eq!(lines.next(), Some("-".repeat(120).as_str()), "{output}");
    let row = |line: &str| {
        let column = |from: usize, width: usize| {
            assert_eq!(&line[from + width..=from + width], " ", "{output}");
            line[from..from + width].trim_end().to_owned()
        };
        Row {
            platform: column(0, 15),
            size: column(16, 12),
            duration: column(29, 12),
            sha256: column(42, 64),
            status: line[107..].to_owned(),
        }
    };
    let mut rows: Vec<Row> = lines.map(row).collect();
    rows.sort_by(|one, other| one.platform.cmp(&other.platform));
    rows
}

fn platforms(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.platform.as_str()).collect()
}

/// Shows a size by 1024, as the table does.
fn shown(bytes: &[u8]) -> String {
    let kibibytes = u32::try_from(bytes.len() / 1024).expect("a program");
    format!("{:.1} MB", f64::from(kibibytes) / 1024.0)
}

/// Asserts that a row tells the truth of a program in dist/.
fn is_row_of(environment: &TestEnvironment, row: &Row, program: &str) {
    let bytes = environment.read(format!("dist/{program}"));
    assert_eq!(row.status, "OK", "{row:?}");
    assert_eq!(row.size, shown(&bytes), "{row:?}");
    assert_eq!(format!("sha256:{}", row.sha256), digest_of(&bytes));
    let duration = row.duration.trim_end_matches("ms").trim_end_matches('s');
    let is_number = |part: &str| part.parse::<f64>().is_ok();
    assert!(duration.split('m').all(is_number), "{row:?}");
}

fn is_executable(environment: &TestEnvironment, program: &str) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let path = environment.work().join("dist").join(program);
    let metadata = std::fs::metadata(path).expect("a program");
    metadata.permissions().mode() & 0o777 == 0o755
}

#[test]
fn a_program_is_made_for_the_four_platforms_and_the_table_says_so() {
    let environment = TestEnvironment::new().with_hello();
    let output = environment.run(["dist"]).success();
    let rows = rows(&output);
    let expected = [
        ("darwin/arm64", "hello-darwin-arm64"),
        ("linux/amd64", "hello-linux-amd64"),
        ("linux/arm64", "hello-linux-arm64"),
        ("windows/amd64", "hello-windows-amd64.exe"),
    ];
    assert_eq!(platforms(&rows), expected.map(|(platform, _)| platform));
    for (row, (_, program)) in rows.iter().zip(expected) {
        is_row_of(&environment, row, program);
        assert!(is_executable(&environment, program));
    }
    let program = environment.work().join("dist/hello-linux-amd64");
    let said = environment.run_command(&mut environment.command(program));
    assert_eq!(said.success().stderr, "hello\n");
}

#[test]
fn platforms_are_those_asked_for() {
    let environment = TestEnvironment::new().with_hello();
    let output = environment.run(["dist", "--platform", "linux/arm/v6,freebsd/amd64"]);
    let rows = rows(&output.success());
    assert_eq!(platforms(&rows), ["freebsd/amd64", "linux/arm/v6"]);
    is_row_of(&environment, &rows[0], "hello-freebsd-amd64");
    is_row_of(&environment, &rows[1], "hello-linux-arm-v6");
}

#[test]
fn every_program_of_a_project_is_made() {
    let config =
        "[images.server]\nmain = \"./cmd/server\"\n\n[images.migrate]\nmain = \"./cmd/migrate\"\n";
    let environment = TestEnvironment::new().with_project(config, &["server", "migrate"]);
    let args = ["dist", "--platform", "linux/amd64,windows/amd64"];
    let rows = rows(&environment.run(args).success());
    let mut told: Vec<&str> = rows.iter().map(|row| row.status.as_str()).collect();
    told.sort_unstable();
    let made: Vec<String> = environment.files();
    let made: Vec<&String> = made
        .iter()
        .filter(|path| path.starts_with("dist/"))
        .collect();
    let expected = [
        "dist/SHA256SUMS",
        "dist/migrate-linux-amd64",
        "dist/migrate-windows-amd64.exe",
        "dist/server-linux-amd64",
        "dist/server-windows-amd64.exe",
    ];
    assert_eq!(made, expected);
    let programs = expected[1..].iter().map(|path| format!("OK {path}"));
    assert_eq!(told, programs.collect::<Vec<_>>());
}

/// A program that does not compile for one of the four platforms.
fn broken_on_windows() -> TestEnvironment {
    let environment = TestEnvironment::new().with_hello();
    environment.write(
        "lucky_windows.go",
        "package main\n\nfunc init() { undefined() }\n",
    );
    environment
}

#[test]
fn a_target_that_fails_loses_no_other() {
    let environment = broken_on_windows();
    let output = environment.run(["dist"]).ends_with(1);
    let rows = rows(&output);
    assert_eq!(rows.len(), 4);
    let (failed, made): (Vec<&Row>, Vec<&Row>) = rows
        .iter()
        .partition(|row| row.status.starts_with("FAIL: "));
    assert_eq!(made.len(), 3);
    assert!(made.iter().all(|row| row.status == "OK"), "{output}");
    assert_eq!(failed[0].platform, "windows/amd64");
    assert!(
        failed[0].status.contains("undefined: undefined"),
        "{output}"
    );
    assert!(
        !environment
            .work()
            .join("dist/hello-windows-amd64.exe")
            .exists()
    );
    output.says("error: [compile] windows/amd64: ");
}

#[test]
fn the_report_says_what_was_made_and_what_failed() {
    let environment = broken_on_windows();
    let output = environment.run(["dist", "--json"]).ends_with(1);
    let wanted = environment.run(["schema", "report"]).success();
    let report = parse(output.stdout.as_bytes());
    schema::assert_valid(&report, &parse(wanted.stdout.as_bytes()));
    let binaries = crate::support::image::array(&report["binaries"]);
    let platforms: Vec<&str> = binaries
        .iter()
        .filter_map(|binary| binary["platform"].as_str())
        .collect();
    assert_eq!(
        platforms,
        [
            "linux/amd64",
            "linux/arm64",
            "darwin/arm64",
            "windows/amd64"
        ]
    );
    let first = environment.read("dist/hello-linux-amd64");
    assert_eq!(binaries[0]["size_bytes"], first.len());
    assert_eq!(binaries[0]["status"], "OK");
    assert!(binaries[3]["path"].is_null());
    assert_eq!(report["status"], "failed");
}

#[test]
fn a_platform_that_runs_out_of_time_fails_and_the_others_stay() {
    let environment = TestEnvironment::without_go().with_hello();
    let sleep = programs::find("sleep");
    // Compilers have children of their own, which hold what they write to open.
    environment.write_go(&format!(
        "if [ \"$GOOS\" = windows ]; then {0} 600 & exec {0} 600; fi",
        sleep.display()
    ));
    environment.write("dist/hello-windows-amd64.exe", "old");
    // What Go has compiled once it only has to find: the limit is for what hangs.
    let linux = "linux/amd64,linux/arm64";
    environment.run(["dist", "--platform", linux]).success();
    let platforms = format!("{linux},windows/amd64");
    let args = [
        "dist",
        "--timeout=20s",
        "--jobs=3",
        "--platform",
        &platforms,
    ];
    let output = environment.run(args).ends_with(1);
    let rows = rows(&output);
    let statuses: Vec<&str> = rows.iter().map(|row| row.status.as_str()).collect();
    assert_eq!(statuses[..2], ["OK", "OK"], "{output}");
    assert!(statuses[2].starts_with("FAIL: "), "{output}");
    assert!(statuses[2].contains("20s"), "{output}");
    assert_eq!(environment.read("dist/hello-windows-amd64.exe"), b"old");
    environment.assert_no_processes();
}

#[test]
fn a_dry_run_lists_the_programs_and_makes_none() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let output = environment.run(["dist", "--dry-run"]).success();
    for program in ["hello-linux-amd64", "hello-windows-amd64.exe"] {
        assert!(output.stdout.contains(program), "{output}");
    }
    environment.assert_nothing_compiled();
    assert!(!environment.work().join("dist").exists());
}

#[test]
fn programs_are_stamped_and_the_same_again() {
    let mut environment = TestEnvironment::new().with_stamped();
    let args = [
        "dist",
        "--platform",
        "linux/amd64",
        "--set",
        "stamp.version=v7",
        "-o",
        "out",
    ];
    environment.run(args).success();
    let first = environment.read("out/stamped-linux-amd64");
    let program = environment.work().join("out/stamped-linux-amd64");
    let said = environment
        .run_command(&mut environment.command(program))
        .success();
    assert_eq!(said.stdout, "v7\nnone\nunknown\n");
    let forgetful = environment.root().join("another-cache");
    environment.set("CORACLE_CACHE", forgetful);
    environment.run(args).success();
    assert!(environment.read("out/stamped-linux-amd64") == first);
}

#[test]
fn a_platform_that_is_not_built_for_is_answered_with_those_near_it() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let args = ["dist", "-q", "--platform=js/wasm,darwin/386"];
    insta::assert_snapshot!(environment.run(args).ends_with(2).talk(), @"
    error: [plan] js/wasm: coracle does not build for this platform
      hint: near it are wasip1/wasm
    error: [plan] darwin/386: Go does not know this platform
      hint: near it are darwin/amd64, darwin/arm64
    ");
    environment.assert_nothing_compiled();
}

#[test]
fn flags_of_images_are_none_of_dist() {
    let environment = TestEnvironment::new().with_hello();
    for flag in ["--base=scratch", "--cache-to=r.example/x", "--tag=v1"] {
        environment
            .run(["dist", flag])
            .ends_with(2)
            .says("unexpected argument");
    }
}
