use product_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;
use tokio::task::JoinSet;

use super::client::{Answer, Client, sellable};

async fn parallel(
    client: &Client,
    count: usize,
    method: &'static str,
    path: String,
    headers: &'static [(&'static str, &'static str)],
    body: impl Fn(usize) -> Value,
) -> Vec<Answer> {
    let mut all = JoinSet::new();
    for n in 0..count {
        let (client, path, body) = (client.clone(), path.clone(), body(n));
        all.spawn(async move { client.send(method, &path, headers, Some(&body)).await });
    }
    all.join_all().await
}

fn counted(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_creates_with_one_number_one_succeeds() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let body = |_| sellable(json!({"sku": "ONE"}));
        let answers = parallel(&client, 64, "POST", "/products".to_owned(), &[], body).await;
        assert_eq!((counted(&answers, 201), counted(&answers, 409)), (1, 63));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_writers_with_one_version_one_succeeds() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let path = format!("/products/{}", client.product(json!({})).await.id());
        for version in 1..=10 {
            let body = |n: usize| json!({"name": format!("{version}-{n}"), "version": version});
            let answers = parallel(&client, 2, "PATCH", path.clone(), &[], body).await;
            assert_eq!((counted(&answers, 200), counted(&answers, 409)), (1, 1));
        }
        assert_eq!(client.get(&path).await.body["version"], 11);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_equal_requests_with_one_key_make_one_row() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let body = |_| sellable(json!({}));
        let key = &[("idempotency-key", "order-7")];
        let answers = parallel(&client, 50, "POST", "/products".to_owned(), key, body).await;
        let ids: std::collections::BTreeSet<_> =
            answers.iter().filter(|answer| answer.status == 201).map(Answer::id).collect();
        let busy = answers.iter().filter(|answer| answer.body["code"] == "IDEMPOTENCY_IN_PROGRESS");
        assert_eq!(counted(&answers, 201) + busy.count(), 50, "{answers:?}");
        assert_eq!(ids.len(), 1);
        assert_eq!(client.get("/products").await.body["totalElements"], 1);
    })
    .await;
}
