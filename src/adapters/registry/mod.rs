//! Registries: images into them, bases out of them, and who we are to them.
//!
//! In: images and references, the registries' settings, the environment's logins. Out: requests, in
//! the order that the machines of `publish` decide, and errors that name the registry, what it was
//! asked and its own words. The invariant: nothing is sent that is there already, no tag moves
//! before all that it names is there, what is pulled has the digest and the size that it is named
//! by, and a credential goes to its own (scheme, host, port) alone. Decides nothing that a table of
//! cases could test.

mod access;
mod bases;
mod blob_download;
mod call;
mod credentials;
mod endpoint;
mod helper;
mod hints;
mod history;
mod listeners;
mod logins;
mod manifests;
mod memo_seals;
mod memos;
mod publisher;
mod pull;
mod pull_error;
mod push;
mod referrers;
mod registry_error;
mod registry_probe;
mod release_store;
mod remote_image;
mod remote_layer;
mod sessions;
mod settings;
mod shelf;

pub use bases::RegistryBases;
pub use call::Registries;
pub use history::RegistryHistory;
pub use memo_seals::{MemoSeals, MemoTrust};
pub use memos::{MemoPlaces, RegistryMemos};
pub use publisher::RegistryPublisher;
pub use referrers::RegistryReferrers;
pub use registry_probe::Registered;
pub use release_store::RegistryReleases;
pub use remote_image::RemoteImage;
pub use settings::RegistrySettings;
