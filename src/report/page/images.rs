//! A row for each image: how large it is, how that came about, and how long its builds take.

use std::collections::BTreeMap;

use super::chart::{MOST_SPARK_POINTS, spark};
use super::html::{Cell, Table, left_out};
use super::series::Series;
use crate::history::{Measure, Run};

/// So many images have a row, the largest first.
const MOST_IMAGES: usize = 100;

/// An image over time.
pub(super) struct ImagePast<'a> {
    pub(super) name: &'a str,
    /// The bytes of its largest platform, run by run.
    pub(super) sizes: Vec<Measure>,
    /// How long the runs took that made it.
    times: Vec<Measure>,
}

/// Returns all images of `runs`, the largest first.
pub(super) fn images(runs: &[Run]) -> Vec<ImagePast<'_>> {
    let mut images: BTreeMap<&str, ImagePast<'_>> = BTreeMap::new();
    for run in runs {
        for image in &run.images {
            let past = images.entry(&image.name).or_insert_with(|| ImagePast {
                name: &image.name,
                sizes: Vec::new(),
                times: Vec::new(),
            });
            past.sizes.push(Measure::Bytes(image.largest_bytes()));
            past.times.push(Measure::Seconds(run.seconds));
        }
    }
    let mut images: Vec<ImagePast<'_>> = images.into_values().collect();
    images.sort_by(|one, other| {
        let size = |image: &ImagePast<'_>| image.sizes.last().map_or(0.0, |it| it.number());
        size(other).total_cmp(&size(one))
    });
    images
}

/// Returns the table of `images`.
pub(super) fn table(images: &[ImagePast<'_>]) -> String {
    if images.is_empty() {
        return String::new();
    }
    let rows = images.iter().take(MOST_IMAGES).filter_map(row);
    let table = Table {
        caption: "Images: the compressed layers of the largest platform, and the runs that made them; the change is \
                  since the first",
        heads: &[
            "image",
            "size",
            "change",
            "size over time",
            "last run",
            "time over time",
        ],
        rows: rows.collect(),
    };
    let more = left_out(images.len(), MOST_IMAGES, "smaller images");
    format!("{table}{more}")
}

fn row(image: &ImagePast<'_>) -> Option<Vec<Cell>> {
    let sizes = Series::of("size", &image.sizes, MOST_SPARK_POINTS)?;
    let times = Series::of("time", &image.times, MOST_SPARK_POINTS)?;
    let [size, change, plot] = size_cells(&sizes);
    Some(vec![
        Cell::text(image.name),
        size,
        change,
        plot,
        Cell::number(times.ends.1),
        Cell::Markup(spark(&times)),
    ])
}

/// Returns the last of `sizes`, how much more that is than the first, and how it came about.
pub(super) fn size_cells(sizes: &Series) -> [Cell; 3] {
    let (first, last) = sizes.ends;
    let change = if first.number() > 0.0 {
        let percent = (last.number() / first.number() - 1.0) * 100.0;
        format!("{percent:+.1}%")
    } else {
        "-".to_owned()
    };
    [
        Cell::number(last),
        Cell::number(change),
        Cell::Markup(spark(sizes)),
    ]
}
