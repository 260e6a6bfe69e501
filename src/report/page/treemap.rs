//! What the bytes of a program are, as areas.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::chart::COLOURS;
use super::html::{Cell, Escaped, Table, details};
use crate::history::{Measure, PartSize, ProgramRun, Run};

/// The size of the plot in its own units.
const AREA: Area = Area {
    x: 0.0,
    y: 0.0,
    width: 360.0,
    height: 300.0,
};

/// So many modules, and packages of each, have an area of their own; the rest is one.
const MOST_MODULES: usize = 24;
const MOST_PACKAGES: usize = 16;

/// So many programs are shown.
const MOST_PROGRAMS: usize = 3;

/// What is of no module.
const NO_MODULE: &str = "what is of no module";

/// What has no area of its own.
const REST: &str = "others";

#[derive(Debug, Clone, Copy, PartialEq)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// A module with its packages, the largest first.
struct Module<'a> {
    name: &'a str,
    size_bytes: u64,
    packages: Vec<(&'a str, u64)>,
}

/// Returns areas of the largest programs whose parts are known, as they were built last.
pub(super) fn treemaps(runs: &[Run]) -> String {
    let mut latest: BTreeMap<(&str, &str, &str), &ProgramRun> = BTreeMap::new();
    for program in runs.iter().flat_map(|run| &run.programs) {
        if !program.parts.is_empty() {
            let key = (&*program.image, &*program.package, &*program.platform);
            latest.insert(key, program);
        }
    }
    let mut programs: Vec<&ProgramRun> = latest.into_values().collect();
    programs.sort_by_key(|program| std::cmp::Reverse(program.size_bytes));
    programs.truncate(MOST_PROGRAMS);
    programs.into_iter().map(treemap).collect()
}

fn treemap(program: &ProgramRun) -> String {
    let modules = modules(&program.parts);
    let size = Measure::Bytes(program.size_bytes);
    let name = format!("{} {}, {size}", program.package, program.platform);
    let mut svg = format!(
        "<h3>{name}</h3><svg class=\"plot\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"What the bytes of \
         {name} are; the table below has the numbers\">",
        AREA.width,
        AREA.height,
        name = Escaped(&name)
    );
    let sizes: Vec<u64> = modules.iter().map(|module| module.size_bytes).collect();
    for (number, (module, area)) in modules.iter().zip(squarified(&sizes, AREA)).enumerate() {
        draw_module(&mut svg, module, area, number % COLOURS);
    }
    format!("{svg}</svg>{}", table(&modules))
}

fn modules(parts: &[PartSize]) -> Vec<Module<'_>> {
    let mut by_module: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
    for part in parts {
        let module = if part.module.is_empty() {
            NO_MODULE
        } else {
            &part.module
        };
        let packages = by_module.entry(module).or_default();
        packages.push((&part.package, part.size_bytes));
    }
    let mut modules: Vec<Module<'_>> = by_module
        .into_iter()
        .map(|(name, packages)| Module {
            name,
            size_bytes: sum(&packages),
            packages: largest(packages, MOST_PACKAGES),
        })
        .collect();
    modules.sort_by_key(|module| std::cmp::Reverse(module.size_bytes));
    if modules.len() > MOST_MODULES {
        let rest = modules.split_off(MOST_MODULES - 1);
        let rest: Vec<(&str, u64)> = rest.iter().map(|it| (it.name, it.size_bytes)).collect();
        modules.push(Module {
            name: REST,
            size_bytes: sum(&rest),
            packages: largest(rest, MOST_PACKAGES),
        });
    }
    modules
}

fn sum(sizes: &[(&str, u64)]) -> u64 {
    sizes
        .iter()
        .fold(0, |all, (_, size)| all.saturating_add(*size))
}

fn largest(mut sizes: Vec<(&str, u64)>, most: usize) -> Vec<(&str, u64)> {
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    if sizes.len() > most {
        let rest = sizes.split_off(most - 1);
        sizes.push((REST, sum(&rest)));
    }
    sizes
}

fn draw_module(svg: &mut String, module: &Module<'_>, area: Area, colour: usize) {
    let sizes: Vec<u64> = module.packages.iter().map(|(_, size)| *size).collect();
    for ((package, size), part) in module.packages.iter().zip(squarified(&sizes, area)) {
        // Writing to a string cannot fail, here and below.
        let _ = write!(
            svg,
            "<rect class=\"t p{colour}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"><title>{}: {} \
             {}</title></rect>",
            part.x,
            part.y,
            part.width,
            part.height,
            Escaped(module.name),
            Escaped(package),
            Measure::Bytes(*size)
        );
    }
    let _ = write!(
        svg,
        "<rect class=\"m\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
        area.x, area.y, area.width, area.height
    );
    let room = (area.width - 4.0) / 7.6;
    let name = module.name.rsplit('/').next().unwrap_or(module.name);
    if area.height > 16.0 && room > 4.0 {
        let shown: String = name.chars().take(to_index(room)).collect();
        let _ = write!(
            svg,
            "<text class=\"on\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            area.x + 4.0,
            area.y + 13.0,
            Escaped(shown)
        );
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small positive number of letters"
)]
fn to_index(room: f64) -> usize {
    room.clamp(0.0, 100.0) as usize
}

fn table(modules: &[Module<'_>]) -> String {
    let rows = modules.iter().flat_map(|module| {
        module.packages.iter().map(|(package, size)| {
            vec![
                Cell::text(module.name),
                Cell::text(*package),
                Cell::number(Measure::Bytes(*size)),
            ]
        })
    });
    let table = Table {
        caption: "Bytes by module and package",
        heads: &["module", "package", "size"],
        rows: rows.collect(),
    };
    details("The numbers", table)
}

/// Divides `area` by `sizes`, the greatest first, into areas that are nearly squares: rows along the
/// shorter side, each as long as that makes its worst area better (Bruls, Huizing and van Wijk).
fn squarified(sizes: &[u64], area: Area) -> Vec<Area> {
    let all: f64 = sizes
        .iter()
        .map(|size| Measure::Bytes(*size).number())
        .sum();
    let scale = if all > 0.0 {
        area.width * area.height / all
    } else {
        0.0
    };
    let sizes: Vec<f64> = sizes
        .iter()
        .map(|size| Measure::Bytes(*size).number() * scale)
        .collect();
    let (mut areas, mut left, mut rest) = (Vec::new(), area, sizes.as_slice());
    while !rest.is_empty() {
        let side = left.width.min(left.height);
        let mut count = 1;
        while count < rest.len() && worst(&rest[..=count], side) <= worst(&rest[..count], side) {
            count += 1;
        }
        let (row, others) = rest.split_at(count);
        left = lay(row, left, &mut areas);
        rest = others;
    }
    areas
}

/// Returns how far the worst area of a row is from a square.
fn worst(row: &[f64], side: f64) -> f64 {
    let sum: f64 = row.iter().sum();
    let ratio = |size: &f64| {
        let (long, short) = (side * side * size, sum * sum);
        if long <= 0.0 || short <= 0.0 {
            return f64::MAX;
        }
        (long / short).max(short / long)
    };
    row.iter().map(ratio).fold(0.0, f64::max)
}

/// Lays a row along the shorter side of `left`, and returns what is left of it then.
fn lay(row: &[f64], left: Area, areas: &mut Vec<Area>) -> Area {
    let sum: f64 = row.iter().sum();
    let is_wide = left.width >= left.height;
    let side = left.width.min(left.height);
    let depth = if side > 0.0 { sum / side } else { 0.0 };
    let mut at = 0.0;
    for size in row {
        let length = if depth > 0.0 { size / depth } else { 0.0 };
        areas.push(if is_wide {
            Area {
                x: left.x,
                y: left.y + at,
                width: depth,
                height: length,
            }
        } else {
            Area {
                x: left.x + at,
                y: left.y,
                width: length,
                height: depth,
            }
        });
        at += length;
    }
    if is_wide {
        Area {
            x: left.x + depth,
            width: (left.width - depth).max(0.0),
            ..left
        }
    } else {
        Area {
            y: left.y + depth,
            height: (left.height - depth).max(0.0),
            ..left
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_as_large_as_what_they_stand_for_and_fill_the_whole() {
        let sizes = [600, 600, 400, 300, 200, 200, 100, 0];
        let areas = squarified(&sizes, AREA);
        assert_eq!(areas.len(), sizes.len());
        let whole = AREA.width * AREA.height;
        for (size, area) in sizes.iter().zip(&areas) {
            let share = Measure::Bytes(*size).number() / 2400.0;
            let has = area.width * area.height / whole;
            assert!((share - has).abs() < 0.001, "{size} {area:?}");
            assert!(area.x + area.width <= AREA.width + 0.01, "{area:?}");
            assert!(area.y + area.height <= AREA.height + 0.01, "{area:?}");
        }
    }

    #[test]
    fn nothing_has_no_area() {
        assert_eq!(squarified(&[], AREA), []);
        assert_eq!(squarified(&[0, 0], AREA).len(), 2);
    }

    #[test]
    fn small_modules_are_one_together() {
        let parts: Vec<PartSize> = (0..100)
            .map(|number| PartSize {
                module: format!("example.com/m{number}"),
                package: "p".to_owned(),
                size_bytes: 1000 - number,
            })
            .collect();
        let modules = modules(&parts);
        assert_eq!(modules.len(), MOST_MODULES);
        let all: u64 = modules.iter().map(|module| module.size_bytes).sum();
        assert_eq!(all, parts.iter().map(|part| part.size_bytes).sum::<u64>());
    }
}
