//! The phases of the last runs, one beside the other.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::chart::COLOURS;
use super::html::{Cell, Escaped, Table, details};
use crate::history::{Measure, Run};

/// So many runs are shown.
const MOST_RUNS: usize = 12;

/// The size of the plot in its own units, of a row, and of its bar.
const WIDTH: f64 = 360.0;
const ROW: f64 = 44.0;
const BAR: f64 = 21.0;

/// Returns when the phases of the last of `runs` went on, the latest run first; nothing where none is
/// known.
pub(super) fn timeline(runs: &[Run]) -> String {
    let runs: Vec<&Run> = runs
        .iter()
        .rev()
        .filter(|run| !run.phases.is_empty())
        .take(MOST_RUNS)
        .collect();
    if runs.is_empty() {
        return String::new();
    }
    let names: BTreeSet<&str> = runs
        .iter()
        .flat_map(|run| run.phases.iter().map(|phase| phase.phase.as_str()))
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    let longest = runs.iter().map(|run| run.seconds).fold(0.001, f64::max);
    let height = ROW * Measure::Count(runs.len() as u64).number();
    let mut svg = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"The phases of the \
         last runs; the table below has the numbers\">"
    );
    for (number, run) in (0_u32..).zip(&runs) {
        draw_run(&mut svg, run, f64::from(number) * ROW, longest, &names);
    }
    svg += "</svg>";
    format!("{}{svg}{}", legend(&names), table(&runs))
}

fn draw_run(svg: &mut String, run: &Run, top: f64, longest: f64, names: &[&str]) {
    let width = |seconds: f64| (seconds / longest).clamp(0.0, 1.0) * WIDTH;
    // Writing to a string cannot fail, here and below.
    let _ = write!(
        svg,
        "<text x=\"0\" y=\"{:.0}\">{}</text><rect class=\"run\" x=\"0\" y=\"{:.0}\" width=\"{:.1}\" \
         height=\"{BAR}\"/>",
        top + 12.0,
        Escaped(head(run)),
        top + 16.0,
        width(run.seconds)
    );
    // Phases overlap: each has a line of its own in the bar, as far as there is room.
    let lines = Measure::Count(run.phases.len() as u64).number();
    let line = BAR / lines;
    for (number, phase) in (0_u32..).zip(&run.phases) {
        let _ = write!(
            svg,
            "<rect class=\"p{}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{line:.1}\"><title>{} {} from \
             {}</title></rect>",
            colour(&phase.phase, names),
            width(phase.begins),
            top + 16.0 + line * f64::from(number),
            width(phase.seconds).max(1.0),
            Escaped(&phase.phase),
            Measure::Seconds(phase.seconds),
            Measure::Seconds(phase.begins)
        );
    }
}

fn head(run: &Run) -> String {
    let time = run.time.to_string();
    let minutes = time.get(..16).unwrap_or(&time).replace('T', " ");
    let state = if run.is_done() { "" } else { ", failed" };
    format!(
        "{minutes} {} {}{state}",
        run.verb,
        Measure::Seconds(run.seconds)
    )
}

fn colour(phase: &str, names: &[&str]) -> usize {
    names.iter().position(|name| *name == phase).unwrap_or(0) % COLOURS
}

fn legend(names: &[&str]) -> String {
    let items = names.iter().map(|name| {
        let colour = colour(name, names);
        format!("<li class=\"k{colour}\">{}</li>", Escaped(name))
    });
    format!("<ul class=\"legend\">{}</ul>", items.collect::<String>())
}

fn table(runs: &[&Run]) -> String {
    let rows = runs.iter().flat_map(|run| {
        run.phases.iter().map(|phase| {
            vec![
                Cell::text(head(run)),
                Cell::text(&phase.phase),
                Cell::number(Measure::Seconds(phase.begins)),
                Cell::number(Measure::Seconds(phase.seconds)),
            ]
        })
    });
    let table = Table {
        caption: "Phases of the last runs",
        heads: &["run", "phase", "from", "for"],
        rows: rows.collect(),
    };
    details("The numbers", table)
}
