//! How values become text: times, numbers, clipped strings, safe links, address encoding.

use std::fmt::{self, Write as _};
use std::time::Duration;

/// Longest stored text shown in full, in characters.
const TEXT_CHARS_MAX: usize = 160;
/// Longest address that is linked, in bytes; a longer one is shown as clipped text.
const LINK_BYTES_MAX: usize = 2_048;

/// Text that came from outside, shortened and freed of control characters when shown.
///
/// It does not escape: the template does, after this.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.chars();
        for c in rest.by_ref().take(TEXT_CHARS_MAX) {
            // A control character is never text, and a NUL would end a page for some readers.
            f.write_char(if c.is_control() { '\u{fffd}' } else { c })?;
        }
        match rest.count() {
            0 => Ok(()),
            more => write!(f, "… (+{} characters)", Count(more as u64)),
        }
    }
}

/// Whole number with its thousands apart: `12,000`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count(pub(super) u64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

/// Length of time in its two largest units: `45 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`; the blank
/// before a unit does not break.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span(pub(super) Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
        let (large, small) = match seconds {
            0..60 => ((seconds, "s"), (0, "")),
            60..3_600 => ((minutes, "min"), (seconds % 60, "s")),
            3_600..86_400 => ((hours, "h"), (minutes % 60, "min")),
            _ => ((days, "d"), (hours % 24, "h")),
        };
        write!(f, "{}\u{a0}{}", large.0, large.1)?;
        if small.0 > 0 { write!(f, " {}\u{a0}{}", small.0, small.1) } else { Ok(()) }
    }
}

/// Prose cut at its backticks: pieces of text, each with whether it is code.
pub(super) fn prose(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`').enumerate().map(|(at, piece)| (at % 2 == 1, piece))
}

/// Uptime as the Java dashboard writes it: `00:05`, `1 day 02:10`, `3 days 00:00`. Source: SPR-3.
pub(super) fn uptime(up: Duration) -> String {
    let minutes = up.as_secs() / 60;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match days {
        0 => format!("{hours:02}:{minutes:02}"),
        1 => format!("1 day {hours:02}:{minutes:02}"),
        _ => format!("{days} days {hours:02}:{minutes:02}"),
    }
}

/// Point in time as the Java dashboard writes it, in UTC: `2026-01-31T09:05:00 +0000`.
pub(super) fn timestamp(at_ms: u64) -> String {
    let (date, time) = date_and_time(at_ms);
    format!("{date}T{time} +0000")
}

/// The same for a machine: `2026-01-31T09:05:00Z`.
pub(super) fn machine_timestamp(at_ms: u64) -> String {
    let (date, time) = date_and_time(at_ms);
    format!("{date}T{time}Z")
}

/// Gregorian date and time of day in UTC.
///
/// Days are counted in eras of 400 years from the first of March of year 0, which puts the leap day
/// at the end of a year and makes month lengths a straight line.
fn date_and_time(at_ms: u64) -> (String, String) {
    let seconds = at_ms / 1_000;
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let time = format!("{:02}:{:02}:{:02}", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    (format!("{year:04}-{month:02}-{day:02}"), time)
}

/// `url` when it may be linked: an http or https address of sensible length.
///
/// Anything else, `javascript:` above all, is for reading only.
pub(super) fn web_link(url: &str) -> Option<&str> {
    let starts = |scheme: &str| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let is_web = starts("http://") || starts("https://");
    let is_plain = is_short(url) && !url.chars().any(char::is_control);
    (is_web && is_plain).then_some(url)
}

/// Whether an address is short enough to be linked. A hundred longer ones would bloat a page.
pub(super) const fn is_short(url: &str) -> bool {
    url.len() <= LINK_BYTES_MAX
}

/// Appends `value` percent-encoded for a query or a path segment; a space becomes `%20`.
pub(super) fn encode_form(value: &str, into: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            into.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

/// Decodes a form value: `+` is a space, `%XX` a byte; a stray `%` stays, bytes that are not UTF-8
/// are replaced.
pub(super) fn decode_form(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| str::from_utf8(hex).ok());
        let coded = hex
            .filter(|hex| first == b'%' && hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = coded.map_or(tail, |_| tail.get(2..).unwrap_or_default());
        bytes.push(coded.unwrap_or(if first == b'+' { b' ' } else { first }));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_thousands_apart() {
        let texts = [0, 999, 1_000, 12_345, 1_000_000].map(|count| Count(count).to_string());

        assert_eq!(texts, ["0", "999", "1,000", "12,345", "1,000,000"]);
    }

    #[test]
    fn spans_show_their_two_largest_units() {
        let texts = [0, 59, 60, 185, 3_599, 3_600, 7_800, 86_399, 86_400, 270_000]
            .map(|seconds| Span(Duration::from_secs(seconds)).to_string().replace('\u{a0}', " "));

        let expected = [
            "0 s",
            "59 s",
            "1 min",
            "3 min 5 s",
            "59 min 59 s",
            "1 h",
            "2 h 10 min",
            "23 h 59 min",
        ];
        assert_eq!(texts[..8], expected);
        assert_eq!(texts[8..], ["1 d", "3 d 3 h"]);
        assert_eq!(Span(Duration::ZERO).to_string(), "0\u{a0}s");
    }

    #[test]
    fn uptime_reads_as_in_java() {
        let texts = [59, 60, 3_660, 86_400, 2 * 86_400 + 120]
            .map(|seconds| uptime(Duration::from_secs(seconds)));

        assert_eq!(texts, ["00:00", "00:01", "01:01", "1 day 00:00", "2 days 00:02"]);
    }

    #[test]
    fn timestamps_know_leap_days() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00 +0000");
        assert_eq!(timestamp(951_782_399_999), "2000-02-28T23:59:59 +0000");
        assert_eq!(timestamp(951_782_400_000), "2000-02-29T00:00:00 +0000");
        assert_eq!(timestamp(951_868_800_000), "2000-03-01T00:00:00 +0000");
        assert_eq!(machine_timestamp(1_767_225_599_000), "2025-12-31T23:59:59Z");
        assert_eq!(machine_timestamp(4_107_542_400_000), "2100-03-01T00:00:00Z");
    }

    #[test]
    fn text_is_clipped_at_a_character_and_freed_of_controls() {
        let full = "한".repeat(TEXT_CHARS_MAX);

        assert_eq!(Text(&full).to_string(), full);
        assert_eq!(Text(&"x".repeat(10_240)).to_string().len(), TEXT_CHARS_MAX + 24);
        assert!(Text(&format!("{full}ab")).to_string().ends_with("한… (+2 characters)"));
        assert_eq!(Text("a\0b\nc\u{85}").to_string(), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }

    #[test]
    fn only_web_addresses_are_linked() {
        for good in ["http://a", "https://a/b?c=d", "HTTPS://A", "http://[::1]:8080/"] {
            assert_eq!(web_link(good), Some(good));
        }
        for bad in [
            "",
            "http",
            "http:/a",
            "httpx://a",
            "javascript:alert(1)",
            " http://a",
            "java\nscript:http://a",
            "http://a\n",
            "//a",
            "/a",
            "data:text/html,x",
            "한한한",
        ] {
            assert_eq!(web_link(bad), None, "{bad}");
        }
        let long = |bytes| format!("http://{}", "a".repeat(bytes - 7));
        assert!(web_link(&long(LINK_BYTES_MAX)).is_some());
        assert!(web_link(&long(LINK_BYTES_MAX + 1)).is_none());
    }
}
