//! Sets of methods as one number.

use std::fmt;

use http::Method;

const KNOWN: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
    Method::CONNECT,
];

/// Methods of a route: a bit for each common one, names for others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MethodSet {
    bits: u16,
    others: Vec<Method>,
    /// As written, for showing.
    order: Vec<Method>,
}

impl MethodSet {
    pub(crate) fn insert(&mut self, method: &Method) {
        match bit(method) {
            0 => self.others.push(method.clone()),
            bit => self.bits |= bit,
        }
        self.order.push(method.clone());
    }

    /// Equality: `HEAD` is not implied by `GET` (PR-7).
    pub(crate) fn contains(&self, method: &Method) -> bool {
        self.bits & bit(method) != 0 || (!self.others.is_empty() && self.others.contains(method))
    }
}

fn bit(method: &Method) -> u16 {
    KNOWN.iter().position(|known| known == method).map_or(0, |at| 1 << at)
}

impl fmt::Display for MethodSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, method) in self.order.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(method.as_str())?;
        }
        Ok(())
    }
}
