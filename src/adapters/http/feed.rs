//! A blob's bytes on their way into a request.

use std::io::{self, Read};
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use super::Observer;
use super::transport::Transport;
use super::watch::Meter;

/// What is read at once, and the most that waits to be sent: so much of a blob is in memory.
const CHUNK_BYTES: usize = 64 << 10;
const CHUNKS_AHEAD: usize = 4;

/// Returns the two ends of a body: what is put in comes out as the request is sent.
pub(super) fn body(meter: Meter) -> (mpsc::Sender<Bytes>, reqwest::Body) {
    let (sender, mut receiver) = mpsc::channel::<Bytes>(CHUNKS_AHEAD);
    let stream = futures_util::stream::poll_fn(move |context| {
        receiver.poll_recv(context).map(|chunk| {
            meter.add(chunk.as_ref().map_or(0, |chunk| chunk.len() as u64));
            chunk.map(Ok::<_, io::Error>)
        })
    });
    (sender, reqwest::Body::wrap_stream(stream))
}

/// Puts `chunks` in while `answer` is waited for, on this thread. An answer that comes early ends
/// it: a registry need not take a body that it refuses.
pub(super) fn pump<T>(
    transport: &Transport,
    mut chunks: Chunks,
    sender: mpsc::Sender<Bytes>,
    mut answer: Pin<&mut impl Future<Output = T>>,
    observer: &dyn Observer,
) -> io::Result<T> {
    while let Some(chunk) = chunks.next()? {
        let len = chunk.len() as u64;
        let early = transport.block_on(async {
            tokio::select! {
                biased;
                answer = &mut answer => Some(answer),
                // Nobody takes more when the request is over: its answer comes next.
                _ = sender.send(chunk) => None,
            }
        });
        if let Some(early) = early {
            return Ok(early);
        }
        observer.moved(len);
    }
    drop(sender);
    Ok(transport.block_on(answer))
}

/// Cuts a reader into chunks, and sees to it that they are exactly as long as was said.
pub(super) struct Chunks {
    reader: Box<dyn Read + Send>,
    left_bytes: u64,
}

impl Chunks {
    pub(super) fn new(reader: Box<dyn Read + Send>, size_bytes: u64) -> Self {
        Self {
            reader,
            left_bytes: size_bytes,
        }
    }

    /// Returns the next chunk, `None` after the last.
    pub(super) fn next(&mut self) -> io::Result<Option<Bytes>> {
        let mut chunk = BytesMut::zeroed(CHUNK_BYTES);
        let read = loop {
            match self.reader.read(&mut chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        chunk.truncate(read);
        self.left_bytes = self.left_bytes.checked_sub(read as u64).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "there are more bytes than its size says",
            )
        })?;
        match (read, self.left_bytes) {
            (0, 0) => Ok(None),
            (0, left) => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("its end came {left} bytes before its size says"),
            )),
            _ => Ok(Some(chunk.freeze())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &'static [u8], size_bytes: u64) -> io::Result<usize> {
        let mut chunks = Chunks::new(Box::new(bytes), size_bytes);
        let mut total = 0;
        while let Some(chunk) = chunks.next()? {
            total += chunk.len();
        }
        Ok(total)
    }

    #[test]
    fn a_blob_that_is_not_as_long_as_it_says_is_not_sent() {
        assert_eq!(read(b"four", 4).unwrap(), 4);
        assert_eq!(read(b"", 0).unwrap(), 0);
        assert_eq!(
            read(b"four", 3).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        assert_eq!(
            read(b"four", 5).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
    }
}
