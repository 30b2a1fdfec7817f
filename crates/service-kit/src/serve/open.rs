//! File descriptors, of which every connection takes one.

/// Raises the soft limit of open files to the hard one; tells the limit in force.
#[must_use]
pub fn raise_file_limit() -> u64 {
    rlimit::increase_nofile_limit(rlimit::INFINITY).unwrap_or(1024)
}
