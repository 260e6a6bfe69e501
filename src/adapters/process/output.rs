//! What a child says, read as far as it has come and cut into lines.

use std::os::fd::OwnedFd;

use rustix::io::Errno;

use super::{ProcessError, Stream};

/// What is shown in place of a longer one.
pub(super) const LONG_LINE: &[u8] = b"(a line of more than 64 KiB is left out)";

/// One stream of a child.
pub(super) struct Output {
    stream: Stream,
    pub(super) pipe: Option<OwnedFd>,
    pub(super) bytes: Vec<u8>,
    observed_bytes: usize,
    pub(super) keeping: Keeping,
}

/// What is kept of an output once it was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// Everything.
    All,
    /// The line that has not ended yet.
    LastLine,
    /// Nothing, until a line ends that is too long.
    NextLine,
}

impl Output {
    pub(super) fn new(stream: Stream, pipe: Option<OwnedFd>) -> Self {
        Self {
            stream,
            pipe,
            bytes: Vec::new(),
            observed_bytes: 0,
            keeping: Keeping::All,
        }
    }

    pub(super) fn drain(
        &mut self,
        limit_bytes: usize,
        observe: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<(), ProcessError> {
        let mut buffer = [0; 16 * 1024];
        while let Some(pipe) = &self.pipe {
            match rustix::io::read(pipe, &mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(length) if self.is_too_much(length, limit_bytes) => {
                    return Err(ProcessError::TooLong(limit_bytes));
                }
                Ok(length) => {
                    self.bytes.extend_from_slice(&buffer[..length]);
                    self.observe_lines(observe);
                    self.forget(limit_bytes, observe);
                }
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(error) => return Err(ProcessError::Talk(error.into())),
            }
        }
        Ok(())
    }

    fn observe_lines(&mut self, observe: &mut dyn FnMut(Stream, &[u8])) {
        while let Some(length) = self.bytes[self.observed_bytes..]
            .iter()
            .position(|&byte| byte == b'\n')
        {
            let end = self.observed_bytes + length;
            if self.keeping == Keeping::NextLine {
                // The end of a line whose begin is gone.
                self.keeping = Keeping::LastLine;
            } else {
                observe(self.stream, &self.bytes[self.observed_bytes..end]);
            }
            self.observed_bytes = end + 1;
        }
    }

    fn is_too_much(&self, more: usize, limit_bytes: usize) -> bool {
        self.keeping == Keeping::All && self.bytes.len() + more > limit_bytes
    }

    /// Lets go of what need not be kept.
    fn forget(&mut self, limit_bytes: usize, observe: &mut dyn FnMut(Stream, &[u8])) {
        if self.keeping == Keeping::All {
            return;
        }
        self.bytes.drain(..self.observed_bytes);
        self.observed_bytes = 0;
        if self.bytes.len() > limit_bytes {
            if self.keeping == Keeping::LastLine {
                observe(self.stream, LONG_LINE);
            }
            self.keeping = Keeping::NextLine;
        }
        if self.keeping == Keeping::NextLine {
            self.bytes.clear();
        }
    }

    pub(super) fn observe_rest(&mut self, observe: &mut dyn FnMut(Stream, &[u8])) {
        if self.observed_bytes < self.bytes.len() {
            observe(self.stream, &self.bytes[self.observed_bytes..]);
        }
    }
}
