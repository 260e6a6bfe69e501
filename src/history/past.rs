//! The runs of a project, read line by line.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Run;
use crate::model::Timestamp;

/// The longest line that is read, and written: what is longer is no record.
pub const LONGEST_LINE: usize = 4 << 20;

/// A clock that is ahead of ours by no more than this is not taken for one that jumped.
const LENIENCE_SECONDS: i64 = 300;

/// Before this nobody ran coracle: a clock that says so was never set.
const BEGINNING: i64 = 1_700_000_000;

/// The runs of a project, the oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// The newest of them.
    pub runs: Vec<Run>,
    /// How many lines were harmed.
    pub damaged: u64,
    /// How many were of a later version.
    pub newer: u64,
    /// How many runs had a clock that cannot have been right.
    pub misdated: u64,
}

/// Takes the lines of a history, in their order, and keeps the newest runs of one project: what others told stands
/// behind what is newer.
#[derive(Debug)]
pub struct PastReader {
    project: String,
    most: usize,
    now: Timestamp,
    /// By the time that is believed, and of one time in the order of their lines; those that come before any that
    /// is believed have none.
    runs: BTreeMap<(Option<Timestamp>, u64), Run>,
    ids: BTreeSet<String>,
    taken: u64,
    first: Option<Timestamp>,
    latest: Option<Timestamp>,
    damaged: u64,
    newer: u64,
}

/// What every record says, of whichever version.
#[derive(Deserialize)]
struct Head {
    form: u32,
}

impl PastReader {
    /// Begins; of more runs of `project` than `most`, as seen at `now`, the oldest are dropped.
    pub fn new(project: impl Into<String>, most: usize, now: Timestamp) -> Self {
        Self {
            project: project.into(),
            most,
            now,
            runs: BTreeMap::new(),
            ids: BTreeSet::new(),
            taken: 0,
            first: None,
            latest: None,
            damaged: 0,
            newer: 0,
        }
    }

    /// Takes a line. One that is harmed, or of a later version, is counted.
    pub fn take(&mut self, line: &[u8]) {
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        match serde_json::from_slice::<Head>(line) {
            Ok(head) if head.form == Run::FORM => {}
            Ok(head) if head.form > Run::FORM => {
                self.newer += 1;
                return;
            }
            _ => return self.skip(),
        }
        match serde_json::from_slice::<Run>(line) {
            Ok(run) if run.project == self.project => self.keep(run),
            Ok(_) => {}
            Err(_) => self.skip(),
        }
    }

    /// Counts a line that is no record.
    pub fn skip(&mut self) {
        self.damaged += 1;
    }

    /// Of a clock that cannot have been right, the place in the history tells more: such a run is as old as the newest
    /// before it. One that came by two ways takes the place of one.
    fn keep(&mut self, run: Run) {
        let time = if is_believed(run.time, self.now) {
            self.first.get_or_insert(run.time);
            self.latest = self.latest.max(Some(run.time));
            Some(run.time)
        } else {
            self.latest
        };
        if !run.id.is_empty() && !self.ids.insert(run.id.clone()) {
            return;
        }
        self.taken += 1;
        self.runs.insert((time, self.taken), sound(run));
        if self.runs.len() > self.most
            && let Some((_, oldest)) = self.runs.pop_first()
        {
            self.ids.remove(&oldest.id);
        }
    }

    /// Returns the runs in the order of their times. What comes before all times that are believed is as old as the
    /// first of them.
    pub fn finish(self) -> Past {
        let beginning = self.first.unwrap_or(self.now);
        let mut misdated = 0;
        let runs = self.runs.into_iter().map(|((time, _), run)| {
            let time = time.unwrap_or(beginning);
            misdated += u64::from(run.time != time);
            Run { time, ..run }
        });
        Past {
            runs: in_order(runs.collect()),
            damaged: self.damaged,
            newer: self.newer,
            misdated,
        }
    }
}

impl Past {
    /// Returns it with runs of other machines among its own, the newest `most`, as seen at `now`. Nothing but its
    /// clock tells when another machine ran: where that cannot have been right, the run is left out.
    #[must_use]
    pub fn with(mut self, others: Vec<Run>, most: usize, now: Timestamp) -> Self {
        let (believed, misdated): (Vec<Run>, Vec<Run>) = others
            .into_iter()
            .partition(|run| is_believed(run.time, now));
        self.misdated += misdated.len() as u64;
        self.runs.extend(believed.into_iter().map(sound));
        self.runs = in_order(self.runs);
        let excess = self.runs.len().saturating_sub(most);
        self.runs.drain(..excess);
        self
    }
}

/// Tells whether a clock that said `time` may have been right, as seen at `now`.
pub fn is_believed(time: Timestamp, now: Timestamp) -> bool {
    (BEGINNING..=now.seconds().saturating_add(LENIENCE_SECONDS)).contains(&time.seconds())
}

/// Sorts by time; a run that came by two ways counts once.
fn in_order(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by_key(|run| run.time);
    let mut ids = BTreeSet::new();
    runs.retain(|run| run.id.is_empty() || ids.insert(run.id.clone()));
    runs
}

/// Returns the run without times that no clock can show.
fn sound(mut run: Run) -> Run {
    run.seconds = positive(run.seconds);
    for deploy in &mut run.deploys {
        deploy.seconds = positive(deploy.seconds);
    }
    let of_deploys = run.deploys.iter_mut().flat_map(|it| &mut it.phases);
    for phase in run.phases.iter_mut().chain(of_deploys) {
        phase.begins = positive(phase.begins);
        phase.seconds = positive(phase.seconds);
    }
    let compiles = run.programs.iter_mut().filter_map(|it| it.seconds.as_mut());
    compiles.for_each(|seconds| *seconds = positive(*seconds));
    run
}

/// The longest run that is believed: a month.
const LONGEST_SECONDS: f64 = 2_678_400.0;

fn positive(seconds: f64) -> f64 {
    if seconds.is_finite() {
        seconds.clamp(0.0, LONGEST_SECONDS)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::run::tests::push;
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn line(run: &Run) -> Vec<u8> {
        serde_json::to_vec(run).unwrap()
    }

    fn read(lines: &[Vec<u8>], most: usize) -> Past {
        let now = Timestamp::from_seconds(NOW);
        let mut reader = PastReader::new("example.com/app", most, now);
        for line in lines {
            reader.take(line);
        }
        reader.finish()
    }

    #[test]
    fn what_is_harmed_or_of_a_later_version_is_set_aside_and_counted() {
        let good = line(&push(NOW - 10, 1.0));
        let mut later = serde_json::to_value(push(NOW, 1.0)).unwrap();
        later["form"] = 2.into();
        later["seconds"] = "a minute".into();
        let half = good[..good.len() / 2].to_vec();
        let wrong = br#"{"form":1,"seconds":"x"}"#.to_vec();
        let lines = [
            good.clone(),
            half,
            wrong,
            b"\xff\xfe".to_vec(),
            later.to_string().into_bytes(),
            b" ".to_vec(),
            good,
        ];
        let past = read(&lines, 10);
        assert_eq!((past.runs.len(), past.damaged, past.newer), (2, 3, 1));
    }

    #[test]
    fn the_newest_runs_of_the_project_alone_are_kept() {
        let mut other = push(NOW - 1, 9.0);
        other.project = "example.com/other".to_owned();
        let mut lines: Vec<Vec<u8>> = (0..5)
            .map(|number| line(&push(NOW - 100 + number, 1.0)))
            .collect();
        lines.push(line(&other));
        let past = read(&lines, 2);
        let times: Vec<i64> = past.runs.iter().map(|run| run.time.seconds()).collect();
        assert_eq!(times, [NOW - 97, NOW - 96]);
    }

    #[test]
    fn a_clock_that_jumped_makes_no_run_the_latest_and_no_time_negative() {
        let runs = [
            push(0, -5.0),
            push(NOW - 50, 1.0),
            push(NOW + 1_000_000, 2.0),
            push(NOW - 40, 3.0),
        ];
        let lines: Vec<Vec<u8>> = runs.iter().map(line).collect();
        let past = read(&lines, 10);
        let told: Vec<(i64, f64)> = past
            .runs
            .iter()
            .map(|run| (run.time.seconds() - NOW, run.seconds))
            .collect();
        assert_eq!(told, [(-50, 0.0), (-50, 1.0), (-50, 2.0), (-40, 3.0)]);
        assert_eq!(past.misdated, 2);
    }

    #[test]
    fn a_run_that_came_by_two_ways_counts_once() {
        let run = line(&push(NOW - 10, 1.0).identified());
        let past = read(&[run.clone(), run], 10);
        assert_eq!(past.runs.len(), 1);
        let again = past.runs.clone();
        let now = Timestamp::from_seconds(NOW);
        assert_eq!(past.with(again, 10, now).runs.len(), 1);
    }

    #[test]
    fn the_oldest_run_goes_and_not_the_first_line() {
        let at = |seconds: i64| line(&push(NOW - seconds, 1.0).identified());
        let ages = |past: &Past| -> Vec<i64> {
            let times = past.runs.iter().map(|run| NOW - run.time.seconds());
            times.collect()
        };
        // What others told comes after what is newer, and some of it twice.
        let lines = [at(10), at(20), at(50), at(60), at(50), at(40), at(30)];
        assert_eq!(ages(&read(&lines, 3)), [30, 20, 10]);
        // A clock that was never set says nothing of the time, and the place in the history does.
        let never_set = line(&push(0, 1.0));
        let lines = [at(10), at(20), never_set.clone()];
        assert_eq!(ages(&read(&lines, 2)), [10, 10]);
        let lines = [never_set, at(20), at(10)];
        let past = read(&lines, 2);
        assert_eq!((ages(&past), past.misdated), (vec![20, 10], 0));
        let others = vec![push(NOW - 15, 1.0), push(NOW - 90, 1.0)];
        let past = past.with(others, 3, Timestamp::from_seconds(NOW));
        assert_eq!(ages(&past), [20, 15, 10]);
    }

    #[test]
    fn a_run_of_another_machine_whose_clock_jumped_is_left_out_and_counted() {
        let past = read(&[line(&push(NOW - 10, 1.0))], 10);
        let others = vec![
            push(NOW + 1_000_000, 9.0),
            push(0, 9.0),
            push(NOW - 20, -2.0),
        ];
        let past = past.with(others, 10, Timestamp::from_seconds(NOW));
        let told: Vec<(i64, f64)> = past
            .runs
            .iter()
            .map(|run| (run.time.seconds() - NOW, run.seconds))
            .collect();
        assert_eq!(told, [(-20, 0.0), (-10, 1.0)]);
        assert_eq!(past.misdated, 2);
    }
}
