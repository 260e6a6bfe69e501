//! git's `url.….insteadOf`: which address is used in place of another.

use std::fmt;

use crate::model::ForeignText;

/// The rules of the user's git settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GitRules(Vec<GitRule>);

/// One of them.
#[derive(Clone, PartialEq, Eq)]
pub struct GitRule {
    /// What addresses begin with that it changes.
    pub prefix: String,
    /// What it puts there, which may hold a token.
    instead: String,
}

impl GitRules {
    /// Reads what `git config -z --get-regexp` says of `url\..*\.insteadof`.
    pub fn parse(said: &[u8]) -> Self {
        let said = String::from_utf8_lossy(said);
        let rules = said.split('\0').filter_map(|entry| {
            let (key, prefix) = entry.split_once('\n')?;
            let instead = key.strip_prefix("url.")?.strip_suffix(".insteadof")?;
            Some(GitRule {
                prefix: prefix.to_owned(),
                instead: instead.to_owned(),
            })
        });
        Self(rules.collect())
    }

    /// Returns the rule that changes `url`: as in git, the one with the longest prefix.
    pub fn find(&self, url: &str) -> Option<&GitRule> {
        let fitting = self.0.iter().filter(|rule| url.starts_with(&rule.prefix));
        fitting.max_by_key(|rule| rule.prefix.len())
    }

    /// Returns all of them.
    pub fn iter(&self) -> impl Iterator<Item = &GitRule> {
        self.0.iter()
    }

    /// Returns the address that is used for `url`, with what secrets it may hold.
    pub fn applied(&self, url: &str) -> String {
        match self.find(url) {
            Some(rule) => format!("{}{}", rule.instead, &url[rule.prefix.len()..]),
            None => url.to_owned(),
        }
    }
}

impl GitRule {
    /// Tells whether the address holds a token or a password.
    pub fn has_token(&self) -> bool {
        let rest = self.instead.split_once("://").map_or("", |(_, rest)| rest);
        let user = rest.split('/').next().and_then(|it| it.rsplit_once('@'));
        let is_ssh = self.instead.contains("ssh://");
        user.is_some_and(|(user, _)| !is_ssh || user.contains(':'))
    }
}

impl fmt::Display for GitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instead = ForeignText::new(&self.instead);
        let prefix = ForeignText::new(&self.prefix);
        write!(f, "{instead} instead of {prefix}")?;
        if self.has_token() {
            f.write_str(", with a token")?;
        }
        Ok(())
    }
}

/// A token must not be seen.
impl fmt::Debug for GitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_counts_and_no_token_is_shown() {
        let said =
            b"url.https://oauth2:glpat@git.example.com/.insteadof\nhttps://git.example.com/\0\
            url.ssh://git@git.example.com/.insteadof\nhttps://git.example.com/ssh/\0";
        let rules = GitRules::parse(said);
        let shown = |url: &str| rules.find(url).map(ToString::to_string);
        assert_eq!(
            shown("https://git.example.com/a").unwrap(),
            "https://…@git.example.com/ instead of https://git.example.com/, with a token"
        );
        assert_eq!(
            shown("https://git.example.com/ssh/a").unwrap(),
            "ssh://…@git.example.com/ instead of https://git.example.com/ssh/"
        );
        assert_eq!(shown("https://other.example.com/a"), None);
        assert!(!format!("{rules:?}").contains("glpat"));
        assert_eq!(
            rules.applied("https://git.example.com/ssh/a"),
            "ssh://git@git.example.com/a"
        );
    }
}
