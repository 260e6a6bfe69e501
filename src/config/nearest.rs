//! What somebody meant who mistyped.

/// Returns the one of `known` that is nearest to `wrong`, where one is near.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong = wrong.to_lowercase().replace('-', "_");
    let distance = |known: &str| {
        let known = known.to_lowercase().replace('-', "_");
        strsim::damerau_levenshtein(&wrong, &known)
    };
    known
        .into_iter()
        .map(|known| (distance(known), known))
        .filter(|&(distance, known)| distance <= known.len().max(3) / 3)
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["platforms", "base", "tags", "stop_signal", "env"];
        for (wrong, near) in [
            ("platfroms", Some("platforms")),
            ("platform", Some("platforms")),
            ("Tags", Some("tags")),
            ("stop-signal", Some("stop_signal")),
            ("evn", Some("env")),
            ("volumes", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong, known), near, "{wrong:?}");
        }
    }
}
