use product_service::store::migrations;
use serde_json::json;
use test_kit::Chance;
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

const WORDS: [&str; 16] = [
    "육각볼트",
    "육각",
    "너트",
    "스텐",
    "절연테이프",
    "안전장갑",
    "Ｍ８×30",
    "M10",
    "Bolt",
    "BOLT-A2",
    "100%",
    "ㄱㄴ",
    "강철 판",
    "Ölfilter",
    "a_b",
    "c:\\d",
];

/// A made-up name of a few words, sometimes cut in the middle of one.
fn words(chance: &mut Chance) -> String {
    let count = 1 + chance.below(3);
    let words: Vec<&str> = (0..count).filter_map(|_| chance.pick(&WORDS).copied()).collect();
    let text = words.join(if chance.once_in(4) { "" } else { " " });
    let from = if chance.once_in(3) { chance.below(3) } else { 0 };
    text.chars().skip(from).collect()
}

/// What the rules say is found: terms of three characters anywhere in name, sku and spec, shorter
/// ones where sku or name begin.
fn is_found(product: &[String; 3], q: &str) -> bool {
    let [sku, name, spec] = product;
    let search = erp_values::search_key(&format!("{name} {sku}  {spec}"));
    let terms = erp_values::search_key(q);
    terms.split(' ').filter(|term| !term.is_empty()).all(|term| {
        if term.chars().count() >= 3 {
            search.contains(term)
        } else {
            let upper: String = term.chars().flat_map(char::to_uppercase).collect();
            sku.starts_with(&upper) || erp_values::search_key(name).starts_with(term)
        }
    })
}

#[tokio::test]
async fn five_hundred_searches_find_what_the_rules_say() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let mut chance = Chance::from_seed(7);
        let products: Vec<[String; 3]> = (0..200)
            .map(|at| {
                let letter = ["BOLT", "M", "NUT", "AB"][chance.below(4)];
                let name = format!("{} {at}", words(&mut chance));
                [format!("{letter}-{at}"), name.trim().to_owned(), words(&mut chance)]
            })
            .collect();
        for [sku, name, spec] in &products {
            client.product(json!({"sku": sku, "name": name, "spec": spec})).await;
        }
        let mut hits = 0;
        for _ in 0..500 {
            let q = words(&mut chance);
            let encoded: String = q.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let body = client.get(&format!("/products?size=1000&sort=sku&q={encoded}")).await.body;
            let found: Vec<String> = body["content"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["sku"].as_str().unwrap().to_owned())
                .collect();
            let matching = products.iter().filter(|product| is_found(product, &q));
            let mut expected: Vec<String> = matching.map(|[sku, ..]| sku.clone()).collect();
            expected.sort();
            hits += found.len();
            assert_eq!(found, expected, "{q:?}");
        }
        assert!(hits > 500, "{hits}");
    })
    .await;
}
