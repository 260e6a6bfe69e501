//! What a publish did.

use crate::model::Descriptor;

/// An image that is where it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The manifest or index that it is known by.
    pub root: Descriptor,
    /// How many bytes were sent or written.
    pub sent_bytes: u64,
    /// How many bytes were there already, or came there without being sent.
    pub present_bytes: u64,
}
