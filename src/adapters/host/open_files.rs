//! How many files this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is asked for where there is no limit, or a higher one: macOS takes no more than this.
const WANTED: u64 = 10_240;

/// Raises the number of files that may be open at once to what the user may have: each blob that a run was given stays
/// open to its end.
pub fn open_as_many_files_as_allowed() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(WANTED, |most| most.min(WANTED));
    if current.is_some_and(|current| current < wanted) {
        let current = Some(wanted);
        // With fewer it works too, but for many images at once.
        let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
    }
}
