//! Whether a word is another one, written a little wrong.

/// Tells whether `have` is `want` but for one letter.
pub(super) fn is_misspelt(want: &str, have: &str) -> bool {
    // A bullet "(c)" was read as "copyright", and "c)" was not.
    if matches!(want, "c" | "copyright") && matches!(have, "c" | "copyright" | "©") {
        return true;
    }
    let (want, have) = (want.as_bytes(), have.as_bytes());
    let (shorter, longer) = (want.len().min(have.len()), want.len().max(have.len()));
    if longer < 4 || longer - shorter > 1 {
        return false;
    }
    let pairs = || want.iter().zip(have);
    let start = pairs().take_while(|(a, b)| a == b).count();
    let back = want.iter().rev().zip(have.iter().rev());
    let end = back.take_while(|(a, b)| a == b).count();
    start + end + 1 >= longer
}

/// Tells whether `want` was broken into `first` and `second`, as by a hyphen.
pub(super) fn is_broken(want: &str, first: &str, second: &str) -> bool {
    want.strip_prefix(first) == Some(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_may_be_wrong_missing_or_too_many() {
        for (want, have) in [
            ("network", "notwork"),
            ("notice", "notices"),
            ("notices", "notice"),
            ("tort", "torts"),
            ("copyright", "c"),
            ("c", "©"),
        ] {
            assert!(is_misspelt(want, have), "{want} {have}");
        }
        for (want, have) in [("use", "used"), ("the", "she"), ("a", "b")] {
            assert_eq!(is_misspelt(want, have), want == "use", "{want} {have}");
        }
        assert!(!is_misspelt("software", "hardware"));
        assert!(is_broken("noninfringement", "non", "infringement"));
        assert!(!is_broken("noninfringement", "non", "fringement"));
    }
}
