//! What tests say, held until it is known whether anybody has to read it.

use std::collections::{BTreeMap, VecDeque};

/// How much is held of one test: its end tells why it failed.
const MAX_OF_TEST: usize = 64 << 10;
/// How much is held of all, their names among it.
pub(super) const MAX_OF_ALL: usize = 16 << 20;
/// What a line takes beside its text, and a test beside its name.
const OVERHEAD: usize = 64;

/// Which test of which package; none for the package itself.
pub(super) type Place = (String, Option<String>);

/// The last lines of each test that has not ended.
#[derive(Debug, Default)]
pub(super) struct HeldOutput {
    of: BTreeMap<Place, HeldTest>,
    bytes: usize,
}

/// A test that has not ended.
#[derive(Debug, Default)]
pub(super) struct HeldTest {
    /// Whether it has begun, and goes on.
    pub(super) progress: Progress,
    lines: VecDeque<String>,
    bytes: usize,
    lost: u64,
}

/// What a test does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Progress {
    /// It is not known to have begun, as what is no test.
    #[default]
    Unknown,
    /// It runs.
    Running,
    /// It waits for others.
    Paused,
}

/// Returns what lines take in memory.
pub(super) fn size_of(lines: &[String]) -> usize {
    lines.iter().map(|line| line.len() + OVERHEAD).sum()
}

/// Returns what a test takes that says nothing.
pub(super) fn size_of_place((package, test): &Place) -> usize {
    package.len() + test.as_ref().map_or(0, String::len) + OVERHEAD
}

impl HeldOutput {
    /// Returns what is held of a test; nothing where there is no room for one more.
    fn at(&mut self, place: Place) -> Option<&mut HeldTest> {
        if !self.of.contains_key(&place) {
            let size = size_of_place(&place);
            if self.bytes + size > MAX_OF_ALL {
                return None;
            }
            self.bytes += size;
        }
        Some(self.of.entry(place).or_default())
    }

    /// Notes what a test does.
    pub(super) fn note(&mut self, place: Place, progress: Progress) {
        if let Some(held) = self.at(place) {
            held.progress = progress;
        }
    }

    /// Adds what a test said: a part of a line at times.
    pub(super) fn add(&mut self, place: Place, text: &str) {
        let bytes = self.bytes;
        let Some(held) = self.at(place) else {
            return;
        };
        let open = held.lines.back_mut().filter(|last| !last.ends_with('\n'));
        let size = text.len() + if open.is_some() { 0 } else { OVERHEAD };
        if bytes + size > MAX_OF_ALL {
            held.lost += 1;
            return;
        }
        match open {
            Some(last) => last.push_str(text),
            None => held.lines.push_back(text.to_owned()),
        }
        held.bytes += size;
        let mut freed = 0;
        while held.bytes > MAX_OF_TEST
            && let Some(first) = held.lines.pop_front()
        {
            freed += first.len() + OVERHEAD;
            held.bytes -= first.len() + OVERHEAD;
            held.lost += 1;
        }
        self.bytes = self.bytes + size - freed;
    }

    /// Takes what is held of a test, if anything is.
    pub(super) fn take(&mut self, place: &Place) -> Option<HeldTest> {
        let held = self.of.remove(place)?;
        self.bytes -= held.bytes + size_of_place(place);
        Some(held)
    }

    /// Takes a test that has not ended: of `package`, where one is named.
    pub(super) fn pop(&mut self, package: Option<&str>) -> Option<(Place, HeldTest)> {
        let place = match package {
            Some(package) => {
                let mut from = self.of.range((package.to_owned(), None)..);
                from.next()
                    .map(|(place, _)| place)
                    .filter(|(of, _)| of == package)
            }
            None => self.of.keys().next(),
        };
        let place = place?.clone();
        let held = self.take(&place)?;
        Some((place, held))
    }
}

impl HeldTest {
    /// Returns what it said, line by line.
    pub(super) fn lines(self) -> Vec<String> {
        let lost = (self.lost > 0).then(|| format!("({} lines before are left out)", self.lost));
        let lines = self.lines.into_iter();
        lost.into_iter()
            .chain(lines.map(|line| line.trim_end_matches(['\r', '\n']).to_owned()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> Place {
        ("p".to_owned(), Some(name.to_owned()))
    }

    fn drained(mut held: HeldOutput) -> usize {
        while held.pop(None).is_some() {}
        held.bytes
    }

    #[test]
    fn a_flood_of_one_test_keeps_its_end_and_floods_of_many_end_somewhere() {
        let mut held = HeldOutput::default();
        let line = format!("{}\n", "x".repeat(1023));
        for _ in 0..100 {
            held.add(place("0"), &line);
        }
        held.add(place("0"), "half, ");
        held.add(place("0"), "whole\n");
        let lines = held.take(&place("0")).unwrap().lines();
        assert_eq!(lines.last().unwrap(), "half, whole");
        assert!(
            lines[0].ends_with("lines before are left out)"),
            "{}",
            lines[0]
        );
        for number in 0..20_000 {
            held.add(place(&number.to_string()), &line);
        }
        assert!(held.bytes <= MAX_OF_ALL);
        assert_eq!(drained(held), 0);
    }

    #[test]
    fn neither_names_without_end_nor_empty_lines_fill_memory() {
        let mut held = HeldOutput::default();
        for number in 0..1000 {
            let name = place(&format!("{number}{}", "x".repeat(60 << 10)));
            held.note(name, Progress::Running);
        }
        assert!(held.of.len() < 300 && held.bytes <= MAX_OF_ALL);
        assert_eq!(drained(held), 0);
        let mut held = HeldOutput::default();
        for _ in 0..100_000 {
            held.add(place("empty"), "\n");
        }
        assert!(held.of[&place("empty")].lines.len() <= MAX_OF_TEST / OVERHEAD);
        assert_eq!(drained(held), 0);
    }

    #[test]
    fn the_tests_of_one_package_can_be_taken() {
        let mut held = HeldOutput::default();
        held.note(("a".to_owned(), Some("T".to_owned())), Progress::Running);
        held.note(place("T"), Progress::Paused);
        held.note(("q".to_owned(), None), Progress::Running);
        let (taken, test) = held.pop(Some("p")).unwrap();
        assert_eq!((taken, test.progress), (place("T"), Progress::Paused));
        assert!(held.pop(Some("p")).is_none());
    }
}
