//! The rules of the house that a program can check.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::fs;
use std::path::{Path, PathBuf};

/// Lines a source file may have, tests and comments included.
const LINES_MAX: usize = 400;

/// Packages that are told everything: no runtime, no clock, no log.
const PURE: [&str; 3] = ["crates/eureka-wire", "eureka-server/registry", "gateway/routing"];

/// Packages that wait and log, but are told the time all the same.
const CLOCKLESS: [&str; 1] = ["crates/resource-server"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every Rust file of the repository, with its path from the root.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if path.is_dir() {
                if !name.starts_with('.') && !["target", "node_modules"].contains(&&*name) {
                    walk(&path, found);
                }
            } else if name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    let (root, mut found) = (root(), Vec::new());
    walk(&root, &mut found);
    assert!(found.len() > 50, "the walk lost its way");
    let text = |path: PathBuf| {
        let from_root = path.strip_prefix(&root).unwrap().display().to_string();
        (from_root, fs::read_to_string(path).unwrap())
    };
    found.into_iter().map(text).collect()
}

#[test]
fn files_are_short() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .collect();
    assert!(long.is_empty(), "over {LINES_MAX} lines: {long:?}");
}

#[test]
fn modules_stand_beside_their_folders() {
    let mods: Vec<_> =
        sources().into_iter().map(|(path, _)| path).filter(|p| p.ends_with("/mod.rs")).collect();
    assert!(mods.is_empty(), "{mods:?}");
}

#[test]
fn every_source_file_says_what_it_is() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| {
            let is_test = path.contains("/tests/") || path.ends_with("tests.rs");
            path.contains("/src/") && !is_test && !text.starts_with("//!")
        })
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "no module header: {silent:?}");
}

#[test]
fn pure_packages_have_no_runtime() {
    for package in PURE {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for banned in ["tokio", "hyper", "axum", "tracing", "reqwest", "rand", "service-kit"] {
            let names = dependencies.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
            assert!(!names.into_iter().any(|name| name == banned), "{package} uses {banned}");
        }
    }
}

#[test]
fn packages_that_are_told_the_time_may_not_read_a_clock() {
    const CLOCK_BANS: [&str; 3] =
        ["std::time::SystemTime::now", "std::time::Instant::now", "std::env::var\""];
    let common = fs::read_to_string(root().join("clippy.toml")).unwrap();
    for package in PURE.iter().chain(&CLOCKLESS) {
        let own = fs::read_to_string(root().join(package).join("clippy.toml")).unwrap();
        let kept: Vec<_> =
            own.lines().filter(|line| !CLOCK_BANS.iter().any(|ban| line.contains(ban))).collect();
        assert_eq!(kept, common.lines().collect::<Vec<_>>(), "{package}");
        assert!(CLOCK_BANS.iter().all(|ban| own.contains(ban)), "{package}");
    }
}

#[test]
fn the_server_decides_nothing_about_leases() {
    for (path, text) in sources() {
        if path.starts_with("eureka-server/src/http/") {
            assert!(!text.contains("Lease::"), "{path} holds a lease rule");
        }
        if path.starts_with("crates/eureka-wire/") || path.starts_with("crates/service-kit/") {
            assert!(!text.contains("eureka_registry"), "{path} reaches up");
        }
    }
}
