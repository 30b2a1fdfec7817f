//! Files as values: the disk, or a map in a test.

use std::collections::BTreeMap;
use std::io::{self, Read as _};

/// Bytes beyond which a configuration file is refused.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// Values beyond which a configuration file is refused.
pub(super) const VALUES_MAX: usize = 10_000;

/// Where configuration files are read from.
pub trait Files {
    /// Content of the file at `path`; `None` when there is no such file.
    ///
    /// # Errors
    /// The file is there and cannot be read, is longer than [`FILE_BYTES_MAX`], or is not UTF-8.
    fn read(&self, path: &str) -> io::Result<Option<String>>;
}

/// The file system, relative paths from the working directory.
#[derive(Clone, Copy, Debug)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> io::Result<Option<String>> {
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        file.take(limit).read_to_end(&mut bytes)?;
        if bytes.len() > FILE_BYTES_MAX {
            return Err(io::Error::other(format!("longer than {FILE_BYTES_MAX} bytes")));
        }
        let text = String::from_utf8(bytes);
        text.map(Some).map_err(|_| io::Error::other("not UTF-8 text"))
    }
}

impl Files for BTreeMap<String, String> {
    fn read(&self, path: &str) -> io::Result<Option<String>> {
        match self.get(path) {
            Some(text) if text.len() > FILE_BYTES_MAX => {
                Err(io::Error::other(format!("longer than {FILE_BYTES_MAX} bytes")))
            }
            found => Ok(found.cloned()),
        }
    }
}
