//! Entries to a layer in a blob store.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::{panic, thread};

use zstd::zstd_safe::CCtx;

use super::gzip::gzip;
use super::tar::write_tar;
use super::zstd::zstd;
use super::{Layer, LayerError};
use crate::model::{Cancellation, Compression, DiffId, Digester, Entry};
use crate::ports::BlobStore;

/// Makes layers, one at a time: each keeps all threads busy, and two would take twice the memory.
pub struct LayerWriter<'a> {
    store: &'a dyn BlobStore,
    compression: Compression,
    threads: NonZeroUsize,
    cancellation: Cancellation,
    /// Whoever holds it writes.
    zstd: Mutex<CCtx<'static>>,
}

impl<'a> LayerWriter<'a> {
    /// Puts layers into `store`, compressed by up to so many threads; their bytes do not depend
    /// on the number.
    pub fn new(
        store: &'a dyn BlobStore,
        compression: Compression,
        threads: NonZeroUsize,
        cancellation: Cancellation,
    ) -> Self {
        Self {
            store,
            compression,
            threads,
            cancellation,
            zstd: Mutex::new(CCtx::create()),
        }
    }

    /// Makes a layer of `entries`, in any order; folders that they lie in need not be among them.
    /// `on_bytes` hears of the bytes of files as they pass, uncompressed.
    ///
    /// The bytes of the layer are stable.
    ///
    /// # Errors
    /// When two entries clash, a file cannot be read or is not as long as its entry says, the
    /// store takes no more, or the run is told to stop. Nothing is kept then.
    pub fn write(
        &self,
        entries: Vec<Entry>,
        on_bytes: &(dyn Fn(u64) + Sync),
    ) -> Result<Layer, LayerError> {
        let mut turn = self.zstd.lock().unwrap_or_else(PoisonError::into_inner);
        let context = &mut *turn;
        // glibc keeps what was freed for the thread that had it. A thread of its own takes over
        // what that of the layer before has left; 16 callers would keep it 16 times.
        thread::scope(|scope| {
            let writer = scope.spawn(|| self.write_alone(entries, context, on_bytes));
            writer.join().unwrap_or_else(|it| panic::resume_unwind(it))
        })
    }

    fn write_alone(
        &self,
        entries: Vec<Entry>,
        context: &mut CCtx<'static>,
        on_bytes: &dyn Fn(u64),
    ) -> Result<Layer, LayerError> {
        let mut digester = Digester::default();
        let fill = |out: &mut dyn Write| {
            let mut tar = Tee(&mut digester, out);
            write_tar(entries, &mut tar, &self.cancellation, on_bytes)
        };
        let blob = self.store.create().map_err(LayerError::Store)?;
        let blob = match self.compression {
            Compression::Gzip(level) => gzip(blob, level, self.threads, fill)?,
            Compression::Zstd(level) => zstd(blob, level, self.threads, context, fill)?,
        };
        let blob = blob
            .commit(self.compression.media_type(), None)
            .map_err(LayerError::Store)?;
        let diff_id = DiffId::new(digester.finish());
        Ok(Layer { blob, diff_id })
    }
}

/// Shows a digester what passes. It stays on the thread that reads: with the processor's own
/// sha256 it is faster than 16 compressors, and without it there is no way around it anyhow.
struct Tee<'a>(&'a mut Digester, &'a mut dyn Write);

impl Write for Tee<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.1.write(bytes)?;
        self.0.update(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::layers::sample::{entry, file, machine_code, source};
    use crate::model::{Content, StopReason};
    use crate::ports::in_memory::MemoryStore;

    const THREADS: NonZeroUsize = NonZeroUsize::new(3).unwrap();

    fn program() -> Vec<Entry> {
        vec![
            entry("/bin", Content::Folder),
            file("/bin/server", machine_code(3_000_000)),
        ]
    }

    fn written(compression: Compression) -> Layer {
        let store = MemoryStore::default();
        LayerWriter::new(&store, compression, THREADS, Cancellation::default())
            .write(program(), &|_| {})
            .unwrap()
    }

    #[test]
    fn the_bytes_of_both_formats_are_a_contract() {
        let diff_id = "sha256:37e47387017903399409a9b1bed2270e29b04a1cdde12fd00ee9f4639cf3e208";
        for (compression, digest) in [
            (
                Compression::GZIP,
                "sha256:56b2da6de33c1221b28e4acf6287bff059d6b4ab38153d83760c7d2254fbdf16",
            ),
            (
                Compression::ZSTD,
                "sha256:a9e91b0fe526189324b3f31b5e857aaee13d199dd7fa6bfc46d0fc893365e27c",
            ),
        ] {
            let layer = written(compression);
            assert_eq!(layer.diff_id.to_string(), diff_id);
            assert_eq!(layer.blob.descriptor.digest.to_string(), digest);
            assert_eq!(layer.blob.descriptor.media_type, compression.media_type());
        }
    }

    #[test]
    fn the_diff_id_is_the_digest_of_the_tar() {
        let layer = written(Compression::GZIP);
        let mut reader = flate2::read::GzDecoder::new(layer.blob.open().unwrap());
        let mut digester = Digester::default();
        io::copy(&mut reader, &mut digester).unwrap();
        assert_eq!(DiffId::new(digester.finish()), layer.diff_id);
    }

    #[test]
    fn progress_is_the_bytes_of_the_files() {
        let store = MemoryStore::default();
        let passed = AtomicU64::new(0);
        LayerWriter::new(&store, Compression::GZIP, THREADS, Cancellation::default())
            .write(program(), &|bytes| {
                passed.fetch_add(bytes, Ordering::Relaxed);
            })
            .unwrap();
        assert_eq!(passed.into_inner(), 3_000_000);
    }

    #[test]
    fn nothing_is_kept_of_a_layer_that_failed() {
        let size_bytes = 4_000_000;
        let source = source(machine_code(3_000_000));
        for compression in [Compression::GZIP, Compression::ZSTD] {
            let store = MemoryStore::default();
            let source = source.clone();
            let short = entry("/f", Content::File { size_bytes, source });
            let writer = LayerWriter::new(&store, compression, THREADS, Cancellation::default());
            let failed = writer.write(vec![short], &|_| {});
            assert!(matches!(failed, Err(LayerError::Changed { .. })));
            assert_eq!(store.len(), 0);
        }
    }

    #[test]
    fn a_run_that_is_stopped_keeps_nothing() {
        let store = MemoryStore::default();
        let cancellation = Cancellation::default();
        cancellation.stop(StopReason::Interrupted);
        let writer = LayerWriter::new(&store, Compression::GZIP, THREADS, cancellation);
        let stopped = writer.write(program(), &|_| {});
        assert!(matches!(
            stopped,
            Err(LayerError::Stopped(StopReason::Interrupted))
        ));
        assert_eq!(store.len(), 0);
    }
}
