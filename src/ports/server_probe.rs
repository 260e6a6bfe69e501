//! Servers of modules and checksums, looked at before anything depends on them.

use std::net::IpAddr;

use url::Url;

use crate::doctor::Answer;
use crate::model::Timestamp;
use crate::toolchain::Proxy;

/// Asks servers whether they have something, and keeps nothing of it.
pub trait ServerProbe: Sync {
    /// Asks `proxy` for the small file `path`, as whoever the user is there.
    fn file(&self, proxy: &Proxy, path: &str) -> Reply;

    /// Asks for the page at `url`. What it says is returned whatever its status.
    fn page(&self, url: &Url) -> Reply;

    /// Returns the addresses that the name `host` leads to; none where it has none, or a proxy finds them.
    fn addresses(&self, host: &str) -> Vec<IpAddr>;

    /// Tells whether the user's netrc file, which git reads too, has a password for `host`.
    fn knows_login(&self, host: &str) -> bool;
}

/// What a server replied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Whether it has what it was asked for.
    pub answer: Answer,
    /// What it sent.
    pub bytes: Vec<u8>,
    /// What its clock showed, where it said so.
    pub date: Option<Timestamp>,
    /// Who told it who asks, as in `GOAUTH=netrc`; nobody, where it was not told.
    pub login: Option<String>,
}
