//! One Go source file: its package, what it imports and embeds, and the strings that it declares.

use std::collections::BTreeSet;

use super::constraint::{BuildTags, Constraint};
use super::lexer::{Lexer, Token};
use super::strings::Strings;

/// How much of a declaration is looked at. Longer ones are tables of data, which the linker cannot
/// set, and would fill the memory.
const DECLARATION_TOKENS: usize = 64;

/// What a source file says of its package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::facts) struct SourceFile {
    /// The name in its package clause, empty where there is none.
    pub(in crate::facts) package: String,
    /// Whether there is a platform for which the file is built.
    pub(in crate::facts) is_built: bool,
    /// The paths that it imports.
    pub(in crate::facts) imports: BTreeSet<String>,
    /// The patterns of its `//go:embed` lines.
    pub(in crate::facts) embeds: BTreeSet<String>,
    /// The strings that it declares.
    pub(in crate::facts) strings: Strings,
}

impl SourceFile {
    /// Reads the file called `name`.
    pub(in crate::facts) fn parse(name: &str, text: &str, tags: &BuildTags) -> Self {
        let mut file = Self::default();
        let mut lexer = Lexer::new(text);
        while let Some(token) = lexer.next() {
            match token {
                Token::End => {}
                Token::Name(keyword @ ("package" | "import" | "var" | "const")) => {
                    declarations(&mut lexer, &mut |tokens| file.declare(keyword, tokens));
                }
                first => drop(declaration(&mut lexer, Some(first))),
            }
        }
        file.is_built = Constraint::of_file(name, lexer.header()).holds_somewhere(tags);
        file.embeds = lexer
            .directives()
            .iter()
            .filter_map(|comment| comment.strip_prefix("//go:embed"))
            .flat_map(patterns)
            .collect();
        file
    }

    fn declare(&mut self, keyword: &str, tokens: &[Token<'_>]) {
        match (keyword, tokens) {
            ("package", [Token::Name(name)]) => self.package = String::from(*name),
            ("import", [.., Token::Text(path)]) => {
                self.imports.insert((*path).to_owned());
            }
            ("var", tokens) => self.strings.declare_variables(tokens),
            ("const", tokens) => self.strings.declare_constants(tokens),
            _ => {}
        }
    }
}

/// Tells whether there are tags for which a file is built, on whatever system: `go mod vendor` leaves out
/// those without.
pub(in crate::facts) fn is_for_some_tags(text: &str) -> bool {
    let mut lexer = Lexer::new(text);
    let _ = lexer.next();
    Constraint::is_for_some_tags(lexer.header())
}

/// Reads what follows a keyword: one declaration, or several in parentheses.
fn declarations(lexer: &mut Lexer<'_>, declare: &mut dyn FnMut(&[Token<'_>])) {
    match lexer.next() {
        Some(Token::Symbol(b'(')) => loop {
            let (tokens, end) = declaration(lexer, None);
            declare(&tokens);
            if end != DeclarationEnd::Semicolon {
                return;
            }
        },
        first => declare(&declaration(lexer, first).0),
    }
}

#[derive(PartialEq, Eq)]
enum DeclarationEnd {
    Semicolon,
    /// The parenthesis around a group of declarations, or the end of the file.
    Outer,
}

/// Reads to the end of a declaration; returns its tokens, none where there are too many.
fn declaration<'a>(
    lexer: &mut Lexer<'a>,
    first: Option<Token<'a>>,
) -> (Vec<Token<'a>>, DeclarationEnd) {
    let mut tokens = Vec::new();
    let mut length = 0;
    let mut depth = 0usize;
    for token in first.into_iter().chain(lexer) {
        match token {
            Token::End if depth == 0 => {
                return (tokens, DeclarationEnd::Semicolon);
            }
            Token::Symbol(b'(' | b'[' | b'{') => depth += 1,
            Token::Symbol(b')' | b']' | b'}') => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return (tokens, DeclarationEnd::Outer),
            },
            _ => {}
        }
        length += 1;
        if length <= DECLARATION_TOKENS {
            tokens.push(token);
        } else {
            tokens = Vec::new();
        }
    }
    (tokens, DeclarationEnd::Outer)
}

/// Splits what follows `//go:embed`: patterns between blanks, quoted as in Go where they hold some.
fn patterns(arguments: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = arguments;
    if !rest.starts_with([' ', '\t']) {
        return found;
    }
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return found;
        };
        let quoted = match first {
            '"' | '`' => rest[1..].split_once(first),
            _ => None,
        };
        let (pattern, after) = quoted
            .or_else(|| rest.split_once(char::is_whitespace))
            .unwrap_or((rest, ""));
        found.push(pattern.to_owned());
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn parse(text: &str) -> SourceFile {
        SourceFile::parse("main.go", text, &BuildTags::default())
    }

    fn words(set: &BTreeSet<String>) -> Vec<&str> {
        set.iter().map(String::as_str).collect()
    }

    #[test]
    fn package_imports_and_embeds_are_found() {
        let file = parse(
            "// Package main is.\npackage main // import \"x\"\n\nimport (\n\t\"fmt\"\n\t_ \"embed\"\n\t. `os`; c \"example.com/c\"\n)\nimport \"C\"\n\n//go:embed a.txt  \"b c\" all:static\n//go:embed `d e`\nvar files embed.FS\n//go:embedded no\n",
        );
        assert_eq!(file.package, "main");
        assert!(file.is_built);
        assert_eq!(
            words(&file.imports),
            ["C", "embed", "example.com/c", "fmt", "os"]
        );
        assert_eq!(words(&file.embeds), ["a.txt", "all:static", "b c", "d e"]);
    }

    #[test]
    fn only_variables_that_the_linker_can_set_are_stampable() {
        for (text, stampable) in [
            ("var version string", vec!["version"]),
            ("var version = \"dev\"", vec!["version"]),
            ("var version string = `dev` // x", vec!["version"]),
            ("var a, b string", vec!["a", "b"]),
            ("var a, b = \"1\", f()", vec!["a"]),
            ("var a, b = pair()", vec![]),
            (
                "var (\n\ta = \"1\"\n\tb, c string\n\n\td int\n\te = 1\n)\nvar f = \"\"",
                vec!["a", "b", "c", "f"],
            ),
            (
                "const v = \"1\"\nvar a = v + \"-\" +\n\tw\nconst w = v + v",
                vec!["a"],
            ),
            ("const v = 1\nvar a = v\nvar b = w", vec![]),
            ("const v = w\nconst w = v\nvar a = v", vec![]),
            (
                "type t string\nvar a t\nvar b *string\nvar c []string\nvar d pkg.string",
                vec![],
            ),
            ("var a = \"x\"[1:]\nvar b = (\"x\")\nvar _ string", vec![]),
            ("func f() {\n\tvar a string\n}\nvar b string", vec!["b"]),
            (
                "func f() string {\n\treturn `var a string\nvar c string`\n}\nvar b string",
                vec!["b"],
            ),
            ("var f = func() { var a string }\nvar b string", vec!["b"]),
            (
                "var m = map[string]string{\n\"a\": \"b\",\n}\nvar b string",
                vec!["b"],
            ),
            (
                "type s struct {\n\tvar_ string\n}\n/*\nvar a string\n*/\nvar b = \"\"",
                vec!["b"],
            ),
        ] {
            let file = parse(&format!("package main\n{text}\n"));
            assert_eq!(words(&file.strings.stampable()), stampable, "{text}");
        }
    }

    #[test]
    fn a_table_of_data_is_passed_over() {
        let table = "0x1F,".repeat(10_000);
        let file = parse(&format!(
            "package main\nvar table = []byte{{{table}}}\nvar version string\n"
        ));
        assert_eq!(words(&file.strings.stampable()), ["version"]);
    }

    #[test]
    fn a_generator_is_not_built() {
        assert!(!parse("//go:build ignore\n\npackage main\n").is_built);
        assert!(parse("package main\n\n//go:build ignore\n").is_built);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>()) {
            let _ = parse(&text);
        }

        #[test]
        fn go_like_text_is_read(words in proptest::collection::vec("package|import|var|const|func|string|[(){}=,;+\"`'.]|\n|x|//go:embed \"", 0..40)) {
            let _ = parse(&words.join(" ")).strings.stampable();
        }
    }
}
