//! A discovery server good enough for the client: full lists, deltas, leases without end.

use std::collections::BTreeMap;
use std::sync::Arc;

use eureka_client::wire::{
    ActionType, Application, Applications, DataCenterInfo, DataCenterName, Detail, Format,
    InstanceInfo, InstanceStatus, Layout, StatusCounts,
};
use http::Method;
use parking_lot::Mutex;

use super::{Asked, Fake, Reply};

/// A registry that a [`Fake`] can serve.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeRegistry(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    instances: BTreeMap<String, InstanceInfo>,
    recent: Vec<InstanceInfo>,
    /// Told instead of the hash, if set.
    wrong_hash: Option<String>,
}

/// An instance that is up, reachable at `port` of this machine.
pub(crate) fn instance(app: &str, port: u16) -> InstanceInfo {
    InstanceInfo {
        instance_id: Some(format!("{app}-{port}").into()),
        app: app.to_uppercase().into(),
        host_name: "127.0.0.1".into(),
        ip_addr: "127.0.0.1".into(),
        vip_address: Some(app.into()),
        port: eureka_client::wire::Port { number: port.into(), enabled: true },
        data_center: Some(DataCenterInfo::Plain(Some(DataCenterName::MyOwn))),
        ..InstanceInfo::empty(0)
    }
}

impl FakeRegistry {
    /// A server of this registry.
    pub(crate) async fn serve(&self) -> Fake {
        let registry = self.clone();
        Fake::start(move |asked| registry.answer(asked)).await
    }

    pub(crate) fn add(&self, mut info: InstanceInfo) {
        let mut state = self.0.lock();
        info.action = Some(ActionType::Added);
        state.recent.push(info.clone());
        state.instances.insert(info.id().to_owned(), info);
    }

    pub(crate) fn remove(&self, id: &str) {
        let mut state = self.0.lock();
        if let Some(mut gone) = state.instances.remove(id) {
            gone.action = Some(ActionType::Deleted);
            state.recent.push(gone);
        }
    }

    /// Forgets everything, as after a restart.
    pub(crate) fn forget(&self) {
        *self.0.lock() = State::default();
    }

    /// Tells `hash` with the deltas from now on, or the true one again.
    pub(crate) fn lie(&self, hash: Option<&str>) {
        self.0.lock().wrong_hash = hash.map(str::to_owned);
    }

    /// Lets what changed so far drop out of the delta.
    pub(crate) fn forget_changes(&self) {
        self.0.lock().recent.clear();
    }

    pub(crate) fn status(&self, id: &str) -> Option<InstanceStatus> {
        Some(self.0.lock().instances.get(id)?.status)
    }

    pub(crate) fn get(&self, id: &str) -> Option<InstanceInfo> {
        self.0.lock().instances.get(id).cloned()
    }

    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        let path = asked.path.split('?').next().unwrap_or_default();
        let parts: Vec<_> = path.trim_matches('/').split('/').collect();
        match (&asked.method, parts.as_slice()) {
            (&Method::GET, ["eureka", "apps"]) => self.list(false),
            (&Method::GET, ["eureka", "apps", "delta"]) => self.list(true),
            (&Method::POST, ["eureka", "apps", _]) => {
                let info = eureka_client::wire::json::decode_instance(&asked.body, 0).unwrap();
                self.add(info);
                Reply::status(204)
            }
            (&Method::PUT, ["eureka", "apps", _, id]) => {
                let known = self.0.lock().instances.contains_key(*id);
                Reply::status(if known { 200 } else { 404 })
            }
            (&Method::DELETE, ["eureka", "apps", _, id]) => {
                self.remove(id);
                Reply::status(200)
            }
            _ => Reply::status(404),
        }
    }

    fn list(&self, delta: bool) -> Reply {
        let state = self.0.lock();
        let hash = StatusCounts::tally(state.instances.values()).to_string();
        let hash = if delta { state.wrong_hash.clone().unwrap_or(hash) } else { hash };
        let listed: Vec<InstanceInfo> =
            if delta { state.recent.clone() } else { state.instances.values().cloned().collect() };
        let mut list =
            Applications { version: 1, hashcode: hash.into(), ..Applications::default() };
        for info in listed {
            let name = info.app.clone();
            list.applications.push(Application { name, instances: vec![info] });
        }
        let layout = Layout { format: Format::Json, detail: Detail::Full };
        Reply::json(layout.encode_applications(&list))
    }
}
