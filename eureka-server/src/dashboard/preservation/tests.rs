use super::*;

/// A Spring server with defaults and `instances` healthy clients, reckoned as SP-8 does.
fn spring(instances: u64) -> SelfPreservation {
    SelfPreservation {
        is_enabled: true,
        has_full_minute: true,
        is_settled: true,
        instances,
        expected_clients: instances + 1,
        threshold: (instances + 1) * 17 / 10,
        renewals_last_minute: instances * 2,
        percent_threshold: 0.85,
        expected_interval: Duration::from_secs(30),
    }
}

#[test]
fn evicts_only_when_renewals_exceed_the_threshold() {
    let at = |renewals_last_minute| SelfPreservation { renewals_last_minute, ..spring(9) };

    assert_eq!(at(17).verdict(), Verdict::Protecting);
    assert!(!at(17).evicts());
    assert_eq!(at(18).verdict(), Verdict::NotNeeded);
    assert!(at(18).evicts());
}

#[test]
fn the_other_verdicts_have_their_causes() {
    let disabled = SelfPreservation { is_enabled: false, renewals_last_minute: 0, ..spring(9) };
    assert_eq!(disabled.verdict(), Verdict::Disabled);
    assert!(disabled.evicts());

    let starting =
        SelfPreservation { has_full_minute: false, renewals_last_minute: 0, ..spring(9) };
    assert_eq!(starting.verdict(), Verdict::Starting);
    assert!(!starting.evicts());

    let nothing = SelfPreservation { expected_clients: 0, threshold: 0, ..spring(9) };
    assert_eq!(nothing.verdict(), Verdict::NothingExpected);
    assert!(!nothing.evicts());
}

#[test]
fn the_banner_of_java_appears_when_it_does_there() {
    let case = |is_enabled, is_settled, renewals_last_minute| {
        SelfPreservation { is_enabled, is_settled, renewals_last_minute, ..spring(9) }.banner()
    };

    assert_eq!(case(true, true, 17), Some(Banner::Emergency));
    assert_eq!(case(true, true, 18), None);
    assert_eq!(case(true, false, 0), None);
    assert_eq!(case(false, true, 17), Some(Banner::BelowAndDisabled));
    assert_eq!(case(false, true, 18), Some(Banner::Disabled));
    assert_eq!(case(false, false, 0), Some(Banner::Disabled));
}

/// The words with ordinary blanks, so that they can be written down here.
fn told(state: SelfPreservation) -> [String; 3] {
    let Explanation { headline, now, change } = state.explain();
    [headline.to_owned(), now, change].map(|text| text.replace('\u{a0}', " "))
}

#[test]
fn a_protecting_server_says_what_is_missing() {
    let [headline, now, change] = told(SelfPreservation { renewals_last_minute: 12, ..spring(9) });

    assert_eq!(headline, "On: nothing is evicted");
    assert!(now.starts_with(
        "12 renewals arrived in the last full minute, and more than 17 are needed (85 % of what 10 \
         expected clients send at one renewal every 30 s)."
    ));
    assert!(change.starts_with(
        "It turns off by itself when 6 more arrive in a minute, as from 3 clients coming back."
    ));
}

#[test]
fn one_missing_renewal_is_told_in_the_singular() {
    let [_, _, change] = told(SelfPreservation { renewals_last_minute: 17, ..spring(9) });

    assert!(change.contains("when 1 more arrives in a minute, as from 1 client coming back."));
}

#[test]
fn a_server_that_evicts_says_what_would_stop_it() {
    let [headline, now, change] = told(spring(10_000));

    assert_eq!(headline, "Off: expired leases are evicted");
    assert!(now.starts_with("20,000 renewals arrived"));
    assert!(now.contains("more than 17,001 are needed"));
    assert_eq!(
        change,
        "It turns on when 17,001 or fewer arrive in a minute, that is on losing about 1,500 \
         clients at once."
    );
}

#[test]
fn up_to_five_instances_are_too_few_with_the_defaults() {
    for instances in 1..=5 {
        let estate = spring(instances);
        assert_eq!(estate.verdict(), Verdict::TooSmall, "{instances}");
        assert!(!estate.evicts());
        let [_, _, change] = told(estate);
        assert!(change.starts_with("From 6 instances on this ends by itself."), "{change}");
        assert!(change.contains("`eureka.server.enable-self-preservation=false`"), "{change}");
    }
    for instances in [6, 7, 100] {
        assert_eq!(spring(instances).verdict(), Verdict::NotNeeded, "{instances}");
    }
}

#[test]
fn an_empty_registry_is_no_alarm() {
    let [headline, now, change] = told(spring(0));

    assert_eq!(spring(0).verdict(), Verdict::Empty);
    assert_eq!(headline, "Waiting for instances");
    assert_eq!(now, "No instance is registered, so there is nothing to evict.");
    assert!(change.starts_with("Expired leases will be evicted from 6 instances on."), "{change}");
}

#[test]
fn a_large_registry_that_lost_clients_is_protected_not_too_small() {
    let lost = SelfPreservation { renewals_last_minute: 0, ..spring(6) };

    assert_eq!(lost.verdict(), Verdict::Protecting);
}

#[test]
fn the_advised_share_is_the_highest_that_works() {
    for instances in 1..=5 {
        let estate = spring(instances);

        let percent = estate.percent_that_evicts().unwrap();

        let evicts = |percent: u8| {
            let share = f64::from(percent) / 100.0;
            estate.sent_by(instances) > estate.threshold_for(instances + 1, share)
        };
        assert!(evicts(percent), "{instances}: {percent}");
        assert!(!evicts(percent + 1), "{instances}: {percent}");
        let advice = format!(
            "`eureka.server.renewal-percent-threshold` from 0.85 to {}.",
            f64::from(percent) / 100.0
        );
        assert!(told(estate)[2].ends_with(&advice), "{instances}");
    }
}

#[test]
fn a_share_of_one_never_promises_a_size() {
    let estate = SelfPreservation { percent_threshold: 1.0, threshold: 8, ..spring(3) };

    assert!(told(estate)[2].starts_with("To evict already now"));
}

#[test]
fn an_interval_of_zero_is_survived() {
    let estate = SelfPreservation { expected_interval: Duration::ZERO, ..spring(3) };

    assert!(!estate.explain().now.is_empty());
}
