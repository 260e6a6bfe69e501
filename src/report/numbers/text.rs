//! The numbers as people read them.

use std::io::{self, Write};

use super::{NumbersDocument, ReportedAdvice, ReportedVerdict};
use crate::history::{Measure, Run};
use crate::model::{ByteSize, ForeignText};
use crate::report::counted;

/// Writes which wishes the runs fulfil, what gets worse, and a line for each of the last runs.
///
/// # Errors
/// Those of the writer.
pub fn write_numbers(to: &mut dyn Write, document: &NumbersDocument) -> io::Result<()> {
    let runs = counted(document.runs, "run", "runs");
    let project = ForeignText::new(&document.project);
    match &document.since {
        Some(since) => writeln!(to, "{project}: {runs} since {since}")?,
        None => writeln!(to, "{project}: no runs yet")?,
    }
    write_set_aside(to, document)?;
    writeln!(to)?;
    write_slos(to, document)?;
    for trend in &document.trends {
        writeln!(to)?;
        writeln!(to, "{}", ForeignText::new(trend.text()))?;
        write_advice(to, &trend.advice)?;
    }
    if document.last_runs.is_empty() {
        return Ok(());
    }
    writeln!(to)?;
    write_runs(to, &document.last_runs)?;
    write_deploys(to, &document.last_runs)
}

/// Writes a line for each environment that one of `runs` has deployed to.
fn write_deploys(to: &mut dyn Write, runs: &[Run]) -> io::Result<()> {
    let deploys = runs.iter();
    let mut deploys = deploys
        .flat_map(|run| run.deploys.iter().map(move |deploy| (run, deploy)))
        .peekable();
    if deploys.peek().is_none() {
        return Ok(());
    }
    writeln!(to)?;
    writeln!(
        to,
        "{:<20}  {:<9}  {:<12}  {:>7}  {:<11}  RUNS",
        "RUN", "VERB", "ENVIRONMENT", "TOOK", "OUTCOME"
    )?;
    for (run, deploy) in deploys {
        let line = format!(
            "{:<20}  {:<9}  {:<12}  {:>7}  {:<11}  {}",
            run.time,
            ForeignText::new(&run.verb).to_string(),
            ForeignText::new(&deploy.environment).to_string(),
            Measure::Seconds(deploy.seconds),
            deploy.outcome.word(),
            ForeignText::new(&deploy.runs.join(", "))
        );
        writeln!(to, "{}", line.trim_end())?;
    }
    Ok(())
}

fn write_set_aside(to: &mut dyn Write, document: &NumbersDocument) -> io::Result<()> {
    let set_aside = &document.set_aside;
    for (number, what) in [
        (set_aside.damaged, "harmed and set aside"),
        (
            set_aside.newer,
            "of a later version of coracle, and set aside",
        ),
        (set_aside.misdated, "dated by a clock that was wrong"),
    ] {
        if number > 0 {
            writeln!(to, "{} {what}", counted(number, "record is", "records are"))?;
        }
    }
    Ok(())
}

fn write_slos(to: &mut dyn Write, document: &NumbersDocument) -> io::Result<()> {
    let mut row = |[title, limit, value, verdict, of]: [&str; 5]| {
        let line = format!("{title:<21}  {limit:>8}  {value:>9}  {verdict:<7}  {of}");
        writeln!(to, "{}", line.trim_end())
    };
    row(["SLO", "LIMIT", "NOW", "STATUS", "OF"])?;
    for slo in &document.slos {
        let of = ForeignText::new(&slo.of).to_string();
        let verdict = slo.verdict.word();
        row([&slo.title, slo.limit_text(), slo.value_text(), verdict, &of])?;
    }
    let broken = document.slos.iter();
    for slo in broken.filter(|it| it.verdict == ReportedVerdict::Broken) {
        writeln!(to)?;
        writeln!(to, "{} is broken: {}", slo.title, slo.consequence)?;
        write_advice(to, &slo.advice)?;
    }
    Ok(())
}

fn write_advice(to: &mut dyn Write, advice: &[ReportedAdvice]) -> io::Result<()> {
    for advice in advice {
        writeln!(to, "  {}", ForeignText::new(&advice.what))?;
        writeln!(to, "  hint: {}", ForeignText::new(&advice.hint))?;
    }
    Ok(())
}

fn write_runs(to: &mut dyn Write, runs: &[Run]) -> io::Result<()> {
    writeln!(
        to,
        "{:<20}  {:<9}  {:>7}  {:>6}  {:>4}  {:>4}  {:>8}  {:>9}  EXIT",
        "RUN", "VERB", "TOOK", "IMAGES", "MADE", "KEPT", "REQUESTS", "SENT"
    )?;
    for run in runs {
        let layers = run.layers.as_ref();
        let number = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |it| it.to_string());
        writeln!(
            to,
            "{:<20}  {:<9}  {:>7}  {:>6}  {:>4}  {:>4}  {:>8}  {:>9}  {}",
            run.time,
            ForeignText::new(&run.verb).to_string(),
            Measure::Seconds(run.seconds),
            run.images.len(),
            number(layers.map(|it| it.made.len() as u64)),
            number(layers.map(|it| it.kept)),
            run.traffic.requests,
            ByteSize(run.traffic.sent_bytes),
            ended(run)
        )?;
    }
    Ok(())
}

/// Returns what a run ended with, and where it failed.
pub(in crate::report) fn ended(run: &Run) -> String {
    match &run.failed_in {
        Some(phase) => format!("{} in {}", run.exit_code, ForeignText::new(phase)),
        None => run.exit_code.to_string(),
    }
}
