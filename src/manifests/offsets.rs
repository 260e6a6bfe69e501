//! From characters, which the parser counts, to bytes.

/// Finds the bytes of characters in a text.
pub(super) struct Offsets<'a> {
    text: &'a str,
    /// The byte of each [`STRIDE`](Self::STRIDE)th character; none where each character is a byte.
    checkpoints: Vec<usize>,
}

impl<'a> Offsets<'a> {
    const STRIDE: usize = 256;

    /// Looks through `text` once.
    pub(super) fn new(text: &'a str) -> Self {
        let checkpoints = if text.is_ascii() {
            Vec::new()
        } else {
            let characters = text.char_indices().step_by(Self::STRIDE);
            characters.map(|(byte, _)| byte).collect()
        };
        Self { text, checkpoints }
    }

    /// Returns the byte of a character; past the end it is the end.
    pub(super) fn byte(&self, character: usize) -> usize {
        if self.checkpoints.is_empty() {
            return character.min(self.text.len());
        }
        let Some(&start) = self.checkpoints.get(character / Self::STRIDE) else {
            return self.text.len();
        };
        let rest = self.text.get(start..).unwrap_or_default();
        let mut characters = rest.char_indices();
        characters
            .nth(character % Self::STRIDE)
            .map_or(self.text.len(), |(byte, _)| start + byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_found_in_texts_of_any_script() {
        for text in ["", "plain", &"aé€😀".repeat(300), &"x".repeat(1000)] {
            let offsets = Offsets::new(text);
            for (number, (byte, _)) in text.char_indices().enumerate() {
                assert_eq!(offsets.byte(number), byte);
            }
            assert_eq!(offsets.byte(text.chars().count()), text.len());
        }
    }
}
