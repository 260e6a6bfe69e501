//! What a registry asks for before it answers, RFC 9110, 11.6.1, and distribution's token
//! specification.

use crate::model::ForeignText;

/// What a registry wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// A user and a password, with each request.
    Basic,
    /// A token of a server that it names.
    Bearer(BearerChallenge),
}

/// Where a token is had, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BearerChallenge {
    /// The URL of the token server, as it was written.
    pub realm: String,
    /// The name that the registry has there.
    pub service: Option<String>,
    /// What the token must allow, one text for each repository.
    pub scopes: Vec<String>,
}

/// A registry wants to know who asks, in no way that is known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it asks for a login in no known way, expected Basic or Bearer, found {found}")]
pub struct ChallengeError {
    found: ForeignText,
}

impl Challenge {
    /// Chooses among the challenges of all `WWW-Authenticate` headers of an answer: a token server
    /// rather than a password for the registry itself.
    ///
    /// # Errors
    /// When none of them is known.
    pub fn choose<'a>(headers: impl IntoIterator<Item = &'a str>) -> Result<Self, ChallengeError> {
        let headers: Vec<&str> = headers.into_iter().collect();
        let known: Vec<Self> = headers
            .iter()
            .flat_map(|header| parse(header))
            .filter_map(|raw| Self::of(&raw))
            .collect();
        let bearer = known
            .iter()
            .find(|challenge| matches!(challenge, Self::Bearer(_)));
        bearer
            .or(known.first())
            .cloned()
            .ok_or_else(|| ChallengeError {
                found: ForeignText::new(if headers.is_empty() {
                    "nothing"
                } else {
                    headers[0]
                }),
            })
    }

    fn of(raw: &RawChallenge<'_>) -> Option<Self> {
        if raw.scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        let scopes = raw.parameter("scope").unwrap_or_default();
        raw.scheme.eq_ignore_ascii_case("bearer").then_some(())?;
        Some(Self::Bearer(BearerChallenge {
            realm: raw.parameter("realm")?,
            service: raw.parameter("service"),
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        }))
    }
}

#[derive(Debug)]
struct RawChallenge<'a> {
    scheme: &'a str,
    parameters: Vec<(&'a str, String)>,
}

impl RawChallenge<'_> {
    fn parameter(&self, name: &str) -> Option<String> {
        let found = self
            .parameters
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    }
}

/// Cuts one header into its challenges. Commas stand between challenges and between parameters
/// alike: a word is a scheme when no `=` follows it.
fn parse(header: &str) -> Vec<RawChallenge<'_>> {
    let mut challenges: Vec<RawChallenge<'_>> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (word, after) = split_token(rest);
        if word.is_empty() {
            return challenges;
        }
        let Some(after) = after.trim_start().strip_prefix('=') else {
            rest = after;
            challenges.push(RawChallenge {
                scheme: word,
                parameters: Vec::new(),
            });
            continue;
        };
        let (value, after) = split_value(after.trim_start());
        rest = after;
        if let Some(challenge) = challenges.last_mut() {
            challenge.parameters.push((word, value));
        }
    }
}

fn split_token(text: &str) -> (&str, &str) {
    let end = |c: char| c.is_whitespace() || matches!(c, ',' | '=' | '"');
    text.split_at(text.find(end).unwrap_or(text.len()))
}

fn split_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        // The padding of a token68, as in `Negotiate YWJj==`, is no value.
        let (value, rest) = split_token(text.trim_start_matches('='));
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scopes: &[&str]) -> Challenge {
        Challenge::Bearer(BearerChallenge {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        })
    }

    #[test]
    fn challenges_of_real_registries_are_understood() {
        let hub = r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:library/x:pull,push""#;
        let hub_read = bearer(
            "https://auth.example/token",
            Some("registry.example"),
            &["repository:library/x:pull,push"],
        );
        for (headers, expected) in [
            (vec![hub], hub_read.clone()),
            (vec![r#"Basic realm="Registry Realm""#], Challenge::Basic),
            (vec!["basic"], Challenge::Basic),
            (vec![r#"Basic realm="a, b""#, hub], hub_read.clone()),
            (
                vec![r#"BEARER Realm = "https://a/t" , scope="a b""#],
                bearer("https://a/t", None, &["a", "b"]),
            ),
            (
                vec!["Bearer realm=https://a/t,service=s"],
                bearer("https://a/t", Some("s"), &[]),
            ),
            (vec![r#"Negotiate, Basic realm="x""#], Challenge::Basic),
            (
                vec![r#"Negotiate YWJj==, Bearer realm="https://a/t""#],
                bearer("https://a/t", None, &[]),
            ),
            (
                vec![r#"Bearer realm="https://a/\"t\"",service="""#],
                bearer("https://a/\"t\"", Some(""), &[]),
            ),
        ] {
            assert_eq!(
                Challenge::choose(headers.clone()),
                Ok(expected),
                "{headers:?}"
            );
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        for headers in [
            vec![],
            vec![""],
            vec!["Negotiate"],
            vec![r#"Bearer service="x""#],
        ] {
            assert!(Challenge::choose(headers.clone()).is_err(), "{headers:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_confuses_the_parser(header in ".{0,80}") {
            let _ = Challenge::choose([header.as_str()]);
        }
    }
}
