//! Real tools, pinned by a go.mod each and built once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::registry::digest_of;
use super::{folders, go};

/// A tool that tests prove coracle's work with; its version is in a go.mod below `tests/tools`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// A linter for workflows of GitHub.
    Actionlint,
    /// Signs and verifies images, in the forms of its second version.
    Cosign2,
    /// The same in those of its third.
    Cosign3,
    /// A registry client.
    Crane,
    /// What coracle's users come from.
    Ko,
    /// The server of Kubernetes' API.
    KubeApiserver,
    /// What rolls out the workloads of Kubernetes.
    KubeControllerManager,
    /// The client of Kubernetes.
    Kubectl,
    /// The Go project's own detector of licences.
    Licensecheck,
    /// Prometheus' own parser of OpenMetrics.
    Openmetrics,
    /// A client for artifacts in registries.
    Oras,
    /// The CNCF distribution registry.
    Registry,
    /// A reader of bills of materials.
    Syft,
    /// Tekton's own types, which say whether a task is valid.
    Tekton,
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Self::Actionlint => "actionlint",
            Self::Cosign2 => "cosign-v2",
            Self::Cosign3 => "cosign-v3",
            Self::Crane => "crane",
            Self::Ko => "ko",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::Kubectl => "kubectl",
            Self::Licensecheck => "licensecheck",
            Self::Openmetrics => "openmetrics",
            Self::Oras => "oras",
            Self::Registry => "registry",
            Self::Syft => "syft",
            Self::Tekton => "tekton",
        }
    }

    /// Returns the folder with its go.mod; one may pin several.
    fn folder(self) -> &'static str {
        match self {
            Self::KubeApiserver | Self::KubeControllerManager | Self::Kubectl => "kubernetes",
            other => other.name(),
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Actionlint => "github.com/rhysd/actionlint/cmd/actionlint",
            Self::Cosign2 => "github.com/sigstore/cosign/v2/cmd/cosign",
            Self::Cosign3 => "github.com/sigstore/cosign/v3/cmd/cosign",
            Self::Crane => "github.com/google/go-containerregistry/cmd/crane",
            Self::Ko => "github.com/google/ko",
            Self::KubeApiserver => "k8s.io/kubernetes/cmd/kube-apiserver",
            Self::KubeControllerManager => "k8s.io/kubernetes/cmd/kube-controller-manager",
            Self::Kubectl => "k8s.io/kubernetes/cmd/kubectl",
            Self::Licensecheck => "coracle.test/tools/licensecheck",
            Self::Openmetrics => "coracle.test/tools/openmetrics",
            Self::Oras => "oras.land/oras/cmd/oras",
            Self::Syft => "github.com/anchore/syft/cmd/syft",
            Self::Tekton => "coracle.test/tools/tekton",
            Self::Registry => "github.com/distribution/distribution/v3/cmd/registry",
        }
    }
}

/// Returns the program of a tool, built now if it was not before.
pub(crate) fn get(tool: Tool) -> PathBuf {
    let source = folders::project().join("tests/tools").join(tool.folder());
    let mut inputs = std::fs::read(source.join("go.sum")).expect("the tool's go.sum");
    // Of some the program is ours.
    inputs.extend(std::fs::read(source.join("main.go")).unwrap_or_default());
    let key = digest_of(&inputs).replace("sha256:", "");
    let program = folders::tools().join(format!("{}-{}", tool.name(), &key[..16]));
    std::fs::create_dir_all(folders::tools()).expect("a folder for tools");
    // Tests run in many processes and threads; one builds, the others wait.
    let lock = File::create(program.with_extension("lock")).expect("a lock file");
    lock.lock().expect("the lock");
    if !program.is_file() {
        build(tool, &source, &program);
    }
    program
}

/// Returns the source of the module that a tool's package is the root of.
pub(crate) fn source(tool: Tool) -> PathBuf {
    let folder = folders::project().join("tests/tools").join(tool.folder());
    let mut command = go_in(&folder);
    command.args(["mod", "download", "-json", tool.package()]);
    let output = insisting(&mut command);
    let said: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("what go mod download says");
    let dir = said["Dir"].as_str();
    PathBuf::from(dir.unwrap_or_else(|| panic!("the source of {tool:?} is not there: {said}")))
}

fn build(tool: Tool, source: &Path, program: &Path) {
    let unfinished = program.with_extension("unfinished");
    let mut command = go_in(source);
    command
        .args(["build", "-trimpath", "-ldflags=-s -w", "-o"])
        .arg(&unfinished)
        .arg(tool.package());
    let output = insisting(&mut command);
    assert!(
        output.status.success(),
        "cannot build {tool:?}, which the tests need: `go build {}` in {} must work, \
         so the Go module proxy must be reachable (GOPROXY)\n{}",
        tool.package(),
        source.display(),
        String::from_utf8_lossy(&output.stderr),
    );
    std::fs::rename(unfinished, program).expect("the finished tool");
}

/// Runs a go command that asks a module proxy for much, up to three times: one answer of hundreds that is lost fails
/// no test.
pub(crate) fn insisting(command: &mut Command) -> Output {
    let mut output = command.output().expect("go starts");
    for _ in 1..3 {
        if output.status.success() {
            break;
        }
        output = command.output().expect("go starts");
    }
    output
}

/// Returns a go command for the module of a tool.
fn go_in(folder: &Path) -> Command {
    let mut command = Command::new(go::program());
    command
        .current_dir(folder)
        .env_clear()
        .envs(go::module_settings())
        .env("HOME", folders::tools())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GOCACHE", folders::go_build_cache())
        .env("GOMODCACHE", folders::go_module_cache())
        .env("GOFLAGS", "-mod=readonly -modcacherw")
        .env("GOTOOLCHAIN", "local")
        .env("CGO_ENABLED", "0");
    command
}
