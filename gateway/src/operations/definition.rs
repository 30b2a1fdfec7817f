//! Route definitions as JSON, the way Spring's endpoint takes them (AC-8, AC-9).

use gateway_routing::{Node, Origin, RouteDefinition, RouteError, Value as TreeValue};
use serde_json::Value;

/// Places of a body that are looked at; the decoder bounds their depth.
const PLACES_MAX: usize = 20_000;

/// A route out of a JSON object; `id`, where it is given, counts instead of the object's own.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(json: &Value, id: Option<&str>) -> Result<RouteDefinition, Vec<RouteError>> {
    let Value::Object(members) = json else { return Err(fault("a route is an object")) };
    let mut places = PLACES_MAX;
    let mut entries = Vec::with_capacity(members.len());
    for (name, value) in members {
        // Absent and null are the same to the reference.
        if value.is_null() || (name == "id" && id.is_some()) {
            continue;
        }
        entries.push((name.clone(), node(value, &mut places)?));
    }
    if let Some(id) = id {
        entries.push(("id".to_owned(), text(id)));
    }
    let is_named = entries.iter().any(|(name, value)| name == "id" && value.text().is_some());
    if !is_named {
        return Err(fault("it has no id"));
    }
    RouteDefinition::read(&Node { origin: origin(), value: TreeValue::Map(entries) })
}

fn node(json: &Value, places: &mut usize) -> Result<Node, Vec<RouteError>> {
    *places = places.checked_sub(1).ok_or_else(|| fault("it is too large"))?;
    let value = match json {
        Value::Null => TreeValue::Text(String::new()),
        Value::Bool(value) => TreeValue::Text(value.to_string()),
        Value::Number(number) => TreeValue::Text(number.to_string()),
        Value::String(text) => TreeValue::Text(text.clone()),
        Value::Array(items) => {
            let items = items.iter().map(|item| node(item, places));
            TreeValue::List(items.collect::<Result<_, _>>()?)
        }
        Value::Object(members) => {
            let members =
                members.iter().map(|(name, value)| Ok((name.clone(), node(value, places)?)));
            TreeValue::Map(members.collect::<Result<_, Vec<RouteError>>>()?)
        }
    };
    Ok(Node { origin: origin(), value })
}

fn text(text: &str) -> Node {
    Node { origin: origin(), value: TreeValue::Text(text.to_owned()) }
}

fn origin() -> Origin {
    Origin::new("the request")
}

/// One fault as a list.
pub(super) fn fault(problem: &str) -> Vec<RouteError> {
    vec![RouteError { origin: origin(), problem: problem.to_owned(), ..RouteError::default() }]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_of_parts_are_read_ac_8() {
        let json = json!({
            "id": "other", "uri": "http://localhost:1", "order": 3, "metadata": {"a": {"b": 1}},
            "predicates": ["Path=/p/**", {"name": "Method", "args": {"_genkey_0": "GET"}}],
            "filters": [{"name": "StripPrefix", "args": {"parts": 1}}], "enabled": null,
        });
        let route = read(&json, Some("own")).unwrap();
        assert_eq!((route.id.as_str(), route.order, route.predicates.len()), ("own", 3, 2));
        assert_eq!(route.filters[0].args[0].value, "1");
        assert_eq!(route.metadata.text_at("a.b"), Some("1"));
    }

    #[test]
    fn what_is_no_route_is_said() {
        for (json, said) in [
            (json!([]), "object"),
            (json!({"uri": "http://a", "predicates": ["Path=/a"]}), "no id"),
            (json!({"id": "a", "predicates": ["Path=/a"]}), "no uri"),
            (json!({"id": "a", "uri": "http://a"}), "no predicates"),
            (json!({"id": "a", "uri": "http://a", "predicates": ["Path"]}), "not a predicate"),
            (
                json!({"id": "a", "url": "http://a", "predicates": ["Path=/a"]}),
                "url is not a field",
            ),
            (json!({"id": "a", "metadata": vec![1; PLACES_MAX]}), "too large"),
        ] {
            let errors = read(&json, None).unwrap_err();
            assert!(errors.iter().any(|error| error.to_string().contains(said)), "{errors:?}");
        }
    }
}
