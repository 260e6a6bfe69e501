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
        environment.write(&format!("shop/{file}"), *text);
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
    let arguments = ["ci", "-C", "shop", "--junit", "junit.xml"];
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
}
