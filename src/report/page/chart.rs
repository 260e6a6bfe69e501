//! Lines over time.

use std::fmt::Write as _;

use super::html::Escaped;
use super::series::{Series, round_up};
use crate::history::Measure;

/// The size of a plot in its own units; on a phone these are about pixels.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 200.0;

/// What is left free around the lines.
const LEFT: f64 = 54.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

/// As many colours as there are.
pub(super) const COLOURS: usize = 8;

/// The points of a small plot.
pub(super) const MOST_SPARK_POINTS: usize = 40;

/// Lines over time.
pub(super) struct Chart<'a> {
    /// What it shows.
    pub(super) title: &'a str,
    /// The lines.
    pub(super) lines: &'a [Series],
    /// When they begin and end.
    pub(super) days: (String, String),
    /// A line across, where there is a limit.
    pub(super) limit: Option<Measure>,
    /// Makes the numbers of the lines what they are.
    pub(super) measure: fn(f64) -> Measure,
}

impl Chart<'_> {
    /// Returns the plot; nothing where there is no number.
    pub(super) fn draw(&self) -> String {
        let greatest = self.lines.iter().map(Series::greatest).fold(0.0, f64::max);
        if self.lines.is_empty() {
            return String::new();
        }
        let limit = self.limit.filter(|limit| limit.number() <= greatest * 2.0);
        let greatest = limit.map_or(greatest, |limit| greatest.max(limit.number()));
        let top = round_up((self.measure)(greatest)).number();
        let told: Vec<String> = self.lines.iter().map(Series::told).collect();
        let mut svg = format!(
            "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}. {}\">",
            Escaped(self.title),
            Escaped(told.join("; "))
        );
        self.draw_axes(&mut svg, top);
        for (number, line) in self.lines.iter().enumerate() {
            draw_line(&mut svg, line, top, number % COLOURS);
        }
        if let Some(limit) = limit {
            draw_limit(&mut svg, limit, top);
        }
        svg += "</svg>";
        svg
    }

    /// Nothing has no unit.
    fn mark(&self, number: f64) -> String {
        if number > 0.0 {
            (self.measure)(number).to_string()
        } else {
            "0".to_owned()
        }
    }

    fn draw_axes(&self, svg: &mut String, top: f64) {
        for part in [0.0, 0.5, 1.0] {
            let y = height_of(top * part, top);
            // Writing to a string cannot fail, here and below.
            let _ = write!(
                svg,
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{:.0}\"/><text class=\"end\" x=\"{:.0}\" \
                 y=\"{:.1}\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 5.0,
                y + 4.0,
                Escaped(self.mark(top * part))
            );
        }
        let (first, last) = &self.days;
        let _ = write!(
            svg,
            "<text x=\"{LEFT}\" y=\"{y}\">{}</text><text class=\"end\" x=\"{:.0}\" y=\"{y}\">{}</text>",
            Escaped(first),
            WIDTH - RIGHT,
            Escaped(last),
            y = HEIGHT - 7.0
        );
    }
}

fn draw_limit(svg: &mut String, limit: Measure, top: f64) {
    let y = height_of(limit.number(), top);
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<path class=\"limit\" d=\"M{LEFT} {y:.1}H{:.0}\"/><text class=\"over\" x=\"{:.0}\" y=\"{:.1}\">limit \
         {limit}</text>",
        WIDTH - RIGHT,
        LEFT + 4.0,
        if y > TOP + 12.0 { y - 4.0 } else { y + 12.0 }
    );
}

fn draw_line(svg: &mut String, line: &Series, top: f64, colour: usize) {
    let points = points(
        line,
        |share| LEFT + share * (WIDTH - LEFT - RIGHT),
        |it| height_of(it, top),
    );
    let _ = write!(svg, "<path class=\"line c{colour}\" d=\"{points}\"/>");
    if let [only] = line.values.as_slice() {
        let y = height_of(*only, top);
        let _ = write!(
            svg,
            "<circle class=\"dot c{colour}\" cx=\"{LEFT}\" cy=\"{y:.1}\" r=\"3\"/>"
        );
    }
}

fn height_of(value: f64, top: f64) -> f64 {
    TOP + (1.0 - value / top) * (HEIGHT - TOP - BOTTOM)
}

/// Returns the way of a line: `x` takes shares of the width.
fn points(line: &Series, x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) -> String {
    let count = Measure::Count(line.values.len() as u64).number();
    let mut path = String::new();
    for (number, value) in (0_u32..).zip(&line.values) {
        let share = f64::from(number) / (count - 1.0).max(1.0);
        let letter = if number == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{letter}{:.0} {:.1}", x(share), y(*value));
    }
    path
}

/// Returns a small plot of one line, for a cell.
pub(super) fn spark(line: &Series) -> String {
    let (least, greatest) = (
        line.values.iter().copied().fold(f64::MAX, f64::min),
        line.greatest(),
    );
    // What does not change is a line in the middle, and what changes little looks so.
    let span = (greatest - least)
        .max(greatest * 0.05)
        .max(f64::MIN_POSITIVE);
    let middle = f64::midpoint(least, greatest);
    let path = points(
        line,
        |share| 2.0 + share * 116.0,
        |value| 12.0 - (value - middle) / span * 20.0,
    );
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 120 24\" role=\"img\" aria-label=\"{}\"><path d=\"{path}\"/></svg>",
        Escaped(line.told())
    )
}
