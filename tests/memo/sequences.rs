//! Sequences of edits: after each, whoever remembers says what one says that remembers nothing.

use std::fmt;
use std::fmt::Write as _;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::edits::edit;
use crate::project::{Project, Times};
use crate::random::Random;
use crate::twins::{Outcome, Run, Twins, Variables};

/// How many sequences are tried, unless `MEMO_SEQUENCES` says otherwise.
const SEQUENCES: u64 = 50;
/// How many are tried at once.
const AT_ONCE: usize = 4;
/// Of so many sequences one makes programs too, after each edit.
const WITH_PROGRAMS: u64 = 3;
/// What programs are made for.
const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/amd64,linux/arm64"];

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    sequences: usize,
    edits: usize,
    /// Edits after which nothing is built.
    failures: usize,
    /// Edits after which go was not needed, though something was built.
    hits: usize,
    /// Edits that took back others, and those of them after which go was not needed.
    undone: usize,
    undone_hits: usize,
    /// Runs that make what was made just before.
    repeats: usize,
    /// Those of them for which coracle said that it compiles each time.
    unremembered: usize,
    /// How often programs were made, and how often go was not needed for that.
    programs: usize,
    program_hits: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.sequences += other.sequences;
        self.edits += other.edits;
        self.failures += other.failures;
        self.hits += other.hits;
        self.undone += other.undone;
        self.undone_hits += other.undone_hits;
        self.repeats += other.repeats;
        self.unremembered += other.unremembered;
        self.programs += other.programs;
        self.program_hits += other.program_hits;
    }
}

/// How a sequence went wrong.
struct Difference {
    seed: u64,
    done: Vec<String>,
    what: String,
}

impl Difference {
    /// Returns what is told of a sequence that panicked.
    fn panicked(seed: u64) -> Self {
        Self {
            seed,
            done: Vec::new(),
            what: "it panicked, see above".to_owned(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "MEMO_SEED={}", self.seed)?;
        for (number, done) in self.done.iter().enumerate() {
            writeln!(f, "{number:3}. {done}")?;
        }
        write!(f, "{}", self.what)
    }
}

/// A sequence on its way.
struct Sequence {
    seed: u64,
    random: Random,
    twins: Twins,
    project: Project,
    past: Vec<Project>,
    done: Vec<String>,
    tally: Tally,
}

impl Sequence {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let project = Project::new(&mut random);
        Self {
            seed,
            twins: Twins::new(),
            past: vec![project.clone()],
            project,
            random,
            done: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn run(mut self) -> Result<Tally, Difference> {
        self.project
            .write(&self.twins.root(), &[].into(), Times::New);
        self.done.push("begin".to_owned());
        self.compare()?;
        for _ in 0..6 + self.random.below(7) {
            self.step()?;
        }
        self.tally.sequences = 1;
        Ok(self.tally)
    }

    /// Makes an edit, or takes some back, and builds.
    fn step(&mut self) -> Result<(), Difference> {
        let before = self.project.written();
        let is_undo = self.random.chance(1, 5);
        let mut done = if is_undo {
            let past = self.random.below(self.past.len());
            self.project = self.past[past].clone();
            format!("take back all since {past}")
        } else {
            edit(&mut self.project, &mut self.random)
        };
        let times = if self.random.chance(1, 3) {
            done.push_str(" (times restored)");
            Times::Old
        } else {
            Times::New
        };
        self.project.write(&self.twins.root(), &before, times);
        self.past.push(self.project.clone());
        self.done.push(done);
        let hits = self.tally.hits;
        self.compare()?;
        self.tally.edits += 1;
        if is_undo {
            self.tally.undone += 1;
            self.tally.undone_hits += self.tally.hits - hits;
        }
        Ok(())
    }

    fn compare(&mut self) -> Result<(), Difference> {
        let variables = self.project.variables.clone();
        self.compare_images(&variables)?;
        if self.seed.is_multiple_of(WITH_PROGRAMS) {
            self.compare_programs(&variables)?;
        }
        Ok(())
    }

    fn compare_images(&mut self, variables: &Variables) -> Result<(), Difference> {
        let run = self.twins.remembering(variables);
        let clean = self.twins.forgetting(variables);
        self.same("a build that remembers differs", &run.outcome, &clean)?;
        if !clean.is_success() {
            self.tally.failures += 1;
            return Ok(());
        }
        self.tally.hits += usize::from(run.go_commands.is_empty());
        if self.random.chance(1, 3) {
            let run = if self.random.chance(1, 2) {
                self.twins.pushing(variables)
            } else {
                self.twins.remembering(variables)
            };
            self.repeated(&run, &clean)?;
        }
        Ok(())
    }

    fn compare_programs(&mut self, variables: &Variables) -> Result<(), Difference> {
        let platforms = *self.random.pick(&PLATFORMS);
        let run = self.twins.remembering_programs(platforms, variables);
        let clean = self.twins.forgetting_programs(platforms, variables);
        self.same(
            "programs of a run that remembers differ",
            &run.outcome,
            &clean,
        )?;
        if !clean.is_success() {
            return Ok(());
        }
        self.tally.programs += 1;
        self.tally.program_hits += usize::from(run.go_commands.is_empty());
        if self.random.chance(1, 3) {
            let run = self.twins.remembering_programs(platforms, variables);
            self.repeated(&run, &clean)?;
        }
        Ok(())
    }

    /// Nothing was changed, and nothing is compiled, also where what was built is pushed.
    fn repeated(&mut self, run: &Run, clean: &Outcome) -> Result<(), Difference> {
        self.same("a repeated run differs", &run.outcome, clean)?;
        self.tally.repeats += 1;
        if run.remembers_nothing() {
            self.tally.unremembered += 1;
        } else if !run.go_commands.is_empty() {
            let what = format!("a repeated run asked go to {:?}", run.go_commands);
            return Err(self.difference(what));
        }
        Ok(())
    }

    fn same(&self, what: &str, found: &Outcome, clean: &Outcome) -> Result<(), Difference> {
        if found == clean {
            return Ok(());
        }
        Err(self.difference(format!(
            "{what}\nfound:    {found:#?}\nexpected: {clean:#?}"
        )))
    }

    fn difference(&self, what: String) -> Difference {
        Difference {
            seed: self.seed,
            done: self.done.clone(),
            what,
        }
    }
}

/// Returns the number that a variable of the environment holds.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

#[test]
fn whatever_is_edited_a_build_that_remembers_does_what_a_clean_one_does() {
    let (first, count) = match number("MEMO_SEED") {
        Some(seed) => (seed, number("MEMO_SEQUENCES").unwrap_or(1)),
        None => (1, number("MEMO_SEQUENCES").unwrap_or(SEQUENCES)),
    };
    let next = AtomicU64::new(first);
    let (tally, wrong) = (Mutex::new(Tally::default()), Mutex::new(String::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    let run = std::panic::catch_unwind(|| Sequence::new(seed).run());
                    let run = run.unwrap_or_else(|_| Err(Difference::panicked(seed)));
                    match run {
                        Ok(counted) => {
                            let mut tally = tally.lock().expect("a tally");
                            *tally += counted;
                            // The long suite takes hours: whoever stops it knows how far it was.
                            if tally.sequences % 50 == 0 {
                                println!("up to about seed {seed}: {:?}", *tally);
                            }
                        }
                        Err(difference) => {
                            let mut wrong = wrong.lock().unwrap_or_else(PoisonError::into_inner);
                            println!("{difference}");
                            let _ = writeln!(wrong, "{difference}\n");
                        }
                    }
                }
            });
        }
    });
    let tally = *tally.lock().expect("a tally");
    let wrong = wrong.into_inner().expect("all that went wrong");
    println!("{tally:?}");
    assert!(wrong.is_empty(), "{wrong}");
    if count >= 20 {
        assert!(tally.repeats > tally.sequences, "{tally:?}");
        assert!(tally.unremembered * 4 < tally.repeats, "{tally:?}");
        assert!(tally.program_hits * 4 > tally.programs, "{tally:?}");
        assert!(tally.undone_hits * 4 > tally.undone, "{tally:?}");
        assert!(tally.failures * 2 < tally.edits, "{tally:?}");
    }
}
