//! A file that is read forward in small steps.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// How much is read at once.
const AHEAD_BYTES: usize = 64 << 10;

/// A file that is read forward more often than not, in small steps each of which names its place: what was read ahead
/// stays good.
pub struct ReadAhead<R> {
    file: BufReader<R>,
    /// Where it is, once that is known.
    place: Option<u64>,
}

impl<R: Read> ReadAhead<R> {
    /// Reads nothing yet.
    pub fn new(file: R) -> Self {
        Self {
            file: BufReader::with_capacity(AHEAD_BYTES, file),
            place: None,
        }
    }

    fn pass(&mut self, bytes: usize) {
        self.place = self.place.map(|place| place + bytes as u64);
    }
}

impl<R: Read> Read for ReadAhead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.pass(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for ReadAhead<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.file.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        self.file.consume(length);
        self.pass(length);
    }
}

impl<R: Read + Seek> Seek for ReadAhead<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let step = match (to, self.place) {
            (SeekFrom::Start(to), Some(from)) => {
                to.checked_signed_diff(from).map(|step| (to, step))
            }
            _ => None,
        };
        let place = if let Some((place, step)) = step {
            self.file.seek_relative(step)?;
            place
        } else {
            self.file.seek(to)?
        };
        self.place = Some(place);
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A file that counts how often it is read.
    struct Counted {
        file: Cursor<Vec<u8>>,
        reads: usize,
    }

    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.reads += 1;
            self.file.read(buffer)
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    #[test]
    fn each_place_has_its_byte_and_what_was_read_ahead_is_not_read_again() {
        let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        let end = bytes.len() as u64;
        let file = Cursor::new(bytes);
        let mut file = ReadAhead::new(Counted { file, reads: 0 });
        let mut number = |to: SeekFrom| {
            let place = file.seek(to).unwrap();
            let mut word = [0; 4];
            file.read_exact(&mut word).unwrap();
            assert_eq!(u64::from(u32::from_le_bytes(word)) * 4, place);
            (place, file.file.get_ref().reads)
        };
        assert_eq!(number(SeekFrom::Start(0)), (0, 1));
        for place in [400, 4000, 8, 40_000] {
            assert_eq!(number(SeekFrom::Start(place)), (place, 1));
        }
        assert_eq!(number(SeekFrom::End(-8)).0, end - 8);
        assert_eq!(number(SeekFrom::Start(400)).0, 400);
        assert_eq!(number(SeekFrom::Current(12)).0, 416);
        assert_eq!(number(SeekFrom::Start(700_000)).0, 700_000);
    }
}
