//! Addresses of clients and the networks they are in (PR-10, PR-11).

use std::net::IpAddr;

use http::HeaderName;
use ipnet::IpNet;

use crate::Request;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A network, or one address as a network of its own. Host names are refused.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    let wrong = || format!("{text:?} is not an address or network such as 10.20.0.0/16");
    if text.contains('/') {
        return text.parse().map_err(|_error| wrong());
    }
    text.parse::<IpAddr>().map(IpNet::from).map_err(|_error| wrong())
}

/// Whether an address is in one of the networks. An IPv4 address mapped into IPv6 is the former.
pub(crate) fn contains(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

/// The address `index` from the right of `X-Forwarded-For`, the leftmost if there are fewer.
///
/// With several such lines, or none, it is the peer: a client could have added a line.
pub(crate) fn forwarded(request: &Request<'_>, index: usize) -> IpAddr {
    let mut lines = request.headers.get_all(FORWARDED_FOR).into_iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return request.peer };
    let Ok(line) = line.to_str() else { return request.peer };
    let entries = || line.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let count = entries().count();
    let chosen = entries().nth(count.saturating_sub(index));
    chosen.and_then(|entry| entry.parse().ok()).unwrap_or(request.peer)
}
