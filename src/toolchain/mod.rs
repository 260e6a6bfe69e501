//! Which Go, from where, and the proof that it is the right one.
//!
//! In: what the source and the configuration ask for, what the machine has, the answers of the
//! module proxy and the checksum database. Out: the version, the requests to make, the verdict.
//! Pure: adapters fetch and run. The invariant: no toolchain is used whose hash is not proven to be in
//! the one tree that the checksum database signs, but the machine's own.

mod checksum_database;
mod choice;
mod go_auth;
mod go_env_file;
mod go_sum;
mod h1;
mod login_book;
mod module_fault;
mod module_patterns;
mod module_place;
mod module_settings;
mod netrc;
mod pinned_module;
mod proxy;
mod proxy_list;
mod record_proof;
mod setting_origin;
mod signed_note;
mod tile;
mod told_logins;
mod toolchain_module;
mod toolchain_value;
mod tree;
mod zip_rules;

pub use checksum_database::{
    ChecksumDatabase, ChecksumDatabaseError, LookupError, MAX_LOOKUP_BYTES, Record, SignedHead,
};
pub use choice::{Choice, ChoiceError, ChosenSource, choose, tested_release};
pub use go_auth::{AuthMethod, GoAuth, GoAuthError};
pub use go_env_file::GoEnvFile;
pub use go_sum::GoSum;
pub use h1::{DirHash, H1, H1Error};
pub use login_book::{LoginBook, LoginHeader, LoginOrigin, ModuleLogin};
pub use module_fault::{FileChange, FileDifference, ModuleFault, ModuleHarm};
pub use module_patterns::ModulePatterns;
pub use module_place::ModulePlace;
pub use module_settings::{ModuleSettings, Reach};
pub use netrc::Netrc;
pub use pinned_module::PinnedModule;
pub use proxy::{Credentials, Proxy, ProxyError, ProxyUrl};
pub use proxy_list::{ProxyList, ProxyListError, Refusal};
pub use record_proof::{ProofError, Tiles, prove};
pub use setting_origin::{SettingOrigin, SettingWords};
pub use signed_note::{NoteError, NoteKey, NoteKeyError};
pub use tile::Tile;
pub use told_logins::{ToldLoginError, login_of_git, logins_of_command};
pub use toolchain_module::{TOOLCHAIN_MODULE, ToolchainModule, escape_module};
pub use toolchain_value::{Toolchain, ToolchainOrigin};
pub use zip_rules::{
    MAX_UNPACKED_BYTES, MAX_ZIP_BYTES, MAX_ZIP_ENTRIES, Unpacked, ZipEntry, ZipRuleError, ZipRules,
    is_program,
};
