//! Making a client.

use std::sync::Arc;

use eureka_wire::{Applications, InstanceStatus};

use crate::client::{Client, Health, Inner};
use crate::{
    BuildError, Clock, Instance, Mode, Random, SeededRandom, Server, Settings, SystemClock, Tls,
    Zones, zones,
};

/// Makes a [`Client`]. Nothing is sent before [`Client::run`] runs.
///
/// ```
/// use eureka_client::{Client, Instance};
///
/// let client = Client::builder()
///     .server("http://user:secret@eureka-1:8761/eureka/, http://eureka-2:8761/eureka/")
///     .instance(Instance::new("product-service", "10.0.0.5", "10.0.0.5", 8081))
///     .build()?;
/// # Ok::<(), eureka_client::BuildError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "nothing is made before `build`"]
pub struct ClientBuilder {
    urls: Vec<(String, String)>,
    zones: Option<Vec<String>>,
    instance: Option<Instance>,
    settings: Settings,
    tls: Tls,
    clock: Option<Arc<dyn Clock>>,
    random: Option<Arc<dyn Random>>,
    health: Option<Health>,
    backup: Option<Applications>,
}

impl ClientBuilder {
    /// Adds discovery servers of no particular zone: URLs separated by commas.
    pub fn server(self, urls: &str) -> Self {
        self.server_in(zones::DEFAULT_ZONE, urls)
    }

    /// Adds discovery servers of a zone: URLs separated by commas.
    pub fn server_in(mut self, zone: &str, urls: &str) -> Self {
        let named = urls.split(',').filter(|url| !url.trim().is_empty());
        self.urls.extend(named.map(|url| (zone.to_owned(), url.to_owned())));
        self
    }

    /// Names the zones whose servers are asked, own zone first. Unless told, there is only the
    /// default one.
    pub fn zones<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.zones = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Describes the instance to register. Without one, choose a mode that does not register.
    pub fn instance(mut self, instance: Instance) -> Self {
        self.instance = Some(instance);
        self
    }

    /// Chooses whether the client registers, fetches, or both.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.settings.mode = mode;
        self
    }

    /// Only looks up: [`Mode::FetchOnly`].
    pub fn fetch_only(self) -> Self {
        self.mode(Mode::FetchOnly)
    }

    /// Only registers: [`Mode::RegisterOnly`].
    pub fn register_only(self) -> Self {
        self.mode(Mode::RegisterOnly)
    }

    /// Changes settings.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use eureka_client::Client;
    /// let builder = Client::builder().configure(|settings| {
    ///     settings.fetch_interval = Duration::from_secs(5);
    ///     settings.snapshot_file = Some("data/registry".into());
    /// });
    /// ```
    pub fn configure(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Tells whom to trust over TLS.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Asks `check` for the own status before each look at the own description, once the instance
    /// is ready. It is handed the status as it is and must not wait. A check that panics means
    /// `DOWN`.
    pub fn health(
        mut self,
        check: impl Fn(InstanceStatus) -> InstanceStatus + Send + Sync + 'static,
    ) -> Self {
        self.health = Some(Health::new(check));
        self
    }

    /// Instances known from the beginning, until a server tells others. A registry kept on disk
    /// comes before. With it a client can be tried without a server:
    ///
    /// ```
    /// use eureka_client::{Client, RoundRobin, wire};
    ///
    /// let mut list = wire::Applications::default();
    /// list.applications.push(wire::Application {
    ///     name: "PRODUCT-SERVICE".into(),
    ///     instances: vec![wire::InstanceInfo {
    ///         app: "PRODUCT-SERVICE".into(),
    ///         host_name: "10.0.0.5".into(),
    ///         ..wire::InstanceInfo::empty(0)
    ///     }],
    /// });
    /// let client = Client::builder().server("http://e/eureka").fetch_only().backup(list).build()?;
    ///
    /// let endpoint = client.pick("product-service", &RoundRobin).expect("it is known");
    /// assert_eq!(&*endpoint.info().host_name, "10.0.0.5");
    /// # Ok::<(), eureka_client::BuildError>(())
    /// ```
    pub fn backup(mut self, list: Applications) -> Self {
        self.backup = Some(list);
        self
    }

    /// Gives the client another clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Gives the client another source of chance.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = Some(random);
        self
    }

    /// Makes the client. Reads the registry kept on disk, if there is one.
    ///
    /// # Errors
    /// What is missing or wrong. A kept registry that cannot be read is only logged: it must not
    /// keep a service from starting.
    pub fn build(self) -> Result<Client, BuildError> {
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let random = self.random.unwrap_or_else(|| Arc::new(SeededRandom::from_process()));
        let mut zones = Zones::new(self.zones.unwrap_or_default());
        for (zone, url) in &self.urls {
            let server = Server::parse(url)
                .map_err(|source| BuildError::Server { zone: zone.clone(), source })?;
            zones.add(zone, server);
        }
        if zones.order(true, &*random).is_empty() {
            return Err(BuildError::NoServer);
        }
        check_intervals(&self.settings, self.instance.as_ref())?;
        let parts = Parts {
            zones,
            instance: self.instance,
            settings: self.settings,
            tls: self.tls,
            clock,
            random,
            health: self.health,
            backup: self.backup,
        };
        Inner::new(parts).map(Client::from_inner)
    }
}

/// What a client is made of, complete.
pub(crate) struct Parts {
    pub(crate) zones: Zones,
    pub(crate) instance: Option<Instance>,
    pub(crate) settings: Settings,
    pub(crate) tls: Tls,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) health: Option<Health>,
    pub(crate) backup: Option<Applications>,
}

/// An interval of zero would be a busy loop.
fn check_intervals(settings: &Settings, instance: Option<&Instance>) -> Result<(), BuildError> {
    let renewal = instance.map(|instance| ("renewal interval", instance.renewal_interval()));
    let all = [
        ("fetch interval", settings.fetch_interval),
        ("replication interval", settings.replication_interval),
    ];
    match all.into_iter().chain(renewal).find(|(_, interval)| interval.is_zero()) {
        Some((name, _)) => Err(BuildError::Interval(name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn error(builder: ClientBuilder) -> String {
        builder.build().unwrap_err().to_string()
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let client = || Client::builder().server("http://h/eureka");
        assert_eq!(error(Client::builder().fetch_only()), "no discovery server is named");
        assert_eq!(error(Client::builder().server(" , ")), "no discovery server is named");
        assert_eq!(error(client()), "there is no instance to register");
        let wrong = client().server_in("z", "ftp://h").fetch_only();
        assert_eq!(error(wrong), "discovery servers of zone z");
        let nameless = client().instance(Instance::new("", "h", "i", 1));
        assert_eq!(error(nameless), "the instance has no name");
        let hasty = client().fetch_only().configure(|s| s.fetch_interval = Duration::ZERO);
        assert_eq!(error(hasty), "fetch interval is zero");
        let proxied = client().fetch_only().configure(|settings| {
            settings.proxy = Some(crate::Proxy { url: "::".to_owned(), credentials: None });
        });
        assert_eq!(error(proxied), "the HTTP client cannot be made");
    }
}
