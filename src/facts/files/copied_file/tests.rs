//! What is copied, and what is refused.

use super::*;
use crate::ports::MemoryTree;

fn rule(from: &str, to: &str) -> FileRule {
    FileRule {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        exclude: Vec::new(),
        mode: None,
        uid: None,
        gid: None,
    }
}

fn excluding(from: &str, to: &str, patterns: &[&str]) -> FileRule {
    FileRule {
        exclude: patterns.iter().map(|text| text.parse().unwrap()).collect(),
        ..rule(from, to)
    }
}

/// Shows what is copied, an entry a line.
fn copied(tree: &MemoryTree, rules: &[FileRule]) -> Vec<String> {
    let copied =
        copied_files(tree, &"app".parse().unwrap(), rules, &OwnOutputs::default()).unwrap();
    copied
        .iter()
        .map(|file| {
            let entry = &file.entry;
            let kind = match &entry.content {
                Content::File { size_bytes, .. } => format!("{size_bytes} bytes"),
                Content::Folder => "folder".to_owned(),
                Content::Symlink(target) => format!("to {target}"),
            };
            format!(
                "{} {} {} {kind} < {}",
                entry.path, entry.mode, entry.owner, file.from
            )
        })
        .collect()
}

fn refused(tree: &MemoryTree, rule: FileRule) -> BuildError {
    copied_files(
        tree,
        &"app".parse().unwrap(),
        &[rule],
        &OwnOutputs::default(),
    )
    .unwrap_err()
}

fn tree() -> MemoryTree {
    MemoryTree::of_files(&[
        ("app/config/a.yaml", "a"),
        ("app/config/b.json", "bb"),
        ("app/config/deep/c.yaml", "ccc"),
        ("app/bin/run", "x"),
        ("app/static/.git/config", "token"),
        ("app/static/[id].js", "j"),
        ("app/static/css/site.css", "s"),
    ])
    .folder("app/config/empty")
    .link("app/config/current.yaml", "a.yaml")
    .link("app/current", "config")
}

#[test]
fn a_file_goes_exactly_where_it_is_told_to_go() {
    let rules = [
        rule("config/a.yaml", "/etc/app.yaml"),
        rule("bin/run", "/run"),
        rule("config/current.yaml", "/followed"),
        FileRule {
            mode: Some("0600".parse().unwrap()),
            uid: Some(1),
            gid: Some(2),
            ..rule("config/b.json", "/b")
        },
    ];
    assert_eq!(
        copied(&tree(), &rules),
        [
            "/etc/app.yaml 0644 0:0 1 bytes < app/config/a.yaml",
            "/run 0755 0:0 1 bytes < app/bin/run",
            "/followed 0644 0:0 1 bytes < app/config/a.yaml",
            "/b 0600 1:2 2 bytes < app/config/b.json",
        ]
    );
}

#[test]
fn what_is_in_a_folder_goes_below_and_only_empty_folders_are_written() {
    let everything = [
        "/etc/a.yaml 0644 0:0 1 bytes < app/config/a.yaml",
        "/etc/b.json 0644 0:0 2 bytes < app/config/b.json",
        "/etc/current.yaml 0777 0:0 to a.yaml < app/config/current.yaml",
        "/etc/deep/c.yaml 0644 0:0 3 bytes < app/config/deep/c.yaml",
        "/etc/empty 0755 0:0 folder < app/config/empty",
    ];
    assert_eq!(copied(&tree(), &[rule("config", "/etc")]), everything);
    assert_eq!(copied(&tree(), &[rule("current", "/etc")]), everything);
    assert_eq!(
        copied(
            &tree(),
            &[excluding(
                "config",
                "/etc",
                &["*.json", "deep/*", "empty", "current.yaml"]
            )]
        ),
        [everything[0], "/etc/deep 0755 0:0 folder < app/config/deep"]
    );
    assert_eq!(
        copied(&tree(), &[rule("config/empty", "/data")]),
        ["/data 0755 0:0 folder < app/config/empty"]
    );
}

#[test]
fn folders_are_written_where_an_owner_is_named_but_once() {
    let owned = |from: &str, to: &str| FileRule {
        uid: Some(9),
        ..rule(from, to)
    };
    assert_eq!(
        copied(
            &tree(),
            &[owned("static/css", "/s"), owned("config/deep", "/s")]
        ),
        [
            "/s 0755 9:0 folder < app/static/css",
            "/s/site.css 0644 9:0 1 bytes < app/static/css/site.css",
            "/s/c.yaml 0644 9:0 3 bytes < app/config/deep/c.yaml",
        ]
    );
    assert_eq!(
        copied(&tree(), &[owned("config/deep", "/")]),
        ["/c.yaml 0644 9:0 3 bytes < app/config/deep/c.yaml"]
    );
}

#[test]
fn what_matches_goes_below_with_its_path_from_the_first_wildcard() {
    for (from, lines) in [
        ("config/*.yaml", vec!["/x/a.yaml", "/x/current.yaml"]),
        (
            "config/**/*.yaml",
            vec!["/x/a.yaml", "/x/current.yaml", "/x/deep/c.yaml"],
        ),
        ("config/d*", vec!["/x/deep/c.yaml"]),
        (
            "{bin,static}/*",
            vec!["/x/bin/run", "/x/static/[id].js", "/x/static/css/site.css"],
        ),
        ("static/[id].js", vec!["/x"]),
    ] {
        let lines_copied = copied(&tree(), &[rule(from, "/x")]);
        let paths: Vec<&str> = lines_copied
            .iter()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(paths, lines, "{from}");
    }
}

#[test]
fn git_is_never_copied() {
    assert_eq!(
        copied(&tree(), &[excluding("static", "/s", &["css"])]),
        ["/s/[id].js 0644 0:0 1 bytes < app/static/[id].js"]
    );
}

#[test]
fn what_is_not_there_is_an_error_with_the_nearest_name() {
    for (from, message, hint) in [
        (
            "config/a.yml",
            "no such file",
            "is app/config/a.yaml meant?",
        ),
        ("confg/a.yaml", "no such file", "is app/config meant?"),
        (
            "config/zzz",
            "no such file",
            "app/config has a.yaml, b.json, current.yaml, deep, empty",
        ),
        (
            "config/*.toml",
            "nothing matches",
            "app/config has a.yaml, b.json",
        ),
        (
            "config/empty/*",
            "nothing matches",
            "app/config/empty is empty",
        ),
        ("none/*", "cannot read", ""),
    ] {
        let error = refused(&tree(), rule(from, "/x"));
        assert!(error.message.contains(message), "{from}: {error}");
        assert!(
            error.hints.join(" ").contains(hint),
            "{from}: {:?}",
            error.hints
        );
    }
}

#[test]
fn what_cannot_be_in_an_image_is_refused() {
    for (tree, message) in [
        (tree().socket("app/config/s"), "a socket cannot be copied"),
        (
            tree().not_utf8("app/config", "\u{fffd}.yaml"),
            "is not UTF-8",
        ),
        (
            tree().file("app/config/.wh.x", ""),
            "the name cannot be in an image",
        ),
        (tree().link("app/config/l", "/etc/passwd"), "is absolute"),
        (
            tree().link("app/config/l", "../../../x"),
            "out of the project",
        ),
        (
            tree().link("app/config/l", "../bin/run"),
            "which is not copied with it",
        ),
    ] {
        let error = refused(&tree, rule("config", "/x"));
        assert!(error.message.contains(message), "{message}: {error}");
    }
    let error = refused(&tree().link("app/l", "../../x"), rule("l", "/x"));
    assert!(
        error
            .causes()
            .any(|cause| cause.to_string().contains("leads out of the project"))
    );
}
