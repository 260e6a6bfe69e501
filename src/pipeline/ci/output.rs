//! The end of what a stage said.

use std::collections::VecDeque;

/// How much is kept of what a stage says: its end tells why it failed.
const MAX_BYTES: usize = 256 << 10;

/// The last lines of a stage.
#[derive(Debug, Default)]
pub struct OutputEnd {
    lines: VecDeque<String>,
    bytes: usize,
    lost: u64,
}

impl OutputEnd {
    /// Adds a line, and lets go of the first ones where there are too many.
    pub(super) fn add(&mut self, line: String) {
        self.bytes += line.len() + 1;
        self.lines.push_back(line);
        while self.bytes > MAX_BYTES
            && let Some(first) = self.lines.pop_front()
        {
            self.bytes -= first.len() + 1;
            self.lost += 1;
        }
    }

    /// Returns how many lines are not kept.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Returns the lines that are.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_what_is_lost_is_counted() {
        let mut output = OutputEnd::default();
        let line = "x".repeat(1023);
        for number in 0..300 {
            output.add(format!("{number}{}", &line[number.to_string().len()..]));
        }
        assert_eq!(output.lost(), 44);
        assert!(
            output
                .lines()
                .next()
                .is_some_and(|line| line.starts_with("44x"))
        );
        assert_eq!(output.lines().count(), 256);
    }
}
