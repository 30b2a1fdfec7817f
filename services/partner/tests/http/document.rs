use partner_service::http::openapi;
use serde_json::Value;

#[test]
fn every_operation_says_what_it_answers() {
    let document = serde_json::to_value(openapi()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    assert!(
        paths.contains_key("/partners")
            && paths.contains_key("/partners/{id}/contacts/{contactId}/erase")
    );
    let mut ids = std::collections::BTreeSet::new();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(
                operation["responses"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .any(|code| code.starts_with('2')),
                "{at}"
            );
            assert!(
                operation["summary"].is_string() || operation["description"].is_string(),
                "{at}"
            );
            assert!(
                ids.insert(operation["operationId"].to_string()),
                "{at}: operation ids are unique"
            );
        }
    }
    // Every reference leads somewhere.
    let text = document.to_string();
    for name in
        text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next())
    {
        assert!(document["components"]["schemas"][name] != Value::Null, "{name}");
    }
}
