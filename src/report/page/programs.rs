//! A row for each program of `dist` on each platform: how large it is, and how that came about.

use std::collections::BTreeMap;

use super::chart::MOST_SPARK_POINTS;
use super::html::{Cell, Table, left_out};
use super::images::size_cells;
use super::series::Series;
use crate::history::{Measure, Run};

/// So many have a row, the largest first.
const MOST_PROGRAMS: usize = 100;

/// Returns the table; nothing where `dist` made nothing.
pub(super) fn programs(runs: &[Run]) -> String {
    let mut pasts: BTreeMap<(&str, &str), Vec<Measure>> = BTreeMap::new();
    let made = runs.iter().flat_map(|run| &run.programs);
    for program in made.filter(|program| program.is_of_dist()) {
        let past = pasts.entry((&program.package, &program.platform));
        past.or_default().push(Measure::Bytes(program.size_bytes));
    }
    if pasts.is_empty() {
        return String::new();
    }
    let mut pasts: Vec<_> = pasts.into_iter().collect();
    pasts.sort_by(|(_, one), (_, other)| {
        let size = |past: &Vec<Measure>| past.last().map_or(0.0, |it| it.number());
        size(other).total_cmp(&size(one))
    });
    let count = pasts.len();
    let rows = pasts.iter().take(MOST_PROGRAMS);
    let rows = rows.filter_map(|((package, platform), past)| {
        let sizes = Series::of("size", past, MOST_SPARK_POINTS)?;
        let [size, change, plot] = size_cells(&sizes);
        let package = Cell::text(*package);
        Some(vec![package, Cell::text(*platform), size, change, plot])
    });
    let table = Table {
        caption: "Programs of dist, as they were made last; the change is since the first run",
        heads: &["program", "platform", "size", "change", "size over time"],
        rows: rows.collect(),
    };
    format!(
        "{table}{}",
        left_out(count, MOST_PROGRAMS, "smaller programs")
    )
}
