use super::*;

fn registry() -> (Registry, Clock) {
    let clock = Clock::manual(0);
    (Registry::new(clock.clone()), clock)
}

fn family(registry: &Registry, name: &str) -> Family {
    let mut families = registry.snapshot();
    families.retain(|family| family.name == name);
    families.pop().expect("the family")
}

#[test]
fn the_same_name_and_tags_are_the_same_counter() {
    let (registry, _) = registry();
    let first = registry.counter("a", "A.", &[("x", "1"), ("b", "2")]);
    let second = registry.counter("a", "A.", &[("b", "2"), ("x", "1")]);

    first.increment();
    second.add(2);

    assert_eq!(first.count(), 3);
    let tags = vec![("b".to_owned(), "2".to_owned()), ("x".to_owned(), "1".to_owned())];
    assert_eq!(family(&registry, "a").series, [Series { tags, sample: Sample::Value(3.0) }]);
}

#[test]
fn timers_are_read_in_seconds_and_summaries_in_their_unit() {
    let (registry, _) = registry();
    let timer = registry.timer("t", "T.", &[]);
    let summary = registry.summary("s", "S.", "bytes", &[]);

    timer.record(Duration::from_millis(1));
    timer.record(Duration::from_secs(20));
    summary.record(100);

    let Sample::Distribution { count, total, max, buckets } =
        &family(&registry, "t").series[0].sample
    else {
        panic!("not a distribution")
    };
    assert_eq!((*count, *total, *max), (2, 20.001, 20.0));
    assert_eq!(buckets.iter().find(|(bound, _)| *bound >= 0.001), Some(&(0.001, 1)));
    assert_eq!(buckets.last(), Some(&(10.0, 1)));
    let summaries = family(&registry, "s");
    assert_eq!(summaries.unit, "bytes");
    let Sample::Distribution { total, buckets, .. } = &summaries.series[0].sample else {
        panic!("not a distribution")
    };
    assert_eq!(*total, 100.0);
    assert_eq!(buckets[..2], [(64.0, 0), (256.0, 1)]);
}

#[test]
fn a_largest_value_fades_with_the_clock() {
    let (registry, clock) = registry();
    let max = || match family(&registry, "t").series[0].sample {
        Sample::Distribution { max, .. } => max,
        Sample::Value(_) => panic!("not a distribution"),
    };
    registry.timer("t", "T.", &[]).record(Duration::from_secs(3));

    assert_eq!(max(), 3.0);
    clock.advance(MAX_WINDOW);
    assert_eq!(max(), 3.0);
    assert_eq!(max(), 3.0);
    clock.advance(MAX_WINDOW);
    assert_eq!(max(), 3.0);
    assert_eq!(max(), 0.0);
}

#[test]
fn collectors_are_asked_at_every_reading() {
    let (registry, clock) = registry();
    let own = clock.clone();
    registry.collect(move |out| {
        let seconds = own.monotonic().as_secs_f64();
        out.gauge("up", "Up.", "seconds", &[("k", "v")], seconds);
        out.counter("ticks", "Ticks.", "", &[], seconds);
    });

    assert_eq!(family(&registry, "up").series[0].sample, Sample::Value(0.0));
    clock.advance(Duration::from_secs(2));
    assert_eq!(family(&registry, "up").series[0].sample, Sample::Value(2.0));
    assert_eq!(family(&registry, "ticks").kind, MeterKind::Counter);
}

#[test]
fn series_beyond_the_limit_are_dropped_and_counted() {
    let (registry, _) = registry();
    registry.collect(|out| {
        for index in 0..SERIES_MAX + 7 {
            out.gauge("g", "G.", "", &[("i", &index.to_string())], 1.0);
        }
    });

    assert_eq!(family(&registry, "g").series.len(), SERIES_MAX);
    assert_eq!(family(&registry, "metrics.series.dropped").series[0].sample, Sample::Value(7.0));
}

#[test]
fn gauges_rise_and_fall() {
    let (registry, _) = registry();
    let gauge = registry.gauge("g", "G.", "connections", &[]);

    gauge.add(5);
    gauge.add(-7);

    assert_eq!(gauge.value(), -2);
    assert_eq!(family(&registry, "g").series[0].sample, Sample::Value(-2.0));
}
