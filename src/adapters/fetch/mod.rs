//! Go itself: the machine's own, or a release fetched through the Go module proxy.
//!
//! In: a version. Out: a GOROOT. What to ask for, in which order, and what an answer proves
//! `toolchain` decides; here it is asked, unpacked and kept in the cache folder. The invariant: a
//! toolchain is used only when all of it is there and is what the checksum database says, and
//! memory stays flat whatever a zip claims to be.

mod checksum_client;
mod contacts;
mod fetch_error;
mod logins;
mod machine_go;
mod manifest;
mod module_proxies;
mod module_servers;
mod sealed_tree;
mod server_probe;
mod shelf;
mod toolchain_archive;
mod toolchain_shelf;
mod toolchains;
mod unpack;

pub use module_proxies::ModuleProxies;
pub use server_probe::Servers;
pub use shelf::FOLDER as TOOLCHAINS;
pub use toolchain_shelf::ToolchainShelf;
pub use toolchains::{ToolchainSettings, Toolchains};
