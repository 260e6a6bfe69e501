//! Go's build cache: whether it tells the truth.

use std::path::{Path, PathBuf};

use super::{array, digest_of, parse, schema};
use crate::support::TestEnvironment;

const MARK: &str = "what-the-source-says";
const OTHER: &str = "what-no-source-said-";

/// A program of few packages that was built with an empty build cache.
fn built() -> TestEnvironment {
    let environment = TestEnvironment::new().with_empty_go_cache();
    environment.write("go.mod", "module example.com/hello\n\ngo 1.26\n");
    let lib = format!("package lib\n\nfunc Say() {{ println(\"{MARK}\") }}\n");
    environment.write("lib/lib.go", lib);
    let main = "package main\n\nimport \"example.com/hello/lib\"\n\nfunc main() { lib.Say() }\n";
    environment.write("main.go", main);
    environment.run(["build", "-q"]).success();
    environment
}

fn cache_of(environment: &TestEnvironment) -> PathBuf {
    environment.get("GOCACHE").expect("a build cache").into()
}

/// Returns the files of the cache whose names end so.
fn files(cache: &Path, end: &str) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(cache).expect("a folder").flatten();
    let folders = folders.map(|it| it.path()).filter(|it| it.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).expect("a folder").flatten());
    let files = files.map(|it| it.path());
    files
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect()
}

/// Returns the compiled package that holds the mark, and the same with another.
fn compiled(cache: &Path) -> (PathBuf, Vec<u8>) {
    let found = files(cache, "-d").into_iter().find_map(|path| {
        let bytes = std::fs::read(&path).ok()?;
        let is_package = bytes.starts_with(b"!<arch>");
        let at = bytes
            .windows(MARK.len())
            .position(|it| it == MARK.as_bytes());
        Some((path, at.filter(|_| is_package)?, bytes))
    });
    let (path, at, mut bytes) = found.expect("the compiled package");
    bytes[at..at + OTHER.len()].copy_from_slice(OTHER.as_bytes());
    (path, bytes)
}

fn id(path: &Path) -> String {
    let name = path.file_name().expect("a name").to_string_lossy();
    name.split('-').next().expect("an ID").to_owned()
}

/// Lets the entry of a content lead to another, as if that were the truth.
fn lie(cache: &Path) {
    let (path, bytes) = compiled(cache);
    let (old, new) = (id(&path), digest_of(&bytes).replace("sha256:", ""));
    let folder = cache.join(&new[..2]);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{new}-d")), bytes).expect("a content");
    let mut entries = 0;
    for entry in files(cache, "-a") {
        let text = std::fs::read_to_string(&entry).expect("an entry");
        if text.contains(&old) {
            std::fs::write(&entry, text.replace(&old, &new)).expect("an entry");
            entries += 1;
        }
    }
    assert!(entries > 0, "no entry leads to {old}");
}

#[test]
fn a_build_cache_that_is_sound_passes() {
    let environment = built();
    let output = environment.run(["cache", "check", "--go", "--json"]);
    let output = output.success().says("compiled anew: it tells the truth");
    assert!(!output.stderr.contains("clean"), "{output}");
    let document = parse(output.stdout.as_bytes());
    let wanted = environment.run(["schema", "cache"]).success();
    schema::assert_valid(&document, &parse(wanted.stdout.as_bytes()));
    let go = &document["go"];
    assert!(go["entries"].as_u64() > Some(10), "{go}");
    assert!(go["recompiled"].as_u64() > Some(5), "{go}");
    assert_eq!(
        array(&go["harmed"]).len() + array(&go["differing"]).len(),
        0
    );
    let text = environment
        .run(["doctor", "--offline", "--caches"])
        .success()
        .data();
    assert!(
        text.contains("ok      [cache] Go's build cache: "),
        "{text}"
    );
}

#[test]
fn a_file_of_the_build_cache_that_was_harmed_is_named() {
    let environment = built();
    let cache = cache_of(&environment);
    let (path, bytes) = compiled(&cache);
    std::fs::write(&path, bytes).expect("a content");
    let output = environment.run(["cache", "check", "--go"]).ends_with(1);
    let named = format!("{}-d is not what its name says", id(&path));
    let output = output
        .says("Go's build cache does not tell the truth")
        .says(&named)
        .says(&format!(
            "hint: clean it: GOCACHE='{}' go clean -cache",
            "$TEST/go-build"
        ));
    assert!(!output.stderr.contains("modcache"), "{output}");
    assert!(path.exists());
}

#[test]
fn a_build_cache_that_lies_is_found_by_compiling_anew() {
    let environment = built();
    lie(&cache_of(&environment));
    let differs = "example.com/hello/lib for linux/amd64 is another when it is compiled anew";
    let output = environment.run(["cache", "check", "--go"]).ends_with(1);
    let output = output
        .says(differs)
        .says("go clean -cache")
        .says("hint: and what was made from it: coracle cache clean --kind memos");
    assert!(
        !output.stderr.contains("is not what its name says"),
        "{output}"
    );
    let output = environment
        .run(["doctor", "--offline", "--caches"])
        .ends_with(1);
    let text = output.data();
    assert!(
        text.contains("failure [cache] Go's build cache: "),
        "{text}"
    );
    assert!(text.contains(differs), "{text}");
}
