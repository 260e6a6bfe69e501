//! Who signs: keys in files and in the environment, and programs that have one.
//!
//! In: where a key is. Out: signed statements. The invariant: a key's text, its password and the key
//! itself are wiped when they are done with, shown to nobody, and no child process inherits them.

mod command_signer;
mod key_error;
mod key_file;
mod key_place;
mod key_signer;
mod password;

pub use command_signer::CommandSigner;
pub use key_error::KeyError;
pub use key_file::{MadeKey, NewKey, write_new_key};
pub use key_place::{KeyPlace, read_public_key};
pub use key_signer::KeySigner;
pub use password::{Passwords, new_password};
