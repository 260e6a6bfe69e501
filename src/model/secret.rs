//! Values that must not be shown.

use std::fmt;

use zeroize::Zeroizing;

/// A password, token or key; it prints as `…`, whatever asks, and is wiped when it is dropped.
///
/// ```
/// # use coracle::model::Secret;
/// let password = Secret::new("hunter2".to_owned());
/// assert_eq!(format!("{password} {password:?}"), "… …");
/// assert_eq!(password.expose(), "hunter2");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Hides `value`.
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// Returns the value, for the request or process that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
