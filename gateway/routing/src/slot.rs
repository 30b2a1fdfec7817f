//! What a program keeps with a route.

use std::any::Any;
use std::fmt;
use std::sync::OnceLock;

/// Place for one value of the program's own, filled once. It lives as long as the route, which
/// survives changes of others (DL-11).
#[derive(Default)]
pub struct Slot(OnceLock<Box<dyn Any + Send + Sync>>);

impl Slot {
    /// The value; `None` if it is not there or of another type.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.get()?.downcast_ref()
    }

    /// Puts a value there, unless there is one.
    pub fn fill<T: Any + Send + Sync>(&self, value: T) {
        // Two that fill it at the same time made the same from the same route.
        let _ = self.0.set(Box::new(value));
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slot").field(&self.0.get().is_some()).finish()
    }
}
