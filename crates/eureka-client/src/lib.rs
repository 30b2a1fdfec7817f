//! Client for Eureka discovery servers, Spring Cloud's Java one or any other.
//!
//! A service registers itself, keeps its lease, and leaves when it stops. A caller keeps a copy of
//! the registry and picks instances from it without asking anybody. Both survive servers that fail,
//! restart or forget, and both work on with what they know while no server answers.
//!
//! ```no_run
//! use eureka_client::{Client, Instance};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder()
//!     .server("http://localhost:8761/eureka/")
//!     .instance(Instance::new("order-service", "10.0.0.7", "10.0.0.7", 8084))
//!     .build()?;
//! // The loops are one future: spawn it or drive it beside the server.
//! let loops = client.run();
//! let service = async {
//!     // Listening: from now on others may call.
//!     client.ready();
//!     let product = client.http().get("http://product-service/products/1").send().await?;
//!     // Stopping: first leave, then finish what is under way.
//!     client.shutdown().await?;
//!     Ok::<_, Box<dyn std::error::Error>>(product.status())
//! };
//! let (ran, status) = tokio::join!(loops, service);
//! # ran?; status?; Ok(())
//! # }
//! ```
//!
//! # Looking up
//!
//! [`Client::snapshot`] is everything known at one moment, by application, VIP and secure VIP.
//! [`Client::pick`] chooses one instance by a [`Balance`]: [`RoundRobin`], [`RandomChoice`],
//! [`Weighted`], [`TwoChoices`], and [`Zoned`] around any of them. Both never wait, and a pick does
//! not allocate. [`Client::watch`] tells changes, [`Client::age`] how old the knowledge is.
//!
//! # Calling
//!
//! [`Client::http`] resolves the host of a URL, balances, times out and tries again elsewhere where
//! that is safe. It is a `tower` service too.
//!
//! # Beside the Java client
//!
//! Intervals, fail-over, deltas, redirects and what is sent are those of the Java client, so
//! servers see no difference. Where it differs on purpose: a first fetch or registration that
//! fails is tried again after a second, not after half a minute; leaving sends `DELETE` without
//! registering as `DOWN` before; passwords in URLs may contain colons; the health check is not asked
//! before the instance is ready, and cannot end its start.

mod backoff;
mod balance;
mod builder;
mod cache;
mod client;
mod clock;
mod directory;
mod disk;
mod endpoint;
mod error;
mod failover;
mod freshness;
mod http;
mod instance;
mod latency;
mod load;
mod random;
mod registration;
mod run;
mod server;
mod servers;
mod settings;
mod snapshot;
mod tls;
mod token_bucket;
mod transport;
mod watch;
mod zones;

/// Types that travel: instances and what they consist of.
pub use eureka_wire as wire;

pub use balance::{Balance, Choice, RandomChoice, RoundRobin, TwoChoices, Weighted, Zoned};
pub use builder::ClientBuilder;
pub use client::Client;
pub use clock::{Clock, SystemClock};
pub use endpoint::{Endpoint, InFlight};
pub use error::{BuildError, CallError, RunError, ServerError};
pub use freshness::Source;
pub use http::{Call, HttpClient};
pub use instance::Instance;
pub use latency::Latency;
pub use load::{Ejection, Load};
pub use random::{Random, SeededRandom};
pub use server::{Server, ServerUrlError};
pub use settings::{HttpSettings, Mode, Proxy, Settings};
pub use snapshot::{Group, Members, Snapshot};
pub use tls::Tls;
pub use transport::TransportError;
pub use watch::{Change, ChangeStream, Changes, Difference};
pub use zones::{DEFAULT_ZONE, Zones};

use std::time::Duration;

/// Whole milliseconds; saturates.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The examples of the read-me compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
