//! Installs the clients from their registries, once, below `compat-tests/.work`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use compat_tests::install::{self, installed, run};
use compat_tests::paths;

/// Folder of the programs around the clients.
pub(crate) fn clients() -> PathBuf {
    paths::package().join("clients")
}

/// A Python that has the packages of `py-eureka-client/requirements.txt`.
pub(crate) fn python() -> Result<PathBuf> {
    Ok(install::python("python", &clients().join("py-eureka-client"))?.join("python"))
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
