//! Bytes as text (RFC 4648, section 4).

/// `bytes` in base64, padded.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let all = part.iter().fold(0_u32, |all, &byte| (all << 8) | u32::from(byte));
        let all = all << (8 * (3 - part.len()));
        for place in 0..4 {
            let index = usize::try_from((all >> (18 - 6 * place)) & 63).unwrap_or_default();
            let digit = DIGITS.get(index).copied().unwrap_or(b'=');
            text.push(if place <= part.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_bytes_are_four_digits() {
        assert_eq!(base64(b"the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==");
        let all = ["", "f", "fo", "foo"].map(|text| base64(text.as_bytes()));
        assert_eq!(all, ["", "Zg==", "Zm8=", "Zm9v"]);
    }
}
