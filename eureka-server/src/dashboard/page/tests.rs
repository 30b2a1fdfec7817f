use std::time::Duration;

use eureka_wire::{InstanceStatus, Metadata};

use super::super::fixture::{NOW, row};
use super::super::{
    EvictionSchedule, Fact, InstanceRow, Query, Replica, SelfPreservation, System, select,
};
use super::*;

const SYSTEM: System<'static> = System {
    environment: "test",
    data_center: "default",
    version: "9.9.9",
    uptime: Duration::from_secs(90_000),
    service_url: "http://eureka.example:8761/eureka/",
};

fn preservation(instances: u64) -> SelfPreservation {
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

fn page<'a>(rows: &'a [InstanceRow<'a>], query: &'a Query) -> Page<'a> {
    Page {
        now_ms: NOW,
        links: Links::new("/", "/"),
        system: SYSTEM,
        preservation: preservation(rows.len() as u64),
        eviction: EvictionSchedule {
            next_pass_in: Some(Duration::from_secs(20)),
            interval: Duration::from_secs(60),
            limit: 2,
        },
        replicas: &[],
        query,
        selection: select(rows.iter().copied(), query),
        general: &[],
        instance: &[],
    }
}

fn html(rows: &[InstanceRow<'_>], query: &str) -> String {
    page(rows, &Query::parse(query)).render().unwrap()
}

fn has(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "{part} is missing in:\n{html}");
    }
}

#[test]
fn an_empty_registry_tells_how_to_fill_it() {
    let html = html(&[], "");

    has(
        &html,
        &[
            "<title>Eureka</title>",
            "lang=\"en\"",
            "No instances available",
            "defaultZone: http://eureka.example:8761/eureka/</code>",
            "Nothing is registered, so nothing is wrong.",
        ],
    );
    assert!(!html.contains("id=\"search\""));
}

#[test]
fn the_status_tables_hold_what_the_java_page_shows() {
    let html = html(&[row("ORDERS", "a:orders:1"), row("ORDERS", "b:orders:1")], "");

    has(
        &html,
        &[
            "<th scope=\"row\">Environment</th><td>test</td>",
            "<th scope=\"row\">Data center</th><td>default</td>",
            "<td>2026-01-31T12:00:00 +0000</td>",
            "<th scope=\"row\">Uptime</th><td>1 day 01:00</td>",
            "<th scope=\"row\">Lease expiration enabled</th><td>false</td>",
            "<th scope=\"row\">Renews threshold</th><td>5</td>",
            "<th scope=\"row\">Renews (last min)</th><td>4</td>",
            "<h2 id=\"h-replicas\">DS Replicas</h2>",
            "Instances currently registered with Eureka</h2>",
            "<bdi>ORDERS</bdi>",
            "UP (2)",
            "AMIs n/a (2)",
            "Availability Zones (2)",
            "<bdi>a:orders:1</bdi>",
            "General Info</h2>",
            "Instance Info</h2>",
            "9.9.9",
        ],
    );
}

#[test]
fn warnings_keep_the_words_that_scripts_look_for() {
    let rows = [row("ORDERS", "a")];
    let query = Query::parse("");
    let render = |preservation| Page { preservation, ..page(&rows, &query) }.render().unwrap();

    let emergency = render(SelfPreservation { renewals_last_minute: 0, ..preservation(10) });
    let disabled = render(SelfPreservation { is_enabled: false, ..preservation(10) });
    let calm = render(preservation(10));

    has(&emergency, &[Banner::Emergency.words(), "banner bad"]);
    has(&disabled, &["<strong>THE SELF PRESERVATION MODE IS TURNED OFF. THIS MAY NOT PROTECT"]);
    assert!(!calm.contains("id=\"banner\""));
}

#[test]
fn nothing_an_instance_says_becomes_markup_or_a_script_address() {
    let script = "<script>alert(1)</script>";
    let quotes = "\"'><img src=x onerror=alert(1)>";
    let metadata: Metadata = [(script, quotes), (quotes, script)].into_iter().collect();
    let hostile = InstanceRow {
        host: script,
        ip: quotes,
        vip: script,
        secure_vip: quotes,
        group: script,
        home_page: "javascript:alert(1)",
        status_page: "JavaScript:alert(1)",
        health_check: "http://a/\"onmouseover=\"alert(1)",
        secure_health_check: "data:text/html,<script>alert(1)</script>",
        ami: Some(script),
        zone: Some(quotes),
        metadata: &metadata,
        ..row("<IMG SRC=X ONERROR=ALERT(1)>", quotes)
    };
    let replicas = [Replica { name: script, url: "javascript:alert(1)" }];
    let facts = [Fact { name: "ipAddr", value: script.into() }];
    let rows = [hostile];
    let query = Query::parse("q=%22%3E%3Cscript%3E&app=%3CIMG+SRC%3DX+ONERROR%3DALERT(1)%3E");
    let found = Query { search: String::new(), ..query.clone() };

    for query in [&query, &found] {
        let page = Page { replicas: &replicas, instance: &facts, ..page(&rows, query) };
        let html = page.render().unwrap();

        // Each element of ours; none is opened or given an attribute by a stored text.
        assert_eq!(html.matches("<script").count(), 1, "{html}");
        assert!(!html.contains("<img") && !html.contains("<IMG"), "{html}");
        assert!(!html.contains("\"onmouseover") && !html.contains("'><"), "{html}");
        for address in html.split("href=\"").skip(1) {
            let scheme = address.split(['\"', '/', '?', '#']).next().unwrap();
            assert!(["http:", ".", "..", ""].contains(&scheme), "{scheme}");
        }
    }
}

#[test]
fn long_texts_are_clipped_and_the_page_stays_small() {
    let long = "가".repeat(10_240);
    let url = format!("http://{}", "x".repeat(10_240));
    let metadata: Metadata = [("a", long.as_str()), (&long, "b")].into_iter().collect();
    let one = InstanceRow {
        host: &long,
        vip: &long,
        home_page: &url,
        metadata: &metadata,
        ..row(&long, &long)
    };

    let html = html(&[one], "");

    has(&html, &["… (+10,080 characters)"]);
    assert!(html.len() < 20_000, "{}", html.len());
}

#[test]
fn many_metadata_entries_are_cut() {
    let pairs: Vec<_> = (0..200).map(|n| (format!("key-{n:03}"), n.to_string())).collect();
    let metadata: Metadata = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();

    let html = html(&[InstanceRow { metadata: &metadata, ..row("A", "a") }], "");

    has(&html, &["key-029", "170 more in the raw data"]);
    assert!(!html.contains("key-030"));
}

#[test]
fn an_instance_shows_its_override_and_links() {
    let one = InstanceRow {
        status: InstanceStatus::OutOfService,
        override_status: Some(InstanceStatus::OutOfService),
        status_page: "https://node-1:8080/actuator/info",
        secure_port: Some(8443),
        ..row("ORDERS", "node-1:orders:8080")
    };

    let html = html(&[one], "");

    has(
        &html,
        &[
            "<a href=\"https://node-1:8080/actuator/info\" rel=\"noreferrer\"><bdi>node-1:orders:8080",
            "OUT_OF_SERVICE</span> <span class=\"badge override\">override</span>",
            "<dt>Override</dt><dd>OUT_OF_SERVICE</dd>",
            "10.0.0.1:8080, TLS :8443",
            "href=\"./eureka/apps/ORDERS/node-1:orders:8080\"",
            "OUT_OF_SERVICE (1)",
        ],
    );
}

#[test]
fn an_override_that_does_not_rule_is_named() {
    let one = InstanceRow {
        status: InstanceStatus::Down,
        override_status: Some(InstanceStatus::OutOfService),
        ..row("ORDERS", "a")
    };

    has(&html(&[one], ""), &["DOWN</span> <span class=\"badge override\">override OUT_OF_SERVICE"]);
}

#[test]
fn ten_thousand_instances_make_a_small_page() {
    let ids: Vec<_> = (0..10_000).map(|n| (format!("APP-{:03}", n % 200), n.to_string())).collect();
    let metadata: Metadata = [("management.port", "8081"), ("zone", "a")].into_iter().collect();
    let row = |(app, id)| InstanceRow { metadata: &metadata, ..row(app, id) };
    let rows: Vec<_> = ids.iter().map(|(app, id)| row((app.as_str(), id.as_str()))).collect();

    for query in ["", "page=4", "app=APP-007", "q=app&status=UP"] {
        let html = html(&rows, query);

        assert!(html.len() < 400_000, "{query}: {}", html.len());
        assert!(html.matches("<tr data-key").count() <= super::super::INSTANCES_PER_PAGE);
        has(&html, &["10,000"]);
    }
}

#[test]
fn what_was_searched_for_is_unfolded_and_a_long_list_is_not() {
    let ids: Vec<_> = (0..21).map(|n| n.to_string()).collect();
    let rows: Vec<_> = ids.iter().map(|id| row("ORDERS", id)).collect();
    let is_open = |html: &str| html.contains("\" open>");

    assert!(is_open(&html(&rows[..20], "")));
    assert!(!is_open(&html(&rows, "")));
    assert!(is_open(&html(&rows, "q=orders")));
    assert!(is_open(&html(&rows, "status=UP")));
    assert!(is_open(&html(&rows, "app=ORDERS")));
}

#[test]
fn a_search_without_a_match_says_so() {
    let html = html(&[row("ORDERS", "a")], "q=payments&status=DOWN");

    has(&html, &["Nothing matches", "value=\"payments\"", "0 instances in 0 applications, of 1"]);
    has(&html, &["<input type=\"hidden\" name=\"status\" value=\"DOWN\">"]);
}

#[test]
fn links_are_relative_wherever_the_page_is() {
    let rows = [row("ORDERS", "a")];
    let query = Query::parse("");

    let links = Links::new("/dash", "/dash/");
    let html = Page { links, ..page(&rows, &query) }.render().unwrap();

    for address in html.split("href=\"").chain(html.split("src=\"")).skip(1) {
        assert!(!address.starts_with('/'), "{address:.60}");
    }
    has(&html, &["href=\"../dash/lastn\"", "href=\"../eureka/css/dashboard.css?v="]);
}

#[test]
fn the_page_of_events_shows_one_tab_newest_first_as_given() {
    let events = [
        Event { at_ms: NOW, what: "ORDERS(b<i>)".into() },
        Event { at_ms: NOW - 1_000, what: "ORDERS(a)".into() },
    ];
    let links = Links::new("/", "/lastn");
    let page =
        |tab, events| LastN { now_ms: NOW, links: links.clone(), system: SYSTEM, tab, events };

    let full = page(Tab::Registered, &events).render().unwrap();
    let empty = page(Tab::Cancelled, &[]).render().unwrap();

    has(
        &full,
        &[
            "<title>Eureka - Last N events</title>",
            "<time datetime=\"2026-01-31T12:00:00Z\">2026-01-31T12:00:00 +0000</time>",
            "<a href=\"?tab=registered\" aria-current=\"true\">",
            "<th scope=\"col\">Timestamp</th>",
        ],
    );
    let (newer, older) = (full.find("ORDERS(b&#60;i").unwrap(), full.find("ORDERS(a)").unwrap());
    assert!(newer < older);
    has(&empty, &["No results available", "<a href=\"?tab=cancelled\" aria-current=\"true\">"]);
}

#[test]
fn the_tab_comes_from_the_address() {
    assert_eq!(Tab::parse("tab=registered"), Tab::Registered);
    for query in ["", "tab=cancelled", "tab=", "xtab=registered"] {
        assert_eq!(Tab::parse(query), Tab::Cancelled, "{query}");
    }
}
