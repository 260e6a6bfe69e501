//! Manifests that others wrote: all YAML of some modules, as the Go module proxy has them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize as _;
use serde_json::Value;

use super::published;
use crate::support::registry::FakeRegistry;
use crate::support::samples::HELLO;
use crate::support::{TestEnvironment, folders, go};

/// Modules with manifests of many kinds: custom resources, Knative, what Helm writes, tests of tools for YAML.
const MODULES: [(&str, &str); 7] = [
    (CHAINS, "h1:Y1D79P14EXKRzF1zzR5jDQPm2QvwjtowzdrqW7kgps8="),
    (POLICIES, "h1:Woy+6bQ7pT/0m3/PSO2RtDxSHKBZ/8iHpCZFcZJThM8="),
    (
        "knative.dev/serving@v0.51.0",
        "h1:yN2Q7eYqJgoPfZkATjoBZyGbZ2P1Qhns9HIMU4mF+to=",
    ),
    (KO, "h1:FggFTOgqz3sCdac8DvF2uU7FjphG3zNvZ9QMLOuVhZ8="),
    (
        "sigs.k8s.io/kustomize/kyaml@v0.20.1",
        "h1:PCMnA2mrVbRP3NIB6v9kYCAc38uvFLVs8j/CD567A78=",
    ),
    (
        "sigs.k8s.io/controller-tools@v0.19.0",
        "h1:OU7jrPPiZusryu6YK0jYSjPqg8Vhf8cAzluP9XGI5uk=",
    ),
    (
        "helm.sh/helm/v3@v3.19.0",
        "h1:krVyCGa8fa/wzTZgqw0DUiXuRT5BPdeqE/sQXujQ22k=",
    ),
];
pub(super) const KO: &str = "github.com/google/ko@v0.19.1";
pub(super) const CHAINS: &str = "github.com/tektoncd/chains@v0.26.2";
pub(super) const POLICIES: &str = "github.com/sigstore/policy-controller@v0.13.1";

/// What their authors keep there because it is broken.
const BROKEN: [&str; 2] = [
    "chart-bad-requirements/Chart.yaml",
    "malformed-template/templates/bad.yaml",
];

/// Fetches modules, of the content that is pinned here, and returns their folders.
fn folders_of(environment: &TestEnvironment, modules: &[(&str, &str)]) -> Vec<PathBuf> {
    let mut download = Command::new(go::program());
    download
        .args(["mod", "download", "-json"])
        .args(modules.iter().map(|(module, _)| module))
        .current_dir(environment.root())
        .env_clear()
        .envs(go::module_settings())
        .env("HOME", environment.home())
        .env("GOMODCACHE", folders::go_module_cache());
    let output = download.output().expect("go");
    assert!(output.status.success(), "{output:?}");
    let documents = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let told = documents.map(|it| Value::deserialize(it.expect("JSON")).expect("a value"));
    let told = told.zip(modules);
    told.map(|(told, (module, sum))| {
        assert_eq!(told["Sum"], *sum, "{module}");
        PathBuf::from(told["Dir"].as_str().expect("a folder"))
    })
    .collect()
}

/// Returns the folder of one of [`MODULES`].
pub(super) fn folder_of(environment: &TestEnvironment, module: &str) -> PathBuf {
    let mut modules = MODULES.iter();
    let wanted = modules.find(|(known, _)| *known == module);
    let wanted = [*wanted.expect("a module that is pinned")];
    folders_of(environment, &wanted).remove(0)
}

fn manifests(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, kind) = (entry.path(), entry.file_type().expect("a kind"));
        let extension = path.extension().unwrap_or_default();
        if kind.is_dir() {
            manifests(&path, found);
        } else if kind.is_file() && (extension == "yaml" || extension == "yml") {
            found.push(path);
        }
    }
}

#[test]
fn manifests_of_others_come_out_byte_for_byte_the_same() {
    let environment = TestEnvironment::without_go();
    let mut files = Vec::new();
    for folder in folders_of(&environment, &MODULES) {
        manifests(&folder, &mut files);
    }
    let mut same = 0;
    for file in files {
        let text = std::fs::read(&file).expect("a file");
        let words = String::from_utf8_lossy(&text);
        if words.contains("ko://") {
            continue;
        }
        let args = ["resolve".as_ref(), "-f".as_ref(), file.as_os_str()];
        let output = environment.coracle(args).output().expect("coracle");
        if output.status.success() {
            assert!(output.stdout == text, "{}", file.display());
            same += 1;
        } else {
            // Templates are no manifests yet.
            let is_broken = BROKEN.iter().any(|broken| file.ends_with(broken));
            let talk = String::from_utf8_lossy(&output.stderr);
            assert!(
                is_broken || words.contains("{{"),
                "{}: {talk}",
                file.display()
            );
        }
    }
    assert!(same >= 100, "{same}");
}

#[test]
fn references_of_others_become_digests_and_nothing_else_changes() {
    let mut checked = 0;
    for (at, commands) in [
        (0, &["cmd/controller"][..]),
        (1, &["cmd/webhook", "test/cmd/getoidctoken"]),
    ] {
        let (environment, registry) = (TestEnvironment::new(), FakeRegistry::start());
        let (module, _) = MODULES[at].0.split_once('@').expect("a version");
        // Their manifests name their programs: these have the same names, and are small.
        environment.write("go.mod", format!("module {module}\n\ngo 1.26\n"));
        for command in commands {
            environment.write(format!("{command}/main.go"), HELLO);
        }
        let mut files = Vec::new();
        for folder in folders_of(&environment, &MODULES[at..=at]) {
            manifests(&folder, &mut files);
        }
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a file");
            if !text.contains("ko://") {
                continue;
            }
            let repository = registry.repository("team/{name}");
            let name = file.display().to_string();
            let output = environment.run(["resolve", "--repo", &repository, "-f", &name]);
            let mut wanted = text;
            let stdout = output.success().stdout;
            for command in commands {
                let reference = format!("ko://{module}/{command}");
                if wanted.contains(&reference) {
                    let name = command.rsplit('/').next().expect("a name");
                    wanted = wanted.replace(&reference, &published(&registry, name));
                }
            }
            assert_eq!(stdout, wanted, "{name}");
            checked += 1;
        }
    }
    assert!(checked >= 3, "{checked}");
}
