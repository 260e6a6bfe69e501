//! `coracle cache`: what it shows, checks and cleans.

use super::{built, document, folder, hello, listed, listed_of, put, put_blob, put_memo};
use crate::support::TestEnvironment;
use crate::support::image::array;

#[test]
fn a_cache_that_is_not_there_is_empty_and_is_not_made() {
    let mut environment = TestEnvironment::without_go();
    environment.replace(folder(&environment).display().to_string(), "$CACHE");
    insta::assert_snapshot!(environment.run(["cache", "stats"]).success(), @"
    exit: 0
    stdout:
    folder      $TEST/cache
    limit       10.0 GB, beyond which what was used least recently goes
    oldest use  -

    KIND        ENTRIES       SIZE
    blobs             0        0 B
    memos             0        0 B
    toolchains        0        0 B
    tools             0        0 B
    bundles           0        0 B
    temporary         0        0 B
    other             0        0 B
    all               0        0 B
    stderr:
    ");
    for action in ["list", "check", "clean"] {
        environment.run(["cache", action]).success();
    }
    assert!(!folder(&environment).exists());
}

#[test]
fn the_limit_is_that_of_the_project_where_there_is_one() {
    let environment = TestEnvironment::without_go();
    environment.write("p/go.mod", "module example.com/p\n\ngo 1.26\n");
    environment.write("p/coracle.toml", "[cache]\nsize = \"1GB\"\n");
    let stats = |args: &[&str]| document(&environment, &[&["stats"], args].concat(), 0);
    assert_eq!(stats(&[])["limit_bytes"], 10_u64 << 30);
    assert_eq!(stats(&["-C", "p"])["limit_bytes"], 1 << 30);
    environment.write("p/coracle.toml", "[cache]\nsize = \"unlimited\"\n");
    assert!(stats(&["-C", "p"]).get("limit_bytes").is_none());
    environment.write("p/coracle.toml", "[cache]\nsize = \"much\"\n");
    environment
        .run(["cache", "stats", "-C", "p"])
        .ends_with(2)
        .says("\"much\" is not a size");
}

#[test]
fn what_is_kept_is_listed_by_kind_and_name_and_counted() {
    let environment = hello();
    built(&environment, &[]);
    let blob = put_blob(&environment, b"old", 1_000_000_000);
    let memo = put_memo(&environment, "m", 1_000_000_060);
    let kinds: Vec<String> = listed(&environment)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    // The image that was built has a layer, its memo, and the note that it is the latest.
    assert_eq!(kinds, ["blobs", "blobs", "memos", "memos", "memos"]);
    let list = environment.run(["cache", "list"]).success();
    let hex = |path: &str| path.rsplit('/').next().expect("a name").to_owned();
    for (path, used) in [
        (&blob, "2001-09-09T01:46:40Z"),
        (&memo, "2001-09-09T01:47:40Z"),
    ] {
        let line = format!("{used}  sha256:{}\n", hex(path));
        assert!(list.stdout.contains(&line), "{list}");
    }
    let stats = document(&environment, &["stats"], 0);
    assert_eq!(stats["entries"], 5);
    assert_eq!(stats["oldest_use"], "2001-09-09T01:46:40Z");
    assert_eq!(stats["kinds"][0]["entries"], 2);
    let sizes = array(&stats["kinds"]).iter();
    let size_bytes: u64 = sizes.filter_map(|kind| kind["size_bytes"].as_u64()).sum();
    assert_eq!(stats["size_bytes"], size_bytes);
}

#[test]
fn what_another_version_has_put_there_is_listed_and_left_alone() {
    let environment = hello();
    let unknown = [
        "blobs/blake3/0123",
        "blobs/sha256/layer.toc",
        "index.v2",
        "memos/0123.v2",
        "tmp/notes",
        "toolchains/2.0.0-linux-amd64.squashfs",
    ];
    for path in unknown {
        put(&environment, path, "new", 1);
    }
    built(&environment, &["--set", "cache.size=1KB"]);
    assert_eq!(
        listed_of(&environment, "other"),
        [
            "blobs/blake3",
            "blobs/sha256/layer.toc",
            "index.v2",
            "memos/0123.v2",
            "tmp/notes",
            "toolchains/2.0.0-linux-amd64.squashfs",
        ]
    );
    environment
        .run(["cache", "clean"])
        .success()
        .says("left alone: 6 entries of another version or origin");
    environment.run(["cache", "check"]).success();
    for path in unknown {
        assert!(folder(&environment).join(path).exists(), "{path}");
    }
}

#[test]
fn what_is_harmed_is_found_removed_and_made_anew() {
    let environment = hello();
    let digest = built(&environment, &[]);
    environment
        .run(["cache", "check"])
        .success()
        .says("3 entries of");
    let layer = listed_of(&environment, "blobs").remove(0);
    let content = std::fs::read(folder(&environment).join(&layer)).expect("a layer");
    let (memo, latest) = (
        put_memo(&environment, "m", 1),
        put_memo(&environment, "n", 1),
    );
    put(&environment, &memo, "sha256:00\n{}", 1);
    put(&environment, &latest.replace("memos", "latest"), "none", 1);
    for harm in [&content[..content.len() / 2], b"", b"other"] {
        put(&environment, &layer, harm, 1);
        environment
            .run(["cache", "check"])
            .ends_with(1)
            .says("it is removed; the next run that needs it makes it anew");
        assert!(!folder(&environment).join(&layer).exists());
        assert_eq!(built(&environment, &[]), digest);
    }
    // The layer, its memo and the note that it is the latest; and a memo that nobody harmed.
    assert_eq!(document(&environment, &["check"], 0)["entries"], 4);
    let memos = listed_of(&environment, "memos");
    assert!(
        memos.contains(&latest) && !memos.contains(&memo),
        "{memos:?}"
    );
}

#[test]
fn a_harmed_entry_is_told_with_both_sides() {
    let environment = TestEnvironment::without_go();
    let blob = put_blob(&environment, b"a", 1);
    put(&environment, &blob, "b", 1);
    let memo = put_memo(&environment, "m", 1);
    put(&environment, &memo, "{}", 1);
    let found = document(&environment, &["check"], 1);
    assert_eq!(found["entries"], 2);
    assert_eq!(found["harmed"][0]["is_removed"], true);
    put(&environment, &blob, "b", 1);
    put(&environment, &memo, "{}", 1);
    let output = environment.run(["cache", "check"]).ends_with(1);
    insta::assert_snapshot!(output, @"
    exit: 1
    stdout:
    stderr:
    error: [cache] sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb: it is harmed
      caused by: expected sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, found sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
      hint: it is removed; the next run that needs it makes it anew
    error: [cache] sha256:62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a: it is harmed
      caused by: it does not begin with the digest of what follows
      hint: it is removed; the next run that needs it makes it anew
    ");
}

#[test]
fn all_goes_or_one_kind_or_what_is_old() {
    let environment = TestEnvironment::without_go();
    let now = 4_000_000_000;
    let fill = || {
        put_blob(&environment, b"old", 1);
        put_blob(&environment, b"new", now);
        put_memo(&environment, "old", 1);
        put(&environment, "tmp/.coracle-left.tmp", "", 1);
    };
    let left_by = |args: &[&str]| {
        fill();
        document(&environment, &[&["clean"], args].concat(), 0);
        let kinds = listed(&environment).into_iter().map(|(kind, _)| kind);
        kinds.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(left_by(&["--kind", "blobs"]), "memos temporary");
    assert_eq!(left_by(&["--kind", "memos"]), "blobs blobs temporary");
    assert_eq!(left_by(&["--older-than", "1h"]), "blobs");
    assert_eq!(
        left_by(&["--older-than", "30d", "--kind", "memos"]),
        "blobs blobs temporary"
    );
    assert_eq!(left_by(&[]), "");
    fill();
    let cleaned = document(&environment, &["clean"], 0);
    assert_eq!(array(&cleaned["removed"]).len(), 4);
    assert!(cleaned["freed_bytes"].as_u64() > Some(0));
    environment
        .run(["cache", "clean", "--older-than", "soon"])
        .ends_with(2)
        .says("expected a time with its unit, as in 12h, 30d or 4w");
}
