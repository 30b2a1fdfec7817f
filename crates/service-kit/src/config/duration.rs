//! Time spans as Spring writes them: `10s`, `1h30m`, `PT1M30.5S`, or a bare number.

use std::time::Duration;

use super::key::Unit;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// Parses a span; `None` for anything else, a sign, or more than about 584 years.
///
/// Source: Spring's `DurationFormatterUtils` (simple, composite, ISO 8601).
pub(super) fn parse(text: &str, bare: Unit) -> Option<Duration> {
    if let Ok(count) = text.parse::<u64>()
        && !text.starts_with('+')
    {
        return Some(bare.times(count));
    }
    let lower = text.to_ascii_lowercase();
    let nanos = match lower.strip_prefix('p') {
        Some(iso) => iso_8601(iso)?,
        None => composite(&lower)?,
    };
    u64::try_from(nanos).ok().map(Duration::from_nanos)
}

/// `1h30m`, `500ms`: whole numbers, each with its unit, largest unit first.
fn composite(text: &str) -> Option<u128> {
    let mut rest = text;
    let mut total: u128 = 0;
    let mut last_unit = u128::MAX;
    while !rest.is_empty() {
        let (digits, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let unit = match unit {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => NANOS_PER_SECOND,
            "m" => NANOS_PER_SECOND * 60,
            "h" => NANOS_PER_SECOND * 3_600,
            "d" => NANOS_PER_SECOND * 86_400,
            _ => return None,
        };
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        let count = u128::from(digits.parse::<u64>().ok()?);
        total = total.checked_add(count.checked_mul(unit)?)?;
        rest = next;
    }
    (last_unit != u128::MAX).then_some(total)
}

/// What follows the `P`, lower case: `1dt2h3m4.5s`. Seconds alone may have a fraction.
fn iso_8601(text: &str) -> Option<u128> {
    let (days, time) = match text.split_once('t') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (text, ""),
    };
    let (whole, fraction) = match time.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction.strip_suffix('s')?)),
        None => (time, None),
    };
    let mut total = 0;
    if !days.is_empty() {
        if !days.ends_with('d') {
            return None;
        }
        total = composite(days)?;
    }
    match fraction {
        None => {
            if !whole.is_empty() {
                if whole.contains('d') || whole.contains("ms") || whole.contains(['u', 'n']) {
                    return None;
                }
                total = composite(whole)?.checked_add(total)?;
            }
        }
        Some(fraction) => {
            if fraction.is_empty()
                || fraction.len() > 9
                || !fraction.bytes().all(|b| b.is_ascii_digit())
                || whole.contains('d')
            {
                return None;
            }
            let whole = composite(&format!("{whole}s"))?;
            let nanos = format!("{fraction:0<9}").parse::<u128>().ok()?;
            total = whole.checked_add(nanos)?.checked_add(total)?;
        }
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Option<u128> {
        parse(text, Unit::Seconds).map(|span| span.as_millis())
    }

    #[test]
    fn a_bare_number_has_the_unit_of_its_key() {
        assert_eq!(parse("30", Unit::Seconds), Some(Duration::from_secs(30)));
        assert_eq!(parse("30", Unit::Millis), Some(Duration::from_millis(30)));
    }

    #[test]
    fn simple_and_composite_spans_parse() {
        for (text, expected) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("5M", 300_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
            ("1h30m", 5_400_000),
            ("3000us", 3),
        ] {
            assert_eq!(millis(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn iso_spans_parse() {
        for (text, expected) in [
            ("PT10S", 10_000),
            ("pt1m30.5s", 90_500),
            ("P1D", 86_400_000),
            ("P1DT2H", 93_600_000),
            ("PT0.25S", 250),
        ] {
            assert_eq!(millis(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "s",
            "ten",
            "10 s",
            "-5s",
            "+5",
            "1.5s",
            "10x",
            "30m1h",
            "P",
            "PT",
            "P5",
            "PT5",
            "PT1D",
            "P1H",
            "PT1.S",
            "PT5MS",
            "1mm",
            "99999999999999999d",
            "10s5",
        ] {
            assert_eq!(millis(text), None, "{text}");
        }
    }
}
