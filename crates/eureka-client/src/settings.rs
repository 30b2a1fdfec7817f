//! What a client is told about its own behaviour. Defaults are those of the Java client.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::balance::{Balance, RoundRobin, Zoned};
use crate::load::Ejection;

/// Which halves of the protocol a client takes part in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Registers itself and keeps a copy of the registry.
    #[default]
    RegisterAndFetch,
    /// Only keeps a copy of the registry: a caller that nobody calls.
    FetchOnly,
    /// Only registers: a service that calls nobody.
    RegisterOnly,
}

impl Mode {
    /// Whether the client registers itself.
    #[must_use]
    pub const fn registers(self) -> bool {
        matches!(self, Self::RegisterAndFetch | Self::RegisterOnly)
    }

    /// Whether the client keeps a copy of the registry.
    #[must_use]
    pub const fn fetches(self) -> bool {
        matches!(self, Self::RegisterAndFetch | Self::FetchOnly)
    }
}

/// A proxy on the way to the discovery servers.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// `http://host:port`.
    pub url: String,
    /// User and password that the proxy asks for.
    pub credentials: Option<(String, String)>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Behaviour of a client towards the discovery servers. See also
/// [`ClientBuilder::configure`](crate::ClientBuilder::configure).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Registering, fetching, or both.
    pub mode: Mode,
    /// Time between two fetches of the registry; 30 s.
    pub fetch_interval: Duration,
    /// Time between two looks whether the own description changed and must be sent; 30 s.
    pub replication_interval: Duration,
    /// Time until the first such look, unless the instance is ready before; 40 s.
    pub initial_replication_delay: Duration,
    /// A change of status is sent at once, within a limit (CL-4); true.
    pub on_demand_updates: bool,
    /// A renewal that takes longer than its interval doubles the interval, up to so many times; 10.
    pub renewal_backoff_bound: u32,
    /// The same for fetches; 10.
    pub fetch_backoff_bound: u32,
    /// Longest time to connect to a discovery server; 5 s.
    pub connect_timeout: Duration,
    /// Longest time that a discovery server may be silent; 8 s.
    pub read_timeout: Duration,
    /// Idle connections kept to a discovery server; 50.
    pub idle_connections_max: usize,
    /// How long they are kept; 30 s.
    pub idle_timeout: Duration,
    /// Mean time after which the choice of server is made anew (TR-2); 1,200 s.
    pub session: Duration,
    /// Share of the servers in quarantine at which all are tried again (TR-3); 0.66.
    pub quarantine_refresh_share: f64,
    /// Tell servers that they may send this client to another one; false. One that does so
    /// unasked is followed all the same (TR-5).
    pub allow_redirects: bool,
    /// Ask the servers of the own zone first; true.
    pub prefer_same_zone: bool,
    /// Look up only instances that are `UP`; true.
    pub filter_only_up: bool,
    /// Fetch the whole registry every time; false.
    pub disable_delta: bool,
    /// Follow every delta with a full fetch, and log what differs; false.
    pub log_delta_diff: bool,
    /// Accept compressed answers; true.
    pub gzip: bool,
    /// Ask for the short form of instances, without metadata; false.
    pub compact: bool,
    /// Other regions whose instances are wanted too (CL-17).
    pub regions: Vec<String>,
    /// Keep only the instances behind one virtual address (CL-18).
    pub single_vip: Option<String>,
    /// [`Client::run`](crate::Client::run) ends with an error if the first fetch fails; false.
    pub require_registry: bool,
    /// Register before anything else, and end with an error if that fails; false.
    pub require_registration: bool,
    /// Tell the servers when leaving; true.
    pub unregister_on_shutdown: bool,
    /// Longest time that leaving may take; 5 s.
    pub shutdown_timeout: Duration,
    /// Where the registry is kept for a start without servers.
    pub snapshot_file: Option<PathBuf>,
    /// Metadata key of the weight of an instance; `weight`.
    pub weight_key: String,
    /// A proxy on the way to the discovery servers.
    pub proxy: Option<Proxy>,
    /// Calls to services.
    pub http: HttpSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            fetch_interval: Duration::from_secs(30),
            replication_interval: Duration::from_secs(30),
            initial_replication_delay: Duration::from_secs(40),
            on_demand_updates: true,
            renewal_backoff_bound: 10,
            fetch_backoff_bound: 10,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(8),
            idle_connections_max: 50,
            idle_timeout: Duration::from_secs(30),
            session: Duration::from_secs(1_200),
            quarantine_refresh_share: 0.66,
            allow_redirects: false,
            prefer_same_zone: true,
            filter_only_up: true,
            disable_delta: false,
            log_delta_diff: false,
            gzip: true,
            compact: false,
            regions: Vec::new(),
            single_vip: None,
            require_registry: false,
            require_registration: false,
            unregister_on_shutdown: true,
            shutdown_timeout: Duration::from_secs(5),
            snapshot_file: None,
            weight_key: "weight".to_owned(),
            proxy: None,
            http: HttpSettings::default(),
        }
    }
}

/// Behaviour of calls to services (H-18).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpSettings {
    /// Which instance a call goes to; round robin within the own zone.
    pub balance: Arc<dyn Balance>,
    /// Longest time to connect; 250 ms.
    pub connect_timeout: Duration,
    /// Longest time for one try of a `GET` or `HEAD`; 1 s.
    pub read_try_timeout: Duration,
    /// Longest time for one try of anything else; 2 s.
    pub write_try_timeout: Duration,
    /// Longest time until an answer begins, with all tries and pauses; 5 s. It is also the longest
    /// silence within the body of an answer.
    pub total_timeout: Duration,
    /// Tries after the first; 2.
    pub retries_max: u32,
    /// Shortest pause before a retry; 50 ms.
    pub pause_min: Duration,
    /// Longest pause before a retry; 200 ms.
    pub pause_max: Duration,
    /// Retries of what may have reached a service, in percent of the requests; 20.
    pub retry_percent: u32,
    /// Such retries that are saved up at most, and there are at the start; 100.
    pub retry_reserve: u32,
    /// When an instance that keeps failing is left out.
    pub ejection: Ejection,
    /// Connect to the address instead of the host name that an instance tells; false.
    pub prefer_ip: bool,
    /// Idle connections kept to an instance; 64.
    pub idle_connections_max: usize,
    /// How long they are kept; 15 s. Should be less than services keep them, so that no request is
    /// sent on a connection that the other side is about to close.
    pub idle_timeout: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            balance: Arc::new(Zoned(RoundRobin)),
            connect_timeout: Duration::from_millis(250),
            read_try_timeout: Duration::from_secs(1),
            write_try_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_secs(5),
            retries_max: 2,
            pause_min: Duration::from_millis(50),
            pause_max: Duration::from_millis(200),
            retry_percent: 20,
            retry_reserve: 100,
            ejection: Ejection::default(),
            prefer_ip: false,
            idle_connections_max: 64,
            idle_timeout: Duration::from_secs(15),
        }
    }
}
