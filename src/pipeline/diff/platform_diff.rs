//! Two images for the same platform.

use std::collections::BTreeSet;

use super::manifest;
use super::side::{PlatformPieces, Side};
use super::spool::Spool;
use crate::compare::{
    Cause, ContentChange, Difference, LayerFiles, compare_files, config_differences,
    content_differences, layer_differences, manifest_differences, pair_layers,
};
use crate::model::{BuildError, Descriptor, Phase};
use crate::ports::Scratch;

/// Compares images whose manifests differ.
pub(super) struct PlatformDiff<'a> {
    pub(super) sides: &'a [Side<'a>; 2],
    pub(super) scratch: &'a dyn Scratch,
}

impl PlatformDiff<'_> {
    /// Returns all in which they differ.
    pub(super) fn differences(
        &self,
        manifests: [&Descriptor; 2],
    ) -> Result<Vec<Difference>, BuildError> {
        let [side_a, side_b] = self.sides;
        let pieces = [side_a.pieces(manifests[0])?, side_b.pieces(manifests[1])?];
        let [a, b] = &pieces;
        let pairs = pair_layers(&a.layers, &b.layers);
        let mut found = layer_differences(&a.layers, &b.layers, &pairs);
        let (json_a, json_b) = (a.config.json(), b.config.json());
        found.extend(config_differences(
            manifest(&a.config, &json_a),
            manifest(&b.config, &json_b),
        ));
        let (json_a, json_b) = (a.manifest.json(), b.manifest.json());
        let all_pairs: Vec<_> = pairs.same.iter().chain(&pairs.changed).copied().collect();
        found.extend(manifest_differences(
            manifest(&a.manifest, &json_a),
            manifest(&b.manifest, &json_b),
            &all_pairs,
        ));
        let files = compare_files(
            &read(side_a, a, &pairs.to_read_of_a())?,
            &read(side_b, b, &pairs.to_read_of_b())?,
            &pairs,
        );
        found.extend(files.differences);
        found.extend(self.contents(&pieces, &files.contents)?);
        if found.is_empty() {
            // Nothing that is known of images differs, and yet their digests do.
            let digests = manifests.map(|manifest| manifest.digest);
            found
                .push(Difference::new(Cause::Json, "manifest", "").between(digests[0], digests[1]));
        }
        Ok(found)
    }

    /// Compares the bytes of files: both layers are read again, and what is compared is kept
    /// aside.
    fn contents(
        &self,
        pieces: &[PlatformPieces; 2],
        changes: &[ContentChange],
    ) -> Result<Vec<Difference>, BuildError> {
        let mut spools = [Spool::new(0, changes), Spool::new(1, changes)];
        for ((side, pieces), spool) in self.sides.iter().zip(pieces).zip(&mut spools) {
            spool.fill(side, pieces, self.scratch)?;
        }
        let origins = pieces.each_ref().map(PlatformPieces::origin);
        let [spool_a, spool_b] = &mut spools;
        let mut found = Vec::new();
        for change in changes {
            let files = match (spool_a.file(change), spool_b.file(change)) {
                (Some(a), Some(b)) => Some([a, b]),
                _ => None,
            };
            let differences = content_differences(change, files, origins.each_ref());
            found.extend(differences.map_err(|error| {
                let what = "cannot read back the files that are compared";
                BuildError::new(Phase::Inspect, self.sides[0].image.name, what).because(error)
            })?);
        }
        Ok(found)
    }
}

/// Reads the layers at `places`, the lowest first.
fn read(
    side: &Side<'_>,
    pieces: &PlatformPieces,
    places: &BTreeSet<usize>,
) -> Result<LayerFiles, BuildError> {
    let mut files = LayerFiles::default();
    for &place in places {
        let layer = &pieces.layers[place];
        side.image
            .walk(&layer.descriptor, layer.diff_id, &mut |entry, content| {
                files.take(place, entry, content)
            })?;
    }
    Ok(files)
}
