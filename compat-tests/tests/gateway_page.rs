//! The gateway's page in a real browser: what operators see, and that nothing in it harms them.
//!
//! Pictures are kept in `compat-tests/.work/screenshots/`.

#[path = "dashboard_browser/browser.rs"]
mod browser;
#[path = "dashboard_browser/look.rs"]
mod look;
#[expect(dead_code, reason = "a tab can do more than is asked of it here")]
#[path = "dashboard_browser/tab.rs"]
mod tab;

use anyhow::{Result, ensure};
use browser::Browser;
use compat_tests::gateway::backend::Backend;
use compat_tests::gateway::{self, Gateway, Kind};
use compat_tests::subject::{self, Subject};
use look::look_over;
use parking_lot::Mutex;
use serde_json::json;
use tab::{Tab, View};

/// One browser at a time: each is a dozen processes.
static ONE_BROWSER: Mutex<()> = Mutex::new(());

/// Where the page is.
const PAGE: &str = "/actuator/gateway/admin";

/// Routes with names that would be markup, and one whose only instance is gone.
const YAML: &str = r#"
spring.cloud.gateway.server.webflux:
  default-filters:
    - AddResponseHeader=X-Served-By, edge
  routes:
    - id: echo
      uri: lb://echo
      order: 1
      predicates: ["Path=/echo/**", "Method=GET,POST"]
      filters:
        - StripPrefix=1
        - name: Retry
          args: {retries: 2, statuses: BAD_GATEWAY}
    - id: "<img src=x onerror=alert(1)>"
      uri: lb://nobody
      predicates: ["Path=/lost/**", "Header=X-Tenant, \\d+"]
    - id: fixed
      uri: http://127.0.0.1:9
      predicates: ["Host=**.shop.example"]
management.endpoint.gateway.access: unrestricted
management.endpoints.web.exposure.include: health,gateway
"#;

/// A gateway with two backends, one of which nobody reaches.
struct Estate {
    gateway: Gateway,
    _discovery: Subject,
    _backend: Backend,
}

fn estate() -> Result<Estate> {
    let discovery = subject::start_ours(&subject::COMPARISON_ARGS, &[])?;
    let backend = Backend::start("a")?;
    gateway::register(&discovery.base_url, "echo", backend.port, &[("zone", "east")])?;
    let zone = format!("--eureka.client.service-url.defaultZone={}/", discovery.base_url);
    let mut gateway = Gateway::start(Kind::Ours, YAML, &[&zone], &[])?;
    gateway.wait_status("/echo/a", 200)?;
    Ok(Estate { gateway, _discovery: discovery, _backend: backend })
}

#[test]
fn routes_instances_and_rates_are_shown_to_everybody() -> Result<()> {
    let estate = estate()?;
    let gateway = &estate.gateway;
    for _ in 0..5 {
        gateway.get("/echo/a")?;
        gateway.get("/lost/a")?;
    }
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;
    let page = format!("{PAGE}?method=GET&url=/echo/7#explain");
    look_over(&mut browser, &gateway.url(""), &page, "gateway")?;

    let mut tab = Tab::new(&mut browser, View::WIDE)?;
    tab.open(&gateway.url(PAGE))?;
    assert_eq!(tab.count("#routes tbody tr")?, 3);
    assert_eq!(tab.count("img")?, 0);
    let routes = tab.text("document.getElementById('routes').innerText")?;
    for part in ["lb://echo", "<img src=x onerror=alert(1)>", "http://127.0.0.1:9", "order 1"] {
        ensure!(routes.contains(part), "{part} in {routes}");
    }
    let instances = tab.text("document.getElementById('instances').innerText")?;
    for part in ["UP", "zone east", "127.0.0.1"] {
        ensure!(instances.contains(part), "{part} in {instances}");
    }
    Ok(())
}

#[test]
fn it_explains_which_route_takes_a_request_without_script_too() -> Result<()> {
    let estate = estate()?;
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;
    for view in [View::WIDE, View::WIDE.without_script()] {
        let mut tab = Tab::new(&mut browser, view)?;
        tab.open(&estate.gateway.url(PAGE))?;
        tab.eval("document.querySelector('input[name=url]').focus()")?;
        tab.type_text("/lost/1?a=b")?;
        tab.press_enter()?;
        tab.until("document.getElementById('answer') !== null")?;
        let answer = tab.text("document.getElementById('answer').innerText")?;
        ensure!(answer.contains("No route takes it: 404."), "{answer}");
        ensure!(answer.contains("X-Tenant"), "why not: {answer}");

        tab.eval("document.querySelector('input[name=url]').value = '/echo/1'")?;
        tab.eval("document.querySelector('form button[type=submit]').click()")?;
        tab.until("document.querySelector('#answer .banner')?.innerText === 'echo takes it.'")?;
        let complaints = tab.complaints()?;
        ensure!(complaints.is_empty(), "{complaints:#?}");
    }
    Ok(())
}

#[test]
fn it_refreshes_itself_and_tells_of_a_configuration_that_cannot_be_used() -> Result<()> {
    let estate = estate()?;
    let gateway = &estate.gateway;
    let _turn = ONE_BROWSER.lock();
    let mut browser = Browser::start()?;
    let mut tab = Tab::new(&mut browser, View::WIDE)?;
    tab.open(&gateway.url(PAGE))?;
    tab.eval("window.stays = true")?;
    gateway.rewrite(&YAML.replace("id: fixed", "id: another"))?;
    tab.until("document.getElementById('routes').innerText.includes('another')")?;
    gateway.rewrite(&YAML.replace("Method=GET,POST", "Methods=GET"))?;
    tab.until("document.getElementById('faults') !== null")?;
    let told = tab.text("document.getElementById('faults').innerText")?;
    for part in ["Methods", "application.yml:", "Method", "echo"] {
        ensure!(told.contains(part), "{part} in {told}");
    }
    tab.screenshot("gateway-bad-configuration")?;
    ensure!(gateway.get("/echo/a")?.status == 200, "the routes before stay");
    gateway.rewrite(YAML)?;
    tab.until("document.getElementById('faults') === null")?;
    assert_eq!(tab.eval("window.stays")?, json!(true), "without a new page");
    let complaints = tab.complaints()?;
    ensure!(complaints.is_empty(), "{complaints:#?}");
    Ok(())
}
