//! Edits that are easily overlooked, one by one.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::twins::{Twins, Variables};

const GO_MOD: &str = "module example.com/app\n\ngo 1.26\n";
const HELLO: &str = "package main\n\nfunc main() { println(\"hello\") }\n";

/// A program that shows what lies in a folder that it embeds.
fn embedding(patterns: &str) -> String {
    format!(
        "package main\n\nimport \"embed\"\n\n//go:embed {patterns}\nvar files embed.FS\n\nfunc main() {{ println(&files) }}\n"
    )
}

/// Builds, edits and builds again: whoever remembers the first build says of the second what one says that does not.
#[track_caller]
fn is_noticed(files: &[(&str, &str)], edit: impl FnOnce(&Path)) {
    let (twins, usual) = (Twins::of(files), Variables::new());
    let before = twins.remembering(&usual).outcome;
    assert!(before.is_success(), "{before:?}");
    assert_eq!(before, twins.remembering(&usual).outcome);
    edit(&twins.app());
    let clean = twins.forgetting(&usual);
    assert_ne!(clean, before, "the edit changes nothing");
    assert_eq!(twins.remembering(&usual).outcome, clean);
}

fn write(path: &Path, content: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, content).expect("a file");
}

#[test]
fn a_profile_beside_the_main_package() {
    is_noticed(&[("go.mod", GO_MOD), ("main.go", HELLO)], |app| {
        // Not a profile: go refuses it.
        write(&app.join("default.pgo"), "nonsense");
    });
}

#[test]
fn an_embedded_file_that_becomes_a_link_to_the_same_bytes() {
    let files = [
        ("go.mod", GO_MOD),
        ("main.go", &embedding("static")),
        ("static/a.txt", "same"),
        ("static/b.txt", "same"),
    ];
    // What go embeds by its folder must be a file.
    is_noticed(&files, |app| {
        let path = app.join("static/b.txt");
        std::fs::remove_file(&path).expect("a file");
        symlink("a.txt", path).expect("a link");
    });
}

#[test]
fn an_embedded_file_named_by_a_pattern_that_becomes_a_link() {
    let files = [
        ("go.mod", GO_MOD),
        ("main.go", &embedding("static/*.txt")),
        ("static/a.txt", "same"),
        ("static/b.txt", "same"),
    ];
    is_noticed(&files, |app| {
        let path = app.join("static/b.txt");
        std::fs::remove_file(&path).expect("a file");
        symlink("a.txt", path).expect("a link");
    });
}

#[test]
fn an_empty_folder_that_a_pattern_of_embedded_files_names() {
    let files = [
        ("go.mod", GO_MOD),
        ("main.go", &embedding("static/*")),
        ("static/a.txt", "a"),
    ];
    is_noticed(&files, |app| {
        std::fs::create_dir(app.join("static/empty")).expect("a folder");
    });
}

#[test]
fn a_pipe_that_a_pattern_of_embedded_files_names() {
    let files = [
        ("go.mod", GO_MOD),
        ("main.go", &embedding("static/*")),
        ("static/a.txt", "a"),
    ];
    is_noticed(&files, |app| {
        let path = app.join("static/socket");
        drop(std::os::unix::net::UnixListener::bind(path).expect("a socket"));
    });
}

#[test]
fn a_module_that_comes_to_lie_around_an_embedded_file() {
    let files = [
        ("go.mod", GO_MOD),
        ("main.go", &embedding("static/sub/a.txt")),
        ("static/sub/a.txt", "a"),
    ];
    is_noticed(&files, |app| {
        write(&app.join("static/go.mod"), "module example.com/other\n");
    });
}

/// A program that imports a package of a replaced module.
const WITH_DEPENDENCY: &str =
    "package main\n\nimport \"example.com/app/dep\"\n\nfunc main() { println(dep.Text) }\n";
const DEPENDENCY: &str = "package dep\n\nconst Text = \"dependency\"\n";

const REPLACING: &str = "module example.com/app\n\ngo 1.26\n\nrequire example.com/app/dep v0.0.0\n\n\
    replace example.com/app/dep => ./third/dep\n";
/// An old line of Go, for which the go.mod files of all modules are read.
const REPLACING_OUTSIDE: &str = "module example.com/app\n\ngo 1.16\n\nrequire example.com/app/dep v0.0.0\n\n\
    replace example.com/app/dep => ../outside\n";

#[test]
fn a_package_with_the_import_path_of_one_of_a_replaced_module() {
    let files = [
        ("go.mod", REPLACING),
        ("main.go", WITH_DEPENDENCY),
        (
            "third/dep/go.mod",
            "module example.com/app/dep\n\ngo 1.26\n",
        ),
        ("third/dep/dep.go", DEPENDENCY),
    ];
    is_noticed(&files, |app| write(&app.join("dep/dep.go"), DEPENDENCY));
}

#[test]
fn a_vendor_folder_without_a_list_of_modules() {
    let files = [
        ("go.mod", REPLACING),
        ("main.go", WITH_DEPENDENCY),
        (
            "third/dep/go.mod",
            "module example.com/app/dep\n\ngo 1.26\n",
        ),
        ("third/dep/dep.go", DEPENDENCY),
    ];
    is_noticed(&files, |app| write(&app.join("vendor/README"), ""));
}

#[test]
fn a_module_outside_of_the_tree_that_is_gone_though_nothing_of_it_is_imported() {
    let files = [
        ("go.mod", REPLACING_OUTSIDE),
        ("main.go", HELLO),
        (
            "../outside/go.mod",
            "module example.com/app/dep\n\ngo 1.16\n",
        ),
    ];
    is_noticed(&files, |app| {
        std::fs::remove_dir_all(app.join("../outside")).expect("a folder to remove");
    });
}

#[test]
fn a_module_outside_of_the_tree_that_asks_for_more() {
    let files = [
        ("go.mod", REPLACING_OUTSIDE),
        ("main.go", HELLO),
        (
            "../outside/go.mod",
            "module example.com/app/dep\n\ngo 1.16\n",
        ),
    ];
    is_noticed(&files, |app| {
        let go_mod = "module example.com/app/dep\n\ngo 1.16\n\nrequire example.com/x v1.0.0\n";
        write(&app.join("../outside/go.mod"), go_mod);
    });
}

#[test]
fn a_replacement_that_a_member_of_the_workspace_outside_of_the_tree_asks_for() {
    let files = [
        ("go.work", "go 1.26\n\nuse (\n\t.\n\t../outside\n)\n"),
        ("go.mod", REPLACING),
        ("main.go", WITH_DEPENDENCY),
        (
            "third/dep/go.mod",
            "module example.com/app/dep\n\ngo 1.26\n",
        ),
        ("third/dep/dep.go", DEPENDENCY),
        (
            "../outside/go.mod",
            "module example.com/outside\n\ngo 1.26\n",
        ),
    ];
    is_noticed(&files, |app| {
        let go_mod =
            "module example.com/outside\n\ngo 1.26\n\nreplace example.com/app/dep => ./elsewhere\n";
        write(&app.join("../outside/go.mod"), go_mod);
    });
}

#[test]
fn a_file_of_a_name_that_two_grammars_of_patterns_read_differently() {
    let files = [
        ("go.mod", GO_MOD),
        ("main.go", &embedding("x1.txt [\\]x]*.txt")),
        ("x1.txt", "1"),
    ];
    is_noticed(&files, |app| write(&app.join("x2.txt"), "2"));
}

#[test]
fn a_file_that_is_embedded_for_a_level_of_the_architecture_alone() {
    let files = [
        ("go.mod", GO_MOD),
        ("main.go", &embedding("static/a.txt")),
        (
            "level.go",
            "//go:build amd64.v1\n\npackage main\n\nimport \"embed\"\n\n//go:embed static\nvar more embed.FS\n\nfunc init() { println(&more) }\n",
        ),
        ("static/a.txt", "a"),
    ];
    is_noticed(&files, |app| write(&app.join("static/b.txt"), "b"));
}

#[test]
fn a_test_with_the_import_path_of_a_replaced_module() {
    let files = [
        ("go.mod", REPLACING),
        ("main.go", WITH_DEPENDENCY),
        (
            "third/dep/go.mod",
            "module example.com/app/dep\n\ngo 1.26\n",
        ),
        ("third/dep/dep.go", DEPENDENCY),
    ];
    is_noticed(&files, |app| {
        write(&app.join("dep/dep_test.go"), "package dep\n");
    });
}

#[test]
fn a_file_that_go_never_reads_with_the_import_path_of_a_replaced_module() {
    let files = [
        ("go.mod", REPLACING),
        ("main.go", WITH_DEPENDENCY),
        (
            "third/dep/go.mod",
            "module example.com/app/dep\n\ngo 1.26\n",
        ),
        ("third/dep/dep.go", DEPENDENCY),
    ];
    is_noticed(&files, |app| write(&app.join("dep/_dep.go"), ""));
}

/// A package that Go's patterns pass over, and that is imported all the same.
fn hidden_package(folder: &str) -> [(String, String); 3] {
    let main = format!(
        "package main\n\nimport \"example.com/app/{folder}\"\n\nfunc main() {{ println(dep.Text) }}\n"
    );
    [
        ("go.mod".to_owned(), GO_MOD.to_owned()),
        ("main.go".to_owned(), main),
        (format!("{folder}/dep.go"), DEPENDENCY.to_owned()),
    ]
}

#[test]
fn a_source_of_assembly_in_a_package_that_patterns_pass_over() {
    for folder in ["testdata/dep", "_old/dep"] {
        let files = hidden_package(folder);
        let files = files
            .each_ref()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        is_noticed(&files, |app| {
            write(&app.join(folder).join("dep.s"), "nonsense\n");
        });
    }
}

#[test]
fn a_repository_that_a_pattern_of_embedded_files_names() {
    let files = [
        ("go.mod", GO_MOD),
        ("main.go", &embedding("static/*")),
        ("static/a.txt", "a"),
    ];
    is_noticed(&files, |app| {
        write(&app.join("static/.git"), "gitdir: elsewhere");
    });
}

#[test]
fn a_file_that_is_embedded_at_the_end_of_a_very_long_source() {
    let long = format!(
        "package main\n\nimport \"embed\"\n\n/*{}*/\n//go:embed static\nvar more embed.FS\n\nfunc init() {{ println(&more) }}\n",
        " ".repeat(5 << 20)
    );
    let files = [
        ("go.mod", GO_MOD),
        ("main.go", &embedding("static/a.txt")),
        ("long.go", &long),
        ("static/a.txt", "a"),
    ];
    is_noticed(&files, |app| write(&app.join("static/b.txt"), "b"));
}

#[test]
fn an_embedded_file_of_an_image_that_has_a_tag_of_its_own() {
    let free = format!("//go:build !premium\n\n{}", embedding("static/a.txt"));
    let premium = format!("//go:build premium\n\n{}", embedding("static"));
    let config = "[images.app]\nmain = \".\"\n\n[images.app.go]\ntags = [\"premium\"]\n";
    let files = [
        ("go.mod", GO_MOD),
        ("coracle.toml", config),
        ("free.go", &free),
        ("premium.go", &premium),
        ("static/a.txt", "a"),
    ];
    is_noticed(&files, |app| write(&app.join("static/b.txt"), "b"));
}

#[test]
fn a_file_that_is_another_only_while_go_runs() {
    let (twins, usual) = (
        Twins::of(&[("go.mod", GO_MOD), ("main.go", HELLO)]),
        Variables::new(),
    );
    let clean = twins.forgetting(&usual);
    twins.while_go_builds("main.go", &HELLO.replace("hello", "other"));
    assert_ne!(twins.remembering(&usual).outcome, clean);
    twins.watch_go();
    assert_eq!(twins.remembering(&usual).outcome, clean);
}
