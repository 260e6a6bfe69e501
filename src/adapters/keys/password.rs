//! Passwords of keys.
#![expect(clippy::disallowed_methods, reason = "a password may be in a file")]

use std::fs;
use std::io;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::KeyError;
use crate::model::{Environment, Secret, Terminal};

/// Where a password may be, in the order in which it counts.
const VARIABLES: [&str; 2] = ["CORACLE_KEY_PASSWORD", "COSIGN_PASSWORD"];

/// The longest password.
const MOST_BYTES: usize = 4096;

/// Where the password of a key may be.
#[derive(Debug, Clone)]
pub struct Passwords {
    /// A file.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Environment,
    /// Whether somebody can be asked.
    pub terminal: Terminal,
}

impl Passwords {
    /// Returns the password of the key at `place`; `None` where nobody tells one.
    ///
    /// # Errors
    /// When the file cannot be read, or the terminal breaks off.
    pub(super) fn find(&self, place: &str) -> Result<Option<Secret>, KeyError> {
        if let Some(path) = &self.file {
            let text = fs::read_to_string(path)
                .map(Zeroizing::new)
                .map_err(|error| KeyError::Read(path.clone(), error))?;
            return match text.len() {
                ..=MOST_BYTES => Ok(Some(Secret::new(first_line(&text).to_owned()))),
                _ => Err(KeyError::TooLong(path.clone())),
            };
        }
        if let Some(found) = self.of_environment() {
            return Ok(Some(found));
        }
        match self.terminal {
            Terminal::Screen => ask(&format!("password of {place}: ")).map(Some),
            Terminal::Plain => Ok(None),
        }
    }

    /// An empty password is legal, so that a variable that is set to nothing says something here.
    fn of_environment(&self) -> Option<Secret> {
        let mut values = VARIABLES
            .iter()
            .filter_map(|name| self.environment.get_even_empty(name));
        values.find_map(|value| Some(Secret::new(value.to_str()?.to_owned())))
    }
}

/// Returns the password for a new key: that of the environment, else what is typed, twice.
///
/// # Errors
/// When nobody can be asked.
pub fn new_password(passwords: &Passwords) -> Result<Secret, KeyError> {
    if let Some(found) = passwords.of_environment() {
        return Ok(found);
    }
    let first = ask("password for the new key: ")?;
    let again = ask("the same again: ")?;
    if first == again {
        return Ok(first);
    }
    let differ = io::Error::other("the two that were typed differ");
    Err(KeyError::Prompt(differ))
}

fn ask(question: &str) -> Result<Secret, KeyError> {
    rpassword::prompt_password(question)
        .map(Secret::new)
        .map_err(KeyError::Prompt)
}

fn first_line(text: &str) -> &str {
    text.split(['\n', '\r']).next().unwrap_or_default()
}
