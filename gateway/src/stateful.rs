//! What routes remember between requests, and the filters that need it.
//!
//! A [`Plan`] hangs on each route and is made with it. What routes share (breakers of one name,
//! services, caches) is in the [`State`] of the process and stays through reloads (BY-6).

mod balance;
mod breaker;
mod budget;
mod cache;
mod held;
mod limiter;
mod plan;
mod relay;
mod settings;
mod state;

pub(crate) use balance::{Asked, Asking, Failure, HealthRule, Service};
pub(crate) use breaker::Shown;
pub(crate) use cache::{Cache, Found, Recording, may_answer};
pub(crate) use held::{BodyFault, Held, Keeper};
pub(crate) use limiter::{Limit, Verdict};
pub(crate) use plan::{Guarded, Kind, Plan};
pub(crate) use relay::TokenClient;
pub(crate) use settings::{KEYS, OWN_KEYS, StatefulSettings};
pub(crate) use state::State;
