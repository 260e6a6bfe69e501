//! Who we are to a registry.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::Secret;

/// A login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A user and a password.
    Password {
        /// The user's name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token that a token server takes in exchange for others.
    Identity {
        /// The user's name, where one is told.
        user: Option<String>,
        /// The token.
        token: Secret,
    },
    /// A token that the registry itself takes.
    Registry(Secret),
}

impl Credential {
    /// Returns the value of an `Authorization` header for whoever takes passwords; none for a token
    /// of the registry.
    pub fn to_basic(&self) -> Option<Secret> {
        match self {
            Self::Password { user, password } => Some(basic(user, password)),
            // What registries agree on for a token in a password's place.
            Self::Identity { user, token } => {
                Some(basic(user.as_deref().unwrap_or("<token>"), token))
            }
            Self::Registry(_) => None,
        }
    }
}

fn basic(user: &str, password: &Secret) -> Secret {
    let pair = format!("{user}:{}", password.expose());
    Secret::new(format!("Basic {}", STANDARD.encode(pair)))
}
