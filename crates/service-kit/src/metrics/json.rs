//! Meters as Spring's metrics endpoint shows them.
//!
//! Source: Spring Boot's `MetricsEndpoint`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::snapshot::{Family, MeterKind, Sample, Series};

/// Why a metric cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricError {
    /// No meter of that name has all the tags; answers 404.
    #[error("there is no such metric")]
    Unknown,
    /// A filter is not of the form `name:value`; answers 400.
    #[error("a tag has the form name:value")]
    MalformedTag,
}

/// Body of the list: `{"names":[...]}`, sorted.
#[must_use]
pub fn names(families: &[Family]) -> String {
    #[derive(Serialize)]
    struct Names<'a> {
        names: Vec<&'a str>,
    }
    to_json(&Names { names: families.iter().map(|family| family.name.as_str()).collect() })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metric<'a> {
    name: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_unit: Option<&'a str>,
    measurements: Vec<Measurement>,
    available_tags: Vec<AvailableTag<'a>>,
}

#[derive(Serialize)]
struct Measurement {
    statistic: &'static str,
    value: f64,
}

#[derive(Serialize)]
struct AvailableTag<'a> {
    tag: &'a str,
    values: BTreeSet<&'a str>,
}

/// Body for one metric, its series with all `tags` (each `name:value`) added up.
///
/// # Errors
/// See [`MetricError`].
pub fn describe(families: &[Family], name: &str, tags: &[&str]) -> Result<String, MetricError> {
    let filters: Vec<(&str, &str)> = tags
        .iter()
        .map(|tag| tag.split_once(':').ok_or(MetricError::MalformedTag))
        .collect::<Result<_, _>>()?;
    let family = families.iter().find(|family| family.name == name).ok_or(MetricError::Unknown)?;
    let has = |series: &Series, (key, value): (&str, &str)| {
        series.tags.iter().any(|(own_key, own_value)| own_key == key && own_value == value)
    };
    let series: Vec<&Series> = family
        .series
        .iter()
        .filter(|series| filters.iter().all(|filter| has(series, *filter)))
        .collect();
    if series.is_empty() {
        return Err(MetricError::Unknown);
    }
    let mut available: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (key, value) in series.iter().flat_map(|series| &series.tags) {
        if !filters.iter().any(|(filtered, _)| filtered == key) {
            available.entry(key).or_default().insert(value);
        }
    }
    Ok(to_json(&Metric {
        name: &family.name,
        description: &family.description,
        base_unit: Some(family.unit.as_str()).filter(|unit| !unit.is_empty()),
        measurements: measurements(family.kind, &series),
        available_tags: available
            .into_iter()
            .map(|(tag, values)| AvailableTag { tag, values })
            .collect(),
    }))
}

#[expect(clippy::cast_precision_loss, reason = "a double is what the format carries")]
fn measurements(kind: MeterKind, series: &[&Series]) -> Vec<Measurement> {
    let mut value = 0.0;
    let mut counted = 0.0;
    let mut largest: f64 = 0.0;
    for series in series {
        match &series.sample {
            Sample::Value(own) => value += own,
            Sample::Distribution { count, total, max, .. } => {
                value += total;
                counted += *count as f64;
                largest = largest.max(*max);
            }
        }
    }
    let of = |statistic, value| Measurement { statistic, value };
    match kind {
        MeterKind::Counter => vec![of("COUNT", value)],
        MeterKind::Gauge => vec![of("VALUE", value)],
        MeterKind::Timer => {
            vec![of("COUNT", counted), of("TOTAL_TIME", value), of("MAX", largest)]
        }
        MeterKind::Summary => vec![of("COUNT", counted), of("TOTAL", value), of("MAX", largest)],
    }
}

fn to_json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::Clock;
    use crate::metrics::Registry;

    fn families() -> Vec<Family> {
        let registry = Registry::new(Clock::manual(0));
        for (method, status, count) in [("GET", "200", 3), ("GET", "404", 2), ("PUT", "200", 1)] {
            registry.counter("hits", "Hits.", &[("method", method), ("status", status)]).add(count);
        }
        let timer = registry.timer("t", "T.", &[]);
        timer.record(Duration::from_millis(500));
        timer.record(Duration::from_millis(1_500));
        registry.summary("s", "S.", "bytes", &[]).record(7);
        registry.snapshot()
    }

    #[test]
    fn names_are_listed() {
        assert_eq!(names(&families()), r#"{"names":["hits","metrics.series.dropped","s","t"]}"#);
    }

    #[test]
    fn series_are_added_up() {
        assert_eq!(
            describe(&families(), "hits", &[]).unwrap(),
            r#"{"name":"hits","description":"Hits.","measurements":[{"statistic":"COUNT","value":6.0}],"availableTags":[{"tag":"method","values":["GET","PUT"]},{"tag":"status","values":["200","404"]}]}"#
        );
    }

    #[test]
    fn tags_narrow_and_are_no_longer_offered() {
        assert_eq!(
            describe(&families(), "hits", &["method:GET", "status:404"]).unwrap(),
            r#"{"name":"hits","description":"Hits.","measurements":[{"statistic":"COUNT","value":2.0}],"availableTags":[]}"#
        );
        let narrowed = describe(&families(), "hits", &["status:200"]).unwrap();
        assert!(narrowed.contains(r#""value":4.0"#), "{narrowed}");
        assert!(narrowed.contains(r#"[{"tag":"method","values":["GET","PUT"]}]"#), "{narrowed}");
    }

    #[test]
    fn timers_and_summaries_have_three_measurements() {
        assert_eq!(
            describe(&families(), "t", &[]).unwrap(),
            r#"{"name":"t","description":"T.","baseUnit":"seconds","measurements":[{"statistic":"COUNT","value":2.0},{"statistic":"TOTAL_TIME","value":2.0},{"statistic":"MAX","value":1.5}],"availableTags":[]}"#
        );
        let summary = describe(&families(), "s", &[]).unwrap();
        assert!(summary.contains(r#"{"statistic":"TOTAL","value":7.0}"#), "{summary}");
    }

    #[test]
    fn what_does_not_exist_is_told_from_what_is_malformed() {
        assert_eq!(describe(&families(), "none", &[]), Err(MetricError::Unknown));
        assert_eq!(describe(&families(), "hits", &["method:POST"]), Err(MetricError::Unknown));
        assert_eq!(describe(&families(), "hits", &["method"]), Err(MetricError::MalformedTag));
    }
}
