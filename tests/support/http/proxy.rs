//! A proxy that tunnels: whatever host is asked for, it leads to one server.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A running proxy; its thread ends with the test's process.
pub(crate) struct Proxy {
    address: SocketAddr,
    asked_for: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Starts a proxy that leads to `server`.
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free loopback port");
        let address = listener.local_addr().expect("an address");
        let asked_for = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&asked_for);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let noted = Arc::clone(&noted);
                thread::spawn(move || tunnel(client, server, &noted));
            }
        });
        Self { address, asked_for }
    }

    /// Returns `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the first lines of what it was asked.
    pub(crate) fn asked_for(&self) -> Vec<String> {
        self.asked_for
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Connects both sides, until either leaves.
fn tunnel(mut client: TcpStream, server: SocketAddr, noted: &Mutex<Vec<String>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let line = head.lines().next()?.to_owned();
    let is_tunnel = line.starts_with("CONNECT ");
    noted
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(line);
    if !is_tunnel {
        client
            .write_all(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            .ok()?;
        return None;
    }
    let mut upstream = TcpStream::connect(server).ok()?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let (mut back, mut from) = (client.try_clone().ok()?, upstream.try_clone().ok()?);
    let answers = thread::spawn(move || {
        // Either side may leave at any time.
        let _ = std::io::copy(&mut from, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let _ = std::io::copy(&mut client, &mut upstream);
    let _ = upstream.shutdown(Shutdown::Write);
    answers.join().ok()
}
