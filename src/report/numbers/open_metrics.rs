//! The numbers for a monitoring system: OpenMetrics 1.0, text format.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::{NumbersDocument, ReportedVerdict};
use crate::history::{DeployRun, ImageRun, Measure, Past, Run};
use crate::model::ForeignText;

/// Writes the last run and what it is held against, as gauges. Images, programs and environments are all those of
/// `past`, as they were last: what is listed for people is shorter.
///
/// # Errors
/// Those of the writer.
pub fn write_open_metrics(
    to: &mut dyn Write,
    document: &NumbersDocument,
    past: &Past,
) -> io::Result<()> {
    let project = label("project", &document.project);
    let latest_first: Vec<&Run> = past.runs.iter().rev().collect();
    write_slos(to, document, &project)?;
    if let Some(run) = latest_first.first() {
        write_run(to, run, &project)?;
    }
    write_images(to, &latest_first, &project)?;
    write_deploys(to, &latest_first, &project)?;
    write_programs(to, &latest_first, &project)?;
    write_failures(to, &latest_first, &project)?;
    writeln!(to, "# EOF")
}

/// A family of numbers with one name.
struct Family<'a> {
    name: &'a str,
    unit: &'a str,
    help: &'a str,
}

impl Family<'_> {
    /// Writes it, where there is anything in it. No labels may come twice: of records that name something twice, as
    /// those of others could, the first counts.
    fn write(&self, to: &mut dyn Write, samples: &[(String, f64)]) -> io::Result<()> {
        if samples.is_empty() {
            return Ok(());
        }
        let Self { name, unit, help } = self;
        writeln!(to, "# TYPE {name} gauge")?;
        if !unit.is_empty() {
            writeln!(to, "# UNIT {name} {unit}")?;
        }
        writeln!(to, "# HELP {name} {help}")?;
        let mut told = BTreeSet::new();
        for (labels, value) in samples.iter().filter(|(labels, _)| told.insert(labels)) {
            writeln!(to, "{name}{{{labels}}} {value}")?;
        }
        Ok(())
    }
}

fn write_slos(to: &mut dyn Write, document: &NumbersDocument, project: &str) -> io::Result<()> {
    let of = |slo: &str| format!("{project},{}", label("slo", slo));
    let kept = document.slos.iter().filter_map(|slo| match slo.verdict {
        ReportedVerdict::Kept => Some((of(&slo.key), 1.0)),
        ReportedVerdict::Broken => Some((of(&slo.key), 0.0)),
        ReportedVerdict::Unknown => None,
    });
    let family = Family {
        name: "coracle_slo_kept",
        unit: "",
        help: "Whether a wish of [slo] is fulfilled: 1, or 0 where it is broken.",
    };
    family.write(to, &kept.collect::<Vec<_>>())?;
    let limits = document.slos.iter().map(|slo| (of(&slo.key), slo.limit));
    let family = Family {
        name: "coracle_slo_limit",
        unit: "",
        help: "The limit of a wish: seconds, percent, bytes or a number.",
    };
    family.write(to, &limits.collect::<Vec<_>>())?;
    let values = document.slos.iter();
    let values = values.filter_map(|slo| Some((of(&slo.key), slo.value?)));
    let family = Family {
        name: "coracle_slo_value",
        unit: "",
        help: "What the runs have, in the unit of the limit.",
    };
    family.write(to, &values.collect::<Vec<_>>())
}

fn write_run(to: &mut dyn Write, run: &Run, project: &str) -> io::Result<()> {
    let labels = format!("{project},{}", label("verb", &run.verb));
    for (family, value) in gauges(run) {
        let samples = value.map(|value| (labels.clone(), value));
        family.write(to, samples.as_slice())?;
    }
    let phases = run.phases.iter().map(|phase| {
        let labels = format!("{labels},{}", label("phase", &phase.phase));
        (labels, phase.seconds)
    });
    let family = Family {
        name: "coracle_run_phase_seconds",
        unit: "seconds",
        help: "How long each phase of the last run went on.",
    };
    family.write(to, &phases.collect::<Vec<_>>())
}

/// Returns the numbers of a run that are one each.
fn gauges(run: &Run) -> [(Family<'static>, Option<f64>); 8] {
    let count = |number: u64| Measure::Count(number).number();
    let layers = run.layers.as_ref();
    let made = layers.map(|it| count(it.made.len() as u64));
    let traffic = run.traffic;
    let began = count(run.time.seconds().unsigned_abs());
    let of = |name, unit, help, value| (Family { name, unit, help }, value);
    [
        of(
            "coracle_run_timestamp_seconds",
            "seconds",
            "When the last run began.",
            Some(began),
        ),
        of(
            "coracle_run_seconds",
            "seconds",
            "How long the last run took.",
            Some(run.seconds),
        ),
        of(
            "coracle_run_exit_code",
            "",
            "What the last run ended with.",
            Some(f64::from(run.exit_code)),
        ),
        of(
            "coracle_run_layers_made",
            "",
            "How many layers it made.",
            made,
        ),
        of(
            "coracle_run_layers_kept",
            "",
            "How many layers were remembered.",
            layers.map(|it| count(it.kept)),
        ),
        of(
            "coracle_run_requests",
            "",
            "How many of its requests were answered.",
            Some(count(traffic.requests)),
        ),
        of(
            "coracle_run_sent_bytes",
            "bytes",
            "The bytes of their bodies.",
            Some(count(traffic.sent_bytes)),
        ),
        of(
            "coracle_run_received_bytes",
            "bytes",
            "The bytes of the answers' bodies.",
            Some(count(traffic.received_bytes)),
        ),
    ]
}

fn write_images(to: &mut dyn Write, runs: &[&Run], project: &str) -> io::Result<()> {
    let mut images: BTreeMap<&str, &ImageRun> = BTreeMap::new();
    for image in runs.iter().flat_map(|run| &run.images) {
        images.entry(&image.name).or_insert(image);
    }
    let sizes = images.values().flat_map(|image| {
        image.platforms.iter().map(|size| {
            let labels = format!(
                "{project},{},{}",
                label("image", &image.name),
                label("platform", &size.platform)
            );
            (labels, Measure::Bytes(size.size_bytes).number())
        })
    });
    let family = Family {
        name: "coracle_image_size_bytes",
        unit: "bytes",
        help: "The compressed layers of an image, as it was built last.",
    };
    family.write(to, &sizes.collect::<Vec<_>>())
}

/// Writes the last deploy or rollback of each environment.
fn write_deploys(to: &mut dyn Write, runs: &[&Run], project: &str) -> io::Result<()> {
    let mut last: BTreeMap<&str, (&Run, &DeployRun)> = BTreeMap::new();
    for run in runs {
        for deploy in &run.deploys {
            last.entry(&deploy.environment).or_insert((run, deploy));
        }
    }
    let of = |run: &Run, deploy: &DeployRun| {
        format!(
            "{project},{},{}",
            label("environment", &deploy.environment),
            label("verb", &run.verb)
        )
    };
    let times = last.values().map(|(run, deploy)| {
        let began = run.time.seconds().unsigned_abs();
        (of(run, deploy), Measure::Count(began).number())
    });
    let family = Family {
        name: "coracle_deploy_timestamp_seconds",
        unit: "seconds",
        help: "When the run began that last deployed to an environment, or rolled it back.",
    };
    family.write(to, &times.collect::<Vec<_>>())?;
    let outcomes = last.values().map(|(run, deploy)| {
        let outcome = label("outcome", deploy.outcome.word());
        (format!("{},{outcome}", of(run, deploy)), deploy.seconds)
    });
    let family = Family {
        name: "coracle_deploy_seconds",
        unit: "seconds",
        help: "How long that took, and what came of it.",
    };
    family.write(to, &outcomes.collect::<Vec<_>>())?;
    let phases = last.values().flat_map(|(run, deploy)| {
        deploy.phases.iter().map(move |it| {
            let phase = label("phase", &it.phase);
            (format!("{},{phase}", of(run, deploy)), it.seconds)
        })
    });
    let family = Family {
        name: "coracle_deploy_phase_seconds",
        unit: "seconds",
        help: "How long each of its phases took.",
    };
    family.write(to, &phases.collect::<Vec<_>>())
}

fn write_programs(to: &mut dyn Write, runs: &[&Run], project: &str) -> io::Result<()> {
    let mut programs: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let made = runs.iter().flat_map(|run| &run.programs);
    for program in made.filter(|program| program.is_of_dist()) {
        programs
            .entry((&program.package, &program.platform))
            .or_insert(program.size_bytes);
    }
    let sizes = programs
        .into_iter()
        .map(|((package, platform), size_bytes)| {
            let labels = format!(
                "{project},{},{}",
                label("package", package),
                label("platform", platform)
            );
            (labels, Measure::Bytes(size_bytes).number())
        });
    let family = Family {
        name: "coracle_program_size_bytes",
        unit: "bytes",
        help: "A program of dist, as it was made last.",
    };
    family.write(to, &sizes.collect::<Vec<_>>())
}

fn write_failures(to: &mut dyn Write, runs: &[&Run], project: &str) -> io::Result<()> {
    let mut hosts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for failure in runs.iter().flat_map(|run| &run.modules.failures) {
        let number = hosts.entry((&failure.host, &failure.cause)).or_default();
        *number = number.saturating_add(failure.count);
    }
    let failures = hosts.into_iter().map(|((host, cause), number)| {
        let labels = format!(
            "{project},{},{}",
            label("host", host),
            label("cause", cause)
        );
        (labels, Measure::Count(number).number())
    });
    let family = Family {
        name: "coracle_module_failures",
        unit: "",
        help: "How many modules a host did not give in all runs that are looked at.",
    };
    family.write(to, &failures.collect::<Vec<_>>())
}

/// Returns a label, escaped as the format has it. Who reads it may be a person at a terminal.
fn label(name: &str, value: &str) -> String {
    let value = ForeignText::new(value).to_string();
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name}=\"{}\"", value.replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_its_label() {
        assert_eq!(label("a", "x\"} 1\n\\"), "a=\"x\\\"} 1\\n\\\\\"");
        assert_eq!(label("a", "\u{1b}[31m"), "a=\"\\\\u{1b}[31m\"");
    }
}
