use product_service::http::openapi;
use product_service::store::migrations;
use serde_json::Value;
use test_kit::database::on_each_engine;

use super::client::Client;

#[test]
fn every_operation_says_what_it_answers() {
    let document = serde_json::to_value(openapi()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/products") && paths.contains_key("/products/{id}/prices"));
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

#[tokio::test]
async fn the_committed_document_is_the_one_that_is_served() {
    on_each_engine(migrations, |database| async move {
        let served = Client::of(&database).get("/v3/api-docs").await;
        assert_eq!(served.status, 200);
        test_kit::document::is_committed("product", &served.body);
    })
    .await;
}
