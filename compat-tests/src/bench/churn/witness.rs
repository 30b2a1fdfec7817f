//! Looks into a few of the deltas: does each hold the changes acknowledged before it was asked for?

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use serde::Deserialize;

use crate::http::gunzip;

/// Time between two looks; unpacking a large delta takes the generator some milliseconds.
const PAUSE: Duration = Duration::from_millis(250);

/// Who looks, and what was seen.
#[derive(Debug)]
pub struct Witness {
    strict: bool,
    next_look: Mutex<Instant>,
    looked: AtomicU64,
    stale: AtomicU64,
}

#[derive(Deserialize)]
struct Document {
    applications: Applications,
}

#[derive(Deserialize)]
struct Applications {
    application: Vec<Application>,
}

#[derive(Deserialize)]
struct Application {
    instance: Vec<Instance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instance {
    instance_id: String,
    status: String,
}

impl Witness {
    /// A witness who has seen nothing yet. A strict one fails the run at the first stale delta,
    /// another one counts them.
    #[must_use]
    pub fn new(strict: bool) -> Self {
        let next_look = Mutex::new(Instant::now());
        Self { strict, next_look, looked: AtomicU64::new(0), stale: AtomicU64::new(0) }
    }

    /// Whether a stale delta fails the run.
    #[must_use]
    pub const fn is_strict(&self) -> bool {
        self.strict
    }

    /// Whether the next delta should be looked into; true for one caller only.
    #[must_use]
    pub fn is_due(&self) -> bool {
        let now = Instant::now();
        let Some(mut next_look) = self.next_look.try_lock() else { return false };
        let due = now >= *next_look;
        if due {
            *next_look = now + PAUSE;
        }
        due
    }

    /// Looks for instances with their status in a packed delta.
    ///
    /// # Errors
    ///
    /// When the delta cannot be read, or when it is stale and the witness strict.
    pub fn look(&self, packed: &[u8], expected: &[(&str, &str)]) -> Result<()> {
        let delta = gunzip(packed)?;
        let document: Document = serde_json::from_slice(&delta).context("reading a delta")?;
        let applications = document.applications.application.iter();
        let instances = applications.flat_map(|it| &it.instance);
        let found: HashMap<_, _> =
            instances.map(|it| (it.instance_id.as_str(), it.status.as_str())).collect();
        let stale = expected.iter().find(|(id, status)| found.get(id) != Some(status));
        self.looked.fetch_add(1, Ordering::Relaxed);
        if let Some((id, status)) = stale {
            self.stale.fetch_add(1, Ordering::Relaxed);
            if self.strict {
                bail!("{id} was set to {status}, but the delta says {:?}", found.get(id));
            }
        }
        Ok(())
    }

    /// How many deltas were looked into, and how many of them were stale.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.looked.load(Ordering::Relaxed), self.stale.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn delta(status: &str) -> Vec<u8> {
        let document = format!(
            r#"{{"applications":{{"versions__delta":"1","apps__hashcode":"","application":[
               {{"name":"A","instance":[{{"instanceId":"a","status":"{status}"}}]}}]}}}}"#
        );
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(document.as_bytes()).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn a_fresh_delta_is_accepted() {
        let witness = Witness::new(true);

        witness.look(&delta("UP"), &[("a", "UP")]).unwrap();

        assert_eq!(witness.counts(), (1, 0));
    }

    #[test]
    fn a_stale_delta_fails_a_strict_run_and_counts_in_another() {
        let (strict, other) = (Witness::new(true), Witness::new(false));

        assert!(strict.look(&delta("UP"), &[("a", "OUT_OF_SERVICE")]).is_err());
        assert!(strict.look(&delta("UP"), &[("b", "UP")]).is_err());
        other.look(&delta("UP"), &[("b", "UP")]).unwrap();

        assert_eq!(other.counts(), (1, 1));
    }

    #[test]
    fn looks_are_rare() {
        let witness = Witness::new(true);
        let start = Instant::now();
        let due = (0..1_000).filter(|_| witness.is_due()).count();
        let possible = start.elapsed().as_millis() / PAUSE.as_millis() + 1;

        assert!(due >= 1 && due as u128 <= possible + 1, "{due} of {possible}");
    }
}
