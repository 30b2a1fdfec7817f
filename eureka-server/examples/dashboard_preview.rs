//! Writes the dashboard's pages for made-up registries into a folder, to look at them.
//!
//! `cargo run -p eureka-server --example dashboard_preview -- FOLDER`

#![expect(
    clippy::indexing_slicing,
    reason = "the made-up registries have the sizes they were given"
)]

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use eureka_server::dashboard::{
    Event, EvictionSchedule, Fact, InstanceRow, LastN, LeaseRow, Links, Page, Query,
    SelfPreservation, System, Tab, asset, select,
};
use eureka_wire::{InstanceStatus, Metadata};

/// 2026-01-31 12:00:00 UTC.
const NOW: u64 = 1_769_860_800_000;

/// What one made-up instance owns, for a row to borrow from.
#[derive(Debug)]
struct Made {
    app: String,
    id: String,
    host: String,
    ip: String,
    vip: String,
    status_page: String,
    home_page: String,
    zone: Option<String>,
    status: InstanceStatus,
    override_status: Option<InstanceStatus>,
    renewed_ago_ms: u64,
    metadata: Metadata,
}

impl Made {
    fn new(app: &str, n: usize) -> Self {
        let name = app.to_lowercase();
        let host = format!("node-{}.seoul.example", n % 97);
        let port = 8080 + n % 40;
        Self {
            app: app.to_owned(),
            id: format!("{host}:{name}:{port}:{n}"),
            ip: format!("10.{}.{}.{}", n / 65_025 % 255, n / 255 % 255, n % 255),
            vip: name,
            status_page: format!("http://{host}:{port}/actuator/info"),
            home_page: format!("http://{host}:{port}/"),
            host,
            zone: None,
            status: InstanceStatus::Up,
            override_status: None,
            renewed_ago_ms: (n as u64 * 1_733) % 30_000,
            metadata: [
                ("management.port", port.to_string().as_str()),
                ("version", &format!("2.{}.0", n % 7)),
                ("팀", "주문 서비스"),
            ]
            .into_iter()
            .collect(),
        }
    }

    fn hostile(n: usize) -> Self {
        let script = "<script>document.title='stolen'</script>";
        let quotes = "\"'><img src=x onerror=\"document.title='stolen'\">";
        Self {
            app: ["<SCRIPT>X</SCRIPT>", "\u{202e}\u{5d0}\u{5d1}\u{5d2}", "한국어-서비스"][n % 3]
                .to_owned(),
            id: format!("{n}{quotes}"),
            host: script.to_owned(),
            vip: "x".repeat(10_240),
            status_page: "javascript:document.title='stolen'".to_owned(),
            home_page: format!("http://a/{quotes}"),
            zone: Some(script.to_owned()),
            metadata: [
                (script, quotes),
                (
                    "\u{627}\u{644}\u{639}\u{631}\u{628}\u{64a}\u{629}",
                    "\u{645}\u{631}\u{62d}\u{628}\u{627}",
                ),
                ("long", &"가".repeat(10_240)),
            ]
            .into_iter()
            .collect(),
            ..Self::new("X", n)
        }
    }

    fn row(&self) -> InstanceRow<'_> {
        InstanceRow {
            app: &self.app,
            id: &self.id,
            host: &self.host,
            ip: &self.ip,
            status: self.status,
            override_status: self.override_status,
            port: Some(8080),
            secure_port: None,
            vip: &self.vip,
            secure_vip: "",
            group: "",
            home_page: &self.home_page,
            status_page: &self.status_page,
            health_check: &self.status_page,
            secure_health_check: "",
            ami: None,
            zone: self.zone.as_deref(),
            metadata: &self.metadata,
            lease: LeaseRow {
                age: Duration::from_secs(11_520),
                silence: Some(Duration::from_millis(self.renewed_ago_ms)),
                remaining_ms: 180_000_i64.saturating_sub_unsigned(self.renewed_ago_ms),
                term: Duration::from_secs(90),
            },
            last_dirty_ms: NOW - 11_520_000,
        }
    }
}

fn estate(apps: usize, each: usize) -> Vec<Made> {
    const NAMES: [&str; 5] = ["ORDER", "PRODUCT", "PARTNER", "INVENTORY", "GATEWAY"];
    let mut all = Vec::new();
    for app in 0..apps {
        let name = NAMES[app % NAMES.len()];
        let app = match app / NAMES.len() {
            0 => format!("{name}-SERVICE"),
            round => format!("{name}-SERVICE-{round:03}"),
        };
        let first = all.len();
        all.extend((first..first + each).map(|n| Made::new(&app, n)));
    }
    all
}

fn preservation(instances: usize, seen: u64) -> SelfPreservation {
    let expected_clients = instances as u64 + 1;
    SelfPreservation {
        is_enabled: true,
        has_full_minute: true,
        is_settled: true,
        instances: instances as u64,
        expected_clients,
        threshold: expected_clients * 17 / 10,
        renewals_last_minute: seen,
        percent_threshold: 0.85,
        expected_interval: Duration::from_secs(30),
    }
}

const SYSTEM: System<'static> = System {
    environment: "test",
    data_center: "default",
    version: env!("CARGO_PKG_VERSION"),
    uptime: Duration::from_secs(94_000),
    service_url: "http://localhost:8761/eureka/",
};

fn home(
    registry: &[Made],
    query: &str,
    preservation: SelfPreservation,
) -> Result<String, Box<dyn Error>> {
    let query = Query::parse(query);
    let fact = |name, value: &str| Fact { name, value: value.to_owned().into() };
    let page = Page {
        now_ms: NOW,
        links: Links::new("/", "/"),
        system: SYSTEM,
        preservation,
        eviction: EvictionSchedule {
            next_pass_in: Some(Duration::from_secs(24)),
            interval: Duration::from_secs(60),
            limit: registry.len() - registry.len() * 85 / 100,
        },
        replicas: &[],
        selection: select(registry.iter().map(Made::row), &query),
        query: &query,
        general: &[fact("num-of-cpus", "2"), fact("server-uptime", "1 day 02:06")],
        instance: &[fact("ipAddr", "10.0.0.9"), fact("status", "UP")],
    };
    Ok(page.render()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    for path in
        ["/eureka/css/dashboard.css", "/eureka/js/dashboard.js", "/eureka/images/dashboard.svg"]
    {
        let target = folder.join(path.trim_start_matches('/'));
        fs::create_dir_all(target.parent().ok_or("an asset lies in a folder")?)?;
        fs::write(target, asset(path).ok_or("a page names an asset that is not there")?.1)?;
    }

    let mut few = estate(3, 4);
    few[1].status = InstanceStatus::Down;
    few[1].renewed_ago_ms = 200_000;
    few[5].status = InstanceStatus::OutOfService;
    few[5].override_status = Some(InstanceStatus::OutOfService);
    few[8].status = InstanceStatus::Starting;
    few[9].zone = Some("seoul-a".to_owned());
    let mut many = estate(200, 50);
    for made in many.iter_mut().step_by(311) {
        made.status = InstanceStatus::Down;
    }
    let big = estate(1, 10_000);
    let hostile: Vec<_> = (0..6).map(Made::hostile).collect();

    let pages = [
        ("empty.html", home(&[], "", preservation(0, 0))?),
        ("few.html", home(&few, "", preservation(12, 24))?),
        ("two.html", home(&few[..2], "", preservation(2, 4))?),
        ("protecting.html", home(&few, "", preservation(12, 9))?),
        ("search.html", home(&many, "q=order&status=DOWN", preservation(10_000, 19_998))?),
        ("none.html", home(&few, "q=nothing-like-it", preservation(12, 24))?),
        ("many.html", home(&many, "", preservation(10_000, 19_998))?),
        ("many-3.html", home(&many, "page=3", preservation(10_000, 19_998))?),
        ("one-app.html", home(&big, "app=ORDER-SERVICE&page=2", preservation(10_000, 19_998))?),
        ("hostile.html", home(&hostile, "q=%3Cscript%3E&app=", preservation(6, 12))?),
        ("lastn.html", last_n(&events(&many))?),
        ("lastn-empty.html", last_n(&[])?),
    ];
    for (name, html) in pages {
        fs::write(folder.join(name), html)?;
    }
    Ok(())
}

fn events(registry: &[Made]) -> Vec<Event<'_>> {
    let event = |(n, made): (usize, &Made)| Event {
        at_ms: NOW - n as u64 * 4_321,
        what: format!("{}({})", made.app, made.id).into(),
    };
    registry.iter().take(1_000).enumerate().map(event).collect()
}

fn last_n(events: &[Event<'_>]) -> Result<String, Box<dyn Error>> {
    let links = Links::new("/", "/lastn");
    let page = LastN { now_ms: NOW, links, system: SYSTEM, tab: Tab::Registered, events };
    Ok(page.render()?)
}
