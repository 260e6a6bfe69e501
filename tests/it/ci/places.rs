//! Where tests fail and linters find something, as code hosts name files: from the root of the repository.

use super::with_module;
use crate::support::TestEnvironment;
use crate::support::git::GitRepository;

/// Returns an environment on GitHub, with a repository that has a module in its folder `shop`, with these files.
fn with_shop(settings: &str, files: &[(&str, &str)]) -> (TestEnvironment, GitRepository) {
    let mut environment = with_module("");
    environment.set("GITHUB_ACTIONS", "true");
    environment.write("shop/go.mod", "module example.com/shop\n\ngo 1.25\n");
    environment.write("shop/main.go", "package main\n\nfunc main() {}\n");
    environment.write("shop/coracle.toml", settings);
    for (file, text) in files {
        environment.write(format!("shop/{file}"), *text);
    }
    let repository = GitRepository::create(environment.work());
    (environment, repository)
}

const ONLY_TEST: &str = "[pipeline]\nwithout = [\"lint\", \"build\"]\n";

#[test]
fn tests_that_fail_are_annotated_at_the_line_that_they_name() {
    let cart = "package cart

import \"testing\"

func TestSum(t *testing.T) {
	t.Log(\"three and four\")
	t.Error(\"sum is 8\")
}

func TestParts(t *testing.T) {
	t.Run(\"one\", func(t *testing.T) {
		t.Error(\"../../elsewhere.go:1: part is gone\")
	})
}

func TestPanic(t *testing.T) {
	take(nil)
}
";
    let take = "package cart\n\nfunc take(all []int) int {\n\treturn all[7]\n}\n";
    let broken =
        "package broken\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) {\n\tgone()\n}\n";
    let files = [
        ("cart/cart.go", take),
        ("cart/cart_test.go", cart),
        ("broken/b_test.go", broken),
    ];
    let (environment, _repository) = with_shop(ONLY_TEST, &files);
    let arguments = [
        "ci",
        "-C",
        "shop",
        "--junit",
        "junit.xml",
        "--summary",
        "summary.md",
    ];
    let output = environment.run(arguments).ends_with(1);
    for (place, title) in [
        ("shop/cart/cart_test.go,line=7", "cart.TestSum"),
        ("shop/cart/cart_test.go,line=12", "cart.TestParts/one"),
        ("shop/cart/cart.go,line=4", "cart.TestPanic"),
        ("shop/broken/b_test.go,line=6", "broken"),
    ] {
        let command = format!("::error file={place},title=example.com/shop/{title}::");
        assert!(output.stderr.contains(&command), "{command}\n{output}");
    }
    assert!(!output.stderr.contains("TestParts::"), "{output}");
    let junit = String::from_utf8(environment.read("junit.xml")).expect("text");
    let case = " file=\"shop/cart/cart.go\" line=\"4\"><failure";
    assert!(junit.contains(case), "{junit}");
    let summary = String::from_utf8(environment.read("summary.md")).expect("text");
    let line = "- `example.com/shop/cart.TestSum` at `shop/cart/cart_test.go:7`: `sum is 8`";
    assert!(summary.lines().any(|it| it == line), "{summary}");
}

const ONLY_LINT: &str = "[pipeline]\nwithout = [\"test\", \"build\"]\n";

#[test]
fn what_linters_find_is_named_from_the_root_of_the_repository() {
    let wrong = "package cart\n\nimport \"fmt\"\n\nfunc tell() { fmt.Printf(\"%d\", \"x\") }\n";
    let (environment, _repository) = with_shop(ONLY_LINT, &[("cart/cart.go", wrong)]);
    let above = "shop/main.go:3:1: as its configuration lies above (revive)";
    let gone = "../../etc/passwd.go:1:1: not ours (revive)";
    let linter = format!("[ \"$1\" = run ] || exit 0\necho '{above}'\necho '{gone}'\nexit 1\n");
    environment.write_program("golangci-lint", &linter);
    let annotated = |command: &str, annotation: &str| {
        let stage = format!("{ONLY_LINT}\n[pipeline.stages.lint]\ncommand = {command}\n");
        environment.write("shop/coracle.toml", stage);
        let arguments = ["ci", "-C", "shop", "--sarif", "lint.sarif"];
        let output = environment.run(arguments).ends_with(1);
        let wanted = format!("::error file={annotation}");
        assert!(output.stderr.contains(&wanted), "{wanted}\n{output}");
        assert!(!output.stderr.contains("::error file=../"), "{output}");
        let sarif: serde_json::Value =
            serde_json::from_slice(&environment.read("lint.sarif")).expect("JSON");
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        let place = &results[0]["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str();
        assert!(annotation.starts_with(uri.expect("a file")), "{sarif}");
        assert_eq!(results.len(), 1, "{sarif}");
    };
    let vet = "shop/cart/cart.go,line=5,title=vet::";
    annotated("[\"go\", \"vet\", \"./...\"]", vet);
    let revive = "shop/main.go,line=3,title=revive::as its configuration lies above";
    annotated("[\"golangci-lint\", \"run\"]", revive);
}
