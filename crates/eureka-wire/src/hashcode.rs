//! `apps__hashcode`: how many instances have which status (rule 3.8).

use std::fmt::{self, Display};

use crate::{InstanceInfo, InstanceStatus};

/// Number of instances by status; displayed as `apps__hashcode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts([u32; InstanceStatus::ALL.len()]);

impl StatusCounts {
    /// Counts one more instance of `status`.
    pub fn add(&mut self, status: InstanceStatus) {
        if let Some(count) = self.0.get_mut(status as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// Counts one instance of `status` less.
    pub fn remove(&mut self, status: InstanceStatus) {
        if let Some(count) = self.0.get_mut(status as usize) {
            *count = count.saturating_sub(1);
        }
    }

    /// Number of instances with `status`.
    #[must_use]
    pub fn of(&self, status: InstanceStatus) -> u32 {
        self.0.get(status as usize).copied().unwrap_or_default()
    }

    /// Number of all instances.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.0.iter().sum()
    }

    /// Counts of `instances`.
    pub fn tally<'a>(instances: impl IntoIterator<Item = &'a InstanceInfo>) -> Self {
        let mut counts = Self::default();
        for instance in instances {
            counts.add(instance.status);
        }
        counts
    }
}

impl Display for StatusCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for status in InstanceStatus::ALL {
            let count = self.of(status);
            if count > 0 {
                write!(f, "{}_{count}_", status.as_str())?;
            }
        }
        f.write_str("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_statuses_by_name_and_leaves_out_the_empty_ones() {
        let mut counts = StatusCounts::default();
        assert_eq!(counts.to_string(), "");
        for status in [InstanceStatus::Up, InstanceStatus::Down, InstanceStatus::Up] {
            counts.add(status);
        }
        counts.add(InstanceStatus::OutOfService);
        counts.add(InstanceStatus::Starting);
        counts.remove(InstanceStatus::Starting);

        assert_eq!(counts.to_string(), "DOWN_1_OUT_OF_SERVICE_1_UP_2_");
        assert_eq!(counts.total(), 4);
    }
}
