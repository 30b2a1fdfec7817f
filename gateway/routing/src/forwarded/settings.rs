//! Which forwarding headers are written, and whose are believed.

use std::net::IpAddr;

use ipnet::IpNet;
use regex::Regex;

use crate::predicate::network;
use crate::value::switch;
use crate::{Node, RouteError, java};

/// Which proxies are believed what they say about clients.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// None.
    #[default]
    Nobody,
    /// Those whose address an expression matches as a whole: `trusted-proxies`.
    Matching(Regex),
    /// Those in these networks.
    Networks(Vec<IpNet>),
}

impl Trust {
    /// Reads an expression for addresses.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn matching(expression: &str) -> Result<Self, String> {
        java::compile_whole(expression).map(Self::Matching)
    }

    /// Reads networks such as `10.0.0.0/8`.
    ///
    /// # Errors
    /// The first that is none.
    pub fn networks(texts: &[String]) -> Result<Self, String> {
        texts.iter().map(|text| network(text)).collect::<Result<_, _>>().map(Self::Networks)
    }

    /// Whether this address is trusted.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self {
            Self::Nobody => false,
            Self::Matching(regex) => regex.is_match(&address.to_string()),
            Self::Networks(list) => list.iter().any(|network| network.contains(&address)),
        }
    }

    /// Whether a whole line of addresses is trusted.
    pub(super) fn contains_line(&self, line: &str) -> bool {
        match self {
            Self::Nobody => false,
            Self::Matching(regex) => regex.is_match(line.trim()),
            Self::Networks(_) => {
                let mut addresses = line.split(',').map(|text| text.trim().parse());
                addresses.all(|address| address.is_ok_and(|address| self.contains(address)))
            }
        }
    }
}

/// One header of the `X-Forwarded-` family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartSettings {
    /// Whether it is written.
    pub enabled: bool,
    /// Whether it is added to what a trusted peer sent.
    pub append: bool,
}

/// Which forwarding headers are written (HD-11).
#[derive(Clone, Debug)]
pub struct ForwardedSettings {
    /// Who is believed.
    pub trust: Trust,
    /// Whether an untrusted peer gets none at all, as the reference does (HD-5, HD-6); else they
    /// are written anew (HD-7).
    pub only_if_trusted: bool,
    /// Whether any `X-Forwarded-` header is written.
    pub enabled: bool,
    /// `X-Forwarded-For`.
    pub for_: PartSettings,
    /// `X-Forwarded-Host`.
    pub host: PartSettings,
    /// `X-Forwarded-Port`.
    pub port: PartSettings,
    /// `X-Forwarded-Proto`.
    pub proto: PartSettings,
    /// `X-Forwarded-Prefix`.
    pub prefix: PartSettings,
    /// Whether `Forwarded` is written.
    pub forwarded: bool,
    /// The gateway's own address in it; none unless asked for.
    pub by: Option<String>,
}

impl Default for ForwardedSettings {
    fn default() -> Self {
        let part = PartSettings { enabled: true, append: true };
        Self {
            trust: Trust::Nobody,
            only_if_trusted: false,
            enabled: true,
            for_: part,
            host: part,
            port: part,
            proto: part,
            prefix: part,
            forwarded: true,
            by: None,
        }
    }
}

impl ForwardedSettings {
    /// Reads `trusted-proxies`, `x-forwarded` and `forwarded` of the gateway's tree. `address` is
    /// the gateway's own, for `forwarded.by.enabled`.
    ///
    /// # Errors
    /// An expression that is none, or a switch that is neither true nor false.
    pub fn read(tree: &Node, address: &str) -> Result<Self, RouteError> {
        let on = |path: &str, default: bool| match tree.get(path) {
            None => Ok(default),
            Some(node) => node.text().and_then(switch).ok_or_else(|| {
                RouteError::at(&node.origin, format!("{path} is neither true nor false"))
            }),
        };
        let part = |name: &str| {
            Ok::<_, RouteError>(PartSettings {
                enabled: on(&format!("x-forwarded.{name}-enabled"), true)?,
                append: on(&format!("x-forwarded.{name}-append"), true)?,
            })
        };
        let trust = match tree.get("trusted-proxies") {
            Some(node) if node.text().is_some() => Trust::matching(node.text().unwrap_or_default())
                .map_err(|problem| {
                    RouteError::at(&node.origin, format!("trusted-proxies: {problem}"))
                })?,
            _ => Trust::Nobody,
        };
        Ok(Self {
            trust,
            only_if_trusted: false,
            enabled: on("x-forwarded.enabled", true)?,
            for_: part("for")?,
            host: part("host")?,
            port: part("port")?,
            proto: part("proto")?,
            prefix: part("prefix")?,
            forwarded: on("forwarded.enabled", true)?,
            by: on("forwarded.by.enabled", false)?.then(|| address.to_owned()),
        })
    }

    /// Whether headers are written for a peer.
    pub(super) const fn writes(&self, is_trusted: bool) -> bool {
        is_trusted || !self.only_if_trusted
    }
}
