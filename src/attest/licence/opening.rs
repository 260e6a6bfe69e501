//! The two words that a licence can begin with.

use std::collections::BTreeSet;

use super::dictionary::WordId;
use super::pattern::Pattern;

/// The first two words of a text, as far as they are known.
type Start = [Option<WordId>; 2];

/// Returns the pairs of words that a text of `pattern` can begin with. Patterns of licences begin
/// with two words; what begins with a wildcard or has one word only has no opening, and is found
/// nowhere.
pub(super) fn openings(pattern: &Pattern) -> BTreeSet<(WordId, WordId)> {
    starts(pattern)
        .into_iter()
        .filter_map(|[first, second]| Some((first?, second?)))
        .collect()
}

fn starts(pattern: &Pattern) -> BTreeSet<Start> {
    match pattern {
        Pattern::Words(words) => BTreeSet::from([[words.first().copied(), words.get(1).copied()]]),
        Pattern::Wild(_) => BTreeSet::from([[None, None]]),
        Pattern::Maybe(part) => {
            let mut starts = starts(part);
            starts.insert([None, None]);
            starts
        }
        Pattern::Any(parts) => parts.iter().flat_map(starts).collect(),
        Pattern::All(parts) => parts.iter().fold(BTreeSet::from([[None, None]]), follow),
    }
}

fn follow(before: BTreeSet<Start>, part: &Pattern) -> BTreeSet<Start> {
    if before.iter().all(|[_, second]| second.is_some()) {
        return before;
    }
    let after = starts(part);
    let joined = before.into_iter().flat_map(|start| {
        let longer: Vec<Start> = match start {
            [Some(_), Some(_)] => vec![start],
            [first @ Some(_), None] => after.iter().map(|next| [first, next[0]]).collect(),
            [None, _] => after.iter().copied().collect(),
        };
        longer
    });
    joined.collect()
}
