//! `spring.cloud.loadbalancer.*`, for all services and for one.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use std::time::Duration;

use gateway_routing::{Node, RouteError, duration, switch};
use http::HeaderName;

use super::health::HealthRule;
use super::version::VersionRule;
use crate::stateful::settings::fault;

/// How one of several instances is chosen (LB-16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// Of two the one with fewer requests under way.
    #[default]
    LeastRequest,
    /// One after the other.
    RoundRobin,
    /// Any.
    Random,
    /// In proportion to the weights that they tell.
    Weighted,
    /// Of two the one where a request is expected to be done sooner (BY-3).
    Ewma,
    /// The same for requests that say the same.
    Hash,
}

impl Algorithm {
    /// Whether two instances are compared.
    pub(super) const fn compares(self) -> bool {
        matches!(self, Self::LeastRequest | Self::Ewma)
    }
}

/// How the instances of a service are chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Balancing {
    pub(crate) algorithm: Algorithm,
    /// Whether instances of the own zone come first, and the zone's name if it was told (LB-8).
    pub(crate) prefers_zone: bool,
    pub(crate) zone: Option<String>,
    pub(crate) is_sticky: bool,
    pub(crate) sticky_cookie: String,
    /// Whether the upstream is told the instance in a cookie (GF-10).
    pub(crate) adds_cookie: bool,
    pub(crate) prefers_same: bool,
    pub(crate) hint: Option<String>,
    pub(crate) hint_header: HeaderName,
    /// How many instances this gateway uses, and the number it draws them by (LB-14).
    pub(crate) subset: Option<(usize, u64)>,
    /// Further instances that a request is offered to, where it was told (LB-17).
    pub(crate) next_max: Option<usize>,
    /// Of what requests those that say the same go to the same instance.
    pub(super) hash_on: HashOn,
    /// How long an instance that was registered anew gets less than its share (BY-15).
    pub(super) slow_start: Option<Duration>,
    /// How instances are asked whether they are well (LB-9).
    pub(crate) health: Option<HealthRule>,
    /// How requests say which version they want (LB-15).
    pub(super) version: Option<VersionRule>,
}

impl Default for Balancing {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::default(),
            prefers_zone: false,
            zone: None,
            is_sticky: false,
            sticky_cookie: "sc-lb-instance-id".to_owned(),
            adds_cookie: false,
            prefers_same: false,
            hint: None,
            hint_header: HeaderName::from_static("x-sc-lb-hint"),
            subset: None,
            next_max: None,
            hash_on: HashOn::default(),
            slow_start: None,
            health: None,
            version: None,
        }
    }
}

impl Balancing {
    /// Whether every usable instance may be chosen.
    pub(super) const fn is_plain(&self) -> bool {
        !self.prefers_zone
            && !self.prefers_same
            && self.subset.is_none()
            && self.health.is_none()
            && self.version.is_none()
    }
}

/// What of a request decides, where those that say the same go to the same instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum HashOn {
    /// The address that it comes from.
    #[default]
    Address,
    Header(HeaderName),
    Cookie(String),
}

impl HashOn {
    /// Reads `ip`, `header:NAME` or `cookie:NAME`.
    fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None => (text == "ip").then_some(Self::Address),
            Some(("header", name)) => name.trim().parse().ok().map(Self::Header),
            Some(("cookie", name)) if !name.trim().is_empty() => {
                Some(Self::Cookie(name.trim().to_owned()))
            }
            Some(_) => None,
        }
    }
}

/// Everything below `spring.cloud.loadbalancer`, and what the gateway's own keys say.
#[derive(Clone, Debug, Default)]
pub(crate) struct BalancingTree {
    tree: Node,
    algorithm: Algorithm,
    hash_on: HashOn,
    slow_start: Option<Duration>,
}

impl BalancingTree {
    /// `algorithm` is one of the words of `gateway.lb.algorithm`, `hash_on` what requests are told
    /// apart by. `None` for the latter if it cannot be that.
    pub(crate) fn new(
        tree: Node,
        algorithm: &str,
        hash_on: &str,
        slow_start: Duration,
    ) -> Option<Self> {
        let algorithm = match algorithm {
            "round-robin" => Algorithm::RoundRobin,
            "random" => Algorithm::Random,
            "weighted" => Algorithm::Weighted,
            "p2c-ewma" => Algorithm::Ewma,
            "ring-hash" => Algorithm::Hash,
            _ => Algorithm::LeastRequest,
        };
        let slow_start = Some(slow_start).filter(|time| !time.is_zero());
        Some(Self { tree, algorithm, hash_on: HashOn::parse(hash_on.trim())?, slow_start })
    }

    /// How instances of `service` are chosen; the texts are warnings.
    ///
    /// # Errors
    /// A value that cannot be one.
    pub(crate) fn of(&self, service: &str) -> Result<(Balancing, Vec<String>), RouteError> {
        let mut rule = Balancing {
            algorithm: self.algorithm,
            hash_on: self.hash_on.clone(),
            slow_start: self.slow_start,
            ..Balancing::default()
        };
        let mut warnings = Vec::new();
        read(&self.tree, service, &mut rule, &mut warnings)?;
        let clients = self.tree.get("clients").map(Node::entries).unwrap_or_default();
        let own = clients.iter().find(|(name, _)| name.eq_ignore_ascii_case(service));
        if let Some((_, own)) = own {
            read(own, service, &mut rule, &mut warnings)?;
        }
        let hints = self.tree.get("hint").map(Node::entries).unwrap_or_default();
        let hint = |wanted: &str| {
            let found = hints.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.and_then(|(_, node)| node.text()).map(str::to_owned)
        };
        rule.hint = hint(service).or_else(|| hint("default"));
        Ok((rule, warnings))
    }
}

fn read(
    tree: &Node,
    service: &str,
    rule: &mut Balancing,
    warnings: &mut Vec<String>,
) -> Result<(), RouteError> {
    let on = |key: &str| tree.text_at(key).and_then(switch);
    match tree.text_at("configurations") {
        None | Some("default") => {}
        Some("zone-preference") => rule.prefers_zone = true,
        Some("request-based-sticky-session") => rule.is_sticky = true,
        Some("same-instance-preference") => rule.prefers_same = true,
        Some("weighted") => rule.algorithm = Algorithm::Weighted,
        Some("subset") => {
            let size = tree.text_at("subset.size").and_then(|text| text.parse().ok());
            let mut number = DefaultHasher::new();
            let own = tree.text_at("subset.instance-id");
            if own.is_none() {
                warnings.push(
                    "spring.cloud.loadbalancer.subset.instance-id is not told: every gateway uses \
                     the same subset"
                        .to_owned(),
                );
            }
            own.unwrap_or_default().hash(&mut number);
            rule.subset = Some((size.unwrap_or(100).max(1), number.finish()));
        }
        Some("health-check") => rule.health = Some(health(tree, service)?),
        Some("api-version") => rule.version = Some(VersionRule::read(tree)?),
        Some(other) => warnings.push(format!(
            "spring.cloud.loadbalancer.configurations={other} has no effect: it is none of \
             zone-preference, health-check, request-based-sticky-session, \
             same-instance-preference, weighted, subset and api-version"
        )),
    }
    if let Some(zone) = tree.text_at("zone") {
        rule.zone = Some(zone.to_owned());
    }
    if let Some(cookie) = tree.text_at("sticky-session.instance-id-cookie-name") {
        cookie.clone_into(&mut rule.sticky_cookie);
    }
    if let Some(adds) = on("sticky-session.add-service-instance-cookie") {
        rule.adds_cookie = adds;
    }
    if let Some(name) = tree.text_at("hint-header-name") {
        match name.parse() {
            Ok(name) => rule.hint_header = name,
            Err(_) => warnings.push(format!("hint-header-name: {name:?} is no header's name")),
        }
    }
    if on("retry.enabled") == Some(false) {
        rule.next_max = Some(0);
    } else if let Some(text) = tree.text_at("retry.max-retries-on-next-service-instance") {
        rule.next_max = text.parse().ok();
    }
    Ok(())
}

/// `health-check.*`. What it says of fetching instances anew has no effect: those of discovery are
/// looked at whenever they change.
fn health(tree: &Node, service: &str) -> Result<HealthRule, RouteError> {
    let at = |key: &str| tree.get(&format!("health-check.{key}"));
    let time = |key: &str, usual: Duration| {
        let Some(place) = at(key).filter(|place| place.text().is_some()) else { return Ok(usual) };
        let read = place.text().and_then(duration);
        read.ok_or_else(|| fault(place, &format!("health-check.{key} is no time such as 25s")))
    };
    let port = at("port").filter(|place| place.text().is_some()).map(|place| {
        let read = place.text().and_then(|text| text.parse().ok()).filter(|port| *port != 0);
        read.ok_or_else(|| fault(place, "health-check.port is no port"))
    });
    let paths = at("path").map(Node::entries).unwrap_or_default();
    let path = |wanted: &str| {
        let found = paths.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.and_then(|(_, node)| node.text())
    };
    let path = path(service).or_else(|| path("default")).unwrap_or("/actuator/health");
    let interval = time("interval", Duration::from_secs(25))?;
    Ok(HealthRule {
        // Anything shorter would be an attack.
        interval: interval.max(Duration::from_millis(100)),
        initial_delay: time("initial-delay", Duration::ZERO)?,
        path: format!("/{}", path.trim_start_matches('/')),
        port: port.transpose()?,
        repeats: at("repeat-health-check").and_then(Node::text).and_then(switch) != Some(false),
    })
}
