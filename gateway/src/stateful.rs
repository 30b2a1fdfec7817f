//! What routes remember between requests.

mod held;

pub(crate) use held::{BodyFault, Held};
