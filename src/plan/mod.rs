//! What will be built.
//!
//! In: `Config`, `Host` and `Facts`. Out: a `Plan`, or every reason why there is none. Pure: the
//! same values give the same plan, and nothing decides after it.

mod batch;
mod destination;
mod settings;

pub use batch::{Batch, GoSettings, Symbols, Target};
pub use destination::Destination;
pub use settings::ImageSettings;
