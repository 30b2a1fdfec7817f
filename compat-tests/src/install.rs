//! Programs that tests need from package registries, installed once below `compat-tests/.work`.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::paths::{self, FileLock};

/// Folder `.work/<name>` after `install` filled it; again when a file of `source` changed.
///
/// # Errors
///
/// When a file cannot be read or written, or `install` fails.
pub fn installed(
    name: &str,
    source: &Path,
    install: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let _lock = FileLock::take(&format!("install-{name}"))?;
    let folder = paths::work(name)?;
    let stamp = folder.join("installed-from");
    let sources = fingerprint(source)?;
    if !fs::read_to_string(&stamp).is_ok_and(|installed| installed == sources) {
        install(&folder)?;
        fs::write(&stamp, sources).with_context(|| format!("writing {}", stamp.display()))?;
    }
    Ok(folder)
}

/// Folder of the programs of a Python environment `.work/<name>` that has the packages of
/// `requirements.txt` in `source`, and no others.
///
/// # Errors
///
/// When they cannot be installed.
pub fn python(name: &str, source: &Path) -> Result<PathBuf> {
    let made = installed(name, source, |folder| {
        let environment = folder.join("venv");
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let mut install = Command::new(environment.join("bin/pip"));
        install.args(["install", "--quiet", "--no-deps", "--requirement"]);
        run(install.arg(source.join("requirements.txt")))
    })?;
    Ok(made.join("venv/bin"))
}

/// A hash over names and contents of the files below `source`.
fn fingerprint(source: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths::files_under(source, &["target", "node_modules", "__pycache__"], &|_| true)? {
        let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        hasher.write(path.strip_prefix(source).unwrap_or(&path).as_os_str().as_encoded_bytes());
        hasher.write_usize(content.len());
        hasher.write(&content);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Runs an installer; its words are shown only if it fails.
///
/// # Errors
///
/// When it is missing or fails.
pub fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| {
        format!("starting {command:?}; compat-tests/clients/install.sh installs what is missing")
    })?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&said));
    }
    Ok(())
}
