//! Programs that upx packs. No package of it is to be had here: a stand-in takes its command line.

use serde_json::{Value, json};

use super::{check_sums, dist, released};
use crate::support::image::parse;
use crate::support::registry::digest_of;
use crate::support::{TestEnvironment, history, programs};

/// Puts a stand-in of upx on PATH: it cuts ELF programs, and refuses all else in upx's words.
fn with_upx(environment: TestEnvironment) -> TestEnvironment {
    let (head, truncate, stat) = (
        programs::find("head"),
        programs::find("truncate"),
        programs::find("stat"),
    );
    environment.write_program(
        "upx",
        &format!(
            "for file; do :; done\n\
             [ \"$1\" = -qq ] || exit 9\n\
             case $({} -c 2 \"$file\") in\n\
             MZ) echo \"upx: $file: CantPackException: not today\" >&2; exit 1;;\n\
             *) {} -s $(( $({} -c %s \"$file\") / 2 )) \"$file\";;\n\
             esac\n",
            head.display(),
            truncate.display(),
            stat.display(),
        ),
    );
    environment
}

#[test]
fn what_upx_packs_is_smaller_and_what_it_cannot_pack_stays_as_it_is() {
    let environment = with_upx(released());
    dist(&environment, &["-o", "out"]).success();
    let flags = ["--upx", "--sbom=spdx"];
    let report = dist(&environment, &[&flags[..], &["--json"]].concat()).success();
    let report = parse(report.stdout.as_bytes());
    let plain = environment.read("out/hello-linux-amd64");
    let packed = environment.read("dist/hello-linux-amd64");
    assert!(packed == plain[..plain.len() / 2]);
    let exe = environment.read("dist/hello-windows-amd64.exe");
    assert!(exe == environment.read("out/hello-windows-amd64.exe"));
    let (linux, windows) = (&report["binaries"][0], &report["binaries"][1]);
    assert_eq!(linux["packed"]["before_bytes"], plain.len());
    assert_eq!(linux["packed"]["after_bytes"], packed.len());
    assert!(linux["packed"]["kept_because"].is_null());
    assert_eq!(windows["packed"]["after_bytes"], exe.len());
    assert_eq!(
        windows["packed"]["kept_because"],
        "CantPackException: not today"
    );
    let record = history::last(&environment);
    let [linux, windows] = [0, 1].map(|number| &record["programs"][number]);
    assert_eq!(linux["size_bytes"], packed.len());
    assert_eq!(
        (&linux["no_parts"], &linux["parts"]),
        (&json!("packed"), &Value::Null)
    );
    assert!(windows["parts"].is_array(), "{windows:#}");
    check_sums(&environment.work().join("dist"));
    let sbom = String::from_utf8(environment.read("dist/hello-linux-amd64.spdx.json"));
    let sum = digest_of(&packed).replace("sha256:", "");
    assert!(
        sbom.expect("UTF-8").contains(&sum),
        "it is not about what is shipped"
    );
    let table = dist(&environment, &flags).success();
    assert!(table.stdout.contains("OK (packed from "), "{table}");
    assert!(
        table
            .stdout
            .contains("(not packed: CantPackException: not today)"),
        "{table}"
    );
}

#[test]
fn a_upx_that_is_not_there_or_hangs_is_told() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    dist(&environment, &["--upx"])
        .ends_with(2)
        .says("upx: it is to pack the programs, and is not on PATH")
        .says("hint: install it");
    environment.assert_nothing_compiled();
    let environment = released();
    dist(&environment, &["-o", "out"]).success();
    let sleep = programs::find("sleep");
    environment.write_program("upx", &format!("{} 600", sleep.display()));
    let flags = ["--upx", "--timeout=8s", "--platform=linux/amd64"];
    let table = environment.run([&["dist"][..], &flags].concat()).success();
    assert!(
        table
            .stdout
            .contains("(not packed: it took longer than 8 s)"),
        "{table}"
    );
    environment.assert_no_processes();
}
