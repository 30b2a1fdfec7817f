//! Which server of a cluster has a key. Learned from its answers alone.

use std::collections::HashMap;

use super::node::Node;

/// Slots that a cluster divides keys into.
const SLOTS: u16 = 16_384;
/// Servers that are remembered.
const NODES_MAX: usize = 1_000;

/// What is known of a cluster.
#[derive(Debug)]
pub(super) struct Map {
    /// Servers to ask for the way: those configured first.
    known: Vec<Node>,
    /// The one to ask next.
    next: usize,
    slots: HashMap<u16, Node>,
}

/// Where a server sends a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Redirect {
    /// From now on.
    Moved(Node),
    /// This once: the slot is on its way.
    Ask(Node),
}

impl Map {
    pub(super) fn new(nodes: Vec<Node>) -> Self {
        Self { known: nodes, next: 0, slots: HashMap::new() }
    }

    /// The server that has a slot, or any that knows.
    pub(super) fn node(&self, slot: u16) -> Option<Node> {
        let any = || self.known.get(self.next.checked_rem(self.known.len())?);
        self.slots.get(&slot).or_else(any).cloned()
    }

    /// A slot is there from now on.
    pub(super) fn moved(&mut self, slot: u16, node: &Node) {
        if !self.known.contains(node) && self.known.len() < NODES_MAX {
            self.known.push(node.clone());
        }
        self.slots.insert(slot, node.clone());
    }

    /// A server does not answer: its slots will be elsewhere, and others know where.
    pub(super) fn lost(&mut self, node: &Node) {
        self.slots.retain(|_, own| own != node);
        if self.known.get(self.next.checked_rem(self.known.len()).unwrap_or(0)) == Some(node) {
            self.next = self.next.wrapping_add(1);
        }
    }
}

impl Redirect {
    /// Reads `MOVED slot host:port` and `ASK slot host:port`, said by `from`.
    pub(super) fn parse(words: &str, from: &Node) -> Option<Self> {
        let mut words = words.split(' ');
        let kind = words.next()?;
        let place = words.nth(1)?;
        let (host, port) = place.rsplit_once(':')?;
        // A server that does not know its own name means the one it was asked by.
        let host = if matches!(host, "" | "?") { &*from.host } else { host };
        let node = Node { host: host.to_owned(), port: port.parse().ok()? };
        match kind {
            "MOVED" => Some(Self::Moved(node)),
            "ASK" => Some(Self::Ask(node)),
            _ => None,
        }
    }
}

/// The slot of a key: of what stands in its first braces, if anything does.
pub(super) fn slot(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    let hashed = tag.map(|(tag, _)| tag).filter(|tag| !tag.is_empty()).unwrap_or(key);
    crc16(hashed.as_bytes()) % SLOTS
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            let shifted = crc << 1;
            if crc & 0x8000 == 0 { shifted } else { shifted ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        Node::parse(text, 1).unwrap()
    }

    #[test]
    fn keys_with_one_tag_are_in_one_slot() {
        // The check value of the standard's own examples.
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot("foo"), 12_182);
        assert_eq!(slot("request_rate_limiter.{foo}.tokens"), 12_182);
        assert_eq!(slot("request_rate_limiter.{foo}.timestamp"), 12_182);
        assert_eq!(slot("a{}b"), crc16(b"a{}b") % SLOTS);
    }

    #[test]
    fn a_slot_is_where_it_was_said_to_be_until_that_is_lost() {
        let mut map = Map::new(vec![node("a:1"), node("b:1")]);
        assert_eq!(map.node(7), Some(node("a:1")));
        map.moved(7, &node("c:1"));
        assert_eq!((map.node(7), map.node(8)), (Some(node("c:1")), Some(node("a:1"))));
        map.lost(&node("a:1"));
        assert_eq!((map.node(7), map.node(8)), (Some(node("c:1")), Some(node("b:1"))));
        map.lost(&node("c:1"));
        assert_eq!(map.node(7), Some(node("b:1")));
        map.lost(&node("b:1"));
        assert_eq!(map.node(7), Some(node("c:1")), "one that was learned knows, too");
    }

    #[test]
    fn redirects_are_told_from_other_errors() {
        let of = |words| Redirect::parse(words, &node("me:1"));
        assert_eq!(of("MOVED 3999 10.0.0.2:6381"), Some(Redirect::Moved(node("10.0.0.2:6381"))));
        assert_eq!(of("ASK 3999 :6381"), Some(Redirect::Ask(node("me:6381"))));
        let v6 = Node { host: "::1".to_owned(), port: 5 };
        assert_eq!(of("MOVED 1 ::1:5"), Some(Redirect::Moved(v6)));
        for words in ["", "MOVED", "MOVED 1", "MOVED 1 host", "CLUSTERDOWN the cluster is down:1"] {
            assert_eq!(of(words), None, "{words}");
        }
    }
}
