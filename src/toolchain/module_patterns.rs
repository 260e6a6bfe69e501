//! Patterns of module paths, as GOPRIVATE holds them.

/// A list of patterns, separated by commas. Each is matched against as many elements of a module's
/// path as it has itself, as the go command does: `MatchPrefixPatterns` of `golang.org/x/mod/module`.
///
/// ```
/// # use coracle::toolchain::ModulePatterns;
/// let patterns = ModulePatterns::new("git.example.com/*, *.corp.example.com");
/// assert_eq!(patterns.find("git.example.com/team/app/v2"), Some("git.example.com/*"));
/// assert_eq!(patterns.find("git.example.com"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModulePatterns<'a>(&'a str);

impl<'a> ModulePatterns<'a> {
    /// Takes the value of GOPRIVATE or one of its kin.
    pub fn new(list: &'a str) -> Self {
        Self(list)
    }

    /// Returns the first pattern that means `module`.
    pub fn find(self, module: &str) -> Option<&'a str> {
        let patterns = self.0.split(',').map(str::trim);
        patterns
            .filter(|pattern| !pattern.is_empty())
            .find(|pattern| means(pattern.trim_end_matches('/'), module))
    }
}

fn means(pattern: &str, module: &str) -> bool {
    let mut elements = module.split('/');
    pattern.split('/').all(|pattern| {
        elements
            .next()
            .is_some_and(|element| matches(pattern.as_bytes(), element.as_bytes()))
    })
}

/// Matches one element: `*` and `?`, classes in brackets, and a backslash before what means itself.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|taken| matches(rest, &text[taken..])),
        ([b'?', pattern @ ..], [_, text @ ..]) => matches(pattern, text),
        ([b'[', class @ ..], [c, text @ ..]) => match in_class(class, *c) {
            Some((true, rest)) => matches(rest, text),
            _ => false,
        },
        ([b'\\', own, pattern @ ..] | [own, pattern @ ..], [c, text @ ..]) => {
            own == c && matches(pattern, text)
        }
        _ => false,
    }
}

/// Tells whether a class, without its opening bracket, has `c`, and returns what follows it; nothing
/// where it never ends.
fn in_class(class: &[u8], c: u8) -> Option<(bool, &[u8])> {
    let (negated, mut class) = match class {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, class),
    };
    let mut found = false;
    loop {
        class = match class {
            [b']', rest @ ..] => return Some((found != negated, rest)),
            [from, b'-', to, rest @ ..] if *to != b']' => {
                found |= (*from..=*to).contains(&c);
                rest
            }
            [own, rest @ ..] => {
                found |= *own == c;
                rest
            }
            [] => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_the_go_command() {
        for (patterns, module, expected) in [
            ("*.example.com", "git.example.com/a", Some("*.example.com")),
            ("*.example.com", "example.com/a", None),
            ("example.com", "example.com/a/b", Some("example.com")),
            ("example.com/", "example.com/a/b", Some("example.com/")),
            ("example.com/*", "example.com/a/b", Some("example.com/*")),
            ("example.com/*", "example.com", None),
            ("example.com/a", "example.com/ab", None),
            (
                "x,,example.com/a?",
                "example.com/ab",
                Some("example.com/a?"),
            ),
            ("*", "anything/at/all", Some("*")),
            ("e[a-z]?mple.com", "example.com", Some("e[a-z]?mple.com")),
            ("[^e]xample.com", "example.com", None),
            ("[ab", "a", None),
            ("", "example.com", None),
            ("none", "example.com", None),
        ] {
            let found = ModulePatterns::new(patterns).find(module);
            assert_eq!(found, expected, "{patterns:?} {module}");
        }
    }
}
