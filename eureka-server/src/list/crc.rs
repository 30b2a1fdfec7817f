//! CRC-32 of joined parts, from the CRCs of the parts.

/// The polynomial of gzip's CRC-32, lowest power in the highest bit.
const POLYNOMIAL: u32 = 0xedb8_8320;
/// The polynomial 1 in the same notation.
const ONE: u32 = 1 << 31;

/// What following bytes do to a CRC: a multiplication by x to the power of their bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift(u32);

impl Shift {
    /// The shift by `bytes` bytes.
    pub(super) const fn by(bytes: usize) -> Self {
        let (mut product, mut power, mut left) = (ONE, X_TO_THE_8, bytes);
        while left > 0 {
            if left & 1 == 1 {
                product = multiply(power, product);
            }
            power = multiply(power, power);
            left >>= 1;
        }
        Self(product)
    }
}

/// x to the power of 8: one byte.
const X_TO_THE_8: u32 = ONE >> 8;

/// CRC of two parts, `second` having the length of `shift`.
pub(super) const fn join(first: u32, second: u32, shift: Shift) -> u32 {
    multiply(shift.0, first) ^ second
}

/// Product of two polynomials over GF(2), modulo [`POLYNOMIAL`].
const fn multiply(a: u32, b: u32) -> u32 {
    let (mut product, mut b, mut bit) = (0, b, 32);
    while bit > 0 {
        bit -= 1;
        // Masks instead of branches, which nobody could predict.
        product ^= b & ((a >> bit) & 1).wrapping_neg();
        b = (b >> 1) ^ (POLYNOMIAL & (b & 1).wrapping_neg());
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_parts_have_the_crc_of_the_whole() {
        let text: Vec<u8> = (0..5000_u32).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect();
        for at in [0, 1, 7, 8, 255, 256, 4999, 5000] {
            let (first, second) = text.split_at(at);
            let joined =
                join(crc32fast::hash(first), crc32fast::hash(second), Shift::by(second.len()));
            assert_eq!(joined, crc32fast::hash(&text), "at {at}");
        }
    }
}
