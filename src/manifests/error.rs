//! Why a manifest cannot be read, or not be changed.

use super::Position;

/// Why a manifest cannot be read, or not be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is no UTF-8.
    #[error("it is not UTF-8 text")]
    NotUtf8(Position),
    /// It is neither YAML nor JSON.
    #[error("{what}")]
    Invalid {
        /// Where reading ended.
        at: Position,
        /// What the parser says.
        what: String,
    },
    /// Its collections are nested deeper than any manifest's.
    #[error("its values are nested more than {limit} deep")]
    TooDeep {
        /// Where it goes too deep.
        at: Position,
        /// The limit.
        limit: usize,
    },
    /// A scalar is written in a way that keeps its bytes from being replaced.
    #[error("{value:?} cannot be replaced where it stands")]
    NotInPlace {
        /// Where the scalar begins.
        at: Position,
        /// Its value.
        value: String,
    },
}

impl ManifestError {
    /// Returns where the fault is.
    pub fn at(&self) -> Position {
        match self {
            Self::NotUtf8(at)
            | Self::Invalid { at, .. }
            | Self::TooDeep { at, .. }
            | Self::NotInPlace { at, .. } => *at,
        }
    }
}
