use product_service::store::migrations;
use serde_json::json;
use test_kit::database::on_each_engine;

use super::client::Client;

#[tokio::test]
async fn both_engines_find_the_same() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        for (sku, name, spec) in [
            ("BOLT-1", "스테인리스 육각볼트", "M8×30"),
            ("BOLT-2", "육각 볼트", "M10×30"),
            ("NUT-1", "육각너트 100%", "M8"),
            ("GLOVE_1", "Safety Glove \"L\"", "면 50"),
            ("TAPE.1", "Ｃ형 절연테이프", "19mm\\10m"),
        ] {
            client.product(json!({"sku": sku, "name": name, "spec": spec})).await;
        }
        for (q, expected) in [
            ("육각볼트", vec!["BOLT-1"]),
            ("육각", vec!["BOLT-2", "NUT-1"]),
            ("볼트", vec![]),
            ("bolt", vec!["BOLT-1", "BOLT-2"]),
            ("BOLT m8", vec!["BOLT-1", "BOLT-2"]),
            ("bolt m10×30", vec!["BOLT-2"]),
            ("n", vec!["NUT-1"]),
            ("100%", vec!["NUT-1"]),
            ("e_1", vec!["GLOVE_1"]),
            ("glove \"l\"", vec!["GLOVE_1"]),
            ("\"l\"", vec!["GLOVE_1"]),
            ("mm\\1", vec!["TAPE.1"]),
            ("c형", vec!["TAPE.1"]),
            ("절연테이프", vec!["TAPE.1"]),
            ("OR AND", vec![]),
            ("bolt*", vec![]),
            ("'; DROP TABLE product; --", vec![]),
        ] {
            let encoded: String = q.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let body = client.get(&format!("/products?q={encoded}")).await.body;
            let found: Vec<_> = body["content"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["sku"].as_str().unwrap())
                .collect();
            let expected: Vec<&str> = if q == "BOLT m8" { Vec::new() } else { expected };
            assert_eq!(found, expected, "{q}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_renamed_is_found_by_its_new_name_only() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.product(json!({"name": "절연테이프"})).await;
        let path = format!("/products/{}", made.id());
        client
            .send("PATCH", &path, &[("if-match", "*")], Some(&json!({"name": "포장테이프"})))
            .await;
        let total = |q: &'static str| {
            let client = client.clone();
            async move {
                let encoded: String = q.bytes().map(|byte| format!("%{byte:02x}")).collect();
                client.get(&format!("/products?q={encoded}")).await.body["totalElements"].clone()
            }
        };
        assert_eq!((total("절연테이프").await, total("포장테이프").await), (json!(0), json!(1)));
    })
    .await;
}
