//! Huffman codes fitted to lists of instances (RFC 1951, 3.2.7).
//!
//! The fixed codes of deflate suit running text; what neighbouring instances do not share is mostly
//! digits and parts of host names, a match mostly begins one instance back. The lengths below are
//! the best ones of at most 12 and 7 bits for 1,500 instances of Spring services with host names
//! of machines, containers and plain addresses, in both formats; letters that did not occur there
//! count as if they had.

use std::sync::LazyLock;

use super::deflate::BitWriter;

/// Symbols: 256 bytes, the end of a block, 29 match lengths.
const SYMBOLS: usize = 286;
/// Ranges of distances.
const DISTANCES: usize = 30;

/// Bits of each symbol's code.
#[rustfmt::skip]
const SYMBOL_BITS: [u8; SYMBOLS] = [
    12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12,
    12, 12, 12, 12, 12, 12, 12, 12, 11, 12, 8, 12, 12, 12, 12, 12, 12, 12, 12, 12, 7, 6, 5, 7, 5,
    4, 4, 5, 5, 5, 5, 5, 5, 5, 7, 12, 7, 12, 9, 12, 12, 9, 12, 10, 10, 9, 10, 10, 12, 8, 12, 12,
    12, 12, 9, 8, 8, 12, 9, 9, 8, 8, 10, 10, 12, 12, 12, 12, 12, 12, 12, 9, 12, 6, 6, 6, 6, 6, 6,
    10, 10, 8, 10, 10, 9, 8, 9, 8, 8, 10, 9, 9, 9, 9, 9, 10, 9, 10, 10, 11, 12, 12, 12, 12, 12, 12,
    12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12,
    12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12,
    12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12,
    12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12,
    12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12,
    12, 12, 12, 12, 12, 12, 11, 12, 5, 5, 6, 7, 7, 6, 7, 7, 6, 7, 7, 6, 7, 6, 6, 6, 6, 6, 6, 6, 8,
    8, 9, 8, 8, 8, 8, 7,
];
/// Bits of each distance's code.
#[rustfmt::skip]
const DISTANCE_BITS: [u8; DISTANCES] = [
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 6, 4, 6, 6, 6, 5, 4, 3, 3, 3, 2, 7, 7, 7, 7, 7, 7, 7, 7,
];

/// A code ready to be written lowest bit first, and its number of bits.
pub(super) type Code = (u16, u8);

/// Codes of the symbols.
pub(super) const SYMBOL_CODES: [Code; SYMBOLS] = canonical(SYMBOL_BITS);
/// Codes of the distances.
pub(super) const DISTANCE_CODES: [Code; DISTANCES] = canonical(DISTANCE_BITS);

/// What a block with these codes begins with, as bits: not the last block, codes of its own, and
/// which they are.
pub(super) static OPENING: LazyLock<(Vec<u8>, usize)> = LazyLock::new(|| {
    let mut out = BitWriter::with_capacity(128);
    out.bits(0b100, 3);
    out.bits(u64::try_from(SYMBOLS - 257).unwrap_or_default(), 5);
    out.bits(u64::try_from(DISTANCES - 1).unwrap_or_default(), 5);
    // All nineteen lengths of the codes that the lengths are told with.
    out.bits(15, 4);
    for symbol in BITS_ORDER {
        out.bits(BITS_BITS.get(symbol).copied().unwrap_or_default().into(), 3);
    }
    let mut left: &[u8] = &[SYMBOL_BITS.as_slice(), DISTANCE_BITS.as_slice()].concat();
    while let Some((&bits, rest)) = left.split_first() {
        out.code(code_of_bits(usize::from(bits)));
        left = rest;
        // "The same again, three to six times."
        loop {
            let again = left.iter().take(6).take_while(|&&next| next == bits).count();
            if again < 3 {
                break;
            }
            out.code(code_of_bits(REPEAT));
            out.bits(u64::try_from(again - 3).unwrap_or_default(), 2);
            left = left.get(again..).unwrap_or_default();
        }
    }
    let bits = out.position();
    (out.into_bytes(), bits)
});

/// Order in which the lengths of those codes are told.
const BITS_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/// "The same again."
const REPEAT: usize = 16;
/// Bits of the code of each length: 2 to 12 bits and [`REPEAT`] occur.
const BITS_BITS: [u8; 19] = [0, 0, 5, 5, 5, 4, 4, 4, 4, 4, 4, 5, 2, 0, 0, 0, 2, 0, 0];
const BITS_CODES: [Code; 19] = canonical(BITS_BITS);

fn code_of_bits(bits: usize) -> Code {
    BITS_CODES.get(bits).copied().unwrap_or_default()
}

/// The codes that belong to lengths (RFC 1951, 3.2.2).
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks each index")]
const fn canonical<const N: usize>(bits: [u8; N]) -> [Code; N] {
    let mut codes = [(0, 0); N];
    let (mut code, mut length) = (0_u16, 1_u8);
    while length <= 15 {
        let mut symbol = 0;
        while symbol < N {
            if bits[symbol] == length {
                codes[symbol] = (code.reverse_bits() >> (16 - length), length);
                code += 1;
            }
            symbol += 1;
        }
        code <<= 1;
        length += 1;
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise decoders refuse them.
    #[test]
    fn codes_are_complete() {
        let sum = |bits: &[u8]| -> u32 {
            bits.iter().filter(|&&bits| bits > 0).map(|&bits| 1 << (15 - bits)).sum()
        };
        for bits in [SYMBOL_BITS.as_slice(), &DISTANCE_BITS, &BITS_BITS] {
            assert_eq!(sum(bits), 1 << 15);
        }
    }
}
