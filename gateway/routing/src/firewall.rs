//! Paths that mean one thing to the gateway and another to the upstream (PN-1 to PN-13), and hosts
//! (HO-1, PN-10).
//!
//! Routing, security rules and the upstream have to see the same path, so what could be read in two
//! ways is refused before anything looks at it.

use std::borrow::Cow;
use std::fmt;

/// What a path has that some upstreams read differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ambiguity {
    /// A segment `.` or `..`, also encoded.
    pub dot_segment: bool,
    /// `//`.
    pub double_slash: bool,
    /// `;` or `%3b`.
    pub matrix: bool,
    /// `%2f`.
    pub encoded_slash: bool,
    /// `%25`.
    pub encoded_percent: bool,
}

/// Which ambiguities are let through. They are matched as they stand and forwarded untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathPolicy {
    /// Segments `.` and `..` as they stand, not resolved.
    pub dot_segments: bool,
    /// Double slashes.
    pub double_slash: DoubleSlash,
    /// Matrix parameters; they are cut before matching (PP-10).
    pub matrix: bool,
    /// `%2f`, part of one segment.
    pub encoded_slash: bool,
    /// `%25`.
    pub encoded_percent: bool,
}

/// What happens to `//`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoubleSlash {
    /// 400.
    Refuse,
    /// One slash, for matching and for what is sent.
    Merge,
    /// It stays.
    Keep,
}

impl PathPolicy {
    /// Nothing ambiguous passes.
    pub const STRICT: Self = Self {
        dot_segments: false,
        double_slash: DoubleSlash::Refuse,
        matrix: false,
        encoded_slash: false,
        encoded_percent: false,
    };
    /// What the reference lets through without Spring Security: it merges slashes and resolves
    /// nothing.
    pub const LENIENT: Self = Self {
        dot_segments: true,
        double_slash: DoubleSlash::Merge,
        matrix: true,
        encoded_slash: true,
        encoded_percent: true,
    };

    /// What is let through by this policy or by that of a route.
    #[must_use]
    pub const fn or(self, route: &Self) -> Self {
        let double_slash = match (self.double_slash, route.double_slash) {
            (DoubleSlash::Refuse, other) => other,
            (own @ (DoubleSlash::Merge | DoubleSlash::Keep), _) => own,
        };
        Self {
            dot_segments: self.dot_segments || route.dot_segments,
            double_slash,
            matrix: self.matrix || route.matrix,
            encoded_slash: self.encoded_slash || route.encoded_slash,
            encoded_percent: self.encoded_percent || route.encoded_percent,
        }
    }

    /// Checks what [`clean_path`] found; a route may let through more than the gateway does.
    ///
    /// # Errors
    /// The first ambiguity that is not let through.
    pub const fn permit(&self, found: Ambiguity) -> Result<(), BadPath> {
        if found.dot_segment && !self.dot_segments {
            return Err(BadPath::DotSegment);
        }
        if found.double_slash && matches!(self.double_slash, DoubleSlash::Refuse) {
            return Err(BadPath::DoubleSlash);
        }
        if found.matrix && !self.matrix {
            return Err(BadPath::Matrix);
        }
        if found.encoded_slash && !self.encoded_slash {
            return Err(BadPath::EncodedSlash);
        }
        if found.encoded_percent && !self.encoded_percent {
            return Err(BadPath::EncodedPercent);
        }
        Ok(())
    }
}

/// Why a path is refused with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPath {
    /// It does not start with a slash.
    NotAbsolute,
    /// A byte that may not stand in a path (PN-4, PN-5, PN-12).
    Character,
    /// `%` without two hexadecimal digits (PP-14, PN-9).
    Escape,
    /// An escaped control character or backslash (PN-4, PN-5).
    EscapedCharacter,
    /// Escapes that are not UTF-8 (PN-9).
    NotUtf8,
    /// `.` or `..` (PN-1).
    DotSegment,
    /// `//` (PN-2).
    DoubleSlash,
    /// `;` (PN-3).
    Matrix,
    /// `%2f` (PN-6).
    EncodedSlash,
    /// `%25` (PN-7).
    EncodedPercent,
}

impl fmt::Display for BadPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "the path does not start with a slash",
            Self::Character => "the path has a character that has to be encoded",
            Self::Escape => "the path has a percent sign without two hexadecimal digits",
            Self::EscapedCharacter => "the path has an encoded character that is not allowed",
            Self::NotUtf8 => "the path is not UTF-8",
            Self::DotSegment => "the path has a . or .. segment",
            Self::DoubleSlash => "the path has an empty segment",
            Self::Matrix => "the path has a matrix parameter",
            Self::EncodedSlash => "the path has an encoded slash",
            Self::EncodedPercent => "the path has an encoded percent sign",
        })
    }
}

impl std::error::Error for BadPath {}

/// A path in the form that is matched, rewritten and forwarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanPath<'p> {
    /// Raw path, escaped unreserved characters decoded (PN-8), slashes merged if asked for.
    pub path: Cow<'p, str>,
    /// What some upstreams would read differently.
    pub ambiguity: Ambiguity,
}

/// Checks and unifies a raw path. One pass without memory for a path without escapes.
///
/// # Errors
/// What no policy lets through; the rest is for [`PathPolicy::permit`], perhaps of the route.
pub fn clean_path(raw: &[u8], double_slash: DoubleSlash) -> Result<CleanPath<'_>, BadPath> {
    if raw.first() != Some(&b'/') {
        return Err(BadPath::NotAbsolute);
    }
    let mut ambiguity = Ambiguity::default();
    let mut has_escape = false;
    let mut has_dot = false;
    let mut previous = 0_u8;
    for byte in raw {
        match byte {
            b'/' if previous == b'/' => ambiguity.double_slash = true,
            b'.' if previous == b'/' => has_dot = true,
            b'%' => has_escape = true,
            b';' => ambiguity.matrix = true,
            b'\\' | b'?' | b'#' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                return Err(BadPath::Character);
            }
            0..=b' ' | 0x7f.. => return Err(BadPath::Character),
            _ => {}
        }
        previous = *byte;
    }
    let text = std::str::from_utf8(raw).map_err(|_error| BadPath::NotUtf8)?;
    let mut path = Cow::Borrowed(text);
    if has_escape {
        path = Cow::Owned(unescape(text, &mut ambiguity)?);
    }
    if has_escape || has_dot {
        ambiguity.dot_segment = path.split('/').any(has_dot_segment);
    }
    if ambiguity.double_slash && double_slash == DoubleSlash::Merge {
        path = Cow::Owned(merged(&path));
        ambiguity.double_slash = false;
    }
    Ok(CleanPath { path, ambiguity })
}

/// Whether a segment is `.` or `..` for somebody: without parameters, or cut at encoded slashes.
fn has_dot_segment(segment: &str) -> bool {
    let ends = |c: char| c == ';' || c == '%';
    let is_dot = |part: &str| matches!(part.split(ends).next(), Some("." | ".."));
    let mut parts = segment.split("%2f").flat_map(|part| part.split("%2F"));
    segment.starts_with('.') && is_dot(segment) || parts.any(|part| matches!(part, "." | ".."))
}

/// Decodes escaped unreserved characters and checks the other escapes.
fn unescape(text: &str, ambiguity: &mut Ambiguity) -> Result<String, BadPath> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let digits = after.get(..2).ok_or(BadPath::Escape)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(BadPath::Escape);
        }
        let byte = u8::from_str_radix(digits, 16).map_err(|_error| BadPath::Escape)?;
        match byte {
            0..=0x1f | 0x7f | b'\\' => return Err(BadPath::EscapedCharacter),
            b'/' => ambiguity.encoded_slash = true,
            b'%' => ambiguity.encoded_percent = true,
            b';' => ambiguity.matrix = true,
            _ => {}
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(digits);
        }
        rest = after.get(2..).ok_or(BadPath::Escape)?;
    }
    out.push_str(rest);
    let decoded = percent_encoding::percent_decode_str(&out).decode_utf8();
    let decoded = decoded.map_err(|_error| BadPath::NotUtf8)?;
    // Line separators of Unicode, which some readers take for line ends.
    if decoded.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        return Err(BadPath::EscapedCharacter);
    }
    Ok(out)
}

fn merged(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !out.ends_with('/') {
            out.push(c);
        }
    }
    out
}

/// Whether a `Host` or `:authority` is a host with an optional port and nothing else (HO-1).
#[must_use]
pub fn is_host(text: &str) -> bool {
    crate::upstream::split_authority(text).is_some()
}

/// Whether the authority of a target in absolute form is that of `Host` (PN-10).
#[must_use]
pub fn is_same_authority(target: &str, host: &str) -> bool {
    target.eq_ignore_ascii_case(host)
}

#[cfg(test)]
mod tests;
