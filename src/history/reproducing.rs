//! Images that are known not to come out the same twice.

use std::collections::BTreeMap;

use super::run::is_release;
use super::{Reproduction, ReproductionResult, Run};

/// Returns of each image of `names` that goes out as a release, by one of its tags, the comparison that
/// says that it did not come out the same twice: the last one of that image counts.
pub fn not_reproduced<'a>(
    runs: &'a [Run],
    images: &BTreeMap<String, Vec<String>>,
) -> Vec<&'a Reproduction> {
    let released = images
        .iter()
        .filter(|(_, tags)| tags.iter().any(|tag| is_release(tag)));
    released
        .filter_map(|(name, _)| last(runs, name))
        .filter(|it| it.result == ReproductionResult::Different)
        .collect()
}

/// Returns the last comparison of an image; a difference on one platform is one.
fn last<'a>(runs: &'a [Run], image: &str) -> Option<&'a Reproduction> {
    let of_image = |run: &'a Run| {
        let compared = run.reproductions.iter().filter(|it| it.image == image);
        compared.max_by_key(|it| it.result == ReproductionResult::Different)
    };
    runs.iter().rev().find_map(of_image)
}

#[cfg(test)]
mod tests {
    use super::super::run::tests::push;
    use super::*;

    fn compared(image: &str, result: ReproductionResult) -> Run {
        let mut run = push(1, 1.0);
        run.reproductions.push(Reproduction {
            image: image.to_owned(),
            platform: String::new(),
            result,
            digest: String::new(),
            difference: None,
        });
        run
    }

    #[test]
    fn a_release_is_held_back_until_a_comparison_finds_no_difference() {
        use ReproductionResult::{Different, Same};
        let of = |tag: &str| BTreeMap::from([("a".to_owned(), vec![tag.to_owned()])]);
        let runs = [compared("a", Same), compared("a", Different)];
        assert_eq!(not_reproduced(&runs, &of("v1.0.0")).len(), 1);
        assert_eq!(not_reproduced(&runs, &of("latest")).len(), 0);
        let runs = [runs[1].clone(), compared("a", Same)];
        assert_eq!(not_reproduced(&runs, &of("v1.0.0")).len(), 0);
        let runs = [compared("b", Different)];
        assert_eq!(not_reproduced(&runs, &of("v1.0.0")).len(), 0);
    }
}
