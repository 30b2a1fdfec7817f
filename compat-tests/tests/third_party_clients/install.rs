//! Installs the clients from their registries, once, below `compat-tests/.work`.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use compat_tests::paths::{self, FileLock};

/// Folder of the programs around the clients.
pub(crate) fn clients() -> PathBuf {
    paths::package().join("clients")
}

/// A Python that has the packages of `py-eureka-client/requirements.txt`.
pub(crate) fn python() -> Result<PathBuf> {
    let source = clients().join("py-eureka-client");
    let made = installed("python", &source, |folder| {
        let environment = folder.join("venv");
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let mut install = Command::new(environment.join("bin/pip"));
        install.args(["install", "--quiet", "--no-deps", "--requirement"]);
        run(install.arg(source.join("requirements.txt")))
    })?;
    Ok(made.join("venv/bin/python"))
}

/// A `node_modules` folder with the packages of `npm/package.json`.
pub(crate) fn node_modules() -> Result<PathBuf> {
    let source = clients().join("npm");
    let made = installed("npm", &source, |folder| {
        for file in ["package.json", "package-lock.json"] {
            let copy = fs::copy(source.join(file), folder.join(file));
            copy.with_context(|| format!("copying {file}"))?;
        }
        let mut install = Command::new("npm");
        install.args(["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run(install.current_dir(folder))
    })?;
    Ok(made.join("node_modules"))
}

/// The program `name` of the Go module in `go`.
pub(crate) fn go(name: &str) -> Result<PathBuf> {
    let source = clients().join("go");
    let made = installed("go", &source, |folder| {
        let mut build = Command::new("go");
        build.args(["build", "-trimpath", "-o"]).arg(folder).arg("./...");
        run(build.env("GOFLAGS", "-mod=readonly").current_dir(&source))
    })?;
    Ok(made.join(name))
}

/// The program of the package `name` in the cargo workspace `rust`.
pub(crate) fn rust(name: &str) -> Result<PathBuf> {
    let source = clients().join("rust");
    let made = installed("rust", &source, |folder| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--locked", "--quiet", "--target-dir"]).arg(folder.join("target"));
        run(build.current_dir(&source))
    })?;
    Ok(made.join("target/debug").join(name))
}

/// Folder `.work/<name>` after `install` filled it; again when a file of `source` changed.
fn installed(
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
fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| {
        format!("starting {command:?}; compat-tests/clients/install.sh installs what is missing")
    })?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&said));
    }
    Ok(())
}
