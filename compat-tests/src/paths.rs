//! Where things lie: this package, the workspace, build results, files that tests leave behind.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use rustix::fs::{FlockOperation, flock};

/// Folder of this package, `compat-tests`.
#[must_use]
pub fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Root folder of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    package().parent().unwrap_or_else(|| package())
}

/// Recorded data and other fixed inputs, `compat-tests/fixtures`.
#[must_use]
pub fn fixtures() -> PathBuf {
    package().join("fixtures")
}

/// Folder `compat-tests/.work/<name>`, made if missing: logs, installed clients, locks. Not versioned.
///
/// # Errors
///
/// When the folder cannot be made.
pub fn work(name: &str) -> Result<PathBuf> {
    let folder = package().join(".work").join(name);
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}

/// Cargo's target folder, in which the running test program lies (`<target>/<profile>/deps/x`).
///
/// # Errors
///
/// When the test program lies elsewhere.
pub fn target() -> Result<PathBuf> {
    let program = std::env::current_exe().context("finding the running test program")?;
    let target = program.ancestors().nth(3).filter(|_| program.parent().is_some_and(is_deps));
    target
        .map(Path::to_path_buf)
        .with_context(|| format!("{} is not in a cargo target folder", program.display()))
}

fn is_deps(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == "deps")
}

/// Holds the named lock until dropped; the tests of other processes wait for it meanwhile.
///
/// The kernel frees the lock when the holder dies, however it dies.
#[derive(Debug)]
#[must_use]
pub struct FileLock(#[expect(dead_code, reason = "closing the file frees the lock")] File);

impl FileLock {
    /// Waits, without limit, until the lock `name` is free and takes it.
    ///
    /// # Errors
    ///
    /// When the lock file cannot be made or locked.
    pub fn take(name: &str) -> Result<Self> {
        let path = work("locks")?.join(name);
        let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
        flock(&file, FlockOperation::LockExclusive)
            .with_context(|| format!("locking {}", path.display()))?;
        Ok(Self(file))
    }
}

/// Every file under `root` for which `wanted` is true, sorted. Folders named in `skipped_folders` are not entered.
///
/// # Errors
///
/// When a folder cannot be read.
pub fn files_under(
    root: &Path,
    skipped_folders: &[&str],
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for entry in entries {
            let path = entry.with_context(|| format!("reading {}", folder.display()))?.path();
            let name = path.file_name().unwrap_or_default();
            if path.is_dir() {
                if !skipped_folders.iter().any(|skipped| name == *skipped) {
                    folders.push(path);
                }
            } else if wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// When `path` was last written; `None` if there is no such file.
#[must_use]
pub fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_where_its_manifest_is() {
        assert!(workspace().join("Cargo.toml").is_file());
    }

    #[test]
    fn sources_are_found_and_skipped_folders_are_not_entered() {
        let rust = |path: &Path| path.extension().is_some_and(|it| it == "rs");

        let all = files_under(package(), &["java", "clients", ".work"], &rust).unwrap();
        let without_src =
            files_under(package(), &["java", "clients", ".work", "src"], &rust).unwrap();

        assert!(all.contains(&package().join("src/paths.rs")), "{all:?}");
        assert!(!without_src.contains(&package().join("src/paths.rs")), "{without_src:?}");
    }

    #[test]
    fn a_lock_keeps_a_second_taker_out() {
        let held = FileLock::take("unit-test").unwrap();
        let second = File::open(work("locks").unwrap().join("unit-test")).unwrap();

        assert!(flock(&second, FlockOperation::NonBlockingLockExclusive).is_err());
        drop(held);
        assert!(flock(&second, FlockOperation::NonBlockingLockExclusive).is_ok());
    }
}
