//! A line to a server that breaks once, in the middle of something long.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// A running line; its threads end with the test's process.
pub(crate) struct FlakyLine {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    server: SocketAddr,
    breaks_after_bytes: u64,
    has_broken: AtomicBool,
    sent_bytes: AtomicU64,
}

impl FlakyLine {
    /// Leads to `server`; the first connection over which so many bytes went there breaks.
    pub(crate) fn to(server: SocketAddr, breaks_after_bytes: u64) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free loopback port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            server,
            breaks_after_bytes,
            has_broken: AtomicBool::new(false),
            sent_bytes: AtomicU64::new(0),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || state.lead(client));
            }
        });
        Self { address, state }
    }

    /// Returns `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Returns how many bytes went to the server in all, if a connection broke.
    pub(crate) fn sent_bytes(&self) -> Option<u64> {
        let has_broken = self.state.has_broken.load(Ordering::SeqCst);
        has_broken.then(|| self.state.sent_bytes.load(Ordering::SeqCst))
    }
}

impl State {
    fn lead(&self, mut client: TcpStream) -> Option<()> {
        let mut server = TcpStream::connect(self.server).ok()?;
        let (mut from, mut to) = (server.try_clone().ok()?, client.try_clone().ok()?);
        thread::spawn(move || {
            // Either side may leave at any time.
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
        let (mut passed, mut buffer) = (0, [0; 16 << 10]);
        loop {
            let read = client.read(&mut buffer).unwrap_or(0);
            server.write_all(&buffer[..read]).ok()?;
            passed += read as u64;
            self.sent_bytes.fetch_add(read as u64, Ordering::SeqCst);
            let is_long = passed > self.breaks_after_bytes;
            if read == 0 || is_long && !self.has_broken.swap(true, Ordering::SeqCst) {
                let _ = server.shutdown(Shutdown::Both);
                let _ = client.shutdown(Shutdown::Both);
                return None;
            }
        }
    }
}
