//! Ports for servers that are told theirs, and take them themselves.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Where the ports begin that the system gives to whoever asks for any. Of those another may get one that was found free
/// here, before the server that is to have it is up.
const OF_THE_SYSTEM: u16 = 32_768;

/// Returns a port of loopback that nobody listens on; each is given once.
pub(crate) fn free() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Each process begins elsewhere: it knows nothing of what another one gave.
    let process = u16::try_from(std::process::id() % 100).expect("a small number");
    loop {
        let port = 20_000 + 100 * process + GIVEN.fetch_add(1, Ordering::Relaxed);
        assert!(port < OF_THE_SYSTEM, "there is no free port");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
