//! The handle that a program holds.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use eureka_wire::InstanceStatus;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::balance::Balance;
use crate::builder::Parts;
use crate::cache::Cache;
use crate::directory::Directory;
use crate::endpoint::View;
use crate::failover::Failover;
use crate::freshness::{Freshness, Source};
use crate::registration::Registration;
use crate::servers::Servers;
use crate::transport::Transport;
use crate::{
    BuildError, Changes, ClientBuilder, Ejection, Endpoint, HttpClient, InFlight, RunError, Server,
    ServerError, Settings, Snapshot, Zones, disk, run,
};

/// A client of the discovery servers. Cheap to clone; clones are the same client.
///
/// Looking up never waits and works before, while and after [`Client::run`] runs; what is known
/// then only grows old, and [`Client::age`] says how old.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

/// What the loops and the handle share.
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) renewal_interval: Duration,
    pub(crate) directory: Arc<Directory>,
    pub(crate) registering: Servers,
    pub(crate) querying: Servers,
    pub(crate) own: Option<Mutex<Registration>>,
    pub(crate) health: Option<Health>,
    pub(crate) cache: Mutex<Cache>,
    pub(crate) freshness: Mutex<Freshness>,
    pub(crate) progress: watch::Sender<Progress>,
    pub(crate) stop: CancellationToken,
    /// A change of the own status wants to be told at once.
    pub(crate) wake: Notify,
    /// Held while the servers are told something about the own instance, so that leaving is last.
    pub(crate) turn: tokio::sync::Mutex<()>,
    pub(crate) is_running: AtomicBool,
    http: HttpClient,
}

/// How far a client has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) is_fetched: bool,
    pub(crate) is_registered: bool,
}

/// Says what the own status should be.
#[derive(Clone)]
pub(crate) struct Health(Arc<dyn Fn(InstanceStatus) -> InstanceStatus + Send + Sync>);

impl Health {
    pub(crate) fn new(
        check: impl Fn(InstanceStatus) -> InstanceStatus + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(check))
    }

    pub(crate) fn ask(&self, status: InstanceStatus) -> InstanceStatus {
        let asked = catch_unwind(AssertUnwindSafe(|| (self.0)(status)));
        asked.unwrap_or(InstanceStatus::Down)
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Health")
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("directory", &self.directory)
            .field("progress", &*self.progress.borrow())
            .finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) fn new(parts: Parts) -> Result<Self, BuildError> {
        let Parts { zones, instance, settings, tls, clock, random, health, backup } = parts;
        let own = match &instance {
            Some(instance) if settings.mode.registers() => {
                let info = instance.to_info(clock.wall_ms())?;
                Some(Mutex::new(Registration::new(info, instance.status_when_ready())))
            }
            None if settings.mode.registers() => return Err(BuildError::NoInstance),
            _ => None,
        };
        let described = instance.as_ref().map(|instance| instance.to_info(0)).transpose()?;
        let own_zone = described.as_ref().and_then(|info| info.metadata.get(crate::endpoint::ZONE));
        let view = View::of(&settings, own_zone.or_else(|| zones.named_own()));
        // Made once: reading the system's certificates takes milliseconds.
        let tls = tls.config()?;
        let transport = Transport::new(&settings, tls.clone())?;
        let line = || {
            let order = zones.order(settings.prefer_same_zone, &*random);
            let failover =
                Failover::new(order, settings.session, settings.quarantine_refresh_share);
            Servers::new(failover, transport.clone(), Arc::clone(&clock), Arc::clone(&random))
        };
        let directory =
            Arc::new(Directory::new(view.clone(), Arc::clone(&clock), Arc::clone(&random)));
        let http = HttpClient::new(Arc::clone(&directory), &settings.http, tls)?;
        let interval = instance.as_ref().map(crate::Instance::renewal_interval);
        let inner = Self {
            renewal_interval: interval.unwrap_or(Duration::from_secs(30)),
            registering: line(),
            querying: line(),
            directory,
            own,
            health,
            cache: Mutex::new(Cache::new(view)),
            freshness: Mutex::default(),
            progress: watch::Sender::default(),
            stop: CancellationToken::new(),
            wake: Notify::new(),
            turn: tokio::sync::Mutex::default(),
            is_running: AtomicBool::new(false),
            http,
            settings,
        };
        if inner.settings.mode.fetches() {
            inner.start_with_what_is_known(backup);
        }
        Ok(inner)
    }

    /// The registry kept on disk, else the one handed over.
    fn start_with_what_is_known(&self, backup: Option<eureka_wire::Applications>) {
        let kept = self.settings.snapshot_file.as_deref().and_then(|path| {
            disk::read(path).unwrap_or_else(|error| {
                tracing::warn!(path = %path.display(), %error, "the kept registry is not used");
                None
            })
        });
        let (list, freshness) = match (kept, backup) {
            (Some(kept), _) => (kept.list, Freshness::kept(kept.written)),
            (None, Some(list)) => (list, Freshness::backup()),
            (None, None) => return,
        };
        let mut cache = self.cache.lock();
        cache.load(list);
        self.directory.publish(cache.registry());
        *self.freshness.lock() = freshness;
    }

    pub(crate) fn wall_ms(&self) -> i64 {
        self.directory.clock.wall_ms()
    }

    pub(crate) fn note(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_if_modified(|progress| {
            let before = *progress;
            change(progress);
            *progress != before
        });
    }

    /// Changes the own instance; a change of its status is told at once.
    fn change_own(&self, tell: bool, change: impl FnOnce(&mut Registration, i64) -> bool) {
        let Some(own) = &self.own else { return };
        let changed = change(&mut own.lock(), self.wall_ms());
        if changed && tell {
            self.wake.notify_one();
        }
    }
}

impl Client {
    /// Begins to make a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// Runs the loops: fetching, renewing, and telling the servers about changes of the own
    /// instance. Spawn it or drive it beside other work; it ends after [`Client::shutdown`].
    ///
    /// Dropping it stops the loops between two requests or within one; it may be run again.
    ///
    /// # Errors
    /// It runs already, or what the settings require at the start failed.
    pub fn run(&self) -> impl Future<Output = Result<(), RunError>> + Send + use<> {
        let inner = Arc::clone(&self.inner);
        async move { run::run(&inner).await }
    }

    /// Says that the service takes requests: its status becomes `UP` (or what its description
    /// says), and it is registered at once. Does nothing the second time.
    pub fn ready(&self) {
        self.inner.change_own(true, Registration::ready);
    }

    /// Sets the own status. A change is told at once, more than a few a minute with the next
    /// regular look (CL-4).
    pub fn set_status(&self, status: InstanceStatus) {
        self.inner.change_own(true, |own, now| own.set_status(status, now));
    }

    /// Sets a metadata entry of the own instance; told with the next regular look.
    pub fn set_metadata(&self, key: &str, value: &str) {
        self.inner.change_own(false, |own, now| own.set_metadata(key, Some(value), now));
    }

    /// Removes a metadata entry of the own instance; told with the next regular look.
    pub fn remove_metadata(&self, key: &str) {
        self.inner.change_own(false, |own, now| own.set_metadata(key, None, now));
    }

    /// Sets host name and address of the own instance; told with the next regular look.
    pub fn set_address(&self, host: &str, ip: &str) {
        self.inner.change_own(false, |own, now| own.set_address(host, ip, now));
    }

    /// The own status as this client sees it; `None` if it does not register.
    #[must_use]
    pub fn status(&self) -> Option<InstanceStatus> {
        Some(self.inner.own.as_ref()?.lock().info().status)
    }

    /// Application and id of the own instance; `None` if it does not register.
    #[must_use]
    pub fn own(&self) -> Option<(String, String)> {
        let own = self.inner.own.as_ref()?.lock();
        Some((own.info().app.to_string(), own.info().id().to_owned()))
    }

    /// The own status as the servers tell it, overrides included; `UNKNOWN` unless the own
    /// instance is in the registry (CL-16).
    #[must_use]
    pub fn remote_status(&self) -> InstanceStatus {
        let find = || {
            let own = self.inner.own.as_ref()?.lock();
            let snapshot = self.inner.directory.snapshot();
            Some(snapshot.instance(&own.info().app, own.info().id())?.info().status)
        };
        find().unwrap_or(InstanceStatus::Unknown)
    }

    /// Whether a server accepted the own instance and did not forget it since.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.inner.progress.borrow().is_registered
    }

    /// Waits until a server has accepted the own instance.
    pub async fn until_registered(&self) {
        self.until(|progress| progress.is_registered).await;
    }

    /// Waits until the registry was fetched once.
    pub async fn until_fetched(&self) {
        self.until(|progress| progress.is_fetched).await;
    }

    async fn until(&self, reached: impl Fn(&Progress) -> bool) {
        // The sender lives as long as this client.
        let _ = self.inner.progress.subscribe().wait_for(reached).await;
    }

    /// Everything known now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.inner.directory.snapshot()
    }

    /// The instances of a service that calls go to: those behind the virtual address `name`, else
    /// those of the application.
    #[must_use]
    pub fn instances(&self, name: &str) -> Vec<Arc<Endpoint>> {
        let snapshot = self.snapshot();
        let group = snapshot.service(name, false);
        group.map(|group| group.visible().endpoints().to_vec()).unwrap_or_default()
    }

    /// Names of the applications that have an instance calls go to, in lower case, sorted.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        let snapshot = self.snapshot();
        let seen = snapshot.applications().filter(|group| !group.visible().is_empty());
        let mut names: Vec<_> = seen.map(|group| group.name().to_lowercase()).collect();
        names.sort_unstable();
        names
    }

    /// An instance of a service, chosen by `balance`; `None` if none is known. Neither waits nor
    /// allocates.
    #[must_use]
    pub fn pick(&self, name: &str, balance: &dyn Balance) -> Option<Arc<Endpoint>> {
        self.inner.directory.pick(name, false, balance, &[])
    }

    /// The same, but none of those in `tried` as long as there are others.
    #[must_use]
    pub fn pick_other(
        &self,
        name: &str,
        balance: &dyn Balance,
        tried: &[Arc<Endpoint>],
    ) -> Option<Arc<Endpoint>> {
        self.inner.directory.pick(name, false, balance, tried)
    }

    /// Says that a call made with [`Endpoint::call`] failed. Enough of that in a row leave the
    /// instance out for a while; true if now.
    #[must_use]
    pub fn failed(&self, call: InFlight, ejection: Ejection) -> bool {
        call.failed(ejection, &*self.inner.directory.clock)
    }

    /// Whether a call may go to an instance that was chosen: one that was left out for failing is
    /// tried by one call in `trial` until it answers.
    #[must_use]
    pub fn may_enter(&self, endpoint: &Endpoint, trial: Duration) -> bool {
        endpoint.load().may_enter(trial, &*self.inner.directory.clock)
    }

    /// Whether an instance is left out now for failing.
    #[must_use]
    pub fn is_ejected(&self, endpoint: &Endpoint) -> bool {
        endpoint.load().is_ejected(&*self.inner.directory.clock)
    }

    /// Changes of the registry from now on.
    #[must_use]
    pub fn watch(&self) -> Changes {
        Changes::new(self.inner.directory.subscribe())
    }

    /// Where the known registry comes from.
    #[must_use]
    pub fn source(&self) -> Source {
        self.inner.freshness.lock().source()
    }

    /// Time since a server last told the registry, or since it was kept on disk; `None` if it is
    /// not known when.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.inner.freshness.lock().age(&*self.inner.directory.clock)
    }

    /// The discovery server that answered the last fetch, or renewal if the client only registers.
    #[must_use]
    pub fn server(&self) -> Option<Server> {
        let querying = self.inner.settings.mode.fetches();
        if querying { self.inner.querying.in_use() } else { self.inner.registering.in_use() }
    }

    /// Replaces the discovery servers. The ones in use stay so if they are still among them.
    pub fn set_servers(&self, zones: &Zones) {
        let random = &*self.inner.directory.random;
        for line in [&self.inner.registering, &self.inner.querying] {
            line.replace(zones.order(self.inner.settings.prefer_same_zone, random));
        }
    }

    /// Calls to services by name.
    #[must_use]
    pub fn http(&self) -> HttpClient {
        self.inner.http.clone()
    }

    /// Leaves: the own status becomes `DOWN`, the servers are told that the instance is gone, and
    /// [`Client::run`] ends. Afterwards finish the requests that are under way.
    ///
    /// # Errors
    /// No server could be told in time; they will notice when the lease runs out.
    pub async fn shutdown(&self) -> Result<(), ServerError> {
        run::shutdown(&self.inner).await
    }
}
