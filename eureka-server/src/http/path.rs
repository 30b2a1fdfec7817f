//! Paths, segment by segment.

use std::borrow::Cow;

/// Decodes one path segment: drops matrix parameters, then decodes percent escapes (RT-5). A plus
/// stays a plus.
///
/// `None` where an escape is broken or what it gives is not UTF-8.
#[must_use]
pub fn decode_segment(segment: &str) -> Option<Cow<'_, str>> {
    match memchr::memchr2(b';', b'%', segment.as_bytes()) {
        None => Some(Cow::Borrowed(segment)),
        Some(_) => decode(segment.split(';').next().unwrap_or_default(), false),
    }
}

/// Decodes percent escapes, and pluses to blanks where `plus_is_blank`.
pub(super) fn decode(text: &str, plus_is_blank: bool) -> Option<Cow<'_, str>> {
    let plain = !text.bytes().any(|byte| byte == b'%' || (plus_is_blank && byte == b'+'));
    if plain {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? * 16 + hex(rest.next()?)?,
            b'+' if plus_is_blank => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_after_splitting() {
        assert_eq!(decode_segment("h%3Aapp:8080").as_deref(), Some("h:app:8080"));
        assert_eq!(decode_segment("FOO;x=1").as_deref(), Some("FOO"));
        assert_eq!(decode_segment("a%2Fb+c").as_deref(), Some("a/b+c"));
        assert_eq!(decode_segment("%EC%9D%B4").as_deref(), Some("이"));
        for broken in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decode_segment(broken), None, "{broken}");
        }
    }
}
