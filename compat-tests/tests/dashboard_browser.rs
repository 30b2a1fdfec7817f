//! The dashboard in a real browser: what people see, and that nothing in it harms them.
//!
//! Pictures of every state are kept in `compat-tests/.work/screenshots/`.

use std::time::Duration;

use anyhow::{Result, ensure};
use browser::Browser;
use compat_tests::http::Request;
use compat_tests::subject::{Subject, start_ours};
use estate::{hostile, instance, register, register_all, touch};
use look::look_over;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tab::{Tab, View};

#[path = "dashboard_browser/browser.rs"]
mod browser;
#[path = "dashboard_browser/estate.rs"]
mod estate;
#[path = "dashboard_browser/look.rs"]
mod look;
#[path = "dashboard_browser/tab.rs"]
mod tab;

/// One browser at a time: its times are compared with each other.
static ONE_BROWSER: Mutex<()> = Mutex::new(());

/// Largest page that still counts as small.
const PAGE_BYTES_MAX: u64 = 400_000;

/// Three applications with an instance of each kind of trouble; gives the instances.
fn fill_with_three_apps(server: &Subject) -> Result<Vec<Value>> {
    let mut all: Vec<Value> = Vec::new();
    for app in ["ORDER-SERVICE", "PARTNER-SERVICE", "PRODUCT-SERVICE"] {
        all.extend((0..3).map(|n| instance(app, all.len() + n)).collect::<Vec<_>>());
    }
    if let Some(status) = all.get_mut(1).and_then(|one| one.get_mut("status")) {
        *status = json!("DOWN");
    }
    for one in &all {
        register(server, one)?;
    }
    for one in all.iter().skip(2) {
        touch(server, "PUT", one, "")?;
    }
    for one in all.iter().skip(4).take(1) {
        touch(server, "PUT", one, "/status?value=OUT_OF_SERVICE")?;
    }
    Ok(all)
}

#[test]
fn an_empty_registry_explains_itself() -> Result<()> {
    let server = start_ours(&[], &[])?;
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;

    look_over(&mut browser, &server.root_url(""), "/", "empty")?;
    look_over(&mut browser, &server.root_url(""), "/lastn", "lastn-empty")?;

    let mut tab = Tab::new(&mut browser, View::WIDE)?;
    tab.open(&server.root_url("/"))?;
    assert_eq!(tab.text("document.title")?, "Eureka");
    let shown = tab.text("document.body.innerText")?;
    let hint = shown.split("defaultZone: ").nth(1).unwrap_or_default();
    let hint = hint.lines().next().unwrap_or_default();
    ensure!(shown.contains("No instances available"), "{shown}");
    let is_ours =
        hint.starts_with("http://") && hint.ends_with(&format!(":{}/eureka/", server.port()));
    ensure!(is_ours, "{hint}");
    Ok(())
}

#[test]
fn three_applications_are_shown_with_their_instances_and_events() -> Result<()> {
    let server = start_ours(&[], &[])?;
    let all = fill_with_three_apps(&server)?;
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;

    look_over(&mut browser, &server.root_url(""), "/", "three-apps")?;
    look_over(&mut browser, &server.root_url(""), "/lastn?tab=registered", "lastn")?;

    let mut tab = Tab::new(&mut browser, View::WIDE)?;
    tab.open(&server.root_url("/"))?;
    assert_eq!(tab.count("details.app[open]")?, 3);
    assert_eq!(tab.count("details.app tbody th a")?, 9);
    let order = tab.text("document.querySelector('details.app').innerText")?;
    for part in ["ORDER-SERVICE", "3 instances", "DOWN (1)", "UP (2)", "AMIs n/a (3)"] {
        ensure!(order.contains(part), "{part} in {order}");
    }
    let link = "document.querySelector('details.app tbody th a').href";
    assert_eq!(tab.text(link)?, "http://node-1.example:8001/actuator/info");
    let partner = tab.text("document.querySelectorAll('details.app')[1].innerText")?;
    for part in ["OUT_OF_SERVICE (1)", "OUT_OF_SERVICE override"] {
        ensure!(partner.contains(part), "{part} in {partner}");
    }
    ensure!(!partner.contains("override OUT_OF_SERVICE"), "told twice: {partner}");

    tab.eval("document.querySelectorAll('.list details').forEach((e) => (e.open = true))")?;
    tab.screenshot("three-apps-unfolded-wide")?;
    let details = tab.text("document.querySelector('.list details').innerText")?;
    for part in ["management.port", "8001", "order-service", "1 min 30", "Health check"] {
        ensure!(details.contains(part), "{part} in {details}");
    }
    tab.look(View::PHONE)?;
    tab.screenshot("three-apps-unfolded-phone")?;
    let wrong = tab.eval(include_str!("dashboard_browser/look.js"))?;
    assert_eq!(wrong, json!([]));

    tab.open(&server.root_url("/lastn?tab=registered"))?;
    assert_eq!(tab.text("document.title")?, "Eureka - Last N events");
    assert_eq!(tab.count("table.events tbody tr")?, all.len() as u64);
    let newest = tab.text("document.querySelector('table.events tbody tr').innerText")?;
    ensure!(newest.contains("PRODUCT-SERVICE(node-8.example:product-service:8008)"), "{newest}");
    Ok(())
}

#[test]
fn the_pages_work_at_a_path_of_their_own() -> Result<()> {
    let server = start_ours(&["--eureka.dashboard.path=/ops/dash"], &[])?;
    fill_with_three_apps(&server)?;
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;
    look_over(&mut browser, &server.root_url(""), "/ops/dash", "own-path")?;

    let mut tab = Tab::new(&mut browser, View::WIDE)?;
    tab.open(&server.root_url("/ops/dash"))?;
    tab.eval("document.querySelector('header nav a:last-child').click()")?;
    tab.loaded()?;
    assert_eq!(tab.text("location.pathname")?, "/ops/dash/lastn");
    tab.eval("document.querySelector('header nav a').click()")?;
    tab.loaded()?;
    assert_eq!(tab.count("details.app")?, 3);
    let raw = tab.text("document.querySelector('.list dl a[href*=apps]').href")?;
    let answer = Request::get(raw.as_str()).header("Accept", "application/json").send()?;
    ensure!(answer.status == 200, "{raw}: {}", answer.status);
    let elsewhere = Request::get(server.root_url("/")).send()?.status;
    assert_eq!(elsewhere, 404);
    Ok(())
}

#[test]
fn the_page_works_without_script() -> Result<()> {
    let server = start_ours(&[], &[])?;
    fill_with_three_apps(&server)?;
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;
    let mut tab = Tab::new(&mut browser, View::WIDE.without_script())?;

    tab.open(&server.root_url("/"))?;
    ensure!(tab.eval("document.getElementById('live').hidden")? == json!(true), "script ran");
    tab.eval("document.getElementById('q').focus()")?;
    tab.type_text("partner zone=zone-1")?;
    tab.press_enter()?;
    tab.loaded()?;
    assert_eq!(tab.count("details.app")?, 1);
    assert_eq!(tab.text("document.getElementById('q').value")?, "partner zone=zone-1");
    tab.screenshot("search-without-script")?;

    tab.open(&server.root_url("/"))?;
    tab.eval("document.querySelector('.chip.down').click()")?;
    tab.loaded()?;
    assert_eq!(tab.text("location.search")?, "?status=DOWN");
    assert_eq!(tab.count(".list > tbody > tr:not(.more)")?, 1);

    tab.eval("document.querySelector('header nav a:last-child').click()")?;
    tab.loaded()?;
    ensure!(tab.text("document.body.innerText")?.contains("No results available"), "cancelled");
    tab.eval("document.querySelector('.tabs a:last-child').click()")?;
    tab.loaded()?;
    assert_eq!(tab.count("table.events tbody tr")?, 9);
    Ok(())
}

#[test]
fn the_page_refreshes_itself_and_keeps_what_the_reader_did() -> Result<()> {
    let mut server = start_ours(&[], &[])?;
    fill_with_three_apps(&server)?;
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;
    let mut tab = Tab::new(&mut browser, View::WIDE)?;
    tab.open(&server.root_url("/"))?;

    // The reader folds one application, unfolds an instance and has the focus in the search.
    tab.eval("document.querySelectorAll('details.app')[2].querySelector('summary').click()")?;
    tab.eval("window.kept = document.querySelector('.list details'); kept.open = true")?;
    tab.eval("document.getElementById('q').focus()")?;
    register(&server, &instance("ORDER-SERVICE", 77))?;
    tab.until("document.body.innerText.includes('node-77.example:order-service')")?;
    ensure!(tab.text("document.body.innerText")?.contains("10 instances in 3"), "the count");
    assert_eq!(tab.eval("kept.isConnected && kept.open")?, json!(true));
    assert_eq!(tab.eval("document.querySelectorAll('details.app')[2].open")?, json!(false));
    assert_eq!(tab.text("document.activeElement.id")?, "q");

    tab.type_text("node-77")?;
    tab.until("document.querySelectorAll('details.app').length === 1")?;
    assert_eq!(tab.text("location.search")?, "?q=node-77");
    register(&server, &instance("PARTNER-SERVICE", 777))?;
    tab.until("document.querySelectorAll('details.app').length === 2")?;
    assert_eq!(tab.text("document.getElementById('q').value")?, "node-77");
    assert_eq!(tab.text("document.activeElement.id")?, "q");
    let complaints = tab.complaints()?;
    ensure!(complaints.is_empty(), "{complaints:#?}");

    tab.eval("document.getElementById('live-button').click()")?;
    assert_eq!(tab.text("document.body.dataset.live")?, "paused");
    tab.eval("document.getElementById('live-button').click()")?;
    tab.until("document.body.dataset.live === 'on'")?;

    server.program.kill9()?;
    tab.until("document.body.dataset.live === 'lost'")?;
    ensure!(tab.text("document.body.innerText")?.contains("Disconnected, showing"), "told");
    ensure!(tab.count("details.app")? == 2, "what was known stays readable");
    tab.screenshot("disconnected-wide")?;
    server.restart()?;
    tab.until("document.body.dataset.live === 'on'")?;
    tab.until("document.body.innerText.includes('No instances available')")?;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the times are what a reader of the log wants")]
#[test]
fn ten_thousand_instances_open_quickly_and_stay_navigable() -> Result<()> {
    let server = start_ours(&[], &[])?;
    let empty = start_ours(&[], &[])?;
    let app = |n: usize| format!("APP-{:03}", n % 200);
    let all: Vec<Value> = (0..10_000).map(|n| instance(&app(n), n)).collect();
    register_all(&server, &all)?;
    touch(&server, "PUT", &all[4_321], "/status?value=OUT_OF_SERVICE")?;
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;

    let mut tab = Tab::new(&mut browser, View::WIDE)?;
    let mut best = |url: String| -> Result<(Duration, u64)> {
        let mut times = Vec::new();
        for _ in 0..5 {
            tab.open(&url)?;
            times.push(tab.load()?);
        }
        let fastest = times.iter().map(|load| load.time).min().unwrap_or_default();
        Ok((fastest, times[0].bytes))
    };
    let (empty_time, _) = best(empty.root_url("/"))?;
    for path in ["/", "/?page=4", "/?q=node-77", "/?app=APP-007", "/?status=OUT_OF_SERVICE"] {
        let (time, bytes) = best(server.root_url(path))?;
        eprintln!("10,000 instances, {path}: {time:?}, {bytes} bytes (empty: {empty_time:?})");
        ensure!(bytes < PAGE_BYTES_MAX, "{path}: {bytes} bytes");
        // Drawing a page that long costs more than an empty one, but nothing like the registry.
        ensure!(time < empty_time * 20, "{path}: {time:?}, empty {empty_time:?}");
    }

    tab.open(&server.root_url("/"))?;
    ensure!(tab.text("document.body.innerText")?.contains("10,000"), "the count");
    assert_eq!(tab.count("details.app")?, 50);
    ensure!(tab.count(".list > tbody > tr:not(.more)")? <= 100, "rows");
    tab.eval("document.querySelector('.pager a[rel=next]').click()")?;
    tab.loaded()?;
    assert_eq!(tab.text("document.querySelector('details.app h3').innerText")?, "APP-050");
    tab.eval("document.querySelector('details.app summary').click()")?;
    tab.eval("document.querySelector('details.app > .more a').click()")?;
    tab.loaded()?;
    assert_eq!(tab.text("location.search")?, "?app=APP-050");
    assert_eq!(tab.count(".list > tbody > tr:not(.more)")?, 50);
    drop(tab);

    look_over(&mut browser, &server.root_url(""), "/", "ten-thousand")?;
    look_over(&mut browser, &server.root_url(""), "/?q=node-77", "ten-thousand-search")
}

#[test]
fn self_preservation_is_announced_in_the_words_of_the_reference_and_in_plain_ones() -> Result<()> {
    let server = start_ours(&["--eureka.server.wait-time-in-ms-when-sync-empty=0"], &[])?;
    for n in 0..12 {
        register(&server, &instance("SILENT-SERVICE", n))?;
    }
    // Renewals are counted by the minute, so the verdict needs one.
    let page = || Request::get(server.root_url("/")).send().and_then(|answer| answer.text());
    let is_over = || page().is_ok_and(|html| html.contains("arrived in the last full minute"));
    compat_tests::wait::until("a full minute", Duration::from_secs(180), is_over)?;
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;

    look_over(&mut browser, &server.root_url(""), "/", "self-preservation")?;

    let mut tab = Tab::new(&mut browser, View::WIDE)?;
    tab.open(&server.root_url("/"))?;
    let banner = tab.text("document.getElementById('banner').innerText")?;
    ensure!(
        banner.contains("EMERGENCY! EUREKA MAY BE INCORRECTLY CLAIMING INSTANCES ARE UP"),
        "{banner}"
    );
    let card = tab.text("document.getElementById('self-preservation').innerText")?;
    for part in [
        "On: nothing is evicted",
        "0 renewals arrived in the last full minute, and more than 22 are needed (85 % of what 13",
        "It turns off by itself when 23 more arrive in a minute, as from 12 clients coming back.",
        "eureka.server.enable-self-preservation=false",
    ] {
        ensure!(card.contains(part), "{part} in {card}");
    }
    Ok(())
}

#[test]
fn stored_scripts_are_only_text() -> Result<()> {
    let server = start_ours(&[], &[])?;
    for n in 0..3 {
        register(&server, &hostile(n))?;
    }
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;

    for (path, name) in [("/", "hostile"), ("/lastn?tab=registered", "hostile-lastn")] {
        look_over(&mut browser, &server.root_url(""), path, name)?;
    }
    let search = "/?q=%22%3E%3Cscript%3Ewindow.stolen%3D1%3C/script%3E&app=%3CSCRIPT%3E";
    look_over(&mut browser, &server.root_url(""), search, "hostile-search")?;

    let mut tab = Tab::new(&mut browser, View::WIDE)?;
    tab.open(&server.root_url("/"))?;
    assert_eq!(tab.count("details.app tbody th bdi")?, 3 + 3 * 5, "instances and metadata");
    assert_eq!(tab.count("img, [onerror], [onload], iframe")?, 0);
    // Unfold, refresh and touch everything: nothing of it may run.
    tab.eval("document.querySelectorAll('details').forEach((e) => (e.open = true))")?;
    register(&server, &hostile(3))?;
    tab.until("document.querySelectorAll('.list > tbody > tr:not(.more)').length === 4")?;
    tab.screenshot("hostile-unfolded")?;
    assert_eq!(tab.text("typeof window.stolen")?, "undefined");
    assert_eq!(tab.text("document.title")?, "Eureka");

    // Even markup that found its way into the page would not run.
    let inject = "document.body.append(Object.assign(document.createElement('script'), \
                  { textContent: 'window.stolen = 1' }))";
    tab.eval(inject)?;
    assert_eq!(tab.text("typeof window.stolen")?, "undefined", "the policy lets scripts in");
    Ok(())
}
