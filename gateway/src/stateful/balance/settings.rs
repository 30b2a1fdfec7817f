//! `spring.cloud.loadbalancer.*`, for all services and for one.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use gateway_routing::{Node, switch};
use http::HeaderName;

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
        }
    }
}

impl Balancing {
    /// Whether every usable instance may be chosen.
    pub(super) const fn is_plain(&self) -> bool {
        !self.prefers_zone && !self.prefers_same && self.subset.is_none()
    }
}

/// Everything below `spring.cloud.loadbalancer`, and what the gateway's own keys say.
#[derive(Clone, Debug, Default)]
pub(crate) struct BalancingTree {
    tree: Node,
    algorithm: Algorithm,
}

impl BalancingTree {
    /// `algorithm` is one of the words of `gateway.lb.algorithm`.
    pub(crate) fn new(tree: Node, algorithm: &str) -> Self {
        let algorithm = match algorithm {
            "round-robin" => Algorithm::RoundRobin,
            "random" => Algorithm::Random,
            "weighted" => Algorithm::Weighted,
            _ => Algorithm::LeastRequest,
        };
        Self { tree, algorithm }
    }

    /// How instances of `service` are chosen; the texts are warnings.
    pub(crate) fn of(&self, service: &str) -> (Balancing, Vec<String>) {
        let mut rule = Balancing { algorithm: self.algorithm, ..Balancing::default() };
        let mut warnings = Vec::new();
        read(&self.tree, &mut rule, &mut warnings);
        let clients = self.tree.get("clients").map(Node::entries).unwrap_or_default();
        let own = clients.iter().find(|(name, _)| name.eq_ignore_ascii_case(service));
        if let Some((_, own)) = own {
            read(own, &mut rule, &mut warnings);
        }
        let hints = self.tree.get("hint").map(Node::entries).unwrap_or_default();
        let hint = |wanted: &str| {
            let found = hints.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.and_then(|(_, node)| node.text()).map(str::to_owned)
        };
        rule.hint = hint(service).or_else(|| hint("default"));
        (rule, warnings)
    }
}

fn read(tree: &Node, rule: &mut Balancing, warnings: &mut Vec<String>) {
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
        Some(other) => warnings.push(format!(
            "spring.cloud.loadbalancer.configurations={other} has no effect: instances that fail \
             are left out as requests find them, without it"
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
}
