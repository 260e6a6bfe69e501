//! Images that are known not to come out the same twice.

use std::collections::BTreeSet;

use super::run::is_release;
use super::{Reproduction, ReproductionResult, Run};

/// An image, or its programs, on the way to a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The name of the image.
    pub image: String,
    /// The tags that it gets, or the version of its programs.
    pub tags: Vec<String>,
    /// What it runs on.
    pub platforms: BTreeSet<String>,
}

impl Outgoing {
    /// Tells whether it is a release: one of its tags is a whole version.
    pub fn is_release(&self) -> bool {
        self.tags.iter().any(|tag| is_release(tag))
    }
}

/// Returns of each release among `outgoing` the comparisons that say that it did not come out the same
/// twice: of each of its platforms the last one counts.
pub fn not_reproduced<'a>(runs: &'a [Run], outgoing: &[Outgoing]) -> Vec<&'a Reproduction> {
    let mut found: Vec<&'a Reproduction> = Vec::new();
    for image in outgoing.iter().filter(|image| image.is_release()) {
        let last = image
            .platforms
            .iter()
            .filter_map(|platform| last(runs, &image.image, platform))
            .filter(|it| it.result == ReproductionResult::Different);
        for compared in last {
            // One that is of all platforms is told once.
            if !found.iter().any(|known| std::ptr::eq(*known, compared)) {
                found.push(compared);
            }
        }
    }
    found
}

/// Returns the last comparison of an image on a platform; in one run a difference is more than none.
fn last<'a>(runs: &'a [Run], image: &str, platform: &str) -> Option<&'a Reproduction> {
    let is_of = |it: &&Reproduction| {
        it.image == image && (it.platform == platform || it.platform.is_empty())
    };
    let of_image = |run: &'a Run| {
        let compared = run.reproductions.iter().filter(is_of);
        compared.max_by_key(|it| it.result == ReproductionResult::Different)
    };
    runs.iter().rev().find_map(of_image)
}

#[cfg(test)]
mod tests {
    use super::super::run::tests::push;
    use super::ReproductionResult::{Different, Same};
    use super::*;

    const ALL: &str = "";
    const AMD: &str = "linux/amd64";
    const ARM: &str = "linux/arm64";

    fn compared(image: &str, results: &[(&str, ReproductionResult)]) -> Run {
        let mut run = push(1, 1.0);
        let results = results.iter().map(|(platform, result)| Reproduction {
            image: image.to_owned(),
            platform: (*platform).to_owned(),
            result: *result,
            digest: String::new(),
            difference: None,
        });
        run.reproductions.extend(results);
        run
    }

    fn outgoing(tag: &str, platforms: &[&str]) -> [Outgoing; 1] {
        [Outgoing {
            image: "a".to_owned(),
            tags: vec![tag.to_owned()],
            platforms: platforms.iter().map(ToString::to_string).collect(),
        }]
    }

    #[test]
    fn a_release_is_held_back_until_a_comparison_finds_no_difference() {
        let found = |runs: &[Run], tag| not_reproduced(runs, &outgoing(tag, &[AMD])).len();
        let [same, different] = [Same, Different].map(|it| compared("a", &[(ALL, it)]));
        let runs = [same.clone(), different.clone()];
        assert_eq!(found(&runs, "v1.0.0"), 1);
        assert_eq!(found(&runs, "latest"), 0);
        assert_eq!(found(&[different, same], "v1.0.0"), 0);
        assert_eq!(found(&[compared("b", &[(ALL, Different)])], "v1.0.0"), 0);
    }

    #[test]
    fn the_last_comparison_of_each_platform_counts() {
        let of = |runs: &[Run], platforms: &[&str]| -> Vec<String> {
            let found = not_reproduced(runs, &outgoing("v1.0.0", platforms));
            found.iter().map(|it| it.platform.clone()).collect()
        };
        let runs = [
            compared("a", &[(AMD, Same), (ARM, Different)]),
            compared("a", &[(AMD, Same)]),
        ];
        assert_eq!(of(&runs, &[AMD, ARM]), [ARM]);
        assert_eq!(of(&runs, &[AMD]), [""; 0]);
        assert_eq!(of(&runs[1..], &[AMD, ARM]), [""; 0]);
        // What holds for all platforms holds for each that nobody compared since, and is told once.
        let runs = [
            compared("a", &[(AMD, Same), (ALL, Different)]),
            compared("a", &[(AMD, Same)]),
        ];
        assert_eq!(of(&runs, &[AMD]), [""; 0]);
        assert_eq!(of(&runs[..1], &[AMD, ARM]), [""]);
        assert_eq!(of(&runs, &[AMD, ARM]), [""]);
    }
}
