//! The forms of a log line.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use tracing::Level;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// For people.
    Text {
        /// Whether the level has a colour.
        colored: bool,
    },
    /// Elastic Common Schema.
    Ecs,
    /// Graylog Extended Log Format.
    Gelf,
    /// Logstash.
    Logstash,
}

/// One log line before it has a form.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) wall_ms: u64,
    pub(super) level: Level,
    pub(super) target: &'a str,
    pub(super) thread: &'a str,
    pub(super) service: &'a str,
    pub(super) message: &'a str,
    /// Of the event, then of its spans from the inside out.
    pub(super) fields: &'a [(&'static str, Value)],
}

impl Form {
    /// By the value of `logging.structured.format.console`; unknown formats are ECS.
    pub(super) fn structured(name: &str) -> Self {
        if name.eq_ignore_ascii_case("gelf") {
            Self::Gelf
        } else if name.eq_ignore_ascii_case("logstash") {
            Self::Logstash
        } else {
            Self::Ecs
        }
    }

    /// The line with its line feed.
    pub(super) fn line(self, record: &Record<'_>) -> String {
        let mut line = match self {
            Self::Text { colored } => text(record, colored),
            Self::Ecs => ecs(record).to_string(),
            Self::Gelf => gelf(record).to_string(),
            Self::Logstash => logstash(record).to_string(),
        };
        if line.contains(misleads) {
            line = plain(&line);
        }
        line.push('\n');
        line
    }
}

/// Whether some reader takes it for a line end, or shows what follows in another order. The JSON of
/// our forms leaves these as they are.
const fn misleads(c: char) -> bool {
    matches!(c,
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}')
}

/// `line` with escapes for what misleads; they stand in texts only, where JSON takes them back.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if misleads(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

fn text(record: &Record<'_>, colored: bool) -> String {
    let mut line = timestamp(record.wall_ms);
    line.push(' ');
    let color = match record.level {
        Level::ERROR => "31",
        Level::WARN => "33",
        Level::INFO => "32",
        _ => "2",
    };
    let level = record.level.as_str();
    let _ = if colored {
        write!(line, "\u{1b}[{color}m{level:>5}\u{1b}[0m {} : ", record.target)
    } else {
        write!(line, "{level:>5} {} : ", record.target)
    };
    escape(&mut line, record.message);
    for (name, value) in record.fields {
        let _ = write!(line, " {name}=");
        match value.as_str().filter(|text| is_plain(text)) {
            Some(text) => line.push_str(text),
            None => {
                let _ = write!(line, "{value}");
            }
        }
    }
    line
}

/// Whether a value needs no quotes to be told from the next field.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '='))
}

/// Control characters, line feeds first of all, as escapes.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
}

fn ecs(record: &Record<'_>) -> Value {
    let line = json!({
        "@timestamp": timestamp(record.wall_ms),
        "log": { "level": record.level.as_str(), "logger": record.target },
        "process": { "pid": std::process::id(), "thread": { "name": record.thread } },
        "service": { "name": record.service },
        "message": record.message,
        "ecs": { "version": "8.11" },
    });
    with_fields(line, record, "")
}

fn logstash(record: &Record<'_>) -> Value {
    let severity = match record.level {
        Level::ERROR => 40_000,
        Level::WARN => 30_000,
        Level::INFO => 20_000,
        Level::DEBUG => 10_000,
        _ => 5_000,
    };
    let line = json!({
        "@timestamp": timestamp(record.wall_ms),
        "@version": "1",
        "message": record.message,
        "logger_name": record.target,
        "thread_name": record.thread,
        "level": record.level.as_str(),
        "level_value": severity,
    });
    with_fields(line, record, "")
}

fn gelf(record: &Record<'_>) -> Value {
    let severity = match record.level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        _ => 7,
    };
    let short = if record.message.is_empty() { "(no message)" } else { record.message };
    let line = json!({
        "version": "1.1",
        "host": record.service,
        "short_message": short,
        "timestamp": std::time::Duration::from_millis(record.wall_ms).as_secs_f64(),
        "level": severity,
        "_level_name": record.level.as_str(),
        "_process_pid": std::process::id(),
        "_process_thread_name": record.thread,
        "_log_logger": record.target,
    });
    with_fields(line, record, "_")
}

/// Adds the fields; one that has the name of a member of the form gets the prefix `field.`.
fn with_fields(mut line: Value, record: &Record<'_>, prefix: &str) -> Value {
    let Some(members) = line.as_object_mut() else { return line };
    let reserved: Map<String, Value> = members.clone();
    for (name, value) in record.fields {
        let name = format!("{prefix}{name}");
        // GELF forbids `_id`.
        let taken = reserved.contains_key(&name) || name == "_id";
        let name =
            if taken { format!("{prefix}field.{}", name.trim_start_matches('_')) } else { name };
        members.insert(name, value.clone());
    }
    line
}

/// `2026-01-31T23:59:59.123Z`.
fn timestamp(wall_ms: u64) -> String {
    let seconds = wall_ms / 1_000;
    let (year, month, day) = civil(seconds / 86_400);
    let second_of_day = seconds % 86_400;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        second_of_day / 3_600,
        second_of_day / 60 % 60,
        second_of_day % 60,
        wall_ms % 1_000
    )
}

/// Date of a day counted from 1970-01-01, by counting 400-year cycles from the first of March of
/// the year 0, so that leap days come last.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_TO_1970: u64 = 719_468;
    const DAYS_PER_CYCLE: u64 = 146_097;
    let days = days.saturating_add(DAYS_TO_1970);
    let cycle = days / DAYS_PER_CYCLE;
    let day_of_cycle = days % DAYS_PER_CYCLE;
    let leap_days = day_of_cycle / 1_460 + day_of_cycle / 146_096;
    let year_of_cycle = (day_of_cycle + day_of_cycle / 36_524 - leap_days) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (cycle * 400 + year_of_cycle + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_iso_8601_over_leap_years() {
        for (wall_ms, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_210_096_007, "2024-02-29T12:34:56.007Z"),
            (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(timestamp(wall_ms), expected);
        }
    }

    #[test]
    fn unknown_structured_formats_are_ecs() {
        assert_eq!(Form::structured("GELF"), Form::Gelf);
        assert_eq!(Form::structured("logstash"), Form::Logstash);
        assert_eq!(Form::structured("com.example.MyFormat"), Form::Ecs);
    }
}
