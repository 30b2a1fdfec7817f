//! YAML to properties, as much as the fixtures need.

use gateway_routing::{Node, Origin, Property};
use saphyr_parser::{Event, Parser};

/// The tree of a text; places are `test.yml:<line>`.
pub(crate) fn tree(text: &str) -> Node {
    Node::from_properties(properties(text))
}

/// The text as properties in the order written, placeholders replaced by their defaults.
pub(crate) fn properties(text: &str) -> Vec<Property> {
    let mut events = Parser::new_from_str(text).map(|event| event.expect("valid YAML")).peekable();
    let mut found = Vec::new();
    while let Some((event, span)) = events.next() {
        if matches!(event, Event::MappingStart(..) | Event::SequenceStart(..)) {
            node(event, span.start.line(), "", &mut events, &mut found);
        }
    }
    found
}

fn node<'a>(
    event: Event<'a>,
    line: usize,
    path: &str,
    events: &mut dyn Iterator<Item = (Event<'a>, saphyr_parser::Span)>,
    found: &mut Vec<Property>,
) {
    let at = |value: &str| Property {
        path: path.to_owned(),
        value: resolved(value),
        origin: Origin::new(&format!("test.yml:{line}")),
    };
    match event {
        Event::Scalar(text, ..) => found.push(at(if text == "~" { "" } else { &text })),
        Event::SequenceStart(..) => {
            let mut index = 0;
            loop {
                let (event, span) = events.next().expect("the end of the list");
                if matches!(event, Event::SequenceEnd) {
                    break;
                }
                node(event, span.start.line(), &format!("{path}[{index}]"), events, found);
                index += 1;
            }
            if index == 0 {
                found.push(at(""));
            }
        }
        Event::MappingStart(..) => loop {
            let (event, span) = events.next().expect("the end of the map");
            let Event::Scalar(key, ..) = event else { break };
            let full = match (path.is_empty(), key.starts_with('[')) {
                (true, _) | (_, true) => format!("{path}{key}"),
                _ => format!("{path}.{key}"),
            };
            let (value, _) = events.next().expect("a value");
            node(value, span.start.line(), &full, events, found);
        },
        Event::Alias(_)
        | Event::DocumentEnd
        | Event::DocumentStart(_)
        | Event::MappingEnd
        | Event::Nothing
        | Event::SequenceEnd
        | Event::StreamEnd
        | Event::StreamStart => panic!("the fixtures have no such event"),
    }
}

/// `${NAME:default}` is its default; anything else stays as written (CF-10).
fn resolved(value: &str) -> String {
    let Some((before, rest)) = value.split_once("${") else { return value.to_owned() };
    match rest.split_once('}').and_then(|(inner, after)| Some((inner.split_once(':')?.1, after))) {
        Some((default, after)) => format!("{before}{default}{}", resolved(after)),
        None => value.to_owned(),
    }
}
