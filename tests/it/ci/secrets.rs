//! Secrets of stages.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{OWN_ONLY, ran, stage, states, with_module};
use crate::support::distribution::{Access, Distribution};
use crate::support::git::GitRepository;
use crate::support::samples::printing;
use crate::support::{TestEnvironment, programs};

const VALUE: &str = "s3cr3t/value+of-stage";

/// Returns all ways in which the secret may show.
fn shapes() -> [String; 4] {
    let in_url = VALUE.replace('/', "%2F").replace('+', "%2B");
    let login = STANDARD.encode(format!("user:{VALUE}"));
    // The first letters of a login are those of its user.
    [
        VALUE.to_owned(),
        in_url,
        STANDARD.encode(VALUE),
        login[8..].to_owned(),
    ]
}

/// Asserts that a text does not show the secret.
#[track_caller]
fn assert_hidden(text: &str) {
    for shape in shapes() {
        assert!(!text.contains(&shape), "{shape} is in\n{text}");
    }
}

/// Returns the files below a folder in which a text stands, packed or not.
fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            match entry.file_type().expect("a kind") {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() && holds(&entry.path(), text) => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}

fn holds(file: &Path, text: &str) -> bool {
    let bytes = std::fs::read(file).expect("a file");
    let mut unpacked = Vec::new();
    // What is not packed is looked at as it is.
    let _ = flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked);
    let is_in = |bytes: &[u8]| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    is_in(&bytes) || is_in(&unpacked) || file.to_string_lossy().contains(text)
}

#[test]
fn a_secret_reaches_the_stage_that_asks_for_it_and_nothing_that_is_said() {
    let settings = [
        OWN_ONLY,
        "[secrets.values.TOKEN]\nenv = \"CI_TOKEN\"\n\n[secrets.values.PIN]\ncommand = [\"sh\", \"-c\", \"echo 4711-0815\"]\n\n",
        &stage(
            "a",
            "echo $TOKEN $PIN; echo $TOKEN > ../told; printf %s $TOKEN >&2; exit 1",
            "secrets = [\"TOKEN\", \"PIN\"]",
        ),
        &stage("b", "echo =$TOKEN=$CI_TOKEN=", ""),
    ];
    let mut environment = with_module(&settings.concat());
    environment.set("CI_TOKEN", VALUE);
    let output = environment
        .run(["ci", "-v", "--json", "--jobs", "1"])
        .ends_with(1);
    let told = std::fs::read_to_string(environment.root().join("told")).expect("a file");
    assert_eq!(told.trim(), VALUE);
    for word in ["s3cr3t", "4711"] {
        assert!(
            !output.stdout.contains(word) && !output.stderr.contains(word),
            "{output}"
        );
    }
    output.says("b| ===").says("a| … …");
}

#[test]
fn a_secret_that_is_not_there_fails_the_stage_before_it_runs() {
    let settings = [
        OWN_ONLY,
        "[secrets.values.TOKEN]\nenv = \"CI_TOKEN\"\n\n",
        &stage("a", "", "secrets = [\"TOKEN\"]"),
    ];
    let environment = with_module(&settings.concat());
    let output = environment.run(["ci"]).ends_with(1);
    assert_eq!(ran(&environment), Vec::<String>::new());
    output
        .says("the secret TOKEN is not there")
        .says("CI_TOKEN");
}

/// Returns a project with a stage that tells the secret in all shapes, in one piece and in two, and fails.
fn talkative() -> TestEnvironment {
    let script = "echo $TOKEN; echo x$TOKEN >&2; printf %s $TOKEN | base64; printf user:%s $TOKEN | base64; \
         echo %2F$(echo $TOKEN | sed 's,/,%2F,;s,+,%2B,'); printf s3cr3t; printf %s\\\\n /value+of-stage; exit 1";
    let settings = [
        OWN_ONLY,
        "[secrets.values.TOKEN]\nenv = \"CI_TOKEN\"\n\n",
        &stage("a", script, "secrets = [\"TOKEN\"]"),
    ];
    let mut environment = with_module(&settings.concat());
    for name in ["base64", "sed"] {
        environment.link_program(name, &programs::find(name));
    }
    environment.set("CI_TOKEN", VALUE);
    environment
}

#[test]
fn a_secret_is_masked_in_groups_annotations_summaries_and_documents() {
    for variables in [&["GITHUB_ACTIONS"][..], &["GITLAB_CI"], &[]] {
        let mut environment = talkative();
        let summary = environment.root().join("summary");
        for name in variables {
            environment.set(name, "true");
        }
        environment.set("GITHUB_STEP_SUMMARY", &summary);
        for form in ["--json", "-v"] {
            let output = environment
                .run(["ci", form, "--summary", "summary.md"])
                .ends_with(1);
            assert_hidden(&output.to_string());
            let masked = output.stderr.matches('…').count();
            assert!(masked >= 6, "{masked} are masked\n{output}");
        }
        let written = environment.read("summary.md");
        assert_hidden(&String::from_utf8(written).expect("text"));
        if summary.exists() {
            assert_hidden(&std::fs::read_to_string(summary).expect("text"));
        }
    }
}

#[test]
fn a_secret_is_masked_on_a_terminal() {
    let seen = talkative().at_terminal(&["ci", "-v"]).finish();
    assert_eq!(seen.code, Some(1), "{}", seen.screen);
    assert!(seen.screen.contains("a| …"), "{}", seen.screen);
    assert_hidden(&seen.screen);
}

#[test]
fn what_a_command_says_that_tells_a_secret_and_fails_is_not_shown() {
    let settings = [
        OWN_ONLY,
        "[secrets.values.TOKEN]\ncommand = [\"sh\", \"-c\", \"cat ../told; cat ../told >&2; exit 3\"]\n\n",
        &stage("a", "", "secrets = [\"TOKEN\"]"),
    ];
    let environment = with_module(&settings.concat());
    environment.link_program("cat", &programs::find("cat"));
    std::fs::write(environment.root().join("told"), VALUE).expect("a file");
    let output = environment.run(["ci", "-v", "--summary", "summary.md"]);
    let output = output.ends_with(1);
    assert_hidden(&output.to_string());
    assert_hidden(&String::from_utf8(environment.read("summary.md")).expect("text"));
    output.says("the command that tells the secret TOKEN fails");
}

/// Returns a project that is published and signed, all of whose stages but one are given the secret.
fn published(registry: &Distribution) -> TestEnvironment {
    let secrets = "secrets = [\"TOKEN\"]";
    let own = |name: &str| format!("[pipeline.stages.{name}]\n{secrets}\n\n");
    let settings = [
        format!(
            "[defaults]\nrepository = \"{}\"\n\n",
            registry.repository("team/{name}")
        ),
        "[images.hello]\nmain = \".\"\n\n[policy]\nvulnerabilities = \"off\"\n\n".to_owned(),
        "[secrets.values.TOKEN]\nenv = \"CI_TOKEN\"\n\n".to_owned(),
        ["lint", "test", "check", "build", "push"].map(own).concat(),
        stage(
            "a",
            "echo $TOKEN",
            &format!("{secrets}\ninputs = [\"main.go\"]"),
        ),
    ];
    let mut environment = with_module(&settings.concat()).signing();
    environment.write("main.go", printing("what the image says"));
    environment.write(".gitignore", "dist/\n");
    GitRepository::create(environment.work());
    environment.set("CI_TOKEN", VALUE);
    environment
}

#[test]
fn a_secret_of_stages_is_in_no_image_cache_history_or_provenance() {
    let registry = Distribution::start(&Access::Open);
    let mut environment = published(&registry);
    let run = |environment: &TestEnvironment| {
        let output = environment.run(["ci", "--event", "main", "-v"]).success();
        assert_hidden(&output.to_string());
        output
    };
    run(&environment);
    run(&environment);
    let places = ["cache", "work", "home", "tmp"].map(|name| environment.root().join(name));
    let storage = registry.storage();
    for place in places.iter().chain([&storage]) {
        for shape in shapes() {
            assert_eq!(files_with(place, &shape), Vec::<PathBuf>::new(), "{shape}");
        }
    }
    // What is there is found: in the packed layer, in a statement, in the history.
    let said = files_with(&storage, "what the image says");
    assert!(!said.is_empty());
    let statements = files_with(&storage, "dsseEnvelope");
    assert!(statements.len() >= 3, "{statements:?}");
    assert!(environment.root().join("cache/history.jsonl").is_file());
    // And no digest is one of it: with another secret the same stages are skipped.
    environment.set("CI_TOKEN", "another");
    let output = run(&environment);
    let skipped = |name: &str| (name.to_owned(), "skipped".to_owned());
    for name in ["lint", "test", "a"] {
        assert!(states(&output).contains(&skipped(name)), "{output}");
    }
}

/// Asserts that none of the words is in what a run said and wrote.
#[track_caller]
fn assert_said_nowhere(environment: &TestEnvironment, args: &[&str], words: &[&str]) {
    let reports = ["--junit", "junit.xml", "--summary", "summary.md"];
    let output = environment.run(args.iter().chain(&reports)).ends_with(1);
    let read = |name| String::from_utf8(environment.read(name)).expect("text");
    for text in [output.to_string(), read("junit.xml"), read("summary.md")] {
        for word in words {
            assert!(!text.contains(word), "{word} is in\n{text}");
        }
        assert!(text.contains('…'), "{text}");
    }
}

#[test]
fn a_secret_that_a_test_of_go_prints_is_masked_also_where_json_writes_it_in_another_way() {
    let settings = "[secrets.values.TOKEN]\nenv = \"CI_TOKEN\"\n\n\
         [pipeline.stages.mine]\ncommand = [\"go\", \"test\", \".\"]\nsecrets = [\"TOKEN\"]\n";
    let mut environment = with_module(&[OWN_ONLY, settings].concat());
    let test = r#"package main

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestIt(t *testing.T) {
	token := os.Getenv("TOKEN")
	fmt.Println(token)
	fmt.Print(token[:8])
	time.Sleep(time.Second)
	fmt.Println(token[8:])
	t.Run(token, func(t *testing.T) { t.Fatal("with " + token) })
}
"#;
    environment.write("main_test.go", test);
    environment.set("CI_TOKEN", r#"s3c&r3t"<\value+of>stage"#);
    for form in ["--json", "-v"] {
        assert_said_nowhere(&environment, &["ci", form], &["s3c", "value+of", "stage\n"]);
    }
}

#[test]
fn a_secret_of_one_stage_is_masked_in_all_that_come_after_and_in_those_beside() {
    let settings = [
        OWN_ONLY,
        "[secrets.values.TOKEN]\nenv = \"CI_TOKEN\"\n\n[secrets.values.PIN]\ncommand = [\"sh\", \"-c\", \"echo 4711-0815\"]\n\n",
        &stage(
            "a",
            "echo $TOKEN $PIN > ../told",
            "secrets = [\"TOKEN\", \"PIN\"]",
        ),
        // It is told, and said, before any stage that may know it has begun.
        &stage("aa", "cat ../known; exit 1", ""),
        &stage("b", "cat ../told; exit 1", "needs = [\"a\"]"),
    ];
    let mut environment = with_module(&settings.concat());
    environment.link_program("cat", &programs::find("cat"));
    std::fs::write(environment.root().join("known"), VALUE).expect("a file");
    environment.set("CI_TOKEN", VALUE);
    for jobs in ["1", "3"] {
        let output = environment
            .run(["ci", "-v", "--json", "--jobs", jobs])
            .ends_with(1);
        assert_hidden(&output.to_string());
        assert!(!output.to_string().contains("4711"), "{output}");
        output.says("aa| …").says("b| … …");
    }
}
