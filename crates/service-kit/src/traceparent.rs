//! The header that carries a trace. Source: W3C Trace Context level 1, section 3.2.

/// Trace id and flags of the value of a `traceparent`; what a later version appends is allowed.
#[must_use]
pub fn parse(text: &str) -> Option<(u128, u8)> {
    let hex = |text: &str, length: usize| {
        let valid = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text.len() == length && text.bytes().all(valid)
    };
    let mut parts = text.trim().split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let well_formed = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    if !well_formed || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16).ok().filter(|&trace| trace != 0)?;
    let span = u64::from_str_radix(span, 16).ok()?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    (span != 0).then_some((trace, flags))
}
