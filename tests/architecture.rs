//! Holds the direction of the house: who may import whom, who may act, and how long a file may be.
//!
//! The law is the table of rooms in ARCHITECTURE.md; there is no second copy of it.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "this test reads the project's sources, and prints what it counted"
)]

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The longest file that a reader should meet.
const LINES_PER_FILE: usize = 500;

/// Lints that keep stages from acting; lifted at the head of an adapter, and nowhere else.
const BANS: [&str; 3] = [
    "disallowed_methods",
    "disallowed_types",
    "disallowed_macros",
];

/// A path of modules below the crate's root.
type ModulePath = Vec<String>;

/// One source file of the library.
struct Source {
    path: PathBuf,
    module: ModulePath,
    text: String,
}

/// A path that a file names, and the line where it does.
#[derive(Debug, PartialEq, Eq)]
struct Import {
    target: ModulePath,
    line: usize,
}

/// The rooms in the order of the house, each with what it may import.
struct Table(Vec<(ModulePath, Vec<ModulePath>)>);

#[test]
fn modules_import_only_what_the_table_of_rooms_allows() {
    let table = Table::read();
    let mut offences = Vec::new();
    for source in sources() {
        let Some((room, allowed)) = table.row_of(&source.module) else {
            offences.push(format!(
                "{source}: no room of ARCHITECTURE.md has this file"
            ));
            continue;
        };
        for import in imports(&source.module, &source.text) {
            let permitted = |room: &ModulePath| import.target.starts_with(room);
            if !permitted(room) && !allowed.iter().any(permitted) {
                let (from, to) = (room.join("/"), import.target.join("::"));
                offences.push(format!(
                    "{source}:{}: {from} may not import {to}",
                    import.line
                ));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_table_points_to_the_left() {
    let mut known: Vec<ModulePath> = Vec::new();
    for (room, allowed) in Table::read().0 {
        for other in allowed {
            // Ports name the values of stages, and stages read through ports: the one knot in the house.
            let knot = room[0] == "ports" || other[0] == "ports";
            let above = known.iter().any(|known| known.starts_with(&other));
            assert!(
                above || knot,
                "{room:?} imports {other:?}, which is not above it"
            );
        }
        known.push(room);
    }
}

#[test]
fn only_adapters_and_the_command_line_lift_the_bans() {
    let acting = |source: &Source| matches!(source.module[0].as_str(), "adapters" | "cli");
    let offences: Vec<String> = sources()
        .iter()
        .filter(|source| !acting(source))
        .filter(|source| lifts_a_ban(parse(&source.text)))
        .map(|source| format!("{source}: only adapters/ and cli/ touch the world"))
        .collect();
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn files_stay_short() {
    let mut rooms: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut offences = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        let room = rooms.entry(source.room()).or_default();
        *room = (room.0 + 1, room.1 + lines);
        if lines > LINES_PER_FILE {
            offences.push(format!(
                "{source}: {lines} lines, more than {LINES_PER_FILE}"
            ));
        }
    }
    for (room, (files, lines)) in rooms {
        println!("{room:20} {files:4} files {lines:6} lines");
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

impl Source {
    /// Returns the room's name; each adapter is a room of its own.
    fn room(&self) -> String {
        let depth = if self.module[0] == "adapters" { 2 } else { 1 };
        self.module[..depth.min(self.module.len())].join("/")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

/// Returns the files of all rooms; lib.rs and main.rs are the doors.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    let source = |file: PathBuf| {
        let below = file.strip_prefix(root.join("src")).ok()?.with_extension("");
        let mut module: ModulePath = below
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        module.pop_if(|last| last == "mod");
        let door = module == ["lib"] || module == ["main"];
        let text = std::fs::read_to_string(&file).expect("a source file is text");
        let path = file.strip_prefix(root).ok()?.to_owned();
        (!door).then_some(Source { path, module, text })
    };
    files.into_iter().filter_map(source).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("src/ can be read") {
        let path = entry.expect("src/ can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

impl Table {
    fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
        Self::parse(&std::fs::read_to_string(file).expect("ARCHITECTURE.md"))
    }

    /// Reads the table whose first column is headed `room` and whose second `may import`.
    fn parse(text: &str) -> Self {
        let cells = |line: &str| -> Vec<String> {
            let line = line.trim().trim_matches('|');
            line.split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        let rows = text
            .lines()
            .skip_while(|line| !cells(line).starts_with(&["room".into(), "may import".into()]))
            .skip(2)
            .take_while(|line| line.starts_with('|'));
        let row = |line: &str| {
            let cells = cells(line);
            (rooms_in(&cells[0]).remove(0), rooms_in(&cells[1]))
        };
        let rows: Vec<_> = rows.map(row).collect();
        assert!(
            !rows.is_empty(),
            "ARCHITECTURE.md has no table `| room | may import |`"
        );
        Self(rows)
    }

    /// Returns the row of the smallest room that a module lies in.
    fn row_of(&self, module: &[String]) -> Option<&(ModulePath, Vec<ModulePath>)> {
        let around = self.0.iter().filter(|(room, _)| module.starts_with(room));
        around.max_by_key(|(room, _)| room.len())
    }
}

/// Returns the names between backticks, each a path of modules.
fn rooms_in(cell: &str) -> Vec<ModulePath> {
    let names = cell.split('`').skip(1).step_by(2);
    names
        .map(|name| name.split('/').map(str::to_owned).collect())
        .collect()
}

fn parse(text: &str) -> TokenStream {
    text.parse()
        .expect("the compiler took this file, so it is made of tokens")
}

/// Returns every path below the crate's root that a file names, in `use` lines and elsewhere.
///
/// Comments and strings are not looked at: a link in documentation is no dependency.
fn imports(module: &[String], text: &str) -> Vec<Import> {
    let mut found = Vec::new();
    scan(module, parse(text), &mut found);
    found
}

/// Walks the tokens of a module: `crate::…` and `super::…` start a path, `mod name { … }` a module within.
fn scan(module: &[String], tokens: TokenStream, found: &mut Vec<Import>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at..] {
            [
                TokenTree::Ident(word),
                TokenTree::Ident(name),
                TokenTree::Group(body),
                ..,
            ] if word == "mod" => {
                let within = [module, &[name.to_string()]].concat();
                scan(&within, body.stream(), found);
                at += 3;
            }
            [TokenTree::Group(group), ..] => {
                scan(module, group.stream(), found);
                at += 1;
            }
            [TokenTree::Ident(word), ..]
                if (word == "crate" || word == "super") && !is_path_tail(&tokens[..at]) =>
            {
                at = path(module, &tokens, at, found);
            }
            _ => at += 1,
        }
    }
}

/// Returns whether what follows goes on with a path: the `super` in `self::super`, or the `crate` of `pub(crate)` not.
fn is_path_tail(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Punct(colon)] if colon.as_char() == ':')
}

/// Reads the path that starts at `at`, with all its branches, and returns where it ends.
fn path(module: &[String], tokens: &[TokenTree], mut at: usize, found: &mut Vec<Import>) -> usize {
    let line = tokens[at].span().start().line;
    let mut target = module.to_vec();
    let mut segments = 0;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) if word == "crate" => target.clear(),
            Some(TokenTree::Ident(word)) if word == "super" => drop(target.pop()),
            Some(TokenTree::Ident(word)) => {
                target.push(word.to_string());
                segments += 1;
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                branches(&target, group.stream(), line, found);
                return at + 1;
            }
            // `super::*`
            _ => segments += 1,
        }
        at += 1;
        if !is_double_colon(&tokens[at.min(tokens.len())..]) {
            break;
        }
        at += 2;
    }
    // `pub(crate)` and `pub(super)` name nothing.
    if segments > 0 {
        found.push(Import { target, line });
    }
    at
}

/// Reads the braces of `use crate::{a, b::c}`.
fn branches(prefix: &[String], tokens: TokenStream, line: usize, found: &mut Vec<Import>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    for branch in tokens.split(is_comma) {
        let words = branch.iter().map_while(|token| match token {
            TokenTree::Ident(word) if word != "self" => Some(Some(word.to_string())),
            TokenTree::Punct(colon) if colon.as_char() == ':' => Some(None),
            _ => None,
        });
        let target: ModulePath = prefix.iter().cloned().chain(words.flatten()).collect();
        match branch.last() {
            Some(TokenTree::Group(group)) => branches(&target, group.stream(), line, found),
            Some(_) => found.push(Import { target, line }),
            None => {}
        }
    }
}

fn is_double_colon(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(a), TokenTree::Punct(b), ..] if a.as_char() == ':' && b.as_char() == ':')
}

/// Returns whether an attribute `expect` or `allow` names one of the bans.
fn lifts_a_ban(tokens: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let lifts = |pair: &[TokenTree]| {
        matches!(pair, [TokenTree::Ident(word), TokenTree::Group(lints)]
            if (word == "expect" || word == "allow") && names_a_ban(lints.stream()))
    };
    let within = tokens
        .iter()
        .any(|token| matches!(token, TokenTree::Group(group) if lifts_a_ban(group.stream())));
    within || tokens.windows(2).any(lifts)
}

fn names_a_ban(tokens: TokenStream) -> bool {
    tokens
        .into_iter()
        .any(|token| matches!(token, TokenTree::Ident(word) if BANS.iter().any(|ban| word == ban)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(module: &[&str], text: &str) -> Vec<String> {
        let module: ModulePath = module.iter().map(|&part| part.to_owned()).collect();
        let imports = imports(&module, text);
        imports
            .iter()
            .map(|import| format!("{}:{}", import.line, import.target.join("::")))
            .collect()
    }

    #[test]
    fn every_way_to_name_another_room_is_seen() {
        let text = "
            use crate::model::Digest;
            use crate::{adapters::{disk, http::Client}, plan::{self, Target}};
            pub(crate) fn f() -> super::super::policy::Verdict { println!(\"{}\", crate::cli::x()) }
            mod tests { use super::*; use super::super::gzip; use super::super::super::facts::Facts; }
            /// [`crate::pipeline`] // crate::report
            const TEXT: &str = \"crate::report\";
        ";
        let expected = [
            "2:model::Digest",
            "3:adapters::disk",
            "3:adapters::http::Client",
            "3:plan",
            "3:plan::Target",
            "4:policy::Verdict",
            "4:cli::x",
            "5:layers::tar",
            "5:layers::gzip",
            "5:facts::Facts",
        ];
        assert_eq!(targets(&["layers", "tar"], text), expected);
    }

    #[test]
    fn a_lifted_ban_is_seen_wherever_it_stands() {
        assert!(lifts_a_ban(parse(
            "#![expect(clippy::disallowed_methods, reason = \"…\")]"
        )));
        assert!(lifts_a_ban(parse(
            "fn f() { #[allow(clippy::disallowed_types)] let x = 1; }"
        )));
        assert!(!lifts_a_ban(parse(
            "#[expect(clippy::too_many_lines)] fn disallowed_methods() {}"
        )));
    }

    #[test]
    fn the_smallest_room_rules() {
        let table = Table::parse(
            "| room | may import | x |\n|---|---|---|\n| `cli` | `model` | |\n| `cli/wiring` | `adapters`, `cli` | |\n",
        );
        let wiring = ["cli".to_owned(), "wiring".to_owned()];
        assert_eq!(
            table.row_of(&wiring).map(|(_, allowed)| allowed.len()),
            Some(2)
        );
        assert_eq!(
            table.row_of(&wiring[..1]).map(|(_, allowed)| allowed.len()),
            Some(1)
        );
        assert!(table.row_of(&["layers".to_owned()]).is_none());
    }
}
