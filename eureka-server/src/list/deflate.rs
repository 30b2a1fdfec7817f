//! Writing deflate (RFC 1951) bit by bit.

use std::ops::Range;

use super::codes::{Code, DISTANCE_CODES, OPENING, SYMBOL_CODES};

/// Longest match that can be told at once.
const LENGTH_MAX: usize = 258;
/// Shortest match that can be told.
const LENGTH_MIN: usize = 3;
/// The symbol that ends a block.
const END: usize = 256;

/// Code and number of bits of each match length, extra bits included.
const LENGTHS: [(u32, u8); LENGTH_MAX + 1] = lengths();

/// Writes bits, lowest first, as deflate wants them.
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits not written yet.
    held: u64,
    count: u32,
}

impl BitWriter {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), held: 0, count: 0 }
    }

    /// Bits written so far.
    pub(super) fn position(&self) -> usize {
        self.bytes.len() * 8 + usize::try_from(self.count).unwrap_or_default()
    }

    /// Begins a block with the codes of `codes.rs` that is not the last.
    pub(super) fn open_block(&mut self) {
        let (bytes, bits) = &*OPENING;
        self.copy(bytes, 0..*bits);
    }

    /// Ends the block, and fills up to a byte boundary with an empty stored block.
    pub(super) fn close_block(&mut self) {
        self.symbol(END);
        self.bits(0, 3);
        self.bits(0, self.count.wrapping_neg() % 8);
        self.bits(0xffff_0000, 32);
    }

    /// Tells bytes as they are.
    pub(super) fn literals(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.symbol(byte.into());
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
        let (symbol, extra, extra_bits) = if below < 4 {
            (below, 0, 0)
        } else {
            let extra_bits = below.ilog2() - 1;
            let symbol = u64::from(2 * (extra_bits + 1)) + ((below >> extra_bits) & 1);
            (symbol, below & ((1 << extra_bits) - 1), extra_bits)
        };
        let symbol = usize::try_from(symbol).unwrap_or_default();
        self.code(DISTANCE_CODES.get(symbol).copied().unwrap_or_default());
        self.bits(extra, extra_bits);
    }

    fn symbol(&mut self, symbol: usize) {
        self.code(SYMBOL_CODES.get(symbol).copied().unwrap_or_default());
    }

    pub(super) fn code(&mut self, (code, count): Code) {
        self.bits(code.into(), count.into());
    }

    /// Writes `count` bits, at most 32; all others of `bits` are zero.
    pub(super) fn bits(&mut self, bits: u64, count: u32) {
        self.held |= bits << self.count;
        self.count += count;
        while self.count >= 32 {
            let [a, b, c, d, ..] = self.held.to_le_bytes();
            self.bytes.extend_from_slice(&[a, b, c, d]);
            self.held >>= 32;
            self.count -= 32;
        }
    }

    /// Copies a range of the bits of `from`.
    pub(super) fn copy(&mut self, from: &[u8], range: Range<usize>) {
        let Range { start: mut at, end } = range;
        // Where bytes begin at the same bit here and there, most of them can be copied whole.
        if at % 8 == self.position() % 8 {
            let head = (at.wrapping_neg() % 8).min(end - at);
            self.copy_bits(from, at..at + head);
            at += head;
            let bytes = from.get(at / 8..end / 8).unwrap_or_default();
            if !bytes.is_empty() {
                self.flush_bytes();
                self.bytes.extend_from_slice(bytes);
                at = end / 8 * 8;
            }
        }
        self.copy_bits(from, at..end);
    }

    fn copy_bits(&mut self, from: &[u8], range: Range<usize>) {
        let (mut at, mut left) = (range.start, range.len());
        while left > 0 {
            let count = left.min(32);
            // Up to 32 bits that begin anywhere in the first byte.
            let bytes = from.get(at / 8..).unwrap_or_default();
            let word = bytes.first_chunk().copied().unwrap_or_else(|| {
                let mut short = [0; 8];
                short.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
                short
            });
            let word = (u64::from_le_bytes(word) >> (at % 8)) & ((1 << count) - 1);
            self.bits(word, u32::try_from(count).unwrap_or_default());
            at += count;
            left -= count;
        }
    }

    /// Writes the whole bytes among the bits held.
    fn flush_bytes(&mut self) {
        let whole = self.count / 8;
        let bytes = self.held.to_le_bytes();
        let all = usize::try_from(whole).ok().and_then(|whole| bytes.get(..whole));
        self.bytes.extend_from_slice(all.unwrap_or_default());
        self.held >>= whole * 8;
        self.count -= whole * 8;
    }

    /// Appends whole bytes; only where nothing but whole bytes was written.
    pub(super) const fn whole_bytes(&mut self) -> &mut Vec<u8> {
        debug_assert!(self.count == 0, "within a byte");
        &mut self.bytes
    }

    /// What was written, filled up with zeros to a byte boundary.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        let whole = usize::try_from(self.count.div_ceil(8)).unwrap_or_default();
        self.bytes.extend_from_slice(self.held.to_le_bytes().get(..whole).unwrap_or_default());
        self.bytes
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks each index")]
#[expect(clippy::cast_possible_truncation, reason = "lengths are below 259")]
const fn lengths() -> [(u32, u8); LENGTH_MAX + 1] {
    let mut table = [(0, 0); LENGTH_MAX + 1];
    let mut length = LENGTH_MIN;
    while length <= LENGTH_MAX {
        let above = (length - LENGTH_MIN) as u32;
        // Offset of the symbol from 256, and the extra bits behind it.
        let (offset, extra_bits) = if length == LENGTH_MAX {
            (29, 0)
        } else if above < 8 {
            (1 + above, 0)
        } else {
            let extra_bits = above.ilog2() - 2;
            (1 + 4 * (extra_bits + 1) + ((above >> extra_bits) & 3), extra_bits)
        };
        let extra = above & ((1 << extra_bits) - 1);
        let (code, count) = SYMBOL_CODES[256 + offset as usize];
        table[length] = (code as u32 | (extra << count), count + extra_bits as u8);
        length += 1;
    }
    table
}
