//! Instances that renew every 30 s and the server's own passes, second by second on a given clock.

use eureka_registry::{Compensation, Config, Heartbeat, Moment, Origin, Registry, Renewal};
use eureka_wire::{DataCenterInfo, DataCenterName, InstanceInfo};

/// When every run begins.
pub(crate) const T0: Moment = Moment { wall_ms: 1_700_000_000_000, steady_ms: 5_000 };

/// Steady ms between two heartbeats of an instance, and between two passes.
const HEARTBEAT_S: u64 = 30;
const PASS_S: u64 = 60;
const CORRECTION_S: u64 = 900;

/// A heartbeat of a client that tells nothing.
pub(crate) const BEAT: Heartbeat =
    Heartbeat { origin: Origin::Client, last_dirty: None, override_status: None };

/// An instance that is `UP` with a lease of 90 s.
pub(crate) fn instance(app: &str, id: &str) -> InstanceInfo {
    InstanceInfo {
        instance_id: Some(id.into()),
        host_name: "host".into(),
        app: app.into(),
        ip_addr: "10.0.0.1".into(),
        data_center: Some(DataCenterInfo::Plain(Some(DataCenterName::MyOwn))),
        ..InstanceInfo::empty(0)
    }
}

/// One instance of the fleet.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) app: String,
    pub(crate) id: String,
    pub(crate) is_silent: bool,
}

/// The fleet, its registry and the time.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) registry: Registry,
    pub(crate) now: Moment,
    pub(crate) members: Vec<Member>,
    /// Heartbeats that were answered with "register again"; none of these members does.
    pub(crate) refused: usize,
    /// Leases that passes ended, by pass.
    pub(crate) passes: Vec<usize>,
    /// Whether the number of expected clients is corrected every 15 minutes.
    pub(crate) corrects: bool,
    compensation: Compensation,
    next_pass_ms: u64,
    next_correction_ms: u64,
}

impl Fleet {
    /// `count` instances over `apps` applications, all registered when the registry opens.
    pub(crate) fn register(config: Config, count: usize, apps: usize) -> Self {
        let registry = Registry::open(config, T0);
        let member = |n: usize| Member {
            app: format!("APP-{:02}", n % apps),
            id: format!("id-{n:04}"),
            is_silent: false,
        };
        let members: Vec<Member> = (0..count).map(member).collect();
        for member in &members {
            registry.register(instance(&member.app, &member.id), Origin::Client, T0);
        }
        Self {
            registry,
            now: T0,
            members,
            refused: 0,
            passes: Vec::new(),
            corrects: true,
            compensation: Compensation::from_start(T0),
            next_pass_ms: T0.steady_ms + PASS_S * 1000,
            next_correction_ms: T0.steady_ms + CORRECTION_S * 1000,
        }
    }

    /// Silences the members for whose number `is_silent` says so; the others are heard again.
    pub(crate) fn silence(&mut self, is_silent: impl Fn(usize) -> bool) {
        for (n, member) in self.members.iter_mut().enumerate() {
            member.is_silent = is_silent(n);
        }
    }

    /// Lets `seconds` pass.
    pub(crate) fn run(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now = self.now.later_by(1_000);
            self.second();
        }
    }

    /// The process stands still; whatever was due comes at the end, the pass first.
    pub(crate) fn pause(&mut self, seconds: u64) {
        self.now = self.now.later_by(seconds * 1_000);
        self.second();
    }

    /// Somebody sets the wall clock.
    pub(crate) const fn jump_wall(&mut self, ms: i64) {
        self.now.wall_ms += ms;
    }

    pub(crate) fn size(&self) -> usize {
        usize::try_from(self.registry.counts().total()).unwrap()
    }

    /// Numbers of the members that have a lease.
    pub(crate) fn listed(&self) -> Vec<usize> {
        let views = self.registry.leases(self.now);
        let mut numbers: Vec<usize> =
            views.iter().map(|view| view.info.id()[3..].parse().unwrap()).collect();
        numbers.sort_unstable();
        numbers
    }

    fn second(&mut self) {
        if self.now.steady_ms >= self.next_pass_ms {
            let lateness_ms = self.compensation.lateness_ms(self.now, PASS_S * 1_000);
            let seed = self.now.steady_ms;
            self.passes.push(self.registry.evict(self.now, lateness_ms, seed));
            self.next_pass_ms = self.now.steady_ms + PASS_S * 1_000;
        }
        if self.corrects && self.now.steady_ms >= self.next_correction_ms {
            self.registry.correct_expected_clients();
            self.next_correction_ms = self.now.steady_ms + CORRECTION_S * 1_000;
        }
        self.registry.expire_changes(self.now);
        let second = (self.now.steady_ms - T0.steady_ms) / 1_000;
        let phase = usize::try_from(second % HEARTBEAT_S).unwrap();
        let due = self.members.iter().skip(phase).step_by(30).filter(|member| !member.is_silent);
        for member in due {
            let answer = self.registry.renew(&member.app, &member.id, BEAT, self.now);
            self.refused += usize::from(answer != Renewal::Accepted);
        }
    }
}
