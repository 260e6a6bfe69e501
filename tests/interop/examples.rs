//! Every example, built as a user would who has copied it into a repository of their own, and really run.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::podman::{Container, Podman};
use crate::support::distribution::{Access, Distribution};
use crate::support::git::GitRepository;
use crate::support::kubernetes::ControlPlane;
use crate::support::tools::{self, Tool};
use crate::support::{TestEnvironment, folders, ports, programs, samples};

/// A copy of an example, with its images built and loaded.
struct Example {
    environment: TestEnvironment,
    name: &'static str,
    podman: Podman,
}

/// A service that listens.
struct Service<'a> {
    container: Container<'a>,
    port: u16,
}

impl Example {
    fn build(name: &'static str) -> Self {
        // service names its Go: where the machine has another it is fetched, once for all tests.
        let environment = TestEnvironment::new().with_shared_toolchains();
        let checkout = environment.work().join(name);
        samples::copy_example(name, &checkout);
        std::fs::write(checkout.join(".gitignore"), "dist/\n").expect("a file");
        GitRepository::create(&checkout).tag("v1.2.3");
        environment.run_in(name, ["build"]).success();
        Self {
            environment,
            name,
            podman: Podman::new(),
        }
    }

    /// Loads the archive of an image and returns the names that podman knows it by.
    fn load(&self, image: &str) -> Vec<String> {
        let archive = format!("{}/dist/{image}.tar", self.name);
        self.podman.load(&self.environment.work().join(archive))
    }

    /// Starts an image that listens on the port that PORT names.
    fn start(&self, image: &str) -> Service<'_> {
        let names = self.load(image);
        let port = ports::free();
        let variable = format!("PORT={port}");
        let container = self.podman.start(&["--env", &variable], &names[0]);
        Service { container, port }
    }
}

impl Service<'_> {
    /// Asks for a path, and returns what the service answers with.
    #[track_caller]
    fn get(&self, path: &str) -> String {
        let answer = get(self.port, path);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.starts_with("HTTP/1.0 200 OK"), "{path}: {answer}");
        body.to_owned()
    }

    /// Asserts that the service is well, and knows what it was built from.
    #[track_caller]
    fn is_well(&self) {
        self.get("/healthz");
        let version = self.get("/version");
        assert!(version.contains("v1.2.3"), "{version}");
    }
}

#[test]
fn hello_says_hello_as_nonroot() {
    let example = Example::build("hello");
    let names = example.load("hello");
    assert_eq!(names, ["localhost/hello:latest"]);
    let said = example.podman.run(&[], &names[0], &[]).stdout;
    for line in [
        "Hello from a coracle!",
        "version:  v1.2.3",
        "user id:  65532",
    ] {
        assert!(said.contains(line), "no {line:?} in\n{said}");
    }
}

#[test]
fn service_answers_with_its_stamps_and_its_settings() {
    let example = Example::build("service");
    let service = example.start("server");
    service.is_well();
    service.container.stop();
}

#[test]
fn catalog_of_monorepo_lists_its_boats() {
    let example = Example::build("monorepo");
    let service = example.start("catalog");
    service.is_well();
    let boats = service.get("/boats");
    assert!(boats.contains(r#"{"name":"currach","seats":3}"#), "{boats}");
    service.container.stop();
}

#[test]
fn storefront_of_monorepo_serves_the_page_that_it_embeds() {
    let example = Example::build("monorepo");
    let service = example.start("storefront");
    service.is_well();
    let site = folders::project().join("examples/monorepo/storefront/site");
    for (path, file) in [("/", "index.html"), ("/style.css", "style.css")] {
        let file = std::fs::read_to_string(site.join(file)).expect("a page");
        assert_eq!(service.get(path), file, "{path}");
    }
    service.container.stop();
}

#[test]
fn orders_of_monorepo_has_a_server_and_a_probe_that_finds_it_well() {
    let example = Example::build("monorepo");
    assert_eq!(
        example.load("orders"),
        ["localhost:5000/fleet/orders:latest"]
    );
    let service = example.start("orders");
    service.is_well();
    assert_eq!(service.get("/orders"), "[]\n");
    // As a health check does, in the container of the server.
    assert_eq!(service.container.exec(&["/probe"]).stdout, "healthy\n");
    // And by itself, in a container of its own.
    let variable = format!("PORT={}", service.port);
    let options = ["--entrypoint", "/probe", "--env", &variable];
    let image = "localhost:5000/fleet/orders:latest";
    let said = example.podman.run(&options, image, &[]);
    assert_eq!(said.stdout, "healthy\n");
    service.container.stop();
}

/// Where the api of pipeline answers, as its manifest says.
const NODE_PORT: u16 = 30080;

#[test]
fn pipeline_goes_from_the_source_to_a_cluster_where_its_smoke_tests_ask_the_image_that_was_pushed()
{
    let (cluster, registry) = (ControlPlane::start(), Distribution::start(&Access::Open));
    let mut environment = TestEnvironment::new();
    samples::copy_example("pipeline", &environment.work());
    let smoke = environment.root().join("bin/smoke.sh");
    programs::install(&environment.read("smoke.sh"), &smoke);
    std::fs::rename(smoke, environment.work().join("smoke.sh")).expect("the smoke test");
    environment.write(".gitignore", "dist/\n");
    GitRepository::create(environment.work());
    environment.link_program("kubectl", &tools::get(Tool::Kubectl));
    for name in ["curl", "grep", "sh"] {
        environment.link_program(name, &programs::find(name));
    }
    environment.set("KUBECONFIG", cluster.kubeconfig());
    environment.set("CORACLE_REPO", registry.repository("team/{name}"));
    // The nodes of this cluster run nothing: podman does it for them.
    let pushed = environment.run(["push", "api"]).success();
    let (podman, port) = (Podman::new(), format!("PORT={NODE_PORT}"));
    let options = ["--tls-verify=false", "--env", &port];
    let container = podman.start(&options, pushed.line());
    get(NODE_PORT, "/healthz");
    let output = environment.run(["ci", "--event", "main", "-v"]).success();
    for stage in ["manifests", "push", "deploy", "smoke"] {
        let passed = output.stdout.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(stage) && words.next() == Some("passed")
        });
        assert!(passed, "{stage}\n{output}");
    }
    let runs = cluster.object("deployment/api");
    let image = &runs["spec"]["template"]["spec"]["containers"][0]["image"];
    assert_eq!(image, pushed.line());
    container.stop();
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
