//! Parallel zstd whose bytes do not depend on the number of threads.
//!
//! One frame by libzstd's own threads. It cuts its input into jobs of a given size, so what comes
//! out is the same for any number of workers from one up; none at all would be another format.

use std::io::{self, Write};
use std::num::NonZeroUsize;

use zstd::Encoder;
use zstd::zstd_safe::{CCtx, CParameter, ErrorCode, ResetDirective, get_error_name};

use super::LayerError;

/// Jobs and window of 1 MiB: caddy becomes 0.5 % larger than with libzstd's own 8 and 2 MiB, and 8
/// workers take 36 MiB instead of 147.
const WINDOW_LOG: u32 = 20;
const JOB: u32 = 1 << WINDOW_LOG;
/// Half a window of the job before, in libzstd's scale of 1 to 9: 0.8 % smaller than its default,
/// at no cost that could be measured.
const OVERLAP_LOG: u32 = 8;

/// Compresses what `fill` writes, and returns `out` with the frame in it.
///
/// `level` is 1 to 11. `context` keeps its workers and their memory from layer to layer: glibc
/// does not give back what a worker of the layer before has freed to one of the next.
pub(super) fn zstd<W: Write>(
    out: W,
    level: u32,
    threads: NonZeroUsize,
    context: &mut CCtx<'static>,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), LayerError>,
) -> Result<W, LayerError> {
    set_up(context, level, threads).map_err(LayerError::Store)?;
    let mut encoder = Encoder::with_context(out, context);
    fill(&mut encoder)?;
    encoder.finish().map_err(LayerError::Store)
}

fn set_up(context: &mut CCtx<'static>, level: u32, threads: NonZeroUsize) -> io::Result<()> {
    // A layer that failed has left its frame half-way.
    context
        .reset(ResetDirective::SessionAndParameters)
        .map_err(refused)?;
    for parameter in [
        CParameter::CompressionLevel(level.cast_signed()),
        CParameter::NbWorkers(workers(level, threads)),
        CParameter::WindowLog(WINDOW_LOG),
        CParameter::JobSize(JOB),
        CParameter::OverlapSizeLog(OVERLAP_LOG),
    ] {
        context.set_parameter(parameter).map_err(refused)?;
    }
    Ok(())
}

fn refused(code: ErrorCode) -> io::Error {
    io::Error::other(get_error_name(code))
}

/// A worker takes 5 MiB up to level 6, 13 at 9 and 20 at 11: together never more than 40.
fn workers(level: u32, threads: NonZeroUsize) -> u32 {
    let most = match level {
        ..=6 => 8,
        7..=9 => 2,
        _ => 1,
    };
    u32::try_from(threads.get()).map_or(most, |threads| threads.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::sample::machine_code;

    fn compressed(bytes: &[u8], level: u32, threads: usize) -> Vec<u8> {
        let threads = NonZeroUsize::new(threads).unwrap();
        zstd(Vec::new(), level, threads, &mut CCtx::create(), |out| {
            out.write_all(bytes).map_err(LayerError::Store)
        })
        .unwrap()
    }

    #[test]
    fn what_was_compressed_is_read_again() {
        for size in [0, 1, JOB as usize, 3 * JOB as usize + 77] {
            for level in [1, 6, 9] {
                let bytes = machine_code(size);
                let compressed = compressed(&bytes, level, 2);
                let read = ::zstd::decode_all(compressed.as_slice()).unwrap();
                assert!(read == bytes, "{size} bytes at level {level}");
            }
        }
    }

    #[test]
    fn the_bytes_do_not_depend_on_the_number_of_threads() {
        let bytes = machine_code(5 * JOB as usize + 5);
        let one = compressed(&bytes, 6, 1);
        for threads in [2, 3, 16] {
            assert!(compressed(&bytes, 6, threads) == one, "{threads} threads");
        }
    }

    #[test]
    fn the_bytes_do_not_depend_on_how_they_are_written() {
        let bytes = machine_code(3 * JOB as usize);
        let context = &mut CCtx::create();
        let in_pieces = zstd(Vec::new(), 6, NonZeroUsize::MIN, context, |out| {
            bytes
                .chunks(7777)
                .try_for_each(|piece| out.write_all(piece).map_err(LayerError::Store))
        });
        assert!(in_pieces.unwrap() == compressed(&bytes, 6, 2));
    }

    #[test]
    fn the_bytes_do_not_depend_on_what_the_context_compressed_before() {
        let mut context = CCtx::create();
        let again = |bytes: &[u8], level, context: &mut CCtx<'static>| {
            let fill = |out: &mut dyn Write| out.write_all(bytes).map_err(LayerError::Store);
            zstd(Vec::new(), level, NonZeroUsize::MIN, context, fill)
        };
        for (size, level) in [(3, 6), (2, 9), (5, 6), (5, 1), (1, 6)] {
            let bytes = machine_code(size * JOB as usize + size);
            let reused = again(&bytes, level, &mut context).unwrap();
            assert!(reused == compressed(&bytes, level, 1), "{size} MiB");
        }
    }

    #[test]
    fn a_frame_that_failed_leaves_nothing_in_the_next() {
        let mut context = CCtx::create();
        let failed = zstd(Vec::new(), 6, NonZeroUsize::MIN, &mut context, |out| {
            out.write_all(&machine_code(JOB as usize)).unwrap();
            Err(LayerError::Store(io::Error::other("full")))
        });
        assert!(failed.is_err());
        let bytes = machine_code(77);
        let next = zstd(Vec::new(), 6, NonZeroUsize::MIN, &mut context, |out| {
            out.write_all(&bytes).map_err(LayerError::Store)
        });
        assert!(next.unwrap() == compressed(&bytes, 6, 1));
    }
}
