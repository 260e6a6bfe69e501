//! Source that does not compile.

use super::{module, refused, said};
use crate::support::TestEnvironment;
use crate::support::samples::GO_MOD;

#[test]
fn a_package_that_needs_cgo_is_named_with_its_importer() {
    let native = "package native\n\n// #include <math.h>\nimport \"C\"\n\nfunc Root() float64 { return float64(C.sqrt(2)) }\n";
    let environment = module(&[
        (
            "main.go",
            "package main\n\nimport \"example.com/hello/native\"\n\nfunc main() { println(native.Root()) }\n",
        ),
        ("native/native.go", native),
    ]);
    insta::assert_snapshot!(refused(&environment, 1), @r#"
    error: [compile] linux/amd64: cannot compile example.com/hello
      caused by: example.com/hello/native (imported by example.com/hello) needs cgo: it has no Go files but those that import "C": native.go
      hint: coracle builds without cgo, so that programs are static: use a package in pure Go
    "#);
}

#[test]
fn files_that_are_dropped_without_cgo_are_a_warning() {
    let environment = module(&[
        (
            "main.go",
            "package main\n\nimport \"example.com/hello/both\"\n\nfunc main() { println(both.Name) }\n",
        ),
        ("both/both.go", "package both\n\nconst Name = \"pure\"\n"),
        (
            "both/fast.go",
            "package both\n\nimport \"C\"\n\nconst Fast = true\n",
        ),
    ]);
    let output = environment.run(["build"]).success();
    let talk = output.talk();
    let warning: Vec<&str> = talk
        .lines()
        .filter(|line| line.contains("import \"C\""))
        .collect();
    insta::assert_snapshot!(warning.join("\n"), @r#"warning: [compile] example.com/hello/both is compiled for linux/amd64 without its files that import "C": fast.go"#);
}

#[test]
fn packages_are_loaded_again_only_where_a_file_says_that_it_is_for_cgo() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", GO_MOD);
    environment.write("main.go", "package main\n\nfunc main() {}\n");
    let lists = |file: &str, text: &str| {
        environment.write(file, format!("package main\n\n{text}\n"));
        let before = environment.go_commands().len();
        environment.run(["build"]).success();
        let commands = environment.go_commands().split_off(before);
        commands.iter().filter(|it| *it == "list").count()
    };
    assert_eq!(lists("main_windows.go", "const c = \"c\""), 1);
    assert_eq!(lists("main_windows.go", "const C = \"C\""), 2);
}

#[test]
fn a_main_package_that_is_all_cgo() {
    let environment = module(&[(
        "main.go",
        "package main\n\nimport \"C\"\n\nfunc main() {}\n",
    )]);
    insta::assert_snapshot!(refused(&environment, 1), @r#"
    error: [compile] linux/amd64: cannot compile example.com/hello
      caused by: example.com/hello needs cgo: it has no Go files but those that import "C": main.go
      hint: coracle builds without cgo, so that programs are static: use a package in pure Go
    "#);
}

#[test]
fn a_compile_error_is_told_in_the_compilers_words() {
    let environment = module(&[
        (
            "main.go",
            "package main\n\nimport \"example.com/hello/deep/er\"\n\nfunc main() { er.Do() }\n",
        ),
        (
            "deep/er/er.go",
            "package er\n\nfunc Do() {\n\tx := 1\n\treturn 2\n}\n",
        ),
    ]);
    insta::assert_snapshot!(refused(&environment, 1), @"
    error: [compile] linux/amd64: cannot compile example.com/hello
      caused by: deep/er/er.go:4:2: declared and not used: x
        deep/er/er.go:5:9: too many return values
        	have (number)
        	want ()
    ");
}

#[test]
fn a_compile_error_below_another_folder_is_told_with_paths_from_the_project() {
    let environment = TestEnvironment::new();
    environment.write("app/go.mod", GO_MOD);
    environment.write(
        "app/cmd/server/main.go",
        "package main\n\nfunc main() { undefined() }\n",
    );
    let output = environment.run(["build", "-q", "-C", "app", "./cmd/server"]);
    insta::assert_snapshot!(said(&output, 1), @"
    error: [compile] linux/amd64: cannot compile ./cmd/server
      caused by: cmd/server/main.go:3:15: undefined: undefined
    ");
}

#[test]
fn source_that_cannot_be_parsed() {
    let environment = module(&[("main.go", "package main\n\nfunc main() {\n")]);
    insta::assert_snapshot!(refused(&environment, 1), @"
    error: [compile] linux/amd64: cannot compile example.com/hello
      caused by: main.go:4:1: syntax error: unexpected EOF, expected }
    ");
}

#[test]
fn an_import_that_nothing_provides() {
    let main =
        "package main\n\nimport \"example.com/elsewhere\"\n\nfunc main() { elsewhere.Do() }\n";
    insta::assert_snapshot!(refused(&module(&[("main.go", main)]), 1), @"
    error: [modules] linux/amd64: cannot compile example.com/hello
      caused by: main.go:3:8: no required module provides package example.com/elsewhere; to add it:
        	go get example.com/elsewhere
      hint: if the import path is right, type: go mod tidy
    ");
}

#[test]
fn a_module_proxy_that_is_down_is_named_without_its_password() {
    let main = "package main\n\nimport \"example.com/other\"\n\nfunc main() { other.Do() }\n";
    let h1 = format!("h1:{}=", "A".repeat(43));
    let mut environment = module(&[
        ("main.go", main),
        (
            "go.sum",
            &format!("example.com/other v1.0.0 {h1}\nexample.com/other v1.0.0/go.mod {h1}\n"),
        ),
    ]);
    environment.write(
        "go.mod",
        format!("{GO_MOD}\nrequire example.com/other v1.0.0\n"),
    );
    environment.set("GOPROXY", "https://gopher:hunter2@127.0.0.1:1");
    let said = refused(&environment, 69);
    assert!(said.contains("127.0.0.1:1"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn every_broken_program_of_an_image_is_told() {
    let broken = "package main\n\nfunc main() { undefined() }\n";
    let environment = module(&[
        ("cmd/one/main.go", broken),
        ("cmd/two/main.go", broken),
        (
            "coracle.toml",
            "[images.both]\nmains = [\"cmd/one\", \"cmd/two\"]\n",
        ),
    ]);
    insta::assert_snapshot!(refused(&environment, 1), @"
    error: [compile] linux/amd64: cannot compile ./cmd/one
      caused by: cmd/one/main.go:3:15: undefined: undefined
    error: [compile] linux/amd64: cannot compile ./cmd/two
      caused by: cmd/two/main.go:3:15: undefined: undefined
    ");
}

#[test]
fn one_broken_image_loses_no_other() {
    let config = "[images.good]\nmain = \"cmd/good\"\n\n[images.bad]\nmain = \"cmd/bad\"\n";
    let environment = TestEnvironment::new().with_project(config, &["good"]);
    environment.write("cmd/bad/main.go", "package main\n\nfunc main() { x }\n");
    let output = environment.run(["build", "-q"]).ends_with(1);
    insta::assert_snapshot!(output.talk(), @"
    error: [compile] linux/amd64: cannot compile ./cmd/bad
      caused by: cmd/bad/main.go:3:15: undefined: x
    ");
    assert!(environment.files().contains(&"dist/good.tar".to_owned()));
    assert!(!environment.files().contains(&"dist/bad.tar".to_owned()));
}

#[test]
fn terminal_escapes_in_source_are_shown_harmless() {
    let main = "package main\n\nfunc main() { var \u{1b}[31mred = \"\u{9b}\" }\n";
    let environment = module(&[("main.go", main)]);
    let said = refused(&environment, 1);
    assert!(said.contains("main.go:3:"), "{said}");
    let table = environment.run(["dist"]).ends_with(1).stdout.clone();
    assert!(
        table.contains("FAIL: ") && !table.contains(['\u{1b}', '\u{9b}']),
        "{table}"
    );
    let main = "package main\n\nimport \"\\x1b[31m\"\n\nfunc main() {}\n";
    let said = refused(&module(&[("main.go", main)]), 1);
    assert!(said.contains("main.go:3:"), "{said}");
}

#[test]
fn a_go_that_is_too_old_and_none_to_be_had_is_an_error() {
    let mut environment = TestEnvironment::new().with_hello();
    environment.write(".go-version", "1.99.9\n");
    environment.set("GOPROXY", "off");
    let said = refused(&environment, 69);
    assert!(said.contains("1.99.9"), "{said}");
}

#[test]
fn an_experiment_that_go_does_not_know() {
    let environment = TestEnvironment::new().with_hello();
    let args = ["build", "-q", "--set", "go.env.GOEXPERIMENT=arenaz"];
    insta::assert_snapshot!(said(&environment.run(args), 2), @"
    error: [config] linux/amd64: cannot compile example.com/hello
      caused by: go: unknown GOEXPERIMENT arenaz
      hint: correct GOEXPERIMENT under [go] env in coracle.toml; each Go has experiments of its own, or another version of it under [go] version
    ");
}

#[test]
fn a_package_of_ones_own_that_is_imported_as_if_it_were_the_standard_librarys() {
    let environment = module(&[
        (
            "main.go",
            "package main\n\nimport _ \"internals/db\"\n\nfunc main() {}\n",
        ),
        ("internals/db/db.go", "package db\n"),
    ]);
    let said = refused(&environment, 1);
    assert!(
        said.contains("package internals/db is not in std"),
        "{said}"
    );
    assert!(
        said.contains("hint: an import path whose first part has no dot"),
        "{said}"
    );
}
