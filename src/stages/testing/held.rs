//! What tests say, held until it is known whether anybody has to read it.

use std::collections::{BTreeMap, VecDeque};

/// How much is held of one test: its end tells why it failed.
const MAX_OF_TEST: usize = 64 << 10;
/// How much is held of all.
pub(super) const MAX_OF_ALL: usize = 16 << 20;

/// Which test of which package; none for the package itself.
pub(super) type Place = (String, Option<String>);

/// The last lines of each test that has not ended.
#[derive(Debug, Default)]
pub(super) struct HeldOutput {
    of: BTreeMap<Place, HeldLines>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct HeldLines {
    lines: VecDeque<String>,
    bytes: usize,
    lost: u64,
}

impl HeldOutput {
    /// Adds what a test said: a part of a line at times.
    pub(super) fn add(&mut self, place: Place, text: &str) {
        let is_full = self.bytes + text.len() > MAX_OF_ALL;
        let held = self.of.entry(place).or_default();
        if is_full {
            held.lost += 1;
            return;
        }
        self.bytes += text.len();
        held.bytes += text.len();
        match held.lines.back_mut() {
            Some(last) if !last.ends_with('\n') => last.push_str(text),
            _ => held.lines.push_back(text.to_owned()),
        }
        while held.bytes > MAX_OF_TEST
            && let Some(first) = held.lines.pop_front()
        {
            self.bytes -= first.len();
            held.bytes -= first.len();
            held.lost += 1;
        }
    }

    /// Takes what a test said, line by line.
    pub(super) fn take(&mut self, place: &Place) -> Vec<String> {
        let Some(held) = self.of.remove(place) else {
            return Vec::new();
        };
        self.bytes -= held.bytes;
        let lost = (held.lost > 0).then(|| format!("({} lines before are left out)", held.lost));
        let lines = held.lines.into_iter();
        lost.into_iter()
            .chain(lines.map(|line| line.trim_end_matches(['\r', '\n']).to_owned()))
            .collect()
    }

    /// Takes a test that has not ended.
    pub(super) fn pop(&mut self) -> Option<(Place, Vec<String>)> {
        let place = self.of.keys().next()?.clone();
        let lines = self.take(&place);
        Some((place, lines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_test_keeps_its_end_and_floods_of_many_end_somewhere() {
        let mut held = HeldOutput::default();
        let line = format!("{}\n", "x".repeat(1023));
        let place = |number: usize| ("p".to_owned(), Some(number.to_string()));
        for _ in 0..100 {
            held.add(place(0), &line);
        }
        held.add(place(0), "half, ");
        held.add(place(0), "whole\n");
        let lines = held.take(&place(0));
        assert_eq!(lines.last().unwrap(), "half, whole");
        assert!(
            lines[0].ends_with("lines before are left out)"),
            "{}",
            lines[0]
        );
        for number in 0..20_000 {
            held.add(place(number), &line);
        }
        assert!(held.bytes <= MAX_OF_ALL);
        while held.pop().is_some() {}
        assert_eq!(held.bytes, 0);
    }
}
