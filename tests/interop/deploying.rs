//! `coracle deploy` to a real Kubernetes control plane, and to real containers.

use std::path::Path;

use serde_json::{Value, json};

use crate::podman::needs;
use crate::support::distribution::{Access, Distribution};
use crate::support::http::{Act, Fault, Method};
use crate::support::kubernetes::ControlPlane;
use crate::support::registry::{FakeRegistry, digest_of};
use crate::support::running::{Running, Signal, until};
use crate::support::tools::{self, Tool};
use crate::support::{Output, TestEnvironment, ports};

/// What the cluster runs: one workload of each kind, and something that is none.
const MANIFEST: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: shop}
data: {colour: blue}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - {name: app, image: "coracle://shop"}   # by digest, once it is deployed
"#;

const OTHERS: &str = r#"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec:
  serviceName: store
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec: {containers: [{name: app, image: "coracle://shop"}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: app, image: "coracle://shop"}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: app, image: "coracle://shop"}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: app, image: "coracle://shop"}]}
"#;

/// Returns a project that is deployed to the cluster.
fn project(cluster: &ControlPlane, more: &str) -> TestEnvironment {
    let mut environment = TestEnvironment::without_go();
    environment.link_program("kubectl", &tools::get(Tool::Kubectl));
    environment.set("KUBECONFIG", cluster.kubeconfig());
    environment.write("go.mod", "module example.com/shop\n\ngo 1.26\n");
    environment.write("deploy/shop.yaml", MANIFEST);
    configure(&environment, more);
    environment
}

fn configure(environment: &TestEnvironment, more: &str) {
    let config = format!(
        "{more}\n[deploy.how.kubernetes]\nmanifests = [\"deploy\"]\nnamespace = \"default\"\ntimeout = \"300s\"\n"
    );
    environment.write("coracle.toml", config);
}

fn digest(number: u32) -> String {
    digest_of(number.to_string().as_bytes())
}

fn flags(environment: &TestEnvironment, number: u32) -> [String; 3] {
    let report = json!({"status": "done", "images": [{
        "name": "shop", "digest": digest(number),
        "outputs": [{"destination": "registry.example.com/shop"}],
    }]});
    let file = format!("pushed-{number}.json");
    environment.write(&file, report.to_string());
    ["deploy".to_owned(), "--pushed".to_owned(), file]
}

fn deploy(environment: &TestEnvironment, number: u32) -> Output {
    environment.run(flags(environment, number))
}

/// Deploys an image, and begins with the next one, which does not get ready; returns that run, once the cluster has it.
fn half_way<'e>(cluster: &ControlPlane, environment: &'e TestEnvironment) -> Running<'e> {
    deploy(environment, 1).success();
    cluster.never_ready(&digest(2));
    let flags = flags(environment, 2);
    let running = environment.start(&flags.each_ref().map(String::as_str));
    until("the new image is applied", || {
        let image = cluster.object("deployment/shop").to_string();
        image.contains(&digest(2))
    });
    running
}

/// Asserts that the workload, and each pod of it, runs the image with this number.
#[track_caller]
fn assert_runs(cluster: &ControlPlane, workload: &str, number: u32) {
    let object = cluster.object(workload);
    let image = object
        .pointer("/spec/template/spec/containers/0/image")
        .and_then(Value::as_str)
        .expect("an image");
    assert!(image.ends_with(&digest(number)), "{image}");
}

#[test]
fn workloads_of_each_kind_are_rolled_out_by_digest_and_back() {
    let cluster = ControlPlane::start();
    let environment = project(&cluster, "");
    environment.write("deploy/others.yaml", OTHERS);
    deploy(&environment, 1).success();
    let assert_all_run = |number: u32| {
        for workload in [
            "deployment/shop",
            "statefulset/store",
            "daemonset/agent",
            "job/migrate",
        ] {
            assert_runs(&cluster, workload, number);
        }
    };
    assert_all_run(1);
    let ready = cluster.object("deployment/shop");
    assert_eq!(ready["status"]["availableReplicas"], 2);
    deploy(&environment, 2).success();
    assert_all_run(2);
    let status = environment.run(["status"]).success();
    assert!(
        status.stdout.contains("production  ready  cronjob/report"),
        "{status}"
    );
}

const JOB: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: default}
spec:
  activeDeadlineSeconds: 600
  template:
    spec:
      restartPolicy: Never
      containers: [{name: app, image: "coracle://shop", args: [up]}]
"#;

#[test]
fn a_job_that_changed_is_made_anew_and_waited_for_and_one_that_did_not_is_left() {
    let cluster = ControlPlane::start();
    let environment = project(&cluster, "");
    environment.write("deploy/job.yaml", JOB);
    deploy(&environment, 1).success();
    let first = cluster.object("job/migrate")["metadata"]["uid"].clone();
    deploy(&environment, 1).success();
    assert_eq!(cluster.object("job/migrate")["metadata"]["uid"], first);
    deploy(&environment, 2)
        .success()
        .says("production: job/migrate is made anew");
    let second = cluster.object("job/migrate");
    assert_ne!(second["metadata"]["uid"], first);
    assert_eq!(second["status"]["succeeded"], 1);
    assert_runs(&cluster, "job/migrate", 2);
    // A template that differs in anything else is another one too.
    environment.write("deploy/job.yaml", JOB.replace("[up]", "[up, all]"));
    deploy(&environment, 2)
        .success()
        .says("job/migrate is made anew");
    // What has run to its end cannot be undone by running what ran before it.
    environment.run(["rollback"]).success();
    assert_runs(&cluster, "deployment/shop", 1);
    assert_runs(&cluster, "job/migrate", 2);
}

#[test]
fn a_rollback_repeats_no_step_where_a_job_has_run_since_the_one_before() {
    let cluster = ControlPlane::start();
    let environment = project(&cluster, "");
    environment.write("deploy/job.yaml", JOB);
    for number in 1..=3 {
        deploy(&environment, number).success();
    }
    let back_to = |number: u32| {
        environment.run(["rollback"]).success();
        assert_runs(&cluster, "deployment/shop", number);
    };
    back_to(2);
    // The Job that ran last is that of 3.
    deploy(&environment, 4).success();
    back_to(2);
    back_to(1);
    assert_runs(&cluster, "job/migrate", 4);
    environment
        .run(["rollback"])
        .ends_with(1)
        .says("there is nothing to go back to");
}

#[test]
fn a_job_that_could_not_be_made_anew_is_left_with_all_else() {
    let cluster = ControlPlane::start();
    let environment = project(&cluster, "");
    environment.write("deploy/job.yaml", JOB);
    deploy(&environment, 1).success();
    let before = cluster.object("job/migrate")["metadata"]["uid"].clone();
    let wrong = JOB.replace("restartPolicy: Never", "restartPolicy: Sometimes");
    environment.write("deploy/job.yaml", wrong);
    deploy(&environment, 2)
        .ends_with(1)
        .says("the cluster refuses it")
        .says("Sometimes");
    assert_eq!(cluster.object("job/migrate")["metadata"]["uid"], before);
    assert_runs(&cluster, "deployment/shop", 1);
}

#[test]
fn a_job_that_failed_rolls_back_what_runs_and_runs_again_with_the_next_deploy() {
    let cluster = ControlPlane::start();
    let environment = project(&cluster, "");
    deploy(&environment, 1).success();
    let short = JOB.replace("activeDeadlineSeconds: 600", "activeDeadlineSeconds: 20");
    environment.write("deploy/job.yaml", short);
    cluster.never_ready(&digest(2));
    deploy(&environment, 2)
        .ends_with(1)
        .says("job/migrate failed: ")
        .says("rolled back: production runs");
    assert_runs(&cluster, "deployment/shop", 1);
    cluster.mend();
    deploy(&environment, 2)
        .success()
        .says("job/migrate is made anew");
    assert_runs(&cluster, "deployment/shop", 2);
}

#[test]
fn a_rollout_that_never_gets_ready_is_rolled_back_and_says_why() {
    let cluster = ControlPlane::start();
    let environment = project(&cluster, "");
    deploy(&environment, 1).success();
    let short = MANIFEST.replace("replicas: 2", "replicas: 2\n  progressDeadlineSeconds: 20");
    environment.write("deploy/shop.yaml", short);
    cluster.never_ready(&digest(2));
    deploy(&environment, 2)
        .ends_with(1)
        .says("the rollout failed: deployment/shop: ")
        .says("CrashLoopBackOff: back-off restarting failed container")
        .says("rolled back: production runs registry.example.com/shop@");
    assert_runs(&cluster, "deployment/shop", 1);
    let status = environment.run(["status"]).success();
    assert!(
        status.stdout.contains("production  ready  deployment/shop"),
        "{status}"
    );
    cluster.mend();
    deploy(&environment, 2).success();
    environment.run(["rollback"]).success();
    assert_runs(&cluster, "deployment/shop", 1);
    environment
        .run(["rollback"])
        .ends_with(1)
        .says("nothing to go back to");
}

#[test]
fn a_smoke_test_that_fails_brings_back_the_digest_that_ran_before() {
    let cluster = ControlPlane::start();
    let smoke =
        "[deploy]\nsmoke = [{ command = [\"works\"], interval = \"10ms\", timeout = \"3s\" }]";
    let environment = project(&cluster, smoke);
    environment.write_program("works", "[ ! -e fails ]");
    deploy(&environment, 1).success();
    environment.write("fails", "");
    deploy(&environment, 2)
        .ends_with(1)
        .says("the smoke test works failed")
        .says("rolled back: production runs");
    assert_runs(&cluster, "deployment/shop", 1);
}

#[test]
fn a_coracle_that_was_killed_half_way_is_undone_from_another_machine() {
    let cluster = ControlPlane::start();
    let environment = project(&cluster, "");
    let running = half_way(&cluster, &environment);
    running.signal(Signal::KILL);
    running.end();
    environment.kill_processes();
    // Another machine has another cache, and the same cluster.
    let other = project(&cluster, "");
    deploy(&other, 3)
        .ends_with(1)
        .says("deploys there at the moment")
        .says("where it has died, it is forgotten after 60 s");
    forget(&cluster);
    let next = deploy(&other, 3).success();
    next.says("that broke off is undone: what it wanted is not ready");
    assert_runs(&cluster, "deployment/shop", 3);
    other.run(["rollback"]).success();
    assert_runs(&cluster, "deployment/shop", 1);
}

/// Lets the time of all leases be over.
fn forget(cluster: &ControlPlane) {
    let leases = cluster.kubectl(&["get", "lease", "-o", "name"]);
    let patch = r#"--patch={"spec":{"renewTime":"2001-01-01T00:00:00.000000Z"}}"#;
    for lease in leases.lines() {
        cluster.kubectl(&["patch", lease, "--type=merge", patch]);
    }
}

#[test]
fn an_api_server_that_dies_half_way_and_comes_back_is_waited_for() {
    let mut cluster = ControlPlane::start();
    let environment = project(&cluster, "");
    let running = half_way(&cluster, &environment);
    cluster.kill_server();
    until("the run has noticed", || {
        let said = std::fs::read_to_string(environment.root().join("stderr")).unwrap_or_default();
        said.contains("cannot be reached")
    });
    cluster.mend();
    cluster.start_server_again();
    running.end().success();
    assert_runs(&cluster, "deployment/shop", 2);
}

#[test]
fn ctrl_c_while_a_rollout_goes_on_gives_the_lease_back_and_the_next_run_goes_on() {
    let cluster = ControlPlane::start();
    let environment = project(&cluster, "");
    let running = half_way(&cluster, &environment);
    running.signal(Signal::INT);
    running.end().ends_with(130);
    environment.assert_no_processes();
    deploy(&environment, 3).success().says("is undone");
    assert_runs(&cluster, "deployment/shop", 3);
}

#[test]
fn what_the_cluster_does_not_allow_is_told_before_anything_changes() {
    let cluster = ControlPlane::start();
    let mut environment = project(&cluster, "");
    deploy(&environment, 1).success();
    let tag = MANIFEST.replace("coracle://shop", "registry.example.com/shop:v2");
    let both = format!(
        "{MANIFEST}---{}",
        tag.replace("name: shop}", "name: by-tag}")
    );
    environment.write("deploy/shop.yaml", both);
    deploy(&environment, 2).ends_with(2).says(
        "deployment/by-tag names registry.example.com/shop:v2 by its tag, where a digest must be",
    );
    environment.write("deploy/shop.yaml", MANIFEST);
    let config = "[deploy.how.kubernetes]\nmanifests = [\"deploy\"]\nnamespace = \"nowhere\"\n";
    environment.write("coracle.toml", config);
    deploy(&environment, 2)
        .ends_with(1)
        .says("there is no namespace nowhere");
    configure(&environment, "");
    environment.set("KUBECONFIG", cluster.kubeconfig_of_nobody());
    deploy(&environment, 2)
        .ends_with(77)
        .says("the cluster forbids it");
    assert_runs(&cluster, "deployment/shop", 1);
}

#[test]
fn a_dry_run_tells_what_the_cluster_would_do_and_changes_nothing_there() {
    let cluster = ControlPlane::start();
    let mut environment = project(&cluster, "");
    environment.write("deploy/job.yaml", JOB);
    let dry_run = |environment: &TestEnvironment, number: u32| {
        let flags = flags(environment, number);
        let mut flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        flags.push("--dry-run");
        environment.run(flags)
    };
    let everything = || {
        let kinds = "deployments,replicasets,jobs,pods,configmaps,leases";
        let columns =
            "custom-columns=K:.kind,N:.metadata.name,U:.metadata.uid,R:.metadata.resourceVersion";
        cluster.kubectl(&["get", kinds, "-n", "default", "-o", columns])
    };
    let nothing = everything();
    let first = dry_run(&environment, 1).success();
    assert!(
        first
            .stdout
            .contains("production  would deploy  deployment/shop"),
        "{first}"
    );
    assert_eq!(everything(), nothing);
    deploy(&environment, 1).success();
    // What the controllers do after a deploy is over soon.
    let (mut before, mut alike) = (everything(), 0);
    until("the cluster is at rest", || {
        std::thread::sleep(std::time::Duration::from_secs(1));
        let last = std::mem::replace(&mut before, everything());
        alike = if last == before { alike + 1 } else { 0 };
        // A controller that is slow to begin looks like one that is done.
        alike == 2
    });
    let same = dry_run(&environment, 1).success();
    assert!(
        same.stdout.contains("production  unchanged  job/migrate"),
        "{same}"
    );
    // A Job that would be made anew is still there.
    let told = dry_run(&environment, 2).success();
    for unit in ["deployment/shop", "job/migrate"] {
        let line = format!(
            "production  would deploy  {unit}  registry.example.com/shop@{}  in place of registry.example.com/shop@{}\n",
            digest(2),
            digest(1)
        );
        assert!(told.stdout.contains(&line), "{told}");
    }
    environment.write(
        "deploy/shop.yaml",
        MANIFEST.replace("replicas: 2", "replicas: -2"),
    );
    dry_run(&environment, 2)
        .ends_with(1)
        .says("the cluster refuses it")
        .says("spec.replicas");
    environment.write("deploy/shop.yaml", MANIFEST);
    environment.set("KUBECONFIG", cluster.kubeconfig_of_nobody());
    dry_run(&environment, 2)
        .ends_with(77)
        .says("the cluster forbids it");
    assert_eq!(everything(), before);
}

#[test]
fn manifests_name_images_by_import_path_and_those_that_are_not_pushed_are_the_registrys() {
    let cluster = ControlPlane::start();
    let registry = FakeRegistry::start();
    let mut environment = TestEnvironment::new();
    environment.link_program("kubectl", &tools::get(Tool::Kubectl));
    environment.set("KUBECONFIG", cluster.kubeconfig());
    environment.write("go.mod", "module example.com/shop\n\ngo 1.26\n");
    let write = |which: &str| {
        let source = format!("package main\n\nfunc main() {{ println({which:?}) }}\n");
        environment.write("cmd/shop/main.go", &source);
        environment.write("cmd/worker/main.go", &source);
    };
    write("one");
    let images = format!(
        "[defaults]\nrepository = \"{}\"\n[images.shop]\nmain = \"./cmd/shop\"",
        registry.repository("team/{name}")
    );
    configure(&environment, &images);
    let worker = MANIFEST
        .replace("name: shop}", "name: worker}")
        .replace("coracle://shop", "ko://example.com/shop/cmd/worker");
    environment.write("deploy/shop.yaml", MANIFEST);
    environment.write("deploy/worker.yaml", worker);
    let is = |name: &str| {
        let manifest = registry.manifest(&format!("team/{name}"), "latest");
        let repository = registry.repository(&format!("team/{name}"));
        format!("{repository}@{}", manifest.expect("a tag").digest())
    };
    let image = |name: &str| {
        let object = cluster.object(&format!("deployment/{name}"));
        let image = object.pointer("/spec/template/spec/containers/0/image");
        image.and_then(Value::as_str).expect("an image").to_owned()
    };
    environment.run(["deploy"]).success();
    let (shop, worker) = (image("shop"), image("worker"));
    assert_eq!((&shop, &worker), (&is("shop"), &is("worker")));
    // Both have changed, and one is pushed.
    write("two");
    environment.run(["deploy", "shop"]).success();
    assert_eq!(image("shop"), is("shop"));
    assert_ne!(image("shop"), shop);
    assert_eq!(image("worker"), worker);
    environment.run(["deploy"]).success();
    assert_eq!(image("worker"), is("worker"));
    assert_ne!(image("worker"), worker);
}

/// A server that says which it is.
const SERVER: &str = r#"package main

import (
	"io"
	"net/http"
	"os"
)

const which = "WHICH"

func main() {
	if which == "broken" {
		os.Exit(3)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, which) })
	http.ListenAndServe("127.0.0.1:PORT", nil)
}
"#;

#[test]
fn a_real_container_is_replaced_tried_and_brought_back() {
    let registry = Distribution::start(&Access::Open);
    let host = Host::new(&registry.repository("shop"), "coracle-test-web");
    let environment = &host.environment;
    host.write("one");
    environment.run(["deploy"]).success();
    let first = environment.run(["status"]).success().stdout;
    host.write("two");
    environment.run(["deploy"]).success();
    assert_ne!(environment.run(["status"]).success().stdout, first);
    environment.run(["rollback"]).success();
    assert_eq!(environment.run(["status"]).success().stdout, first);
    host.write("broken");
    environment
        .run(["deploy"])
        .ends_with(1)
        .says("rolled back: production runs");
    assert_eq!(environment.run(["status"]).success().stdout, first);
}

#[test]
fn ctrl_c_while_podman_pulls_a_layer_leaves_what_runs_alone_and_the_next_run_goes_on() {
    let registry = FakeRegistry::start();
    let host = Host::new(&registry.repository("shop"), "coracle-test-pulled");
    let environment = &host.environment;
    host.write("one");
    environment.run(["deploy"]).success();
    let first = environment.run(["status"]).success().stdout;
    let image = first.split_whitespace().last().expect("an image");
    // What is left of podman watches over the container.
    let mut before = environment.processes();
    before.sort();

    host.write("two");
    let second = environment.run(["push"]).success().stdout;
    let manifest = registry.manifest("shop", "latest").expect("a tag").json();
    let layers = manifest["layers"].as_array().expect("layers");
    let program = layers.last().expect("a layer")["digest"].as_str();
    let blob = format!("/v2/shop/blobs/{}", program.expect("a digest"));
    let stall = Act::StallAnswer { after_bytes: 4096 };
    registry.misbehave(Fault::on(Method::GET, &blob, stall).times(1));
    let known = registry.journal().len();
    let running = environment.start(&["deploy"]);
    until("podman waits for the layer", || {
        let asked = registry.journal().requests_after(known);
        asked
            .iter()
            .any(|it| it.method == Method::GET && it.path() == blob)
    });
    running.signal(Signal::INT);
    running.end().ends_with(130);
    until("podman is gone", || {
        let mut left = environment.processes();
        left.sort();
        left == before
    });

    let status = environment.run(["status"]).success().stdout;
    let line = format!("production  unfinished  coracle-test-pulled  {image}\n");
    assert_eq!(status, line);
    let next = environment.run(["deploy"]).success();
    assert!(next.stdout.contains(second.trim()), "{next}");
    next.says("that broke off is undone: what it wanted is not ready");
}

/// A machine whose podman runs a server, which says which it is.
struct Host {
    environment: TestEnvironment,
    repository: String,
    container: &'static str,
    port: u16,
}

impl Host {
    /// Returns one where nothing runs; the server's image goes to `repository`.
    fn new(repository: &str, container: &'static str) -> Self {
        needs("podman");
        needs("runc");
        let mut environment = TestEnvironment::new();
        for program in ["podman", "runc", "conmon"] {
            environment.link_program(program, Path::new(&crate::support::programs::find(program)));
        }
        let bin = environment.root().join("bin");
        environment.set(
            "PATH",
            format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", bin.display()),
        );
        environment.write("go.mod", "module example.com/shop\n\ngo 1.26\n");
        Self {
            environment,
            repository: repository.to_owned(),
            container,
            port: ports::free(),
        }
    }

    /// Lets the next deploy be of a server that says `which`.
    fn write(&self, which: &str) {
        let source = SERVER
            .replace("WHICH", which)
            .replace("PORT", &self.port.to_string());
        self.environment.write("main.go", source);
        self.environment.write("coracle.toml", self.config(which));
    }

    fn config(&self, contains: &str) -> String {
        let global = json!(podman_options(self.environment.root()));
        let Self {
            repository,
            container,
            port,
            ..
        } = self;
        format!(
            "[images.shop]\nmain = \".\"\nrepository = \"{repository}\"\n\
             [deploy]\nsmoke = [{{ url = \"http://127.0.0.1:{port}/\", contains = \"{contains}\", timeout = \"20s\" }}]\n\
             [deploy.how.podman]\nname = \"{container}\"\nglobal = {global}\npull = [\"--tls-verify=false\"]\n\
             options = [\"--network=host\", \"--ulimit=nofile=1024:1024\", \"--ulimit=nproc=1024:1024\"]\n"
        )
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let mut remove = self.environment.command("podman");
        remove.args(podman_options(self.environment.root())).args([
            "rm",
            "--force",
            "--time=0",
            self.container,
        ]);
        // Where there is none, there is nothing to remove.
        let _ = remove.output();
    }
}

fn podman_options(root: &Path) -> Vec<String> {
    let root = root.display();
    vec![
        "--runtime=runc".to_owned(),
        "--cgroup-manager=cgroupfs".to_owned(),
        "--storage-driver=vfs".to_owned(),
        format!("--root={root}/containers"),
        format!("--runroot={root}/containers-run"),
    ]
}
