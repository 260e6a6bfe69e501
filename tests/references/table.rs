//! Tables of Markdown.

/// Returns a table: a head, and rows of as many cells.
pub(crate) fn table<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = format!("|{}\n", "---|".repeat(N));
    let rows = rows
        .into_iter()
        .map(|row| line(&row.map(|cell| fit(&cell))));
    line(&head.map(str::to_owned)) + &rule + &rows.collect::<String>()
}

/// Returns text as code.
pub(crate) fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A cell is one line, and a bar in it would end it.
fn fit(cell: &str) -> String {
    cell.replace('\n', " ").replace('|', "\\|")
}
