//! What is said of images when they are pushed: what they consist of, how they were built, and what was
//! checked.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::base_image::BaseImage;
use crate::support::git::GitRepository;
use crate::support::http::{Act, Fault, Method, Refusal, chain_depth};
use crate::support::image::{array, parse};
use crate::support::registry::{Builder, FakeRegistry, Rule};
use crate::support::running::until;
use crate::support::statements::Statements;
use crate::support::{TestEnvironment, programs};
use axum::http::StatusCode;

const KINDS: [&str; 4] = [
    "https://coracle.dev/policy/v1",
    "https://sigstore.dev/cosign/sign/v1",
    "https://slsa.dev/provenance/v1",
    "https://spdx.dev/Document",
];

/// Pushes to `team/hello`, and returns the digest of what was pushed.
fn push(environment: &TestEnvironment, registry: &FakeRegistry, args: &[&str]) -> String {
    let repository = registry.repository("team/hello");
    let push = [&["push", "--repo", &repository], args].concat();
    let output = environment.run(push).success();
    let (_, digest) = output.line().split_once('@').expect("a digest");
    digest.to_owned()
}

fn statements(registry: &FakeRegistry, digest: &str) -> Statements {
    Statements::of(registry, "team/hello", digest)
}

/// Lets this machine forget what it has hung onto images.
fn forget(environment: &TestEnvironment) {
    let cache = environment.get("CORACLE_CACHE").expect("the cache folder");
    let records = std::path::Path::new(cache).join("attested");
    std::fs::remove_dir_all(records).expect("records");
}

fn package_names(document: &Value) -> Vec<&str> {
    let packages = array(&document["packages"]).iter();
    packages.filter_map(|it| it["name"].as_str()).collect()
}

#[test]
fn the_index_and_the_image_of_every_platform_are_spoken_of() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    let platforms = ["--platform", "linux/amd64,linux/arm64"];
    let index = push(&environment, &registry, &platforms);
    let key = environment.public_key("signer");
    let manifest = registry.manifest("team/hello", &index).expect("an index");
    let entries = manifest.json()["manifests"].clone();
    let children = array(&entries).iter();
    let children = children.map(|entry| entry["digest"].as_str().expect("a digest").to_owned());
    let images: Vec<String> = children.chain([index.clone()]).collect();
    assert_eq!(images.len(), 3);
    for digest in &images {
        let said = statements(&registry, digest);
        assert!(said.manifests.keys().eq(KINDS), "{said:?}");
        let image = format!("{}@{digest}", registry.repository("team/hello"));
        environment.run(["verify", &image, "--key", &key]).success();
        let wanted = ["--require", "spdx,provenance,policy"];
        environment
            .run([&["verify", &image, "--key", &key], &wanted[..]].concat())
            .success();
    }
    let of_index = statements(&registry, &index);
    let names = package_names(of_index.predicate("Document"));
    let count = |names: &[&str]| {
        let hello = names.iter().filter(|name| **name == "example.com/hello");
        hello.count()
    };
    assert_eq!(count(&names), 3, "a module and two programs: {names:?}");
    let of_child = statements(&registry, &images[0]);
    let names = package_names(of_child.predicate("Document"));
    assert_eq!(count(&names), 2, "a module and a program: {names:?}");
    for name in ["example.com/hello", "stdlib", "tzdata", "debian"] {
        assert!(names.contains(&name), "no {name} in {names:?}");
    }
}

#[test]
fn what_is_said_is_a_matter_of_configuration() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    // A new image each time.
    let kinds = |label: &str, args: &[&str]| -> Vec<String> {
        let label = format!("defaults.labels.a={label}");
        let digest = push(
            &environment,
            &registry,
            &[&["--set", &label], args].concat(),
        );
        let kinds = statements(&registry, &digest).manifests.into_keys();
        kinds.filter(|kind| !kind.contains("/sign/")).collect()
    };
    let sbom = "attest.sbom=[\"cyclonedx\"]";
    let (provenance, policy) = ("attest.provenance=false", "attest.policy=false");
    assert_eq!(
        kinds(
            "cyclonedx",
            &["--set", sbom, "--set", provenance, "--set", policy]
        ),
        ["https://cyclonedx.org/bom"]
    );
    assert_eq!(
        kinds("provenance", &["--set", "attest.sbom=[]", "--set", policy]),
        ["https://slsa.dev/provenance/v1"]
    );
    let nothing = ["attest.sbom=[]", provenance, policy];
    let nothing: Vec<&str> = nothing.iter().flat_map(|it| ["--set", *it]).collect();
    assert!(kinds("nothing", &nothing).is_empty());
    // What was left out is added to an image that is there.
    let digest = push(
        &environment,
        &registry,
        &["--set", "defaults.labels.a=nothing"],
    );
    assert!(statements(&registry, &digest).manifests.keys().eq(KINDS));
}

#[test]
fn nothing_is_said_that_nobody_signs() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::with_watched_go().with_hello();
    let repository = registry.repository("team/hello");
    environment.write("coracle.toml", "[attest]\nprovenance = true\n");
    environment
        .run(["push", "--repo", &repository])
        .ends_with(2)
        .says("nobody is there to sign them")
        .says("hint: name a key: CORACLE_KEY");
    environment.assert_nothing_compiled();
    // What goes nowhere is spoken of nowhere.
    environment.run(["build"]).success();
    environment.write("coracle.toml", "[attest]\nsbom = []\n");
    environment.run(["push", "--repo", &repository]).success();
    let journal = registry.journal().requests();
    let asked = |path: &str| journal.iter().any(|request| request.path().contains(path));
    assert!(!asked("/referrers/"), "{journal:#?}");
}

#[test]
fn an_unchanged_push_says_nothing_anew() {
    for (rule, expected) in [(Some(Rule::Referrers), 2), (None, 3)] {
        let registry = rule.into_iter().fold(FakeRegistry::with(), Builder::rule);
        let registry = registry.start();
        let environment = TestEnvironment::with_watched_go().with_hello().signing();
        let platforms = ["--platform", "linux/amd64,linux/arm64"];
        let first = push(&environment, &registry, &platforms);
        let known = registry.journal().len();
        assert_eq!(push(&environment, &registry, &platforms), first);
        let requests = registry.journal().requests_after(known);
        assert_eq!(requests.len(), expected, "{requests:#?}");
    }
}

#[test]
fn what_is_remembered_of_a_layer_says_the_same_as_its_program() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::with_watched_go().with_hello().signing();
    environment.write("LICENSE", MIT);
    environment.write(
        "coracle.toml",
        "[images.hello]\nfiles = [{ from = \"LICENSE\", to = \"/LICENSE\" }]\n",
    );
    let digest = push(&environment, &registry, &[]);
    let first = statements(&registry, &digest);
    let compiled = environment.go_commands().len();
    // Neither this machine nor the registry knows any more what was said.
    forget(&environment);
    assert_eq!(push(&environment, &registry, &[]), digest);
    let again = statements(&registry, &digest);
    assert_eq!(again.manifests, first.manifests);
    registry.remove_tag("team/hello", &digest.replace(':', "-"));
    assert_eq!(push(&environment, &registry, &[]), digest);
    let anew = statements(&registry, &digest);
    assert_eq!(anew.manifests, first.manifests);
    let commands = environment.go_commands();
    let more = &commands[compiled..];
    assert!(more.iter().all(|command| command == "env"), "{more:?}");
}

/// As the Open Source Initiative has it.
const MIT: &str = "MIT License\n\nCopyright (c) 2026 The Authors\n\nPermission is hereby granted, free of charge, to any \
person obtaining a copy of this software and associated documentation files (the \"Software\"), to deal in the Software \
without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, \
and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the \
following conditions:\n\nThe above copyright notice and this permission notice shall be included in all copies or \
substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR \
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND \
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, \
WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR \
OTHER DEALINGS IN THE SOFTWARE.\n";

#[test]
fn the_licence_of_the_source_itself_is_that_of_today() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    environment.write("LICENSE", MIT);
    let licence = |tag: &str| {
        let label = format!("defaults.labels.tag={tag}");
        let digest = push(&environment, &registry, &["--set", &label]);
        let said = statements(&registry, &digest);
        let packages = array(&said.predicate("Document")["packages"]).to_vec();
        let hello = packages
            .into_iter()
            .find(|it| it["name"] == "example.com/hello");
        hello.expect("the module")["licenseDeclared"].clone()
    };
    assert_eq!(licence("a"), "MIT");
    std::fs::remove_file(environment.work().join("LICENSE")).expect("a file");
    assert_ne!(licence("b"), "MIT");
}

#[test]
fn a_layer_that_was_made_before_anybody_signed_is_looked_into() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::with_watched_go().with_hello();
    let unsigned = push(&environment, &registry, &[]);
    let compiled = environment.go_commands().len();
    let environment = environment.signing();
    let digest = push(&environment, &registry, &[]);
    assert_eq!(digest, unsigned);
    let said = statements(&registry, &digest);
    assert!(package_names(said.predicate("Document")).contains(&"example.com/hello"));
    let more = &environment.go_commands()[compiled..];
    assert!(more.iter().all(|command| command == "env"), "{more:?}");
}

#[test]
fn another_machine_says_the_same_without_compiling() {
    let registry = FakeRegistry::start();
    let cache = format!("cache.registry={}", registry.repository("team/cache"));
    let args = ["--set", &cache, "--set", "cache.trust=unsigned"];
    let first = TestEnvironment::with_watched_go().with_hello().signing();
    let digest = push(&first, &registry, &args);
    let said = statements(&registry, &digest).manifests;
    registry.remove_tag("team/hello", &digest.replace(':', "-"));
    let mut second = TestEnvironment::with_watched_go().with_hello();
    second.set("CORACLE_KEY", first.root().join("signer.key"));
    second.set("CORACLE_KEY_PASSWORD", crate::support::keys::PASSWORD);
    assert_eq!(push(&second, &registry, &args), digest);
    second.assert_nothing_compiled();
    assert_eq!(statements(&registry, &digest).manifests, said);
}

#[test]
fn packages_of_a_pulled_base_are_listed_and_its_layers_fetched_once() {
    let registry = FakeRegistry::start();
    let status =
        "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.41-12\n";
    let files = [
        ("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n"),
        ("var/lib/dpkg/status", status),
    ];
    BaseImage::new("linux/amd64", &files).put(&registry, "team/base", "v1");
    let base = format!("{}:v1", registry.repository("team/base"));
    let environment = TestEnvironment::new().with_hello().signing();
    let set = format!("defaults.base={base}");
    let digest = push(&environment, &registry, &["--set", &set]);
    let said = statements(&registry, &digest);
    assert!(package_names(said.predicate("Document")).contains(&"libc6"));
    let found = &said.predicate("provenance/v1")["buildDefinition"]["resolvedDependencies"];
    let names: Vec<&Value> = array(found).iter().map(|it| &it["name"]).collect();
    assert!(names.contains(&&json!(base)), "{found}");
    let known = registry.journal().len();
    push(
        &environment,
        &registry,
        &["--set", &set, "--set", "defaults.labels.a=b"],
    );
    let requests = registry.journal().requests_after(known);
    let fetched = |request: &&crate::support::http::Recorded| {
        request.method == Method::GET && request.path().contains("team/base/blobs")
    };
    let fetched: Vec<_> = requests.iter().filter(fetched).collect();
    assert!(fetched.len() <= 1, "its configuration alone: {fetched:#?}");
}

#[test]
fn provenance_names_the_source_and_no_secret() {
    let registry = FakeRegistry::start();
    let mut environment = TestEnvironment::new().with_hello().signing();
    environment.set("GITHUB_ACTIONS", "true");
    environment.set("GITHUB_SERVER_URL", "https://github.com");
    environment.set(
        "GITHUB_WORKFLOW_REF",
        "team/hello/.github/workflows/r.yml@refs/heads/main",
    );
    environment.set("GITHUB_REPOSITORY", "team/hello");
    environment.set("GITHUB_RUN_ID", "17");
    environment.set("GOPRIVATE", "git.example.com/*");
    let git = GitRepository::create(environment.work());
    let remote = "https://user:password@git.example.com/team/hello.git";
    git.git(["remote", "add", "origin", remote]);
    git.tag("v1.2.3");
    let digest = push(&environment, &registry, &[]);
    let said = statements(&registry, &digest);
    let built = said.predicate("provenance/v1");
    let definition = &built["buildDefinition"];
    let source = &definition["externalParameters"]["source"];
    assert_eq!(source["repository"], "https://git.example.com/team/hello");
    assert_eq!(source["commit"], git.head().as_str());
    assert_eq!(source["version"], "v1.2.3");
    assert_eq!(source["committed"], true);
    let uri = format!("git+https://git.example.com/team/hello@{}", git.head());
    assert_eq!(definition["resolvedDependencies"][0]["uri"], uri.as_str());
    let modules = &definition["internalParameters"]["modules"];
    assert_eq!(modules["private"], json!(["git.example.com/*"]));
    let run = &built["runDetails"];
    assert_eq!(
        run["builder"]["id"],
        "https://github.com/team/hello/.github/workflows/r.yml@refs/heads/main"
    );
    let invocation = "https://github.com/team/hello/actions/runs/17/attempts/1";
    assert_eq!(run["metadata"]["invocationId"], invocation);
    assert!(!built.to_string().contains("password"), "{built}");
    // Another run of the same has nothing to add.
    forget(&environment);
    environment.set("GITHUB_RUN_ID", "18");
    assert_eq!(push(&environment, &registry, &[]), digest);
    assert_eq!(statements(&registry, &digest).manifests, said.manifests);
}

#[test]
fn a_changed_tree_is_told_of() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    GitRepository::create(environment.work());
    environment.write("more.go", "package main\n");
    let digest = push(&environment, &registry, &[]);
    let said = statements(&registry, &digest);
    let definition = &said.predicate("provenance/v1")["buildDefinition"];
    let source = &definition["externalParameters"]["source"];
    assert_eq!(source["committed"], false, "{source}");
    let found = &definition["resolvedDependencies"][0];
    assert_eq!(found["annotations"]["modified"], true, "{found}");
}

#[test]
fn what_was_checked_is_said_and_what_was_not_too() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    environment.write("coracle.toml", "[secrets]\nallow = [\"testdata/*.key\"]\n");
    let digest = push(&environment, &registry, &[]);
    let said = statements(&registry, &digest);
    let checks = array(&said.predicate("policy/v1")["checks"]).to_vec();
    let results: Vec<String> = checks
        .iter()
        .map(|it| format!("{} {}", it["name"], it["result"]).replace('"', ""))
        .collect();
    assert_eq!(
        results,
        [
            "modules passed",
            "policy skipped",
            "programs passed",
            "secrets passed",
            "toolchain skipped"
        ]
    );
    assert_eq!(checks[3]["settings"]["allowed"], json!(["testdata/*.key"]));
}

/// Waits until a registry has answered all that it was asked, and is asked nothing for a while; returns how much that was.
fn at_rest(registry: &FakeRegistry) -> usize {
    let mut known = 0;
    until("the registry is asked nothing more", || {
        std::thread::sleep(Duration::from_secs(2));
        let requests = registry.journal().requests();
        let before = std::mem::replace(&mut known, requests.len());
        before == known && requests.iter().all(|request| request.status.is_some())
    });
    known
}

#[test]
fn statements_wait_for_few_answers_more() {
    let depth = |rule: Option<Rule>, environment: TestEnvironment| {
        let registry = rule.into_iter().fold(FakeRegistry::with(), Builder::rule);
        let registry = registry.start();
        // What could go at once does so, however busy this machine is.
        registry.answer_after(Duration::from_millis(700));
        let [begun, go_on] = ["begun", "go-on"].map(|name| environment.root().join(name));
        environment.write_go(&format!(
            "if [ \"$1\" = build ]; then : > {}; until [ -e {} ]; do {} 0.05; done; fi",
            begun.display(),
            go_on.display(),
            programs::find("sleep").display()
        ));
        let repository = registry.repository("team/hello");
        let more = ["--jobs", "16", "--platform", "linux/amd64,linux/arm64"];
        let push = environment.start(&[&["push", "--repo", &repository], &more[..]].concat());
        until("the compiler works", || begun.exists());
        // What needs no program is done meanwhile.
        let known = at_rest(&registry);
        std::fs::write(go_on, "").expect("a file");
        push.end().success();
        let requests = registry.journal().requests_after(known);
        (chain_depth(&requests), requests)
    };
    let hello = || TestEnvironment::without_go().with_hello();
    let (plain, _) = depth(Some(Rule::Referrers), hello());
    for rule in [Some(Rule::Referrers), None] {
        let name = format!("{rule:?}");
        let mut told = String::new();
        // Chance makes a chain longer, and never shorter.
        let is_short = (0..3).any(|_| {
            let (signed, requests) = depth(rule, hello().signing());
            told = format!("{name}: {plain} and {signed}: {requests:#?}");
            signed <= plain + 3
        });
        assert!(is_short, "{told}");
    }
}

#[test]
fn no_tag_shows_an_image_of_which_nothing_could_be_said() {
    let environment = TestEnvironment::new().with_hello().signing();
    for path in ["*/referrers/*", "*/manifests/sha256-*"] {
        let registry = FakeRegistry::start();
        let denied = Refusal::new(StatusCode::FORBIDDEN, "DENIED", "not for you");
        registry.misbehave(Fault::at(path, Act::Refuse(denied)));
        let repository = registry.repository("team/hello");
        environment
            .run(["push", "--repo", &repository])
            .ends_with(77)
            .says("hint: the image is there, and no tag shows it: push again, or coracle sign ");
        assert_eq!(registry.tags("team/hello"), [""; 0], "{path}");
    }
}

#[test]
fn classic_statements_are_beside_classic_signatures_and_no_bundle_is() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    let classic = ["--set", "sign.format=[\"classic\"]"];
    let digest = push(&environment, &registry, &classic);
    let tag = digest.replace(':', "-");
    let mut tags = registry.tags("team/hello");
    tags.sort();
    assert_eq!(
        tags,
        [
            "latest".to_owned(),
            format!("{tag}.att"),
            format!("{tag}.sig")
        ]
    );
    let manifest = registry.manifest("team/hello", &format!("{tag}.att"));
    let manifest = manifest.expect("statements");
    let layers = manifest.json()["layers"].clone();
    let kinds: Vec<&str> = array(&layers)
        .iter()
        .filter_map(|layer| layer["annotations"]["predicateType"].as_str())
        .collect();
    let expected = [KINDS[3], KINDS[2], KINDS[0]];
    assert_eq!(kinds, expected);
    // Nothing is added twice, and an unchanged push asks for the tags alone.
    let known = registry.journal().len();
    assert_eq!(push(&environment, &registry, &classic), digest);
    assert_eq!(registry.journal().requests_after(known).len(), 3);
    forget(&environment);
    push(&environment, &registry, &classic);
    let again = registry.manifest("team/hello", &format!("{tag}.att"));
    assert_eq!(again.expect("statements").digest(), manifest.digest());
}

#[test]
fn the_bill_of_materials_is_that_of_the_image_in_the_registry() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    environment.write("data.txt", "data\n");
    environment.write(
        "coracle.toml",
        "[images.hello]\nfiles = [{ from = \"data.txt\", to = \"/data.txt\" }]\n\
         [attest]\nsbom = [\"spdx\", \"cyclonedx\"]\n",
    );
    let digest = push(
        &environment,
        &registry,
        &["--platform", "linux/amd64,linux/arm64"],
    );
    let said = statements(&registry, &digest);
    let image = format!("{}@{digest}", registry.repository("team/hello"));
    for (format, end) in [("spdx", "Document"), ("cyclonedx", "bom")] {
        let found = environment
            .run(["sbom", &image, "--format", format])
            .success();
        assert_eq!(*said.predicate(end), parse(found.stdout.as_bytes()));
    }
}
