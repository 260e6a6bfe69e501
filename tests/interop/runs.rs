//! Images that are really run, and what their programs see from inside.

use crate::podman::Podman;
use crate::support::TestEnvironment;
use crate::support::distribution::{Access, Distribution};
use crate::support::registry::FakeRegistry;

/// Prints what a program sees: its user, a file, the certificates, a time zone, and whether it gets
/// an answer over TLS from the address that it is given.
const PROBE: &str = r#"package main

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	fmt.Println("uid", os.Getuid(), "gid", os.Getgid())
	if text, err := os.ReadFile("/config/app.txt"); err == nil {
		fmt.Print("config ", string(text))
	}
	pool, err := x509.SystemCertPool()
	if err == nil {
		fmt.Println("certificates", len(pool.Subjects()))
	}
	_, err = time.LoadLocation("Europe/Berlin")
	fmt.Println("zone", err)
	if len(os.Args) > 1 {
		if answer, err := http.Get(os.Args[1]); err != nil {
			fmt.Println("tls", err)
		} else {
			fmt.Println("tls", answer.StatusCode)
		}
	}
}
"#;

fn probe(files: &str) -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("go.mod", "module example.com/probe\n\ngo 1.26\n");
    environment.write("main.go", PROBE);
    environment.write("app.txt", "it is readable\n");
    let config = format!("[images.probe]\nmain = \".\"\nfiles = [{files}]\n");
    environment.write("coracle.toml", config);
    environment
}

fn run(environment: &TestEnvironment, args: &[&str]) -> String {
    environment.run(["build"]).success();
    let podman = Podman::new();
    let names = podman.load(&environment.work().join("dist/probe.tar"));
    assert_eq!(names, ["localhost/probe:latest"]);
    podman.run(&[], &names[0], args).stdout
}

#[test]
fn a_program_runs_as_nonroot_with_its_files_certificates_and_time_zones() {
    let environment = probe(r#"{ from = "app.txt", to = "/config/app.txt" }"#);
    let said = run(&environment, &[]);
    let bundle = include_str!("../../base-layers/static/rootfs/etc/ssl/certs/ca-certificates.crt");
    let certificates = bundle.matches("BEGIN CERTIFICATE").count();
    for line in [
        "uid 65532 gid 65532",
        "config it is readable",
        &format!("certificates {certificates}"),
        "zone <nil>",
    ] {
        assert!(
            said.lines().any(|said| said == line),
            "no {line:?} in\n{said}"
        );
    }
}

#[test]
fn tls_works_with_a_ca_among_the_files_and_not_without() {
    let server = FakeRegistry::with().https().start();
    let url = format!("https://{}/v2/", server.host());
    let without = probe("");
    let said = run(&without, &[&url]);
    assert!(
        said.contains("certificate signed by unknown authority"),
        "{said}"
    );
    let with = probe(r#"{ from = "ca.pem", to = "/etc/ssl/certs/test-ca.pem" }"#);
    with.write(
        "ca.pem",
        server.certificate_pem().expect("a server with https"),
    );
    let said = run(&with, &[&url]);
    assert!(said.contains("tls 200"), "{said}");
}

#[test]
fn what_is_pushed_to_a_real_registry_is_pulled_and_runs_gzip_and_zstd() {
    let registry = Distribution::start(&Access::Open);
    for compression in ["gzip", "zstd"] {
        let environment = TestEnvironment::new().with_hello();
        let repository = registry.repository(&format!("hello-{compression}"));
        let set = format!("--set=layers.compression={compression}");
        let pushed = environment
            .run(["push", "--repo", &repository, &set])
            .success();
        let podman = Podman::new();
        let image = pushed.line().to_owned();
        let said = podman.run(&["--tls-verify=false"], &image, &[]);
        assert_eq!(said.stderr.lines().last(), Some("hello"), "{compression}");
    }
}

/// Prints what its process may do: what it could take, and what it has.
const RIGHTS: &str = r#"package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	status, _ := os.ReadFile("/proc/self/status")
	fmt.Println("uid", os.Getuid())
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "CapPrm") || strings.HasPrefix(line, "CapEff") {
			fmt.Print(line)
		}
	}
}
"#;

#[test]
fn a_program_has_its_capabilities_though_it_runs_as_nonroot() {
    for (written, permitted, effective) in [
        ("", 0, 0),
        ("net_bind_service=ep", 1 << 10, 1 << 10),
        ("chown,net_bind_service=p", 1 << 10 | 1, 0),
        // What the container is not given is not there either.
        ("net_bind_service,sys_admin=p", 1 << 10, 0),
    ] {
        let environment = probe("");
        environment.write("main.go", RIGHTS);
        environment.write(
            "coracle.toml",
            format!("[images.probe]\nmain = \".\"\ncapabilities = {written:?}\n"),
        );
        let said = run(&environment, &[]);
        let wanted = format!("uid 65532\nCapPrm:\t{permitted:016x}\nCapEff:\t{effective:016x}\n");
        assert_eq!(said, wanted, "{written:?}");
    }
}
