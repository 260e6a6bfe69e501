//! Parallel gzip whose bytes do not depend on the number of threads.
//!
//! One member, RFC 1952: blocks of 256 KiB, each compressed on its own with the 32 KiB before it as
//! dictionary, joined by sync flushes. Several members would be simpler, but some readers stop
//! after the first, silently.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::{mem, panic, thread};

use flate2::{Compress, FlushCompress};

use super::LayerError;

/// Small enough that 16 cores are busy with 4 MiB, large enough that a Go binary does not grow by
/// the flush and the new Huffman codes between two.
const BLOCK: usize = 256 << 10;
/// As far back as deflate can point.
const WINDOW: usize = 32 << 10;
/// Blocks that are read but not yet written, and the most threads. A constant, so that memory is
/// one too: with what becomes of them these are 8 MiB at most. More threads than 16 would wait for
/// the one that reads and digests.
const BLOCKS_IN_FLIGHT: usize = 16;

/// Compresses what `fill` writes, and returns `out` with the gzip member in it.
///
/// `level` is 1 to 9.
pub(super) fn gzip<W: Write + Send>(
    out: W,
    level: u32,
    threads: NonZeroUsize,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), LayerError>,
) -> Result<W, LayerError> {
    let (jobs, todo) = mpsc::channel();
    let (results, done) = mpsc::sync_channel(BLOCKS_IN_FLIGHT);
    let todo = Mutex::new(todo);
    thread::scope(|scope| {
        for _ in 0..threads.get().min(BLOCKS_IN_FLIGHT) {
            thread::Builder::new()
                .spawn_scoped(scope, || compress_blocks(&todo, level))
                .map_err(LayerError::Store)?;
        }
        let member = thread::Builder::new()
            .spawn_scoped(scope, move || write_member(out, level, done))
            .map_err(LayerError::Store)?;
        let mut blocks = Blocks::new(jobs, results);
        let filled = fill(&mut blocks).and_then(|()| blocks.finish().map_err(LayerError::Store));
        let written = member.join().unwrap_or_else(|it| panic::resume_unwind(it));
        // A writer that failed is why the blocks could not be filled, and not the other way round.
        let out = written.map_err(LayerError::Store)?;
        filled.map(|()| out)
    })
}

/// A block to be compressed.
struct Job {
    bytes: Arc<Vec<u8>>,
    previous: Option<Arc<Vec<u8>>>,
    flush: FlushCompress,
    result: Sender<io::Result<CompressedBlock>>,
}

struct CompressedBlock {
    deflated: Box<[u8]>,
    crc: crc32fast::Hasher,
    /// At most the size of a block.
    size_bytes: u32,
}

/// Cuts what is written to it into blocks, and hands out each when it is full. The results are
/// awaited in this order, whichever is ready first.
struct Blocks {
    jobs: Sender<Job>,
    results: SyncSender<Receiver<io::Result<CompressedBlock>>>,
    pending: Vec<u8>,
    previous: Option<Arc<Vec<u8>>>,
}

impl Blocks {
    fn new(jobs: Sender<Job>, results: SyncSender<Receiver<io::Result<CompressedBlock>>>) -> Self {
        Self {
            jobs,
            results,
            pending: Vec::with_capacity(BLOCK),
            previous: None,
        }
    }

    fn finish(mut self) -> io::Result<()> {
        self.hand_out(FlushCompress::Finish)
    }

    fn hand_out(&mut self, flush: FlushCompress) -> io::Result<()> {
        let bytes = Arc::new(mem::replace(&mut self.pending, Vec::with_capacity(BLOCK)));
        let (result, block) = mpsc::channel();
        let job = Job {
            bytes: Arc::clone(&bytes),
            previous: self.previous.replace(bytes),
            flush,
            result,
        };
        // This waits while too many are in flight, and so it stands before the job.
        self.results.send(block).map_err(|_| hung_up())?;
        self.jobs.send(job).map_err(|_| hung_up())
    }
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full block waits until more comes: it could be the last.
        if self.pending.len() == BLOCK && !bytes.is_empty() {
            self.hand_out(FlushCompress::Sync)?;
        }
        let taken = bytes.len().min(BLOCK - self.pending.len());
        self.pending.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hung_up() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the compressor has ended")
}

fn compress_blocks(todo: &Mutex<Receiver<Job>>, level: u32) {
    let mut buffer = Vec::new();
    loop {
        let job = todo.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // Nobody waits for it once the member's writer has failed.
        let _ = job.result.send(compress(&job, level, &mut buffer));
    }
}

/// Compresses a block; `buffer` is there to be used again.
fn compress(job: &Job, level: u32, buffer: &mut Vec<u8>) -> io::Result<CompressedBlock> {
    // A compressor is never reset and used again: zlib-rs 0.6.8 hashes a byte or two behind the
    // dictionary, and there it would find the block before, which differs from run to run. A new
    // one has zeros there, and costs 1 % of the block.
    let mut raw = Compress::new(flate2::Compression::new(level), false);
    if let Some(previous) = &job.previous {
        raw.set_dictionary(&previous[previous.len().saturating_sub(WINDOW)..])?;
    }
    buffer.clear();
    loop {
        // More than bytes that cannot be compressed need at any level, so once is enough; a buffer
        // that is full would mean that there is more to come.
        buffer.reserve(job.bytes.len() + job.bytes.len() / 8 + 64);
        let taken = usize::try_from(raw.total_in()).map_err(io::Error::other)?;
        raw.compress_vec(&job.bytes[taken..], buffer, job.flush)?;
        if buffer.len() < buffer.capacity() {
            break;
        }
    }
    let mut crc = crc32fast::Hasher::new();
    crc.update(&job.bytes);
    Ok(CompressedBlock {
        deflated: buffer.as_slice().into(),
        crc,
        size_bytes: u32::try_from(job.bytes.len()).map_err(io::Error::other)?,
    })
}

/// Writes header, blocks in their order, and trailer.
fn write_member<W: Write>(
    mut out: W,
    level: u32,
    results: Receiver<Receiver<io::Result<CompressedBlock>>>,
) -> io::Result<W> {
    out.write_all(&header(level))?;
    let mut crc = crc32fast::Hasher::new();
    let mut size_bytes: u32 = 0;
    for result in results {
        let block = result.recv().map_err(|_| hung_up())??;
        out.write_all(&block.deflated)?;
        crc.combine(&block.crc);
        size_bytes = size_bytes.wrapping_add(block.size_bytes);
    }
    out.write_all(&crc.finalize().to_le_bytes())?;
    out.write_all(&size_bytes.to_le_bytes())?;
    Ok(out)
}

/// No name, no time, and 255 for the system: nothing of the machine.
fn header(level: u32) -> [u8; 10] {
    let extra_flags = match level {
        9 => 2,
        1 => 4,
        _ => 0,
    };
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extra_flags, 255]
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::layers::sample::machine_code;

    fn compressed(bytes: &[u8], level: u32, threads: usize) -> Vec<u8> {
        let threads = NonZeroUsize::new(threads).unwrap();
        gzip(Vec::new(), level, threads, |out| {
            out.write_all(bytes).map_err(LayerError::Store)
        })
        .unwrap()
    }

    #[test]
    fn a_reader_of_one_member_reads_it_all() {
        for size in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 5 * BLOCK + 77] {
            for level in [1, 3, 6, 9] {
                let bytes = machine_code(size);
                let mut read = Vec::new();
                let compressed = compressed(&bytes, level, 2);
                let mut reader = flate2::read::GzDecoder::new(compressed.as_slice());
                reader.read_to_end(&mut read).unwrap();
                assert!(read == bytes, "{size} bytes at level {level}");
                assert!(reader.into_inner().is_empty());
            }
        }
    }

    #[test]
    fn bytes_that_cannot_be_compressed_survive() {
        let mut state = 1_u64;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            state.to_be_bytes()[0]
        });
        let bytes: Vec<u8> = noise.take(2 * BLOCK + 1).collect();
        for level in 1..=9 {
            let mut read = Vec::new();
            flate2::read::GzDecoder::new(compressed(&bytes, level, 1).as_slice())
                .read_to_end(&mut read)
                .unwrap();
            assert!(read == bytes, "level {level}");
        }
    }

    /// Blocks of zeros and of ones. Each ends in three bytes that begin two strings before it, and
    /// the next block holds these strings again: which of them the compressor finds depends on the
    /// byte that it takes to be behind the three.
    fn blocks_with_seams(number: u8) -> Vec<u8> {
        let string = |fourth| [7, 8, 9, fourth].into_iter().chain(100..200);
        let strings: Vec<u8> = string(0).chain(string(1)).collect();
        let mut bytes = Vec::new();
        for block in 0..number {
            let filler = u8::from(block.count_ones() % 2 == 1);
            bytes.push(2);
            bytes.resize(bytes.len() + 1000, filler);
            bytes.extend(&strings);
            let end = usize::from(block + 1) * BLOCK;
            bytes.resize(end - 1000, filler);
            bytes.extend(&strings);
            bytes.resize(end - 3, filler);
            bytes.extend([7, 8, 9]);
        }
        bytes
    }

    #[test]
    fn the_bytes_do_not_depend_on_the_number_of_threads() {
        for bytes in [machine_code(10 * BLOCK + 5), blocks_with_seams(24)] {
            let one = compressed(&bytes, 5, 1);
            for threads in [2, 3, 16, 100] {
                assert!(compressed(&bytes, 5, threads) == one, "{threads} threads");
            }
        }
    }

    #[test]
    fn the_bytes_do_not_depend_on_how_they_are_written() {
        let bytes = machine_code(2 * BLOCK);
        let threads = NonZeroUsize::MIN;
        let in_pieces = gzip(Vec::new(), 6, threads, |out| {
            bytes
                .chunks(777)
                .try_for_each(|piece| out.write_all(piece).map_err(LayerError::Store))
        });
        assert!(in_pieces.unwrap() == compressed(&bytes, 6, 1));
    }

    #[test]
    fn a_sink_that_fails_is_the_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let bytes = machine_code(BLOCK);
        let result = gzip(Full, 6, NonZeroUsize::MIN, |out| {
            (0..100).try_for_each(|_| out.write_all(&bytes).map_err(LayerError::Store))
        });
        let Err(LayerError::Store(error)) = result else {
            panic!("expected an error of the store");
        };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
