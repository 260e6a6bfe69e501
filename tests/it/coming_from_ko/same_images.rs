//! Every `.ko.yaml` that ko ships or documents: an image of ko's and one of coracle's do the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::support::base_image::put_index;
use crate::support::image::{Entry, Image, array};
use crate::support::programs;
use crate::support::registry::{Content, FakeRegistry};
use crate::support::tools::{self, Tool};
use crate::support::{Output, TestEnvironment};

/// Tells what it was compiled with, and what it finds where kodata is.
const PROGRAM: &str = r#"package main

import "os"

var (
	version = "none"
	tag     = "none"
)

func main() {
	data, _ := os.ReadFile(os.Getenv("KO_DATA_PATH") + "/page")
	os.Stdout.WriteString(version + " " + tag + " " + string(data) + "\n")
}
"#;

const TAGGED: &str = "//go:build netgo\n\npackage main\n\nfunc init() { tag = \"netgo\" }\n";

/// The keys of `.ko.yaml`.
const KEYS: [&str; 7] = [
    "baseImageOverrides",
    "builds",
    "defaultBaseImage",
    "defaultEnv",
    "defaultFlags",
    "defaultLdflags",
    "defaultPlatforms",
];

/// A `.ko.yaml`, and where it was found.
struct Example {
    origin: String,
    text: String,
    yaml: Value,
}

impl Example {
    fn parse(origin: &Path, text: &str) -> Option<Self> {
        let yaml: Value = serde_saphyr::from_str(text).ok()?;
        let known = yaml.as_object()?.keys();
        let known = known.filter(|key| KEYS.contains(&key.as_str()));
        (known.count() > 0).then(|| Self {
            origin: origin.display().to_string(),
            text: text.to_owned(),
            yaml,
        })
    }

    /// Returns the module that it is written for.
    fn module(&self) -> &'static str {
        if self.text.contains("github.com/google/ko:") {
            "github.com/google/ko"
        } else {
            "github.com/my-user/my-repo"
        }
    }

    /// Returns the folders of the main packages that it speaks of; without any, the root.
    fn folders(&self) -> BTreeSet<String> {
        let part = |build: &Value, key: &str| {
            let text = build[key].as_str().unwrap_or_default();
            text.trim_start_matches('.').trim_matches('/').to_owned()
        };
        let builds = self.yaml["builds"].as_array().into_iter().flatten();
        let of_builds = builds.map(|build| {
            let (dir, main) = (part(build, "dir"), part(build, "main"));
            format!("{dir}/{main}").trim_matches('/').to_owned()
        });
        let overrides = self.yaml["baseImageOverrides"].as_object();
        let overrides = overrides.into_iter().flat_map(|it| it.keys());
        let of_overrides = overrides.map(|path| {
            let below = path.strip_prefix(self.module()).expect("the module");
            below.trim_matches('/').to_owned()
        });
        let mut folders: BTreeSet<String> = of_builds.chain(of_overrides).collect();
        if folders.is_empty() {
            folders.insert(String::new());
        }
        folders
    }

    /// Returns the text with what a test can reach in place of what its names stand for.
    fn within(&self, bases: &Bases, environment: &TestEnvironment) -> String {
        let named = self.yaml["baseImageOverrides"].as_object();
        let named = named.into_iter().flat_map(|it| it.values());
        let named = named.chain(self.yaml.get("defaultBaseImage"));
        let named: BTreeSet<&str> = named.filter_map(Value::as_str).collect();
        let text = named.iter().fold(self.text.clone(), |text, name| {
            let base = bases.put(name);
            text.replace(&format!(": {name}"), &format!(": {base}"))
        });
        let cache = environment.root().join("workspace");
        let text = text.replace("/workspace", &cache.display().to_string());
        // Where ko's page only means some capability, it says so.
        let known = [("cap1", "chown"), ("cap2", "kill"), ("cap3", "setuid")];
        let named = |text: String, (meant, known): (&str, &str)| text.replace(meant, known);
        known.into_iter().fold(text, named)
    }
}

/// Returns all examples of ko's source.
fn examples() -> Vec<Example> {
    let source = tools::source(Tool::Ko);
    let mut examples = Vec::new();
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("ko's source") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let below = path.strip_prefix(&source).expect("a file of ko's");
            let text = || std::fs::read_to_string(&path).expect("a text");
            if name.ends_with("ko.yaml") {
                examples.extend(Example::parse(below, &text()));
            } else if name.ends_with(".md") {
                let text = text();
                let blocks = text.split("```").skip(1).step_by(2);
                let blocks = blocks.filter_map(|block| block.split_once('\n'));
                examples.extend(blocks.filter_map(|(_, text)| Example::parse(below, text)));
            }
        }
    }
    examples.sort_by(|a, b| a.origin.cmp(&b.origin));
    examples
}

/// Bases on this machine, each with a user and an environment of its own.
struct Bases<'a>(&'a FakeRegistry);

impl Bases<'_> {
    fn put(&self, name: &str) -> String {
        let repository = format!("base/{}", name.replace([':', '.'], "-"));
        let image = |architecture: &str| {
            let mut image = super::base(architecture, name);
            image.config["history"] = json!([{ "created_by": "base" }]);
            let settings = &mut image.config["config"];
            settings["User"] = json!(format!("{}:7", 1000 + name.len()));
            settings["WorkingDir"] = json!(format!("/home/{}", name.len()));
            settings["Cmd"] = json!(["of-the-base"]);
            image
        };
        let images = [image("amd64"), image("arm64")];
        put_index(self.0, &repository, "v1", &images);
        self.0.repository(&format!("{repository}:v1"))
    }
}

/// Returns the images of a repository's tag, by platform.
fn images(registry: &FakeRegistry, repository: &str) -> BTreeMap<String, Image> {
    let manifest = registry.manifest(repository, "latest").expect("a tag");
    let read = |bytes: &[u8]| {
        let image = Image::read(bytes, |descriptor| {
            let digest = descriptor["digest"].as_str().expect("a digest");
            match registry.blob(repository, digest) {
                Some(Content::Kept(bytes)) => bytes.to_vec(),
                other => panic!("{digest} is {other:?}"),
            }
        });
        let text = |key: &str| image.config[key].as_str().expect("a platform").to_owned();
        (format!("{}/{}", text("os"), text("architecture")), image)
    };
    let children = manifest.json()["manifests"].clone();
    if children.is_null() {
        return [read(&manifest.bytes)].into();
    }
    let children = array(&children).iter().map(|child| {
        let digest = child["digest"].as_str().expect("a digest");
        read(
            &registry
                .manifest(repository, digest)
                .expect("a child")
                .bytes,
        )
    });
    children.collect()
}

/// Returns all by which an image behaves, but the bytes of its program.
fn behaviour(image: &Image) -> Value {
    let config = &image.config["config"];
    let env = array(&config["Env"]).iter().filter_map(Value::as_str);
    let env: BTreeSet<&str> = env.collect();
    let entries = image.layers.iter().flat_map(|layer| &layer.entries);
    let data: BTreeMap<&str, &[u8]> = entries
        .map(|entry| (entry.path.trim_matches('/'), entry))
        .filter(|(path, entry)| path.starts_with("var/run/ko/") && entry.kind.is_file())
        .map(|(path, entry)| (path, entry.content.as_slice()))
        .collect();
    let program = config["Entrypoint"][0].as_str().expect("an entrypoint");
    let program = entry(image, program.trim_start_matches('/'));
    json!({
        "capabilities": program.capabilities,
        "entrypoint": config["Entrypoint"],
        "args": config.get("Cmd"),
        "env": env,
        "user": config["User"],
        "workdir": config["WorkingDir"],
        "data": data,
        "base": image.text("etc/base"),
    })
}

/// Runs the program of an image, with the data of it, and returns what it prints.
fn printed(environment: &TestEnvironment, image: &Image) -> String {
    let folder = environment.root().join("tmp");
    let entrypoint = image.config["config"]["Entrypoint"][0].as_str();
    let path = entrypoint.expect("an entrypoint").trim_start_matches('/');
    let program = folder.join("program");
    programs::install(&entry(image, path).content, &program);
    let data = folder.join("data");
    std::fs::create_dir_all(&data).expect("a folder");
    let page = &entry(image, "var/run/ko/page").content;
    std::fs::write(data.join("page"), page).expect("the data");
    let mut command = environment.command(program);
    let output = environment.run_command(command.env("KO_DATA_PATH", data));
    output.success().stdout
}

/// Paths of ko's begin with a slash in the tar, those of others do not.
fn entry<'a>(image: &'a Image, path: &str) -> &'a Entry {
    let mut entries = image.layers.iter().rev().flat_map(|layer| &layer.entries);
    let found = entries.find(|entry| entry.path.trim_start_matches('/') == path);
    found.unwrap_or_else(|| panic!("the image has no {path}"))
}

fn machine() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "linux/arm64",
        _ => "linux/amd64",
    }
}

/// A project in which an example is built by both.
struct Project<'a> {
    example: &'a Example,
    environment: TestEnvironment,
    registry: FakeRegistry,
}

impl<'a> Project<'a> {
    fn of(example: &'a Example) -> Self {
        let mut environment = TestEnvironment::new();
        let registry = FakeRegistry::start();
        let bases = Bases(&registry);
        let module = example.module();
        environment.write("go.mod", format!("module {module}\n\ngo 1.26\n"));
        for folder in &example.folders() {
            let below = |name: &str| Path::new(folder).join(name);
            environment.write(below("main.go"), PROGRAM);
            environment.write(below("tagged.go"), TAGGED);
            environment.write(below("kodata/page"), folder);
            environment.write(below("kodata/sub/other"), "other");
        }
        environment.write(".ko.yaml", example.within(&bases, &environment));
        environment.set("VERSION", "v1.2.3");
        environment.set("LDFLAGS", "-X main.version=from-the-environment");
        if example.yaml.get("defaultBaseImage").is_none() {
            environment.set("KO_DEFAULTBASEIMAGE", bases.put("default"));
        }
        Self {
            example,
            environment,
            registry,
        }
    }

    /// Pushes the image of a main package by both, and compares what came of it.
    fn compare(&mut self, import_path: &str) {
        let origin = &self.example.origin;
        let by_ko = self.registry.repository("by-ko");
        self.environment.set("KO_DOCKER_REPO", by_ko);
        let mut ko = self.environment.command(tools::get(Tool::Ko));
        ko.args(["build", "--sbom=none", import_path]);
        let by_ko = self.environment.run_command(&mut ko);
        let by_coracle = self.registry.repository("by-coracle");
        self.environment.set("KO_DOCKER_REPO", by_coracle);
        let by_coracle = self.environment.run(["push", import_path]);
        if by_ko.code != Some(0) {
            assert!(by_ko.stderr.contains("toolexec"), "{origin}: {by_ko}");
            by_coracle.ends_with(2).says("toolexec");
            return;
        }
        let by_ko = self.repository(&by_ko);
        let by_coracle = self.repository(&by_coracle.success());
        let name = |repository: &str| repository.split_once('/').map(|(_, name)| name.to_owned());
        assert_eq!(name(&by_ko), name(&by_coracle), "{origin}");
        let ours = images(&self.registry, &by_coracle);
        let theirs = images(&self.registry, &by_ko);
        assert!(ours.keys().eq(theirs.keys()), "{origin}: platforms");
        for (platform, theirs) in &theirs {
            let place = format!("{origin}: {import_path} on {platform}");
            let ours = &ours[platform];
            assert_eq!(behaviour(ours), behaviour(theirs), "{place}");
            if platform == machine() {
                let printed = |image| printed(&self.environment, image);
                assert_eq!(printed(ours), printed(theirs), "{place}");
            }
        }
    }

    /// Returns the repository of the image that an output names.
    fn repository(&self, output: &Output) -> String {
        let (name, _) = output.line().split_once('@').expect("a digest");
        let prefix = self.registry.repository("");
        name.strip_prefix(&prefix).expect("the registry").to_owned()
    }
}

#[test]
fn what_ko_ships_and_documents_behaves_the_same() {
    let examples = examples();
    // Files and pages of ko 0.19: what is found in another way there would be lost without a word.
    assert!(examples.len() >= 15, "{} examples", examples.len());
    let with_capabilities = |example: &&Example| example.text.contains("linux_capabilities");
    assert!(examples.iter().filter(with_capabilities).count() >= 4);
    for example in &examples {
        let mut project = Project::of(example);
        for folder in example.folders() {
            let import_path = format!("{}/{folder}", example.module());
            project.compare(import_path.trim_end_matches('/'));
        }
    }
}
