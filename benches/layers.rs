//! How fast a program becomes a layer, and how small: tar, digests and compression, at some levels by one thread, at
//! the default ones by all.
//!
//! The program is the bench itself, which is machine code as good as any.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench reads its own program, prints sizes, and fails loudly"
)]

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::Arc;

use coracle::layers::{Layer, LayerWriter};
use coracle::model::{
    Blob, BlobSource, Cancellation, Compression, Content, Descriptor, Digest, Digester, Entry,
    FileCapabilities, FileMode, MediaType, Owner,
};
use coracle::ports::{BlobStore, BlobWriter};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Keeps nothing but digests.
struct Nowhere;

impl BlobStore for Nowhere {
    fn create(&self) -> io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(Digesting(Digester::default())))
    }

    fn find(&self, _: &Descriptor) -> Option<Blob> {
        None
    }

    fn read(&self, _: Digest, _: u64) -> Option<Vec<u8>> {
        None
    }
}

struct Digesting(Digester);

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BlobWriter for Digesting {
    fn commit(self: Box<Self>, media_type: MediaType, _: Option<Digest>) -> io::Result<Blob> {
        let descriptor = Descriptor {
            media_type,
            size_bytes: self.0.size_bytes(),
            digest: self.0.finish(),
        };
        let nothing: &'static [u8] = &[];
        Ok(Blob::new(descriptor, Arc::new(nothing)))
    }
}

/// What is measured: the default levels, and some around them.
const LEVELS: [Compression; 10] = [
    Compression::Gzip(1),
    Compression::Gzip(2),
    Compression::Gzip(3),
    Compression::GZIP,
    Compression::Gzip(6),
    Compression::Gzip(9),
    Compression::Zstd(1),
    Compression::Zstd(3),
    Compression::ZSTD,
    Compression::Zstd(9),
];

fn layers(criterion: &mut Criterion) {
    let program: Arc<[u8]> = std::fs::read(std::env::current_exe().unwrap())
        .unwrap()
        .into();
    let size_bytes = program.len() as u64;
    let source: Arc<dyn BlobSource> = Arc::new(program);
    let all = std::thread::available_parallelism().unwrap();
    let mut group = criterion.benchmark_group("layer");
    group
        .throughput(Throughput::Bytes(size_bytes))
        .sample_size(10);
    for compression in LEVELS {
        let layer = write_layer(&source, size_bytes, compression, all);
        let permille = layer.blob.descriptor.size_bytes * 1000 / size_bytes;
        let (percent, tenth) = (permille / 10, permille % 10);
        println!("{compression:?}: {percent}.{tenth} % of {size_bytes} bytes");
        let is_default = [Compression::GZIP, Compression::ZSTD].contains(&compression);
        for threads in [Some(NonZeroUsize::MIN), is_default.then_some(all)] {
            let Some(threads) = threads else { continue };
            let id = BenchmarkId::new(format!("{compression:?}"), format!("{threads} threads"));
            group.bench_function(id, |bencher| {
                bencher.iter(|| write_layer(&source, size_bytes, compression, threads));
            });
        }
    }
    group.finish();
}

fn write_layer(
    source: &Arc<dyn BlobSource>,
    size_bytes: u64,
    compression: Compression,
    threads: NonZeroUsize,
) -> Layer {
    let entry = Entry {
        path: "/program".parse().unwrap(),
        mode: FileMode::EXECUTABLE,
        owner: Owner::ROOT,
        capabilities: FileCapabilities::default(),
        content: Content::File {
            size_bytes,
            source: Arc::clone(source),
        },
    };
    LayerWriter::new(&Nowhere, compression, threads, Cancellation::default())
        .write(vec![entry], &|_| {})
        .unwrap()
}

criterion_group!(benches, layers);
criterion_main!(benches);
