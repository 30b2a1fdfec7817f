//! Texts of configuration as values: times, sizes, statuses, words, moments.
//!
//! Each function gives `None` for what it cannot read; the caller knows the place to name.

use std::time::Duration;

use http::StatusCode;

use crate::tree::canonical;

/// `true`/`false` and YAML 1.1's other words for them.
#[must_use]
pub fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" => Some(true),
        "false" | "off" | "no" => Some(false),
        _ => None,
    }
}

/// `500ms`, `5s`, `2m`, `1h`, `1d`, ISO `PT1M30.5S`; a bare number is milliseconds (CF-13).
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    if let Some(iso) = text.strip_prefix("PT").or_else(|| text.strip_prefix("pt")) {
        return iso_duration(iso);
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let count: u64 = digits.parse().ok()?;
    match unit.to_ascii_lowercase().as_str() {
        "ns" => Some(Duration::from_nanos(count)),
        "us" => Some(Duration::from_micros(count)),
        "" | "ms" => Some(Duration::from_millis(count)),
        "s" => Some(Duration::from_secs(count)),
        "m" => count.checked_mul(60).map(Duration::from_secs),
        "h" => count.checked_mul(3_600).map(Duration::from_secs),
        "d" => count.checked_mul(86_400).map(Duration::from_secs),
        _ => None,
    }
}

fn iso_duration(mut rest: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, tail) = rest.split_at(end);
        let seconds_each = match tail.as_bytes().first()?.to_ascii_uppercase() {
            b'H' => 3_600.0,
            b'M' => 60.0,
            b'S' => 1.0,
            _ => return None,
        };
        let seconds = number.parse::<f64>().ok()? * seconds_each;
        total = total.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?;
        rest = tail.get(1..)?;
    }
    Some(total)
}

/// `1000B`, `10KB`, `5MB`, `1GB`, powers of 1024; a bare number is bytes (CF-14).
#[must_use]
pub fn bytes(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let factor: u64 = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1 << 10,
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        "TB" => 1 << 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// Names of Spring's `HttpStatus` that differ from the standard's reason phrases.
const STATUS_NAMES: [(&str, u16); 9] = [
    ("CHECKPOINT", 103),
    ("PAYLOAD_TOO_LARGE", 413),
    ("CONTENT_TOO_LARGE", 413),
    ("REQUESTED_RANGE_NOT_SATISFIABLE", 416),
    ("I_AM_A_TEAPOT", 418),
    ("UNPROCESSABLE_ENTITY", 422),
    ("UNPROCESSABLE_CONTENT", 422),
    ("TOO_EARLY", 425),
    ("BANDWIDTH_LIMIT_EXCEEDED", 509),
];

/// A status as number or name: `401`, `UNAUTHORIZED`, `bad-gateway` (CF-15).
#[must_use]
pub fn status(text: &str) -> Option<StatusCode> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse::<u16>().ok().and_then(|code| StatusCode::from_u16(code).ok());
    }
    let wanted = canonical(text);
    let spring = STATUS_NAMES.iter().find(|(name, _)| canonical(name) == wanted);
    if let Some((_, code)) = spring {
        return StatusCode::from_u16(*code).ok();
    }
    (100..600).filter_map(|code| StatusCode::from_u16(code).ok()).find(|code| {
        let reason = code.canonical_reason().unwrap_or_default();
        let letters = reason.chars().filter(|c| c.is_ascii_alphanumeric());
        letters.flat_map(char::to_lowercase).eq(wanted.chars())
    })
}

/// Names of statuses, as Spring writes them.
pub(crate) fn status_names() -> Vec<String> {
    let all = (100..600).filter_map(|code| StatusCode::from_u16(code).ok()?.canonical_reason());
    all.map(|reason| reason.to_ascii_uppercase().replace([' ', '-'], "_")).collect()
}

/// Which words a closed list has; the index of the one that is meant, spelled loosely (CF-15).
pub(crate) fn word(text: &str, words: &[&str]) -> Option<usize> {
    let wanted = canonical(text);
    words.iter().position(|word| canonical(word) == wanted)
}

/// Moment in milliseconds since 1970: `2026-03-01T08:00:00.5+01:00[Europe/Paris]` or the number.
///
/// The offset decides; a zone after it only says where the offset comes from (PR-1).
pub(crate) fn moment_ms(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(number);
    }
    let (text, zone) = match text.split_once('[') {
        Some((moment, zone)) => (moment, Some(zone.strip_suffix(']')?)),
        None => (text, None),
    };
    if zone.is_some_and(str::is_empty) {
        return None;
    }
    let (date, time) = text.split_once(['T', 't'])?;
    let (year, month_day) = date.split_at_checked(4)?;
    let (month, day) = month_day.strip_prefix('-')?.split_once('-')?;
    let at = time.rfind(['Z', 'z', '+', '-'])?;
    let (clock, offset) = time.split_at_checked(at)?;
    let days = days_since_epoch(number(year, 4)?, number(month, 2)?, number(day, 2)?)?;
    let ms = clock_ms(clock)?.checked_sub(offset_seconds(offset)?.checked_mul(1_000)?)?;
    days.checked_mul(86_400_000)?.checked_add(ms)
}

/// Exactly `digits` digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// `08:00`, `08:00:30`, `08:00:30.123456789` in milliseconds of the day.
fn clock_ms(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let hour = number(parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = number(parts.next()?, 2).filter(|minute| *minute < 60)?;
    let (second, fraction) = match parts.next() {
        Some(rest) => rest.split_once('.').unwrap_or((rest, "0")),
        None => ("00", "0"),
    };
    let second = number(second, 2).filter(|second| *second < 60)?;
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ms: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(((hour * 60 + minute) * 60 + second) * 1_000 + ms)
}

/// `Z`, `+01:00`, `-0730`, `+01` in seconds.
fn offset_seconds(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    let hours = number(digits.get(..2)?, 2).filter(|hours| *hours <= 18)?;
    let minutes = match digits.get(2..)? {
        "" => 0,
        minutes => number(minutes, 2).filter(|minutes| *minutes < 60)?,
    };
    Some(sign * (hours * 60 + minutes) * 60)
}

/// Days from 1970-01-01 of a date of the Gregorian calendar.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    const BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    const IN_MONTH: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let index = usize::try_from(month.checked_sub(1)?).ok()?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = IN_MONTH.get(index)? + i64::from(is_leap && month == 2);
    if day < 1 || day > longest {
        return None;
    }
    // Leap days of all years before this one, counted from year 0.
    let before = year - 1;
    let leaps = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    let this_leap = i64::from(is_leap && month > 2);
    const EPOCH: i64 = 365 * 1_970 + 1_969 / 4 - 1_969 / 100 + 1_969 / 400;
    Some(365 * year + leaps - EPOCH + BEFORE_MONTH.get(index)? + this_leap + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_offset_zone_or_as_a_number() {
        assert_eq!(moment_ms("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(moment_ms("2000-02-29T12:00:00.5+00:00"), Some(951_825_600_500));
        assert_eq!(moment_ms("2026-03-01T08:00+01:00[Europe/Paris]"), Some(1_772_348_400_000));
        let denver = moment_ms("2017-01-20T17:42:47.789-07:00[America/Denver]");
        assert_eq!(denver, Some(1_484_959_367_789));
        assert_eq!(moment_ms("1484959367789"), denver);
        for bad in ["", "2026-02-29T00:00:00Z", "2026-03-01", "2026-03-01T25:00:00Z", "x[", "é-é"]
        {
            assert_eq!(moment_ms(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_and_sizes_have_spring_s_units() {
        assert_eq!(duration("10ms"), Some(Duration::from_millis(10)));
        assert_eq!(duration("300"), Some(Duration::from_millis(300)));
        assert_eq!(duration("PT1M1.5S"), Some(Duration::from_millis(61_500)));
        assert_eq!(duration("10 parsecs"), None);
        assert_eq!(duration("PT"), None);
        assert_eq!(bytes("16KB"), Some(16_384));
        assert_eq!(bytes("1000"), Some(1_000));
        assert_eq!(bytes("99999999999TB"), None);
    }

    #[test]
    fn statuses_are_numbers_or_names() {
        let code = |text| status(text).map(|code| code.as_u16());
        assert_eq!(code("418"), Some(418));
        assert_eq!(code("I_AM_A_TEAPOT"), Some(418));
        assert_eq!(code("BAD_GATEWAY"), Some(502));
        assert_eq!(code("service-unavailable"), Some(503));
        assert_eq!(code("NO_SUCH"), None);
        assert_eq!(code("99"), None);
    }
}
