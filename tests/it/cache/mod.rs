//! The cache folder: what is in it, what goes, and that whatever becomes of it harms no run.

mod crowd;
mod lies;
mod limit;
mod tending;
mod toolchains;
mod troubles;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::image::{array, parse};
use crate::support::layout::Layout;
use crate::support::registry::digest_of;
use crate::support::{Output, TestEnvironment, schema};

fn hello() -> TestEnvironment {
    TestEnvironment::new().with_hello()
}

fn folder(environment: &TestEnvironment) -> PathBuf {
    environment
        .get("CORACLE_CACHE")
        .expect("a cache folder")
        .into()
}

/// Builds an archive, and returns the digest of the image in it.
#[track_caller]
fn built(environment: &TestEnvironment, args: &[&str]) -> String {
    let output = environment.run([&["build", "-q"], args].concat());
    digest(environment, &output.success())
}

#[track_caller]
fn digest(environment: &TestEnvironment, output: &Output) -> String {
    let digest = Layout::in_archive(&environment.work().join("dist/hello.tar")).digest("latest");
    assert_eq!(output.line(), format!("archive=dist/hello.tar@{digest}"));
    digest
}

/// Runs an action, and returns its document, held against the schema that coracle prints.
#[track_caller]
fn document(environment: &TestEnvironment, args: &[&str], code: i32) -> Value {
    let output = environment.run([&["cache"], args, &["--json"]].concat());
    let document = parse(output.ends_with(code).stdout.as_bytes());
    let wanted = environment.run(["schema", "cache"]).success();
    schema::assert_valid(&document, &parse(wanted.stdout.as_bytes()));
    document
}

/// Returns kind and path of all that is listed.
fn listed(environment: &TestEnvironment) -> Vec<(String, String)> {
    let list = document(environment, &["list"], 0);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let entries = array(&list["entries"]).iter();
    entries
        .map(|entry| (text(&entry["kind"]), text(&entry["path"])))
        .collect()
}

/// Returns the paths of what is listed of one kind.
fn listed_of(environment: &TestEnvironment, kind: &str) -> Vec<String> {
    let mut entries = listed(environment);
    entries.retain(|(found, _)| found == kind);
    entries.into_iter().map(|(_, path)| path).collect()
}

/// Writes a file into the cache folder, and says when it was used.
fn put(environment: &TestEnvironment, path: &str, content: impl AsRef<[u8]>, used: u64) -> PathBuf {
    let path = folder(environment).join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders of the cache");
    std::fs::write(&path, content).expect("a file in the cache");
    set_use(&path, used);
    path
}

/// Says that a file was used so many seconds after 1970.
fn set_use(path: &Path, seconds: u64) {
    let file = File::open(path).expect("a file");
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    file.set_modified(time).expect("its time");
}

/// Puts a sound blob into the cache folder, and returns its path in it.
fn put_blob(environment: &TestEnvironment, content: &[u8], used: u64) -> String {
    let path = format!("blobs/sha256/{}", hex(content));
    put(environment, &path, content, used);
    path
}

/// Puts a sound memo into the cache folder, and returns its path in it.
fn put_memo(environment: &TestEnvironment, key: &str, used: u64) -> String {
    let path = format!("memos/{}", hex(key.as_bytes()));
    let json = format!("{{\"key\":{key:?}}}");
    let content = format!("{}\n{json}", digest_of(json.as_bytes()));
    put(environment, &path, content, used);
    path
}

fn hex(content: &[u8]) -> String {
    digest_of(content).replace("sha256:", "")
}
