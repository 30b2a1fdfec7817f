//! Servers that do as they are told, and what they were asked.

mod fake;
mod registry;

use std::future::Future;
use std::time::Duration;

pub(crate) use fake::{Asked, Fake, Reply};
pub(crate) use registry::{FakeRegistry, instance};

use eureka_client::{Client, ClientBuilder, Instance, Settings};

/// Longest time that anything is waited for; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Intervals of the clients under test.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// Waits for `work`, but not for ever.
pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap()
}

/// Intervals so short that a test sees several of each.
pub(crate) fn hurried(settings: &mut Settings) {
    settings.fetch_interval = TICK;
    settings.replication_interval = TICK;
    settings.initial_replication_delay = Duration::from_secs(3_600);
}

/// A client of `servers` that registers `app` and fetches, in a hurry but with time to answer.
pub(crate) fn client(servers: &[&Fake]) -> ClientBuilder {
    let urls: Vec<_> = servers.iter().map(|server| server.url("/eureka/")).collect();
    let instance = Instance::new("order-service", "10.0.0.1", "10.0.0.1", 8084);
    Client::builder()
        .server(&urls.join(","))
        .instance(instance.lease(TICK, Duration::from_secs(90)))
        .random(std::sync::Arc::new(eureka_client::SeededRandom::new(11)))
        .configure(hurried)
}

/// Runs the loops of `client` beside `test`, and ends them with it.
pub(crate) async fn beside<T>(client: &Client, test: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        ended = client.run() => panic!("the loops ended by themselves: {ended:?}"),
        outcome = soon(test) => outcome,
    }
}
