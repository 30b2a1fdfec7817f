use partner_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;
use test_kit::web::Answer;
use tokio::task::JoinSet;

use super::client::{Client, partner};

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
async fn of_64_creates_with_one_code_one_succeeds() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let body = |_| partner(json!({"code": "ONE"}));
        let answers = parallel(&client, 64, "POST", "/partners".to_owned(), &[], body).await;
        assert_eq!((counted(&answers, 201), counted(&answers, 409)), (1, 63));
    })
    .await;
}

/// C-2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_creates_with_one_business_number_one_succeeds() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let body = |n| partner(json!({"code": format!("C-{n}"), "businessNo": "1234567891"}));
        let answers = parallel(&client, 32, "POST", "/partners".to_owned(), &[], body).await;
        assert_eq!((counted(&answers, 201), counted(&answers, 409)), (1, 31));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_of_a_series_are_given_once_each() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let body = |_| partner(json!({}));
        let answers = parallel(&client, 32, "POST", "/partners".to_owned(), &[], body).await;
        let mut codes: Vec<_> =
            answers.iter().map(|answer| answer.body["code"].as_str().unwrap().to_owned()).collect();
        codes.sort();
        let expected: Vec<_> = (1..=32).map(|n| format!("C{n:06}")).collect();
        assert_eq!(codes, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_writers_with_one_version_one_succeeds() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let path = format!("/partners/{}", client.partner(json!({})).await.id());
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
        let body = |_| partner(json!({}));
        let key = &[("idempotency-key", "partner-7")];
        let answers = parallel(&client, 50, "POST", "/partners".to_owned(), key, body).await;
        let ids: std::collections::BTreeSet<_> =
            answers.iter().filter(|answer| answer.status == 201).map(Answer::id).collect();
        let busy = answers.iter().filter(|answer| answer.body["code"] == "IDEMPOTENCY_IN_PROGRESS");
        assert_eq!(counted(&answers, 201) + busy.count(), 50, "{answers:?}");
        assert_eq!(ids.len(), 1);
        assert_eq!(client.get("/partners").await.body["totalElements"], 1);
    })
    .await;
}
