//! Keys of `.ko.yaml` that are written otherwise than what is read.

use std::collections::BTreeSet;

use super::ko_file::{KoBuild, KoFile};
use super::loss::Loss;
use crate::config::nearest;

/// What `GoReleaser` reads, and ko does not: nobody means something else by it.
const OF_GORELEASER: [&str; 1] = ["gcflags"];

/// Returns the keys of `file` that may be meant for others. What ko would read all the same, as it does not tell
/// capitals from small letters, is refused.
pub(super) fn other_keys(file: &KoFile) -> BTreeSet<Loss> {
    let top = file.others.iter();
    let top = top.filter_map(|key| meant(key, key, &KoFile::KEYS));
    let builds = file.builds.iter().enumerate().flat_map(|(number, build)| {
        let others = build.others.iter();
        others.filter_map(move |key| meant(key, &format!("builds[{number}].{key}"), &KoBuild::KEYS))
    });
    top.chain(builds).collect()
}

fn meant(key: &str, place: &str, known: &[&'static str]) -> Option<Loss> {
    if let Some(same) = known.iter().find(|it| it.eq_ignore_ascii_case(key)) {
        let why = format!("ko reads it as {same}\nwrite it so: {same}");
        return Some(Loss::refused(place, "another spelling", why));
    }
    if OF_GORELEASER.contains(&key) {
        return None;
    }
    let near = nearest(key, known.iter().copied())?;
    let why = format!("is {near} meant?");
    Some(Loss::told(place, "nobody reads this key", why))
}
