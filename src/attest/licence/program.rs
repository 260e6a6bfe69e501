//! Patterns as programs for a machine that follows all ways through them at once.
//!
//! After <https://swtch.com/~rsc/regexp/regexp2.html>, a word at a time. A wildcard is given up once
//! three words behind it were seen, so that few ways are open at any time.

use super::dictionary::WordId;
use super::pattern::Pattern;

/// A step of a program. Places are absolute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Goes on over this word.
    Word(WordId),
    /// Goes on over any word.
    Any,
    /// Goes on at the next step and at this place.
    Fork(u32),
    /// Goes on at this place.
    Jump(u32),
    /// Gives up the wildcard that begins at this place.
    Cut(u32),
    /// The licence with this number was seen.
    Match(u32),
}

/// How many words after a wildcard end it.
const CUT_AFTER: u32 = 3;

/// A wildcard that is given up once so many words more were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cut {
    start: u32,
    words: u32,
}

/// Appends the program of `pattern`, which is that of the licence `number`, to `steps`.
pub(super) fn compile(pattern: &Pattern, number: u32, steps: &mut Vec<Step>) {
    let mut compiler = Compiler {
        steps,
        cuts: Vec::new(),
        at_end: true,
    };
    compiler.compile(pattern);
    compiler.cut_all();
    compiler.steps.push(Step::Match(number));
}

struct Compiler<'a> {
    steps: &'a mut Vec<Step>,
    cuts: Vec<Cut>,
    /// Whether nothing must follow what is compiled now.
    at_end: bool,
}

impl Compiler<'_> {
    fn compile(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Words(words) => {
                for word in words {
                    self.steps.push(Step::Word(*word));
                    self.count_word();
                }
                if self.at_end {
                    self.cut_all();
                }
            }
            Pattern::All(parts) => self.sequence(parts),
            Pattern::Any(parts) => self.choice(parts),
            Pattern::Wild(words) => self.wildcard(*words),
            Pattern::Maybe(part) => {
                let fork = self.reserve();
                let (cuts, at_end) = (self.cuts.clone(), self.at_end);
                self.compile(part);
                if at_end {
                    self.cut_all();
                }
                self.cuts = merge(&cuts, &self.cuts);
                self.steps[fork] = Step::Fork(self.here());
            }
        }
    }

    fn sequence(&mut self, parts: &[Pattern]) {
        let optional = parts.iter().rev().take_while(|part| part.can_be_empty());
        let optional = if self.at_end { optional.count() } else { 0 };
        for (index, part) in parts.iter().enumerate() {
            self.at_end = index + optional >= parts.len();
            self.compile(part);
        }
    }

    fn choice(&mut self, parts: &[Pattern]) {
        let (before, at_end) = (self.cuts.clone(), self.at_end);
        let mut after = Vec::new();
        let mut jumps = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let is_last = index + 1 == parts.len();
            let fork = (!is_last).then(|| self.reserve());
            self.cuts.clone_from(&before);
            self.at_end = at_end;
            self.compile(part);
            after = merge(&after, &self.cuts);
            if let Some(fork) = fork {
                jumps.push(self.reserve());
                self.steps[fork] = Step::Fork(self.here());
            }
        }
        self.cuts = after;
        for jump in jumps {
            self.steps[jump] = Step::Jump(self.here());
        }
    }

    /// All forks lead to the end, as in `(.(.(.)?)?)?`: at most two ways are open at a time.
    fn wildcard(&mut self, words: u32) {
        self.cut_all();
        let start = self.here();
        for _ in 0..words {
            self.steps.push(Step::Fork(start + 2 * words));
            self.steps.push(Step::Any);
        }
        if words > CUT_AFTER {
            self.cuts = vec![Cut {
                start,
                words: CUT_AFTER,
            }];
        }
    }

    fn count_word(&mut self) {
        for cut in &mut self.cuts {
            cut.words -= 1;
        }
        let (now, later) = self.cuts.iter().partition(|cut| cut.words == 0);
        self.cuts = now;
        self.cut_all();
        self.cuts = later;
    }

    fn cut_all(&mut self) {
        let cuts = self.cuts.drain(..).map(|cut| Step::Cut(cut.start));
        self.steps.extend(cuts);
    }

    /// Makes room for a step that is known later.
    fn reserve(&mut self) -> usize {
        self.steps.push(Step::Any);
        self.steps.len() - 1
    }

    fn here(&self) -> u32 {
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }
}

/// Joins the cuts of two ways; a wildcard that both may give up is given up by the later one.
fn merge(one: &[Cut], other: &[Cut]) -> Vec<Cut> {
    let mut cuts = [one, other].concat();
    cuts.sort_by_key(|cut| (cut.start, std::cmp::Reverse(cut.words)));
    cuts.dedup_by_key(|cut| cut.start);
    cuts
}
