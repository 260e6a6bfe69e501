//! Archives and sums.

use std::io::{Cursor, Read as _};

use super::{check_sums, dist, names, released};
use crate::support::image::parse;
use crate::support::registry::digest_of;
use crate::support::{TestEnvironment, schema};

/// What is in an archive: name, permission bits and content, in the order of the archive.
type Files = Vec<(String, u32, Vec<u8>)>;

fn in_tar(bytes: &[u8]) -> Files {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let entries = archive.entries().expect("a tar");
    let files = entries.map(|entry| {
        let mut entry = entry.expect("an entry");
        assert_eq!(entry.header().mtime().expect("a time"), 0);
        let name = entry.path().expect("a path").display().to_string();
        let mode = entry.header().mode().expect("a mode");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("a file");
        (name, mode & 0o777, content)
    });
    files.collect()
}

fn in_zip(bytes: &[u8]) -> Files {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let numbers = 0..archive.len();
    let files = numbers.map(|number| {
        let mut file = archive.by_index(number).expect("an entry");
        assert_eq!(file.last_modified().expect("a time").year(), 1980);
        let mode = file.unix_mode().expect("a mode") & 0o777;
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("a file");
        let name = file.name().expect("a name").into_owned();
        (name, mode, content)
    });
    files.collect()
}

/// Asserts that an archive holds the program of `dist` without archives, README and LICENSE.
fn holds_a_release(environment: &TestEnvironment, files: &Files, program: &str, bare: &str) {
    let mut expected = vec![
        ("LICENSE".to_owned(), 0o644, b"all rights\n".to_vec()),
        ("README.md".to_owned(), 0o644, b"# hello\n".to_vec()),
        (program.to_owned(), 0o755, environment.read(bare)),
    ];
    expected.sort();
    // Programs are long, and nobody wants to read them.
    assert!(*files == expected, "{program} is not in its archive");
}

#[test]
fn archives_hold_the_program_with_readme_and_licence_and_the_sums_are_right() {
    let environment = released();
    dist(&environment, &["-o", "out"]).success();
    let output = dist(&environment, &["--archive", "tar.gz"]).success();
    let (linux, windows) = (
        "hello_1.2.3_linux_amd64.tar.gz",
        "hello_1.2.3_windows_amd64.tar.gz",
    );
    assert_eq!(names(&environment, "dist"), ["SHA256SUMS", linux, windows]);
    let tar = environment.read(format!("dist/{linux}"));
    holds_a_release(
        &environment,
        &in_tar(&tar),
        "hello",
        "out/hello-linux-amd64",
    );
    let tar_of_windows = environment.read(format!("dist/{windows}"));
    let exe = "out/hello-windows-amd64.exe";
    holds_a_release(&environment, &in_tar(&tar_of_windows), "hello.exe", exe);
    let said = check_sums(&environment.work().join("dist"));
    assert_eq!(said, format!("{linux}: OK\n{windows}: OK\n"));
    let sum = digest_of(&tar).replace("sha256:", "");
    assert!(output.stdout.contains(&sum), "{output}");
    assert!(
        output.stdout.contains(&format!("OK dist/{linux}")),
        "{output}"
    );
}

#[test]
fn zips_hold_the_same_and_keep_the_bit_that_makes_a_program_run() {
    let environment = released();
    dist(&environment, &["-o", "out"]).success();
    dist(&environment, &["--archive", "zip"]).success();
    for (zip, program, bare) in [
        ("linux_amd64", "hello", "hello-linux-amd64"),
        ("windows_amd64", "hello.exe", "hello-windows-amd64.exe"),
    ] {
        let zip = environment.read(format!("dist/hello_1.2.3_{zip}.zip"));
        let bare = format!("out/{bare}");
        holds_a_release(&environment, &in_zip(&zip), program, &bare);
    }
    check_sums(&environment.work().join("dist"));
}

#[test]
fn plain_programs_have_sums_too() {
    let environment = released();
    dist(&environment, &[]).success();
    let said = check_sums(&environment.work().join("dist"));
    assert_eq!(said, "hello-linux-amd64: OK\nhello-windows-amd64.exe: OK\n");
}

#[test]
fn a_release_is_the_same_bytes_again_with_any_number_of_jobs() {
    let mut sums = Vec::new();
    for jobs in ["1", "3"] {
        let environment = released();
        let flags = ["--sbom", "spdx,cyclonedx", "--jobs", jobs, "--archive"];
        for form in ["tar.gz", "zip"] {
            dist(&environment, &[&flags[..], &[form, "-o", form]].concat()).success();
        }
        let read = |form: &str| environment.read(format!("{form}/SHA256SUMS"));
        sums.push((read("tar.gz"), read("zip")));
    }
    assert_eq!(sums[0], sums[1]);
    let text = String::from_utf8(sums[0].0.clone()).expect("UTF-8");
    assert_eq!(text.lines().count(), 6, "{text}");
}

#[test]
fn variants_have_names_of_their_own() {
    let environment = released();
    let platforms = "linux/arm/v6,linux/arm/v7,linux/amd64,linux/amd64/v2";
    let args = ["dist", "--archive=tar.gz", "--platform", platforms];
    environment.run(args).success();
    let expected = ["amd64", "amd64v2", "armv6", "armv7"];
    let expected = expected.map(|arch| format!("hello_1.2.3_linux_{arch}.tar.gz"));
    assert_eq!(names(&environment, "dist")[1..], expected);
}

#[test]
fn what_goes_into_archives_is_what_the_configuration_names() {
    let environment = released();
    environment.write("docs/manual.md", "read me\n");
    let config = "[dist]\narchive = \"zip\"\nfiles = [\"LICENSE*\", \"docs/*.md\"]\n";
    environment.write("coracle.toml", config);
    dist(&environment, &["--set", "stamp.version=v2"]).success();
    let zip = in_zip(&environment.read("dist/hello_2_linux_amd64.zip"));
    let names: Vec<&str> = zip.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["LICENSE", "docs/manual.md", "hello"]);
}

#[test]
fn what_an_earlier_run_made_is_in_no_archive() {
    let environment = released();
    environment.write("coracle.toml", "[dist]\nfiles = [\".\"]\n");
    let absolute = environment.work().join("absolute");
    let absolute = absolute.to_str().expect("UTF-8");
    for (folder, flags) in [
        ("dist", &[][..]),
        ("out", &["-o", "out"]),
        ("elsewhere", &["-C", "../work", "-o", "elsewhere"]),
        ("absolute", &["-o", absolute]),
        (".", &["-o", "."]),
    ] {
        let flags = [&["--archive=zip", "--sbom=spdx"][..], flags].concat();
        dist(&environment, &flags).success();
        let sums = environment.read(format!("{folder}/SHA256SUMS"));
        dist(&environment, &flags).success();
        assert!(
            environment.read(format!("{folder}/SHA256SUMS")) == sums,
            "{folder}"
        );
        for name in names(&environment, folder) {
            let (file, one) = (
                environment.work().join(folder).join(&name),
                name.contains("hello"),
            );
            if one || name == "SHA256SUMS" {
                std::fs::remove_file(file).expect("a file of the release");
            }
        }
    }
}

#[test]
fn the_project_itself_may_be_the_folder_of_a_release() {
    let environment = released();
    environment.write("coracle.toml", "[dist]\nfiles = [\"README*\"]\n");
    environment.write("inner/main.go", "package main\n\nfunc main() {}\n");
    for flags in [
        &["-o", "."][..],
        &["-C", "inner", "-o", ".."],
        &["-C", "inner", "-o", "."],
    ] {
        let flags = [&["--archive=zip", "."][..], flags].concat();
        dist(&environment, &flags).success();
    }
}

#[test]
fn what_an_archive_cannot_hold_is_told_before_anything_is_compiled() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("LICENSE", "");
    for (files, code, said) in [
        ("[\"NOTICE*\"]", 2, "NOTICE*"),
        (
            "[\"hello\"]",
            2,
            "hello: it is to be in archives where the program hello is",
        ),
        ("[\"prod.env\"]", 1, "prod.env"),
    ] {
        environment.write("hello", "not the program");
        environment.write("prod.env", "DB_PASSWORD=Tr0ub4dor\n");
        environment.write("coracle.toml", format!("[dist]\nfiles = {files}\n"));
        let output = dist(&environment, &["--archive", "zip"]).ends_with(code);
        assert!(output.talk().contains(said), "{output}");
    }
    environment.assert_nothing_compiled();
    assert!(!environment.work().join("dist").exists());
}

#[test]
fn the_report_and_the_dry_run_tell_all_that_is_made() {
    let environment = released();
    let flags = ["--archive=tar.gz", "--sbom=spdx"];
    let plan = dist(
        &environment,
        &[&flags[..], &["--dry-run", "--json"]].concat(),
    );
    let plan = parse(plan.success().stdout.as_bytes());
    let wanted = environment.run(["schema", "dist-plan"]).success();
    schema::assert_valid(&plan, &parse(wanted.stdout.as_bytes()));
    assert_eq!(plan["files"], serde_json::json!(["LICENSE", "README.md"]));
    assert!(!environment.work().join("dist").exists());
    let report = dist(&environment, &[&flags[..], &["--json"]].concat()).success();
    let report = parse(report.stdout.as_bytes());
    let wanted = environment.run(["schema", "report"]).success();
    schema::assert_valid(&report, &parse(wanted.stdout.as_bytes()));
    for number in 0..2 {
        let (made, planned) = (&report["binaries"][number], &plan["programs"][number]);
        assert_eq!(made["path"], planned["path"]);
        assert_eq!(made["files"][0]["kind"], "archive");
        assert_eq!(made["files"][1]["path"], planned["sboms"][0]);
    }
    let sums = &report["release"]["files"][0];
    assert_eq!(sums["kind"], "checksums");
    assert_eq!(sums["path"], plan["checksums"]);
    let sum = digest_of(&environment.read("dist/SHA256SUMS"));
    assert_eq!(
        format!("sha256:{}", sums["sha256"].as_str().expect("a sum")),
        sum
    );
}
