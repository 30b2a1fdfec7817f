//! Writing deflate with its fixed codes (RFC 1951, 3.2.5 and 3.2.6).

/// Longest match that can be told at once.
const LENGTH_MAX: usize = 258;
/// Shortest match that can be told.
const LENGTH_MIN: usize = 3;

/// Code and number of bits of each literal, ready to be written lowest bit first.
const LITERALS: [(u16, u8); 256] = literals();
/// The same for each match length, extra bits included.
const LENGTHS: [(u16, u8); LENGTH_MAX + 1] = lengths();

/// Writes bits, lowest first, as deflate wants them.
pub(super) struct BitWriter<'a> {
    bytes: &'a mut Vec<u8>,
    /// Bits not written yet.
    held: u64,
    count: u32,
}

impl<'a> BitWriter<'a> {
    /// Appends to `bytes`.
    pub(super) const fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, held: 0, count: 0 }
    }

    /// Begins a block with fixed codes that is not the last.
    pub(super) fn open_block(&mut self) {
        self.bits(0b010, 3);
    }

    /// Ends the block, and fills up to a byte boundary with an empty stored block.
    pub(super) fn close_block(mut self) {
        // End of block is seven zeros, a stored block that is not the last three more.
        self.bits(0, 7 + 3);
        self.bits(0, self.count.wrapping_neg() % 8);
        self.bits(0xffff_0000, 32);
        let whole = usize::try_from(self.count.div_ceil(8)).unwrap_or_default();
        self.bytes.extend_from_slice(self.held.to_le_bytes().get(..whole).unwrap_or_default());
    }

    /// Tells bytes as they are.
    #[expect(clippy::indexing_slicing, reason = "a byte is below 256, the table's length")]
    pub(super) fn literals(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let (code, count) = LITERALS[usize::from(byte)];
            self.bits(code.into(), count.into());
        }
    }

    /// Tells `length` bytes again from `distance` back. At least three bytes; at most 32 KiB back.
    pub(super) fn repeat(&mut self, length: usize, distance: usize) {
        let mut left = length;
        while left > 0 {
            // A rest of one or two bytes could not be told.
            let now = match left {
                0..=LENGTH_MAX => left,
                _ if left < LENGTH_MAX + LENGTH_MIN => left - LENGTH_MIN,
                _ => LENGTH_MAX,
            };
            let (code, count) = LENGTHS.get(now).copied().unwrap_or_default();
            self.bits(code.into(), count.into());
            self.distance(distance);
            left -= now;
        }
    }

    fn distance(&mut self, distance: usize) {
        let below = u64::try_from(distance.saturating_sub(1)).unwrap_or_default();
        let (code, extra, extra_bits) = if below < 4 {
            (below, 0, 0)
        } else {
            let extra_bits = below.ilog2() - 1;
            let code = u64::from(2 * (extra_bits + 1)) + ((below >> extra_bits) & 1);
            (code, below & ((1 << extra_bits) - 1), extra_bits)
        };
        // Codes of Huffman trees go highest bit first.
        let code = u64::from(u8::try_from(code).unwrap_or_default().reverse_bits() >> 3);
        self.bits(code | (extra << 5), 5 + extra_bits);
    }

    /// Writes the lowest `count` bits, at most 32.
    fn bits(&mut self, bits: u64, count: u32) {
        self.held |= bits << self.count;
        self.count += count;
        while self.count >= 32 {
            let [a, b, c, d, ..] = self.held.to_le_bytes();
            self.bytes.extend_from_slice(&[a, b, c, d]);
            self.held >>= 32;
            self.count -= 32;
        }
    }
}

/// `code` of `count` bits with the highest bit first.
const fn reversed(code: u16, count: u8) -> u16 {
    code.reverse_bits() >> (16 - count)
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks each index")]
#[expect(clippy::cast_possible_truncation, reason = "symbols are below 256")]
const fn literals() -> [(u16, u8); 256] {
    let mut table = [(0, 0); 256];
    let mut symbol = 0;
    while symbol < 256 {
        table[symbol] = if symbol < 144 {
            (reversed(0x30 + symbol as u16, 8), 8)
        } else {
            (reversed(0x190 + symbol as u16 - 144, 9), 9)
        };
        symbol += 1;
    }
    table
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks each index")]
#[expect(clippy::cast_possible_truncation, reason = "lengths are below 259")]
const fn lengths() -> [(u16, u8); LENGTH_MAX + 1] {
    let mut table = [(0, 0); LENGTH_MAX + 1];
    let mut length = LENGTH_MIN;
    while length <= LENGTH_MAX {
        let above = (length - LENGTH_MIN) as u16;
        // Offset of the symbol from 256, and the extra bits behind it.
        let (offset, extra_bits) = if length == LENGTH_MAX {
            (29, 0)
        } else if above < 8 {
            (1 + above, 0)
        } else {
            let extra_bits = above.ilog2() as u16 - 2;
            (1 + 4 * (extra_bits + 1) + ((above >> extra_bits) & 3), extra_bits)
        };
        let extra = above & ((1 << extra_bits) - 1);
        let (code, count) = if offset < 24 {
            (reversed(offset, 7), 7)
        } else {
            (reversed(0xc0 + offset - 24, 8), 8)
        };
        table[length] = (code | (extra << count), count + extra_bits as u8);
        length += 1;
    }
    table
}
