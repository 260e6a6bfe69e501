//! Whatever the file holds, `load` answers.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_damaged_file_is_read_or_refused_at_a_place_in_it(
        at in 0..WHOLE.len(),
        taken in 0..12_usize,
        put in "[\\[\\]{}\"'=.,#\n\0a-z0-9é-]{0,6}",
    ) {
        let end = (at + taken).min(WHOLE.len());
        let text = format!("{}{put}{}", &WHOLE[..at], &WHOLE[end..]);
        for error in load_file(&text).err().unwrap_or_default() {
            let Place::File { line, column, .. } = error.place else {
                return Err(TestCaseError::fail(format!("{error} is not in the file")));
            };
            let lines: Vec<&str> = text.split('\n').collect();
            prop_assert!(column <= lines[line - 1].chars().count() + 1, "{}", error);
        }
    }

    #[test]
    fn tables_may_be_left_out(kept in prop::collection::vec(any::<bool>(), WHOLE.split("\n\n").count())) {
        let tables = WHOLE.split("\n\n").zip(kept);
        let text: Vec<&str> = tables.filter(|(_, kept)| *kept).map(|(table, _)| table).collect();
        prop_assert_eq!(shown(load_file(&text.join("\n\n"))), "taken");
    }

    #[test]
    fn no_text_and_no_setting_makes_it_panic(text in "\\PC{0,80}", set in "[a-z.\"'=\\[\\]{}0-9\n]{0,30}") {
        let _ = load_file(&text);
        let _ = load_sets(&[&set]);
    }

    #[test]
    fn a_place_that_is_named_is_the_place_of_the_slip(lines_before in 0..20_usize, indent in 0..9_usize) {
        let text = format!("[go]{}{}verison = 1", "\n".repeat(lines_before + 1), " ".repeat(indent));
        let error = load_file(&text).unwrap_err()[0].to_string();
        let place = format!("coracle.toml:{}:{}", lines_before + 2, indent + 1);
        prop_assert_eq!(error, format!("{place}: unknown key \"verison\" in [go]"));
    }
}
