//! What `diff` prints: one document about two images, whose keys do not change meaning between
//! releases.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Cause, Difference};

/// How two images, A and B, compare.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Comparison {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The image that was named first.
    pub a: ComparedImage,
    /// The image that was named second.
    pub b: ComparedImage,
    /// Whether they are the same, of the platforms that were asked for.
    pub same: bool,
    /// The difference that explains most of the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Difference>,
    /// The differences, the most significant cause first: all with `--all`, else the first few of
    /// each cause.
    pub differences: Vec<Difference>,
    /// How many more there are, by cause.
    pub omitted: Vec<Omission>,
}

/// One of two images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ComparedImage {
    /// The image as it was asked for: a reference, an archive or a layout.
    pub name: String,
    /// The digest of its index, or of its only manifest.
    pub digest: String,
    /// The media type of what has that digest.
    pub media_type: String,
}

/// Differences that are not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Omission {
    /// What they are about.
    pub cause: Cause,
    /// How many there are.
    pub count: usize,
}

/// How many differences are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceList {
    /// The first few of each cause.
    First,
    /// All of them.
    All,
}

impl Comparison {
    /// Puts differences in order, one for all platforms that differ alike.
    pub fn new(
        [a, b]: [ComparedImage; 2],
        differences: Vec<Difference>,
        list: DifferenceList,
    ) -> Self {
        let all = joined(differences);
        let first = all.first().cloned();
        let (differences, omitted) = match list {
            DifferenceList::All => (all, Vec::new()),
            DifferenceList::First => first_of_each(all),
        };
        Self {
            form: 1,
            a,
            b,
            same: first.is_none(),
            first,
            differences,
            omitted,
        }
    }

    /// Returns the JSON schema of the document: `coracle schema comparison`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

fn joined(mut differences: Vec<Difference>) -> Vec<Difference> {
    // Stable: within a weight they stay as they were found, and platforms in the index's order.
    differences.sort_by(|a, b| {
        let key = |one: &Difference| (one.cause, one.weight());
        key(a)
            .cmp(&key(b))
            .then_with(|| (&a.place, &a.what).cmp(&(&b.place, &b.what)))
    });
    let mut joined: Vec<Difference> = Vec::new();
    for mut difference in differences {
        let known = joined
            .iter_mut()
            .rev()
            .take_while(|known| {
                (&known.place, &known.what) == (&difference.place, &difference.what)
            })
            .find(|known| known.is_like(&difference));
        match known {
            Some(known) => known.platforms.append(&mut difference.platforms),
            None => joined.push(difference),
        }
    }
    joined
}

fn first_of_each(all: Vec<Difference>) -> (Vec<Difference>, Vec<Omission>) {
    const SHOWN: usize = 10;
    let (mut listed, mut omitted): (Vec<Difference>, Vec<Omission>) = (Vec::new(), Vec::new());
    let mut count = 0;
    for difference in all {
        let cause = difference.cause;
        count = match listed.last() {
            Some(last) if last.cause == cause => count + 1,
            _ => 1,
        };
        if count <= SHOWN {
            listed.push(difference);
            continue;
        }
        match omitted.last_mut() {
            Some(omission) if omission.cause == cause => omission.count += 1,
            _ => omitted.push(Omission { cause, count: 1 }),
        }
    }
    (listed, omitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> ComparedImage {
        ComparedImage {
            name: "a".to_owned(),
            digest: String::new(),
            media_type: String::new(),
        }
    }

    fn comparison(differences: Vec<Difference>, list: DifferenceList) -> Comparison {
        Comparison::new([image(), image()], differences, list)
    }

    #[test]
    fn what_explains_most_is_named_first() {
        let causes = [
            Difference::new(Cause::Compression, "layer 1", ""),
            Difference::new(Cause::Json, "manifest", "annotations.a"),
            Difference::new(Cause::Json, "config", "history[0].created"),
            Difference::new(Cause::Json, "config", "created"),
            Difference::new(Cause::Json, "config", "config.Labels.a"),
            Difference::new(Cause::Json, "config", "config.Env[1]"),
            Difference::new(Cause::Metadata, "/a", "mode"),
            Difference::new(Cause::Content, "/a", ""),
            Difference::new(Cause::Files, "/b", ""),
            Difference::new(Cause::Setting, "/a", "-tags"),
            Difference::new(Cause::Module, "/a", "example.com/m"),
            Difference::new(Cause::Toolchain, "/a", ""),
        ];
        let found = comparison(causes.to_vec(), DifferenceList::First).differences;
        let expected: Vec<_> = causes.into_iter().rev().collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_differs_alike_on_all_platforms_is_told_once() {
        let on = |platform: &str, a: &str| {
            Difference::new(Cause::Json, "config", "config.User")
                .between(a, "2")
                .on(platform)
        };
        let found = comparison(
            vec![
                on("linux/amd64", "1"),
                on("linux/arm", "0"),
                on("linux/arm64", "1"),
            ],
            DifferenceList::First,
        );
        assert_eq!(found.differences.len(), 2);
        let both = ["linux/amd64".to_owned(), "linux/arm64".to_owned()];
        assert_eq!(found.differences[0].platforms, both);
        assert!(!found.same && comparison(Vec::new(), DifferenceList::First).same);
    }

    #[test]
    fn more_than_a_few_of_a_cause_are_counted() {
        let files = |count: usize| {
            let file = |number| Difference::new(Cause::Files, format!("/{number:02}"), "");
            let mut differences: Vec<_> = (0..count).map(file).collect();
            differences.push(Difference::new(Cause::Json, "index", "mediaType"));
            differences
        };
        let few = comparison(files(13), DifferenceList::First);
        let omission = Omission {
            cause: Cause::Files,
            count: 3,
        };
        assert_eq!((few.differences.len(), few.omitted), (11, vec![omission]));
        let all = comparison(files(13), DifferenceList::All);
        assert_eq!((all.differences.len(), all.omitted), (14, Vec::new()));
    }
}
