use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tracing::{debug, error, info, info_span, warn};

use super::*;
use crate::config::keys::{LOGGING, SPRING};
use crate::config::{Program, Sources};

const PROGRAM: Program = Program {
    name: "demo",
    version: "1.0",
    about: "a demonstration",
    keys: &[LOGGING, SPRING],
    owned: &[],
    defaults: &[("spring.application.name", "demo")],
};

/// The lines that `log` writes under these settings.
fn lines(settings: &[&str], log: impl FnOnce()) -> Vec<String> {
    let sources = Sources::files(BTreeMap::new()).with_args(settings);
    let config = Config::load(&PROGRAM, &sources).expect("a configuration");
    let written = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&written);
    let clock = Clock::manual(1_709_210_096_007);
    let subscriber = subscriber(&config, &clock, false, move |line| sink.lock().push_str(line));
    tracing::subscriber::with_default(subscriber.expect("a subscriber"), log);
    let written = written.lock();
    written.lines().map(str::to_owned).collect()
}

fn json_line(format: &str, log: impl FnOnce()) -> Value {
    let lines = lines(&[&format!("--logging.structured.format.console={format}")], log);
    assert_eq!(lines.len(), 1);
    serde_json::from_str(&lines[0]).expect("JSON")
}

#[test]
fn text_lines_have_time_level_target_message_and_fields() {
    let lines = lines(&[], || {
        info!(target: "eureka_server::http", port = 8761, path = "/eureka/apps", "listening");
        warn!(target: "t", text = "two words", empty = "", flag = true);
    });

    assert_eq!(
        lines,
        [
            "2024-02-29T12:34:56.007Z  INFO eureka_server::http : listening port=8761 \
             path=/eureka/apps",
            "2024-02-29T12:34:56.007Z  WARN t :  text=\"two words\" empty=\"\" flag=true",
        ]
    );
}

#[test]
fn nothing_a_client_sends_begins_a_new_line() {
    let evil = "a\r\n2024 INFO root : you were hacked\u{1b}[2J";

    let lines = lines(&[], || {
        info!(target: "t", app = evil, "registered {evil}");
        info!(target: "t", app = ?evil);
        info!(target: "t", app = %evil);
    });

    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| !line.contains(['\r', '\u{1b}'])), "{lines:?}");
}

#[test]
fn what_only_some_take_for_a_line_end_is_escaped_in_every_form() {
    let evil = "a\u{85}b\u{2028}c\u{2029}d\u{202e}e\u{7f}한";
    for format in ["", "ecs", "gelf", "logstash"] {
        let key = format!("--logging.structured.format.console={format}");
        let settings = if format.is_empty() { vec![] } else { vec![key.as_str()] };
        let lines = lines(&settings, || info!(evil, "told {evil}"));
        assert_eq!(lines.len(), 1, "{format}");
        assert!(lines[0].contains('한') && lines[0].contains("\\u2028c"), "{format}: {}", lines[0]);
        let raw = lines[0].contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{202e}', '\u{7f}']);
        assert!(!raw, "{format}: {}", lines[0]);
        if !format.is_empty() {
            let read: Value = serde_json::from_str(&lines[0]).expect("JSON");
            assert!(read.to_string().contains(evil), "{format}: what is read is what was said");
        }
    }
}

#[test]
fn levels_follow_the_keys() {
    let log = || {
        debug!(target: "eureka_server::http", "a");
        info!(target: "eureka_server::http", "b");
        debug!(target: "hyper", "c");
        info!(target: "hyper", "d");
        error!(target: "hyper", "e");
        debug!(target: "other", "f");
    };
    let seen = |settings: &[&str]| -> String {
        let lines = lines(settings, log);
        lines.iter().filter_map(|line| line.chars().last()).collect()
    };

    assert_eq!(seen(&[]), "bde");
    assert_eq!(seen(&["--logging.level.root=debug"]), "abcdef");
    assert_eq!(seen(&["--logging.level.root=warn", "--logging.level.eureka_server=debug"]), "abe");
    assert_eq!(
        seen(&["--logging.level.eureka-server.http=TRACE", "--logging.level.hyper=OFF"]),
        "ab"
    );
    assert_eq!(seen(&["--logging.level.root=off"]), "");
    assert_eq!(seen(&["--logging.level.com.netflix.eureka=off"]), "bde");
}

#[test]
fn fields_of_spans_are_on_every_line_and_the_inner_one_wins() {
    let lines = lines(&[], || {
        let outer = info_span!("request", id = 1, user = tracing::field::Empty);
        let _outer = outer.enter();
        outer.record("user", "anna");
        let _inner = info_span!("lookup", id = 2).entered();
        info!(target: "t", found = true, "done");
    });

    assert_eq!(lines, ["2024-02-29T12:34:56.007Z  INFO t : done found=true id=2 user=anna"]);
}

#[test]
fn secrets_are_masked_in_every_form() {
    for format in ["", "ecs", "gelf", "logstash"] {
        let setting = format!("--logging.structured.format.console={format}");
        let lines = lines(&[&setting], || {
            info!(target: "t", password = "hunter2", api_token = ?"hunter2", user = "anna", "login");
        });
        assert!(!lines[0].contains("hunter2"), "{}", lines[0]);
        assert!(lines[0].contains("anna"), "{}", lines[0]);
    }
}

#[test]
fn ecs_lines_are_nested() {
    let line = json_line("ecs", || info!(target: "t", port = 1, message2 = "x", "hello\nyou"));

    assert_eq!(line["@timestamp"], "2024-02-29T12:34:56.007Z");
    assert_eq!(line["log"], json!({ "level": "INFO", "logger": "t" }));
    assert_eq!(line["service"], json!({ "name": "demo" }));
    assert_eq!(line["process"]["pid"], std::process::id());
    assert_eq!(line["message"], "hello\nyou");
    assert_eq!(line["port"], 1);
    assert_eq!(line["ecs"], json!({ "version": "8.11" }));
}

#[test]
fn logstash_lines_have_both_levels() {
    let line = json_line("logstash", || warn!(target: "t", level = "mine", "m"));

    assert_eq!(line["level"], "WARN");
    assert_eq!(line["level_value"], 30_000);
    assert_eq!(line["logger_name"], "t");
    assert_eq!(line["@version"], "1");
    assert_eq!(line["field.level"], "mine");
}

#[test]
fn gelf_fields_begin_with_an_underscore() {
    let line = json_line("gelf", || error!(target: "t", id = 7, port = 1));

    assert_eq!(line["version"], "1.1");
    assert_eq!(line["host"], "demo");
    assert_eq!(line["short_message"], "(no message)");
    assert_eq!(line["timestamp"], 1_709_210_096.007);
    assert_eq!(line["level"], 3);
    assert_eq!(line["_port"], 1);
    assert_eq!(line["_field.id"], 7);
    assert_eq!(line["_id"], Value::Null);
}

#[test]
fn errors_are_logged_with_their_causes() {
    #[derive(Debug, thiserror::Error)]
    #[error("cannot start")]
    struct Outer(#[source] std::fmt::Error);

    let outer = Outer(std::fmt::Error);
    let lines = lines(&[], || {
        let error: &(dyn std::error::Error + 'static) = &outer;
        error!(target: "t", error, "stopped");
    });

    let cause = std::fmt::Error.to_string();
    assert!(
        lines[0].ends_with(&format!("stopped error=\"cannot start: {cause}\"")),
        "{}",
        lines[0]
    );
}
