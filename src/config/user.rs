//! Who a program runs as.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::model::Owner;

/// `USER` or `USER:GROUP`, each a number or a name that is looked up in the image's passwd and
/// group; or `base`, whom the base names.
///
/// ```
/// # use coracle::{config::UserChoice, model::Owner};
/// let user: UserChoice = "65532:65532".parse().unwrap();
/// assert_eq!(user.owner(), Some(Owner::NONROOT));
/// let user: UserChoice = "nonroot:nonroot".parse().unwrap();
/// assert_eq!(user.owner(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserChoice {
    /// Whom the base names; where it names nobody, that is root.
    OfBase,
    /// This one.
    Own {
        /// The user.
        user: Account,
        /// The group; without one it is the user's own in passwd, and 0 where the user is not there.
        group: Option<Account>,
    },
}

/// A user or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// By its number.
    Number(u32),
    /// By its name.
    Name(String),
}

/// Why a text names no user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a user, expected USER or USER:GROUP, each a name or a number, as in \"65532:65532\""
)]
pub struct UserChoiceError(String);

const OF_BASE: &str = "base";

impl UserChoice {
    /// 65532:65532, the user of every image that names none.
    pub const NONROOT: Self = Self::Own {
        user: Account::Number(Owner::NONROOT.uid),
        group: Some(Account::Number(Owner::NONROOT.gid)),
    };

    /// Returns the numbers, where both are written.
    pub fn owner(&self) -> Option<Owner> {
        match self {
            &Self::Own {
                user: Account::Number(uid),
                group: Some(Account::Number(gid)),
            } => Some(Owner { uid, gid }),
            Self::Own { .. } | Self::OfBase => None,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for UserChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Own { user, group } = self else {
            return f.write_str(OF_BASE);
        };
        user.fmt(f)?;
        group.iter().try_for_each(|group| write!(f, ":{group}"))
    }
}

impl FromStr for UserChoice {
    type Err = UserChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == OF_BASE {
            return Ok(Self::OfBase);
        }
        let account = |part| parse_account(part).ok_or_else(|| UserChoiceError(text.to_owned()));
        let (user, group) = match text.split_once(':') {
            Some((user, group)) => (user, Some(account(group)?)),
            None => (text, None),
        };
        Ok(Self::Own {
            user: account(user)?,
            group,
        })
    }
}

fn parse_account(text: &str) -> Option<Account> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(Account::Number);
    }
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    (first && text.chars().all(allowed)).then(|| Account::Name(text.to_owned()))
}

impl<'de> Deserialize<'de> for UserChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UserVisitor)
    }
}

struct UserVisitor;

impl Visitor<'_> for UserVisitor {
    type Value = UserChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a user, as in \"65532:65532\" or \"nonroot:nonroot\"")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<UserChoice, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<UserChoice, E> {
        text.parse().map_err(E::custom)
    }
}

impl JsonSchema for UserChoice {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "UserChoice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "minimum": 0, "maximum": u32::MAX })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_may_be_mixed() {
        for right in [
            "0",
            "1000:0",
            "nonroot",
            "app:1000",
            "1000:www-data",
            "_apt:nogroup",
            "base",
        ] {
            assert_eq!(right.parse::<UserChoice>().unwrap().to_string(), right);
        }
        for wrong in [
            "",
            ":",
            "a:",
            ":a",
            "a:b:c",
            "a b",
            "-a",
            "4294967296",
            "a\n",
        ] {
            assert!(wrong.parse::<UserChoice>().is_err(), "{wrong:?}");
        }
    }
}
