//! A real Kubernetes control plane on loopback: etcd, the API server, its controllers, and kubectl. Nodes are played by
//! a thread: it binds pods, and says of each whether it is ready, by the digest of its image.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::running::until;
use super::tools::{self, Tool};
use super::{ports, programs};

/// The controllers that roll out workloads, what pods cannot be without, and who deletes what deleted objects own.
const CONTROLLERS: &str = "deployment-controller,replicaset-controller,statefulset-controller,daemonset-controller,\
     job-controller,cronjob-controller,serviceaccount-controller,garbage-collector-controller";
/// How often the player of nodes looks.
const GLANCE: Duration = Duration::from_millis(200);
/// Reviews of RBAC are real: this user may do all, the second nothing.
const TOKENS: &str = "admin-token,admin,admin,\"system:masters\"\nnobody-token,nobody,nobody\n";

/// A control plane; it is gone when dropped.
pub(crate) struct ControlPlane {
    folder: TempDir,
    ports: Ports,
    etcd: Child,
    server: Child,
    controllers: Option<Child>,
    nodes: Option<JoinHandle<()>>,
    is_over: Arc<AtomicBool>,
    broken: Arc<Mutex<BTreeSet<String>>>,
}

#[derive(Clone, Copy)]
struct Ports {
    clients: u16,
    peers: u16,
    server: u16,
}

impl ControlPlane {
    /// Starts one, with one node, and waits until pods can be made in the namespace `default`.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ports = Ports::free();
        std::fs::write(folder.path().join("tokens.csv"), TOKENS).expect("tokens");
        let key = folder.path().join("service-accounts.key");
        let made = Command::new(programs::find("openssl"))
            .args(["genrsa", "-out"])
            .arg(&key)
            .arg("2048")
            .output();
        assert!(made.expect("openssl starts").status.success());
        for (name, token) in [
            ("kubeconfig", "admin-token"),
            ("nobody.kubeconfig", "nobody-token"),
        ] {
            let text = kubeconfig(ports.server, token);
            std::fs::write(folder.path().join(name), text).expect("a kubeconfig");
        }
        let etcd = start_etcd(folder.path(), ports);
        let server = start_server(folder.path(), ports);
        let mut plane = Self {
            folder,
            ports,
            etcd,
            server,
            controllers: None,
            nodes: None,
            is_over: Arc::default(),
            broken: Arc::default(),
        };
        plane.wait_for_server();
        plane.controllers = Some(plane.start_controllers());
        plane.apply(&json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node"}}));
        // The node's own heart beats nowhere.
        let taint = "node.kubernetes.io/not-ready:NoSchedule-";
        plane.kubectl(&["taint", "node", "node", taint]);
        until("there is a service account", || {
            plane
                .try_kubectl(&["get", "serviceaccount", "default"], "")
                .is_some()
        });
        plane.nodes = Some(plane.play_nodes());
        plane
    }

    /// Returns the file that tells kubectl about it.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// Returns the same for a user who may do nothing.
    pub(crate) fn kubeconfig_of_nobody(&self) -> PathBuf {
        self.folder.path().join("nobody.kubeconfig")
    }

    /// Runs kubectl to a good end and returns what it said.
    #[track_caller]
    pub(crate) fn kubectl(&self, args: &[&str]) -> String {
        self.try_kubectl(args, "")
            .unwrap_or_else(|| panic!("kubectl {args:?} failed"))
    }

    /// Applies an object.
    #[track_caller]
    pub(crate) fn apply(&self, object: &Value) {
        let applied = self.try_kubectl(&["apply", "-f", "-"], &object.to_string());
        assert!(applied.is_some(), "{object} is not taken");
    }

    /// Reads an object.
    #[track_caller]
    pub(crate) fn object(&self, name: &str) -> Value {
        serde_json::from_str(&self.kubectl(&["get", name, "-o", "json"])).expect("JSON")
    }

    /// Lets pods that run an image of this digest never get ready.
    pub(crate) fn never_ready(&self, digest: &str) {
        let mut broken = self.broken.lock().expect("the lock");
        broken.insert(digest.to_owned());
    }

    /// Lets them get ready again.
    pub(crate) fn mend(&self) {
        self.broken.lock().expect("the lock").clear();
    }

    /// Kills the API server; etcd keeps what is there.
    pub(crate) fn kill_server(&mut self) {
        end(&mut self.server);
    }

    /// Starts the API server again, on the same port.
    pub(crate) fn start_server_again(&mut self) {
        self.server = start_server(self.folder.path(), self.ports);
        self.wait_for_server();
    }

    fn wait_for_server(&self) {
        until("the API server answers", || {
            self.try_kubectl(&["get", "namespace", "default"], "")
                .is_some()
        });
    }

    fn start_controllers(&self) -> Child {
        spawn(
            Command::new(tools::get(Tool::KubeControllerManager))
                .arg(format!("--kubeconfig={}", self.kubeconfig().display()))
                .arg(format!("--controllers={CONTROLLERS}"))
                .args(["--leader-elect=false", "--secure-port=0"]),
            self.folder.path(),
            "controllers",
        )
    }

    fn try_kubectl(&self, args: &[&str], input: &str) -> Option<String> {
        kubectl(&self.kubeconfig(), args, input)
    }

    fn play_nodes(&self) -> JoinHandle<()> {
        let nodes = Nodes {
            kubeconfig: self.kubeconfig(),
            broken: Arc::clone(&self.broken),
        };
        let is_over = Arc::clone(&self.is_over);
        std::thread::spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                nodes.look();
                std::thread::sleep(GLANCE);
            }
        })
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        if let Some(nodes) = self.nodes.take() {
            // A player that has failed has said so.
            let _ = nodes.join();
        }
        if let Some(process) = &mut self.controllers {
            end(process);
        }
        end(&mut self.server);
        end(&mut self.etcd);
    }
}

/// What kubelets and the scheduler do elsewhere.
struct Nodes {
    kubeconfig: PathBuf,
    broken: Arc<Mutex<BTreeSet<String>>>,
}

impl Nodes {
    fn look(&self) {
        // The server may be away for a while: tests kill it.
        let Some(text) = self.kubectl(&["get", "pods", "--all-namespaces", "-o", "json"], "")
        else {
            return;
        };
        let pods: Value = serde_json::from_str(&text).expect("JSON");
        for pod in pods["items"].as_array().expect("a list") {
            self.tend(pod);
        }
    }

    /// Pods may be gone or changed meanwhile; then the next look sees to them.
    fn tend(&self, pod: &Value) {
        let of = |field: &str| pod["metadata"][field].as_str().unwrap_or_default();
        let (namespace, name) = (of("namespace"), of("name"));
        if pod["metadata"]["deletionTimestamp"].is_string() {
            let _ = self.kubectl(
                &[
                    "delete",
                    "pod",
                    name,
                    "-n",
                    namespace,
                    "--force",
                    "--grace-period=0",
                    "--wait=false",
                ],
                "",
            );
        } else if pod["spec"]["nodeName"].is_null() {
            let binding = json!({
                "apiVersion": "v1", "kind": "Binding", "metadata": {"name": name},
                "target": {"apiVersion": "v1", "kind": "Node", "name": "node"},
            });
            let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/binding");
            let _ = self.kubectl(&["create", "--raw", &path, "-f", "-"], &binding.to_string());
        } else {
            let status = self.status(pod);
            if pod["status"]["phase"] != status["phase"]
                || pod["status"]["containerStatuses"][0]["ready"]
                    != status["containerStatuses"][0]["ready"]
            {
                let patch = json!({ "status": status }).to_string();
                let _ = self.kubectl(
                    &[
                        "patch",
                        "pod",
                        name,
                        "-n",
                        namespace,
                        "--subresource=status",
                        "--type=merge",
                        "-p",
                        &patch,
                    ],
                    "",
                );
            }
        }
    }

    fn status(&self, pod: &Value) -> Value {
        let image = pod["spec"]["containers"][0]["image"]
            .as_str()
            .unwrap_or_default();
        let broken = self.broken.lock().expect("the lock");
        let works = !broken.iter().any(|digest| image.contains(digest));
        let ends = pod["metadata"]["ownerReferences"][0]["kind"] == "Job";
        let state = match (works, ends) {
            (true, false) => json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}}),
            (true, true) => json!({"terminated": {"exitCode": 0, "reason": "Completed"}}),
            (false, _) => json!({"waiting": {
                "reason": "CrashLoopBackOff",
                "message": "back-off restarting failed container",
            }}),
        };
        let phase = match (works, ends) {
            (true, true) => "Succeeded",
            (true, false) | (false, _) => "Running",
        };
        let ready = works && !ends;
        let condition = |kind: &str| json!({"type": kind, "status": if ready { "True" } else { "False" }, "lastTransitionTime": "2026-01-01T00:00:00Z"});
        json!({
            "phase": phase,
            "conditions": [condition("Ready"), condition("ContainersReady")],
            "containerStatuses": [{
                "name": pod["spec"]["containers"][0]["name"], "image": image, "imageID": image,
                "ready": ready, "restartCount": 0, "state": state,
            }],
        })
    }

    fn kubectl(&self, args: &[&str], input: &str) -> Option<String> {
        kubectl(&self.kubeconfig, args, input)
    }
}

impl Ports {
    fn free() -> Self {
        Self {
            clients: ports::free(),
            peers: ports::free(),
            server: ports::free(),
        }
    }
}

fn start_etcd(folder: &Path, ports: Ports) -> Child {
    let clients = format!("http://127.0.0.1:{}", ports.clients);
    let peers = format!("http://127.0.0.1:{}", ports.peers);
    spawn(
        Command::new(etcd())
            .arg("--data-dir")
            .arg(folder.join("etcd"))
            .args([
                "--listen-client-urls",
                &clients,
                "--advertise-client-urls",
                &clients,
            ])
            .args(["--listen-peer-urls", &peers, "--unsafe-no-fsync"]),
        folder,
        "etcd",
    )
}

fn etcd() -> PathBuf {
    programs::try_find("etcd").expect("etcd is missing: apt-get install etcd-server")
}

fn start_server(folder: &Path, ports: Ports) -> Child {
    let file = |name: &str| folder.join(name).display().to_string();
    let key = file("service-accounts.key");
    spawn(
        Command::new(tools::get(Tool::KubeApiserver)).args([
            format!("--etcd-servers=http://127.0.0.1:{}", ports.clients),
            format!("--cert-dir={}", file("certificates")),
            format!("--secure-port={}", ports.server),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--service-account-key-file={key}"),
            format!("--service-account-signing-key-file={key}"),
            "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
            format!("--token-auth-file={}", file("tokens.csv")),
            "--authorization-mode=RBAC".to_owned(),
            "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        ]),
        folder,
        "server",
    )
}

fn kubeconfig(port: u16, token: &str) -> String {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {
            "server": format!("https://127.0.0.1:{port}"), "insecure-skip-tls-verify": true,
        }}],
        "users": [{"name": "user", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "user"}}],
        "current-context": "test",
    })
    .to_string()
}

/// Returns what kubectl said, where it ended well.
fn kubectl(kubeconfig: &Path, args: &[&str], input: &str) -> Option<String> {
    let mut child = Command::new(tools::get(Tool::Kubectl))
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .args(args)
        .env("HOME", kubeconfig.parent().expect("a folder"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // It may not want to hear all of it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(said)
}

fn spawn(command: &mut Command, folder: &Path, name: &str) -> Child {
    let log = File::create(folder.join(format!("{name}.log"))).expect("a log");
    command
        .env_clear()
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a log"))
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{name} does not start: {error}"))
}

fn end(process: &mut Child) {
    // It may have ended by itself; then there is nothing to kill.
    let _ = process.kill();
    let _ = process.wait();
}
