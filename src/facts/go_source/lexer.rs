//! Go source text to tokens, with the semicolons that line ends stand for.
//!
//! The Go specification, "Lexical elements".

/// A token, as fine as declarations of strings need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An identifier or keyword.
    Name(&'a str),
    /// A string literal, what stands between its quotes, escapes as they are written.
    Text(&'a str),
    /// A number or a rune.
    Literal,
    /// One byte of an operator or a bracket; `++` and `--` are one.
    Symbol(u8),
    /// A semicolon, written or implied by a line's end.
    End,
}

/// Takes source text apart. What is no Go still gives tokens: the compiler will say what is wrong.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Whether a line's end would end a statement.
    ends_statement: bool,
    seen_token: bool,
    header: Vec<&'a str>,
    directives: Vec<&'a str>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            at: 0,
            ends_statement: false,
            seen_token: false,
            header: Vec::new(),
            directives: Vec::new(),
        }
    }

    /// Returns the line comments before the first token seen so far.
    pub(super) fn header(&self) -> &[&'a str] {
        &self.header
    }

    /// Returns the comments seen so far that speak to the go command: `//go:…`.
    pub(super) fn directives(&self) -> &[&'a str] {
        &self.directives
    }

    /// Skips what is no token; returns a semicolon where a line ends that needs one.
    fn skip_blanks(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = &self.text[self.at..];
            let passes_line = if rest.starts_with('\n') {
                self.at += 1;
                true
            } else if rest.starts_with("//") {
                self.line_comment(rest);
                false
            } else if let Some(inside) = rest.strip_prefix("/*") {
                let length = inside.find("*/").map_or(rest.len(), |end| end + 4);
                self.at += length;
                rest[..length].contains('\n')
            } else if rest.starts_with([' ', '\t', '\r']) {
                self.at += 1;
                false
            } else {
                return (rest.is_empty() && self.take_end()).then_some(Token::End);
            };
            if passes_line && self.take_end() {
                return Some(Token::End);
            }
        }
    }

    fn take_end(&mut self) -> bool {
        std::mem::take(&mut self.ends_statement)
    }

    fn line_comment(&mut self, rest: &'a str) {
        let length = rest.find('\n').unwrap_or(rest.len());
        let comment = rest[..length].trim_end();
        if !self.seen_token {
            self.header.push(comment);
        }
        if comment.starts_with("//go:") {
            self.directives.push(comment);
        }
        self.at += length;
    }

    /// Returns the token that `rest` starts with and its length.
    fn token(rest: &'a str, first: u8) -> (Token<'a>, usize) {
        match first {
            b'"' => quoted(rest, '"', Newlines::End),
            b'`' => quoted(rest, '`', Newlines::Belong),
            b'\'' => (Token::Literal, quoted(rest, '\'', Newlines::End).1),
            b'0'..=b'9' => (Token::Literal, name_length(rest)),
            b';' => (Token::End, 1),
            b'+' | b'-' if rest.as_bytes().get(1) == Some(&first) => (Token::Symbol(first), 2),
            _ => match name_length(rest) {
                0 => (Token::Symbol(first), 1),
                length => (Token::Name(&rest[..length]), length),
            },
        }
    }

    fn ends_statement(token: Token<'_>, length: usize) -> bool {
        match token {
            Token::Name(name) => !KEYWORDS_THAT_GO_ON.contains(&name),
            Token::Text(_) | Token::Literal | Token::Symbol(b')' | b']' | b'}') => true,
            Token::Symbol(_) => length == 2,
            Token::End => false,
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(end) = self.skip_blanks() {
            return Some(end);
        }
        let rest = &self.text[self.at..];
        let (token, length) = Self::token(rest, *rest.as_bytes().first()?);
        self.seen_token = true;
        self.ends_statement = Self::ends_statement(token, length);
        self.at += length;
        Some(token)
    }
}

/// Keywords after which a line's end is no semicolon: all but break, continue, fallthrough, return.
const KEYWORDS_THAT_GO_ON: [&str; 21] = [
    "case",
    "chan",
    "const",
    "default",
    "defer",
    "else",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// What a line's end means inside quotes.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Newlines {
    /// It ends a literal that was not closed; backslashes escape.
    End,
    /// It is part of the literal, and so are backslashes.
    Belong,
}

fn quoted(rest: &str, quote: char, newlines: Newlines) -> (Token<'_>, usize) {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        if c == quote {
            return (Token::Text(&rest[1..at]), at + 1);
        }
        match (newlines, c) {
            (Newlines::End, '\n') => return (Token::Text(&rest[1..at]), at),
            (Newlines::End, '\\') => {
                characters.next();
            }
            _ => {}
        }
    }
    (Token::Text(&rest[1..]), rest.len())
}

fn name_length(rest: &str) -> usize {
    rest.bytes()
        .position(|b| !(b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80))
        .unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn shown(text: &str) -> String {
        let words: Vec<String> = Lexer::new(text)
            .map(|token| match token {
                Token::Name(name) => name.to_owned(),
                Token::Text(text) => format!("{text:?}"),
                Token::Literal => "1".to_owned(),
                Token::Symbol(symbol) => char::from(symbol).to_string(),
                Token::End => ";".to_owned(),
            })
            .collect();
        words.join(" ")
    }

    #[test]
    fn lines_end_statements_where_the_specification_says_so() {
        for (text, tokens) in [
            ("var a = 1\nvar b", "var a = 1 ; var b ;"),
            ("a +\nb", "a + b ;"),
            ("i++\nj--\n", "i + ; j - ;"),
            ("f(\n1,\n)\n", "f ( 1 , ) ;"),
            ("return\nvar\n", "return ; var"),
            ("a /* x */ b /* \n */ c", "a b ; c ;"),
            ("a // x\nb", "a ; b ;"),
            ("a;\n\nb", "a ; b ;"),
        ] {
            assert_eq!(shown(text), tokens, "{text:?}");
        }
    }

    #[test]
    fn literals_hide_what_they_hold() {
        for (text, tokens) in [
            (r#"x = "a\"// b" y"#, r#"x = "a\\\"// b" y ;"#),
            ("`a\n\"\\` b", r#""a\n\"\\" b ;"#),
            (r#"'"' '\'' 'x' 0x1F 1.5e3"#, "1 1 1 1 1 . 1 ;"),
            ("\"open\nvar", r#""open" ; var"#),
            ("\u{feff}größe", "größe ;"),
        ] {
            assert_eq!(shown(text), tokens, "{text:?}");
        }
    }

    #[test]
    fn comments_that_speak_to_tools_are_kept() {
        let mut lexer = Lexer::new(
            "// Copyright\r\n//go:build linux\n\npackage a\n//go:embed x y\nvar s = \"//go:embed z\"\n",
        );
        let _ = lexer.by_ref().count();
        assert_eq!(lexer.header(), ["// Copyright", "//go:build linux"]);
        assert_eq!(lexer.directives(), ["//go:build linux", "//go:embed x y"]);
    }

    proptest! {
        #[test]
        fn any_text_comes_to_an_end(text in any::<String>()) {
            assert!(Lexer::new(&text).count() <= 2 * text.len() + 1);
        }

        #[test]
        fn go_like_text_comes_to_an_end(text in "[a\"'`\\\\/*+\n ()é0;]{0,60}") {
            assert!(Lexer::new(&text).count() <= 2 * text.len() + 1);
        }
    }
}
