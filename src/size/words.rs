//! Numbers in the bytes of a program, of which none is believed to be there.

use object::Endianness;

/// No name of anything is longer.
pub(super) const LONGEST_TEXT: usize = 1 << 16;

/// Bytes whose numbers are in a known order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) order: Endianness,
    /// The number of bytes of an address: 4 or 8.
    pub(super) pointer_bytes: usize,
}

impl<'a> Words<'a> {
    /// Returns the bytes from `at` on.
    pub(super) fn from(self, at: usize) -> Option<Self> {
        let bytes = self.bytes.get(at..)?;
        Some(Self { bytes, ..self })
    }

    pub(super) fn u8(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub(super) fn u16(self, at: usize) -> Option<u16> {
        let bytes = self.array(at)?;
        Some(match self.order {
            Endianness::Little => u16::from_le_bytes(bytes),
            Endianness::Big => u16::from_be_bytes(bytes),
        })
    }

    pub(super) fn u32(self, at: usize) -> Option<u32> {
        let bytes = self.array(at)?;
        Some(match self.order {
            Endianness::Little => u32::from_le_bytes(bytes),
            Endianness::Big => u32::from_be_bytes(bytes),
        })
    }

    /// Returns a 32-bit offset; `None` where it stands for nothing.
    pub(super) fn offset(self, at: usize) -> Option<usize> {
        let word = self.u32(at)?;
        (word != u32::MAX).then_some(word as usize)
    }

    /// Returns an address, or a number of the same length.
    pub(super) fn pointer(self, at: usize) -> Option<u64> {
        if self.pointer_bytes == 4 {
            return self.u32(at).map(u64::from);
        }
        let bytes = self.array(at)?;
        Some(match self.order {
            Endianness::Little => u64::from_le_bytes(bytes),
            Endianness::Big => u64::from_be_bytes(bytes),
        })
    }

    /// Returns a number of the length of an address that says where something is in these bytes.
    pub(super) fn index(self, at: usize) -> Option<usize> {
        let index = usize::try_from(self.pointer(at)?).ok()?;
        (index <= self.bytes.len()).then_some(index)
    }

    /// Returns what stands at `at` up to the next zero byte, without it; `None` where that is further
    /// away than any name is long.
    pub(super) fn text(self, at: usize) -> Option<&'a [u8]> {
        let rest = self.bytes.get(at..)?;
        let rest = &rest[..rest.len().min(LONGEST_TEXT)];
        let end = memchr::memchr(0, rest)?;
        rest.get(..end)
    }

    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        let end = at.checked_add(N)?;
        self.bytes.get(at..end)?.try_into().ok()
    }
}
