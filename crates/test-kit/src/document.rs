//! Documents that are committed as a service says them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;

use serde_json::Value;

/// Set to anything to write the committed copies anew instead of comparing.
const RENEW: &str = "RENEW_OPENAPI";

/// Compares `served`, the OpenAPI document of `service`, with its copy in `docs/openapi`: every
/// change of an interface is then seen by whoever reads the change (H-16).
///
/// # Panics
/// They differ; `RENEW_OPENAPI=1` before the same test writes the copy anew.
pub fn is_committed(service: &str, served: &Value) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi");
    let file = folder.join(format!("{service}.json"));
    // Members are sorted by name, so that a change shows as itself.
    let text = format!("{}\n", serde_json::to_string_pretty(served).unwrap());
    if std::env::var_os(RENEW).is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&file, text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == text,
        "docs/openapi/{service}.json is not what the service says (first difference in line {}); \
         if the change is meant: {RENEW}=1 cargo test -p {service}-service --test http document",
        kept.lines().zip(text.lines()).take_while(|(a, b)| a == b).count() + 1
    );
}
