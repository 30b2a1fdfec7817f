//! Meters in the text format of Prometheus, named as Micrometer names them.
//!
//! Source: Prometheus "Exposition formats" (text 0.0.4), Micrometer's `PrometheusNamingConvention`.

use std::fmt::Write as _;

use super::snapshot::{Family, MeterKind, Sample, Series};

/// Media type of [`render`]'s text.
pub const CONTENT_TYPE: &str = "text/plain;version=0.0.4;charset=utf-8";

/// The text for all families; lines end with a line feed.
#[must_use]
pub fn render(families: &[Family]) -> String {
    let mut out = String::with_capacity(families.len().saturating_mul(512));
    for family in families {
        let name = metric_name(family);
        match family.kind {
            MeterKind::Counter | MeterKind::Gauge => {
                let kind = if family.kind == MeterKind::Counter { "counter" } else { "gauge" };
                head(&mut out, &name, &family.description, kind);
                for series in &family.series {
                    if let Sample::Value(value) = series.sample {
                        line(&mut out, &name, "", &series.tags, None, value);
                    }
                }
            }
            MeterKind::Timer | MeterKind::Summary => distribution(&mut out, &name, family),
        }
    }
    out
}

fn distribution(out: &mut String, name: &str, family: &Family) {
    head(out, name, &family.description, "histogram");
    for series in &family.series {
        buckets(out, name, series);
    }
    let name = format!("{name}_max");
    head(out, &name, &family.description, "gauge");
    for series in &family.series {
        if let Sample::Distribution { max, .. } = series.sample {
            line(out, &name, "", &series.tags, None, max);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a double is what the format carries")]
fn buckets(out: &mut String, name: &str, series: &Series) {
    let Sample::Distribution { count, total, buckets, .. } = &series.sample else { return };
    for (bound, below) in buckets {
        line(out, name, "_bucket", &series.tags, Some(*bound), *below as f64);
    }
    line(out, name, "_bucket", &series.tags, Some(f64::INFINITY), *count as f64);
    line(out, name, "_count", &series.tags, None, *count as f64);
    line(out, name, "_sum", &series.tags, None, *total);
}

fn head(out: &mut String, name: &str, description: &str, kind: &str) {
    let _ = write!(out, "# HELP {name} ");
    for c in description.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    let _ = write!(out, "\n# TYPE {name} {kind}\n");
}

fn line(
    out: &mut String,
    name: &str,
    suffix: &str,
    tags: &[(String, String)],
    bound: Option<f64>,
    value: f64,
) {
    out.push_str(name);
    out.push_str(suffix);
    if bound.is_some() || !tags.is_empty() {
        let mut separator = '{';
        for (key, value) in tags {
            out.push(separator);
            out.push_str(&sanitised(key));
            out.push_str("=\"");
            escape(out, value);
            out.push('"');
            separator = ',';
        }
        if let Some(bound) = bound {
            out.push(separator);
            out.push_str("le=\"");
            number(out, bound);
            out.push('"');
        }
        out.push('}');
    }
    out.push(' ');
    number(out, value);
    out.push('\n');
}

fn number(out: &mut String, value: f64) {
    if value == f64::INFINITY {
        out.push_str("+Inf");
    } else if value == f64::NEG_INFINITY {
        out.push_str("-Inf");
    } else {
        let _ = write!(out, "{value:?}");
    }
}

fn escape(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}

/// Dots become underscores, the unit is appended, counters end in `_total`.
fn metric_name(family: &Family) -> String {
    let mut name = sanitised(&family.name);
    let unit = sanitised(&family.unit);
    if !unit.is_empty() && !name.ends_with(&unit) {
        name.push('_');
        name.push_str(&unit);
    }
    if family.kind == MeterKind::Counter && !name.ends_with("_total") {
        name.push_str("_total");
    }
    name
}

fn sanitised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        out.push_str("m_");
    }
    out.extend(name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::Clock;
    use crate::metrics::Registry;

    fn lines(registry: &Registry) -> Vec<String> {
        render(&registry.snapshot())
            .lines()
            .filter(|line| !line.contains("metrics_series_dropped"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn counters_end_in_total_and_gauges_in_their_unit() {
        let registry = Registry::new(Clock::manual(0));
        registry.counter("eureka.server.renewals", "Renewals.", &[("outcome", "ok")]).add(3);
        registry.gauge("jvm.memory.used", "Used.", "bytes", &[]).set(5);

        assert_eq!(
            lines(&registry),
            [
                "# HELP eureka_server_renewals_total Renewals.",
                "# TYPE eureka_server_renewals_total counter",
                "eureka_server_renewals_total{outcome=\"ok\"} 3.0",
                "# HELP jvm_memory_used_bytes Used.",
                "# TYPE jvm_memory_used_bytes gauge",
                "jvm_memory_used_bytes 5.0",
            ]
        );
    }

    #[test]
    fn timers_are_histograms_with_a_largest_value() {
        let registry = Registry::new(Clock::manual(0));
        let timer = registry.timer("http.server.requests", "Requests.", &[("uri", "/")]);
        timer.record(Duration::from_micros(20));
        timer.record(Duration::from_secs(30));

        let lines = lines(&registry);

        assert_eq!(lines[1], "# TYPE http_server_requests_seconds histogram");
        assert_eq!(lines[2], "http_server_requests_seconds_bucket{uri=\"/\",le=\"1e-5\"} 0.0");
        assert_eq!(lines[3], "http_server_requests_seconds_bucket{uri=\"/\",le=\"2.5e-5\"} 1.0");
        assert_eq!(
            lines[lines.len() - 6..],
            [
                "http_server_requests_seconds_bucket{uri=\"/\",le=\"+Inf\"} 2.0",
                "http_server_requests_seconds_count{uri=\"/\"} 2.0",
                "http_server_requests_seconds_sum{uri=\"/\"} 30.00002",
                "# HELP http_server_requests_seconds_max Requests.",
                "# TYPE http_server_requests_seconds_max gauge",
                "http_server_requests_seconds_max{uri=\"/\"} 30.0",
            ]
        );
    }

    #[test]
    fn tags_from_outside_cannot_break_out_of_their_quotes() {
        let registry = Registry::new(Clock::manual(0));
        registry.collect(|out| {
            out.gauge("g", "A\nB\\.", "", &[("app-name", "a\"} 1\n\\x")], f64::NAN);
        });

        assert_eq!(
            lines(&registry),
            ["# HELP g A\\nB\\\\.", "# TYPE g gauge", "g{app_name=\"a\\\"} 1\\n\\\\x\"} NaN"]
        );
    }
}
