//! What `Dockerfile` says.

use std::collections::BTreeMap;
use std::fs;

use compat_tests::paths;
use serde_json::Value;

/// A stage that makes an image.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    /// The program.
    pub(crate) entrypoint: String,
    /// Command of its health check.
    pub(crate) health: Vec<String>,
    /// Ports it listens on.
    pub(crate) ports: Vec<u16>,
    /// Files of the sources that it has where it works, by their names there.
    pub(crate) files: Vec<(String, String)>,
}

fn dockerfile() -> String {
    let text = fs::read_to_string(paths::workspace().join("Dockerfile")).unwrap();
    // Lines that go on are one.
    text.replace("\\\n", " ")
}

/// Stages by name.
pub(crate) fn stages() -> BTreeMap<String, Stage> {
    let words = |json: &str| -> Vec<String> {
        let words: Value = serde_json::from_str(json.trim()).unwrap();
        words.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let mut stages = BTreeMap::<String, Stage>::new();
    let mut current = String::new();
    for line in dockerfile().lines().filter(|line| !line.starts_with('#')) {
        let (instruction, rest) = line.split_once(' ').unwrap_or((line, ""));
        let stage = stages.entry(current.clone()).or_default();
        match instruction {
            "FROM" => rest.rsplit(' ').next().unwrap().clone_into(&mut current),
            "ENTRYPOINT" => words(rest).concat().clone_into(&mut stage.entrypoint),
            "EXPOSE" => stage.ports.push(rest.parse().unwrap()),
            "COPY" if !rest.starts_with("--") => {
                if let Some((from, to)) = rest.split_once(" /service/") {
                    stage.files.push((from.to_owned(), to.to_owned()));
                }
            }
            "HEALTHCHECK" => stage.health = words(rest.split_once("CMD").unwrap().1),
            _ => {}
        }
    }
    stages.retain(|_, stage| !stage.entrypoint.is_empty());
    stages
}

#[test]
fn each_program_has_an_image_that_checks_itself() {
    let stages = stages();
    let names: Vec<_> = stages.keys().map(String::as_str).collect();
    assert_eq!(names, ["eureka-server", "gateway", "partner-service", "product-service"]);
    let text = dockerfile();
    for (name, stage) in &stages {
        assert_eq!(stage.entrypoint, format!("/usr/local/bin/{name}"));
        assert_eq!(stage.health, [stage.entrypoint.as_str(), "--health-check"]);
        assert_eq!(stage.ports.len(), 1, "{name}");
        assert!(text.contains(&format!("--package {name}")), "{name} is not built");
        assert!(text.contains(&format!("COPY --from=build /programs/{name} ")), "{name}");
    }
    assert!(text.contains("\nUSER 65532:65532\n"), "programs run as root");
    let toolchain = fs::read_to_string(paths::workspace().join("rust-toolchain.toml")).unwrap();
    let version = toolchain.split("channel = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(text.contains(&format!("FROM rust:{version}-")), "another Rust than {version}");
}

// What is not sent to the engine cannot be built there.
#[test]
fn everything_that_is_built_is_sent() {
    let ignored = fs::read_to_string(paths::workspace().join(".dockerignore")).unwrap();
    let sent: Vec<_> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let manifest = fs::read_to_string(paths::workspace().join("Cargo.toml")).unwrap();
    let members = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    for member in members.split(',').map(|member| member.trim().trim_matches('"')) {
        let folder = member.split('/').next().unwrap();
        assert!(sent.iter().any(|path| path.split('/').next() == Some(folder)), "{member}");
    }
    for path in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "migrations"] {
        assert!(sent.contains(&path), "{path}");
    }
}
