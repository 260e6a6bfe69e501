//! Images that are really run, and what their programs see from inside.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::podman::Podman;
use crate::support::TestEnvironment;
use crate::support::distribution::{Access, Distribution};
use crate::support::git::GitRepository;
use crate::support::registry::FakeRegistry;
use crate::support::samples;

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
fn the_smallest_example_runs() {
    let environment = TestEnvironment::new();
    samples::copy_example("hello", &environment.work().join("hello"));
    environment.run_in("hello", ["build"]).success();
    let podman = Podman::new();
    let names = podman.load(&environment.work().join("hello/dist/hello.tar"));
    let said = podman.run(&[], &names[0], &[]).stdout;
    assert!(said.contains("user id:  65532"), "{said}");
}

#[test]
fn the_service_answers_with_its_stamps_and_its_configuration() {
    let environment = TestEnvironment::new();
    let checkout = environment.work().join("service");
    samples::copy_example("service", &checkout);
    std::fs::write(checkout.join(".gitignore"), "dist/\n").expect("a file");
    GitRepository::create(&checkout).tag("v1.2.3");
    environment.run_in("service", ["build"]).success();
    let podman = Podman::new();
    let names = podman.load(&checkout.join("dist/server.tar"));
    let port = free_port();
    let variable = format!("PORT={port}");
    podman.run(
        &["--detach", "--name=service", "--env", &variable],
        &names[0],
        &[],
    );
    assert!(get(port, "/healthz").contains("200 OK"));
    assert!(get(port, "/version").contains("v1.2.3"));
    podman.stop("service");
}

/// Returns a port that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Asks a server that may be starting still, and returns its answer.
fn get(port: u16, path: &str) -> String {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
            stream
                .write_all(request.as_bytes())
                .expect("a request that is taken");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("an answer");
            return answer;
        }
        assert!(Instant::now() < deadline, "nobody listens on port {port}");
        std::thread::yield_now();
    }
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
