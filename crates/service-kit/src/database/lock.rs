//! Where SQLite must not live, and who may change its schema.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock, statfs};

use super::DatabaseError;

/// Magic numbers of file systems whose locks do not hold across machines: NFS, SMB in three
/// generations, FUSE. Source: statfs(2).
const NETWORK: [u64; 5] = [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x6573_5546];

fn failed(path: &Path, reason: &(impl ToString + ?Sized)) -> DatabaseError {
    DatabaseError::File { path: path.display().to_string(), reason: reason.to_string() }
}

/// Refuses a file on a network file system.
pub(super) fn refuse_network_files(path: &Path) -> Result<(), DatabaseError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let kind = statfs(folder).map_err(|error| failed(folder, &error))?.f_type;
    let kind = u64::try_from(kind).unwrap_or_default() & 0xffff_ffff;
    if NETWORK.contains(&kind) {
        return Err(failed(
            path,
            "SQLite loses data on network file systems; use PostgreSQL there",
        ));
    }
    Ok(())
}

/// Waits until no other process changes the schema of `path`; held as long as the file lives.
pub(super) fn for_migration(path: &Path) -> Result<File, DatabaseError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".migrate");
    let name = PathBuf::from(name);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&name);
    let file = file.map_err(|error| failed(&name, &error))?;
    flock(&file, FlockOperation::LockExclusive).map_err(|error| failed(&name, &error))?;
    Ok(file)
}
