//! Files as values: the disk, or a map in a test.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::Path;

/// Bytes beyond which a configuration file is refused.
pub const FILE_BYTES_MAX: usize = 16 << 20;

/// Values beyond which a configuration file is refused.
pub(super) const VALUES_MAX: usize = 200_000;

/// Where configuration files are read from.
pub trait Files {
    /// Content of the file at `path`; `None` when there is no such file.
    ///
    /// # Errors
    /// The file is there and cannot be read, is longer than [`FILE_BYTES_MAX`], or is not UTF-8.
    fn read(&self, path: &str) -> io::Result<Option<String>>;

    /// Paths of the files in `folder` and below, from there, without those whose name or folder
    /// begins with a dot; `None` when there is no such folder.
    ///
    /// # Errors
    /// The folder is there and cannot be read, or has more than 10,000 files.
    fn list(&self, folder: &str) -> io::Result<Option<Vec<String>>>;
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

    fn list(&self, folder: &str) -> io::Result<Option<Vec<String>>> {
        let mut found = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(below) = folders.pop() {
            let entries = match std::fs::read_dir(Path::new(folder).join(&below)) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().into_string();
                let name = name.map_err(|_| io::Error::other("a file name is not UTF-8 text"))?;
                if name.starts_with('.') {
                    continue;
                }
                let path = format!("{below}{name}");
                // Through links, as Kubernetes mounts them.
                if entry.path().is_dir() {
                    folders.push(format!("{path}/"))
                } else {
                    found.push(path)
                }
                if found.len().max(folders.len()) > VALUES_MAX {
                    return Err(io::Error::other(format!("more than {VALUES_MAX} files")));
                }
            }
        }
        Ok(Some(found))
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

    fn list(&self, folder: &str) -> io::Result<Option<Vec<String>>> {
        let folder = format!("{}/", folder.trim_end_matches('/'));
        let below = self.keys().filter_map(|path| path.strip_prefix(&folder));
        let found: Vec<String> = below.map(str::to_owned).collect();
        Ok((!found.is_empty()).then_some(found))
    }
}
