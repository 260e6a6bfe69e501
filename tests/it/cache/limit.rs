//! A run that adds to the cache keeps it within its limit.

use super::{built, document, folder, hello, listed_of, put, put_blob, set_use};
use crate::support::TestEnvironment;
use crate::support::base_image::BaseImage;
use crate::support::image::array;
use crate::support::registry::FakeRegistry;

const LARGE: usize = 4 << 20;

/// Puts three blobs of 4 MB there, the first used first, and returns their paths.
fn with_large_blobs(environment: &TestEnvironment) -> [String; 3] {
    [1_u8, 2, 3].map(|number| put_blob(environment, &vec![number; LARGE], u64::from(number)))
}

fn is_there(environment: &TestEnvironment, path: &String) -> bool {
    folder(environment).join(path).exists()
}

#[test]
fn what_was_used_least_recently_goes_when_there_is_too_much() {
    let environment = hello();
    let [first, second, third] = with_large_blobs(&environment);
    set_use(&folder(&environment).join(&first), 9);
    let output = environment
        .run(["build", "--set", "cache.size=12.2MB"])
        .success()
        .says(
            "it held more than 12.2 MB: what was used least recently is removed, 1 entry of 4.0 MB",
        );
    assert!(!is_there(&environment, &second), "{output}");
    assert!(is_there(&environment, &first) && is_there(&environment, &third));
    assert_eq!(listed_of(&environment, "blobs").len(), 3);
}

#[test]
fn a_run_that_adds_nothing_removes_nothing() {
    let environment = hello();
    let digest = built(&environment, &[]);
    let blobs = with_large_blobs(&environment);
    assert_eq!(built(&environment, &["--set", "cache.size=1MB"]), digest);
    assert!(blobs.iter().all(|blob| is_there(&environment, blob)));
}

#[test]
fn nothing_goes_where_there_is_no_limit_or_another_run_sees_to_it() {
    let environment = hello();
    let blobs = with_large_blobs(&environment);
    built(&environment, &["--set", "cache.size=unlimited"]);
    assert!(blobs.iter().all(|blob| is_there(&environment, blob)));
    let lock = std::fs::File::open(put(&environment, ".trim.lock", "", 1)).expect("the lock");
    lock.lock().expect("the right to trim");
    let other = ["--set", "cache.size=1MB", "--set", "defaults.args=[\"-x\"]"];
    environment.write("main.go", "package main\n\nfunc main() { println(1) }\n");
    built(&environment, &other);
    assert!(blobs.iter().all(|blob| is_there(&environment, blob)));
    assert_eq!(listed_of(&environment, "other"), Vec::<String>::new());
}

#[test]
fn a_limit_that_no_image_fits_into_fails_no_run() {
    let environment = hello();
    let digest = built(&environment, &["--set", "cache.size=1KB"]);
    assert_eq!(listed_of(&environment, "blobs"), Vec::<String>::new());
    assert_eq!(built(&environment, &["--set", "cache.size=1KB"]), digest);
}

#[test]
fn what_a_run_uses_counts_as_used_now() {
    let environment = hello();
    let registry = FakeRegistry::start();
    BaseImage::new("linux/amd64", &[("a", "b")]).put(&registry, "team/base", "v1");
    let base = registry.repository("team/base:v1");
    built(&environment, &["--base", &base]);
    let blobs = listed_of(&environment, "blobs");
    for blob in &blobs {
        set_use(&folder(&environment).join(blob), 1);
    }
    built(&environment, &["--base", &base]);
    assert_eq!(blobs.len(), 4, "manifest, config, layer and our layer");
    let list = document(&environment, &["list"], 0);
    for entry in array(&list["entries"]) {
        assert_ne!(entry["used"], "1970-01-01T00:00:01Z", "{entry}");
    }
}
