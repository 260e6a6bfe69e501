//! Which layer of one image stands for which of the other.

use std::collections::BTreeSet;

use super::pairs::in_order;
use super::{Cause, Difference};
use crate::model::{Descriptor, DiffId};

/// A layer as its image names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedLayer {
    /// What the manifest says of it.
    pub descriptor: Descriptor,
    /// What the configuration says its content is.
    pub diff_id: Option<DiffId>,
    /// What made it, as the configuration's history has it.
    pub created_by: Option<String>,
}

/// The layers of A and B, by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LayerPairs {
    /// Those with the same content.
    pub same: Vec<(usize, usize)>,
    /// Those with other content in the same place or of the same maker.
    pub changed: Vec<(usize, usize)>,
    /// Those that only A has.
    pub only_a: Vec<usize>,
    /// Those that only B has.
    pub only_b: Vec<usize>,
}

impl ComparedLayer {
    fn has_content_of(&self, other: &Self) -> bool {
        self.descriptor.digest == other.descriptor.digest
            || (self.diff_id.is_some() && self.diff_id == other.diff_id)
    }

    fn has_maker_of(&self, other: &Self) -> bool {
        self.created_by.is_some() && self.created_by == other.created_by
    }

    fn storage(&self) -> String {
        let Descriptor {
            media_type,
            digest,
            size_bytes,
        } = &self.descriptor;
        format!("{media_type}, {size_bytes} bytes, {digest}")
    }
}

/// Pairs layers: by their content, between those by their maker, and between those by their place.
pub fn pair_layers(a: &[ComparedLayer], b: &[ComparedLayer]) -> LayerPairs {
    let mut pairs = LayerPairs::default();
    let all = |layers: &[ComparedLayer]| (0..layers.len()).collect::<Vec<_>>();
    let (all_a, all_b) = (all(a), all(b));
    let same_content = |left: usize, right: usize| a[left].has_content_of(&b[right]);
    let same_maker = |left: usize, right: usize| a[left].has_maker_of(&b[right]);
    pairs.same = in_order(&all_a, &all_b, same_content);
    for (gap_a, gap_b) in gaps(&all_a, &all_b, &pairs.same) {
        let by_place = gap_a.iter().copied().zip(gap_b.iter().copied());
        let made_alike = if gap_a.len() == gap_b.len() {
            by_place.collect()
        } else {
            in_order(gap_a, gap_b, same_maker)
        };
        for (rest_a, rest_b) in gaps(gap_a, gap_b, &made_alike) {
            let both = rest_a.len().min(rest_b.len());
            let by_place = rest_a.iter().copied().zip(rest_b.iter().copied());
            pairs.changed.extend(by_place);
            pairs.only_a.extend(&rest_a[both..]);
            pairs.only_b.extend(&rest_b[both..]);
        }
        pairs.changed.extend(made_alike);
    }
    pairs.changed.sort_unstable();
    pairs.join_moved(same_content);
    pairs
}

impl LayerPairs {
    /// A layer in another place is the same layer.
    fn join_moved(&mut self, alike: impl Fn(usize, usize) -> bool) {
        let only_a = std::mem::take(&mut self.only_a);
        for left in only_a {
            match self.only_b.iter().position(|&right| alike(left, right)) {
                Some(found) => self.same.push((left, self.only_b.remove(found))),
                None => self.only_a.push(left),
            }
        }
        self.same.sort_unstable();
    }

    /// Returns the places in A of layers whose files have to be seen.
    pub fn to_read_of_a(&self) -> BTreeSet<usize> {
        let changed = self.changed.iter().map(|(left, _)| *left);
        changed.chain(self.only_a.iter().copied()).collect()
    }

    /// Returns the places in B of layers whose files have to be seen.
    pub fn to_read_of_b(&self) -> BTreeSet<usize> {
        let changed = self.changed.iter().map(|(_, right)| *right);
        changed.chain(self.only_b.iter().copied()).collect()
    }
}

/// What lies before, between and after pairs that are in order.
fn gaps<'a>(
    a: &'a [usize],
    b: &'a [usize],
    pairs: &[(usize, usize)],
) -> Vec<(&'a [usize], &'a [usize])> {
    let (mut rest_a, mut rest_b, mut gaps) = (a, b, Vec::new());
    for (left, right) in pairs {
        let split = |rest: &'a [usize], at: &usize| {
            let before = rest.partition_point(|place| place < at);
            (&rest[..before], &rest[before + 1..])
        };
        let ((before_a, after_a), (before_b, after_b)) =
            (split(rest_a, left), split(rest_b, right));
        gaps.push((before_a, before_b));
        (rest_a, rest_b) = (after_a, after_b);
    }
    gaps.push((rest_a, rest_b));
    gaps
}

/// Returns what differs of layers as a whole: those that are missing, moved, or stored otherwise.
pub fn layer_differences(
    a: &[ComparedLayer],
    b: &[ComparedLayer],
    pairs: &LayerPairs,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let made = |layer: &ComparedLayer| {
        let maker = layer.created_by.clone().filter(|maker| !maker.is_empty());
        maker.unwrap_or_else(|| layer.descriptor.digest.to_string())
    };
    for &left in &pairs.only_a {
        found.push(layer(Cause::Files, left, "").sides(Some(made(&a[left])), None));
    }
    for &right in &pairs.only_b {
        found.push(layer(Cause::Files, right, "").sides(None, Some(made(&b[right]))));
    }
    let mut highest = None;
    for &(left, right) in &pairs.same {
        let (of_a, of_b) = (&a[left], &b[right]);
        if highest > Some(right) {
            found.push(layer(Cause::Metadata, left, "place").between(name(left), name(right)));
        }
        highest = highest.max(Some(right));
        if of_a.descriptor != of_b.descriptor {
            let stored = layer(Cause::Compression, left, "");
            found.push(stored.between(of_a.storage(), of_b.storage()));
        }
        if of_a.diff_id != of_b.diff_id {
            let key = format!("rootfs.diff_ids[{left}]");
            let said = |layer: &ComparedLayer| layer.diff_id.map(|id| id.to_string());
            found.push(Difference::new(Cause::Json, "config", key).sides(said(of_a), said(of_b)));
        }
    }
    found
}

fn layer(cause: Cause, place: usize, what: &str) -> Difference {
    Difference::new(cause, name(place), what)
}

/// Names a layer as `inspect` does, the lowest first.
pub(super) fn name(place: usize) -> String {
    format!("layer {}", place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, MediaType};

    /// Layers from `CONTENT MAKER`, or `CONTENT MAKER STORED` where it is stored in its own way.
    fn layers(texts: &[&str]) -> Vec<ComparedLayer> {
        let layer = |text: &&str| {
            let words: Vec<&str> = text.split(' ').collect();
            let stored = words.get(2).unwrap_or(&words[0]);
            ComparedLayer {
                descriptor: Descriptor::of(MediaType::LayerGzip, stored.as_bytes()),
                diff_id: Some(DiffId::new(Digest::of(words[0].as_bytes()))),
                created_by: Some(words[1].to_owned()),
            }
        };
        texts.iter().map(layer).collect()
    }

    fn pairs(a: &[&str], b: &[&str]) -> LayerPairs {
        pair_layers(&layers(a), &layers(b))
    }

    #[test]
    fn layers_are_paired_by_content_then_maker_then_place() {
        let found = pairs(
            &["base x", "bin1 build"],
            &["base x", "files files", "bin2 build"],
        );
        assert_eq!(found.same, [(0, 0)]);
        assert_eq!(found.changed, [(1, 2)]);
        assert_eq!((found.only_a, found.only_b), (vec![], vec![1]));
        let found = pairs(&["a x", "b y"], &["c z", "d y"]);
        assert_eq!(found.changed, [(0, 0), (1, 1)]);
        let found = pairs(&["a x", "b x"], &["c y"]);
        assert_eq!((found.changed, found.only_a), (vec![(0, 0)], vec![1]));
    }

    #[test]
    fn a_layer_that_moved_is_not_read() {
        let (a, b) = (["a x", "b y"], ["b y", "a x"]);
        let found = pairs(&a, &b);
        assert!(found.to_read_of_a().is_empty() && found.to_read_of_b().is_empty());
        let told = layer_differences(&layers(&a), &layers(&b), &found);
        assert_eq!(
            (told[0].cause, told[0].what.as_str()),
            (Cause::Metadata, "place")
        );
    }

    #[test]
    fn the_same_content_stored_otherwise_is_told_as_that() {
        let (a, b) = (layers(&["a x"]), layers(&["a x zstd"]));
        let told = layer_differences(&a, &b, &pair_layers(&a, &b));
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].cause, told[0].place.as_str()),
            (Cause::Compression, "layer 1")
        );
    }

    #[test]
    fn a_configuration_that_contradicts_its_manifest_is_told() {
        let (a, mut b) = (layers(&["a x"]), layers(&["a x"]));
        b[0].diff_id = None;
        let told = layer_differences(&a, &b, &pair_layers(&a, &b));
        assert_eq!(told[0].what, "rootfs.diff_ids[0]");
    }
}
