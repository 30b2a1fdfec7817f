//! The one-line syntax: `Name=first, second` (RD-9), and a whole route in one line (RD-15).

use super::{ArgDefinition, PartDefinition};
use crate::Origin;

/// Prefix of names made up for positions, as the actuator shows them (RD-11).
pub(crate) const POSITION: &str = "_genkey_";

/// A predicate or filter. There is no escape: a value with a comma needs the expanded syntax.
pub(super) fn part(text: &str, origin: &Origin) -> Option<PartDefinition> {
    let (name, values) = text.split_once('=').unwrap_or((text, ""));
    let name = name.trim();
    if name.is_empty() {
        return None;
    }
    let pieces = values.split(',').map(str::trim).filter(|piece| !piece.is_empty());
    let args = pieces.enumerate().map(|(index, piece)| ArgDefinition {
        key: format!("{POSITION}{index}"),
        value: piece.to_owned(),
        origin: origin.clone(),
    });
    Some(PartDefinition { name: name.to_owned(), args: args.collect(), origin: origin.clone() })
}

/// Id, target and predicates of a route written as `id=uri,Pred1=a,Pred2=b`.
pub(super) fn route(text: &str, origin: &Origin) -> Option<(String, String, Vec<PartDefinition>)> {
    let (id, rest) = text.split_once('=')?;
    let mut pieces = rest.split(',').map(str::trim).filter(|piece| !piece.is_empty());
    let uri = pieces.next()?;
    let predicates = pieces.map(|piece| part(piece, origin)).collect::<Option<Vec<_>>>()?;
    Some((id.trim().to_owned(), uri.to_owned(), predicates))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_pieces_are_dropped_and_the_rest_numbered() {
        let part = part("RewriteResponseHeader=N, , re, x=y", &Origin::unknown()).unwrap();
        let shown: Vec<_> = part.args.iter().map(|a| format!("{}={}", a.key, a.value)).collect();
        assert_eq!(part.name, "RewriteResponseHeader");
        assert_eq!(shown, ["_genkey_0=N", "_genkey_1=re", "_genkey_2=x=y"]);
    }

    #[test]
    fn a_name_alone_has_no_arguments() {
        assert!(part("PreserveHostHeader", &Origin::unknown()).unwrap().args.is_empty());
        assert!(part("TokenRelay=", &Origin::unknown()).unwrap().args.is_empty());
        assert!(part("=x", &Origin::unknown()).is_none());
    }

    #[test]
    fn a_route_may_be_one_line() {
        let (id, uri, predicates) =
            route("a=http://x:1,Path=/a/**,Method=GET", &Origin::unknown()).unwrap();
        assert_eq!((id.as_str(), uri.as_str(), predicates.len()), ("a", "http://x:1", 2));
    }
}
