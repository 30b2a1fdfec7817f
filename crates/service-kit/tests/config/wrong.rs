//! Every wrong configuration is refused at its exact place, with the nearest real key.

use crate::{files, refusal, yaml};

/// File content and the one message it must give.
const WRONG_FILES: &[(&str, &str)] = &[
    // Keys that do not exist.
    (
        "eureka:\n  server:\n    enable-self-preservaton: false\n",
        "application.yml:3: eureka.server.enable-self-preservaton is not a key; did you mean \
         eureka.server.enable-self-preservation?",
    ),
    (
        "server:\n  prot: 8761\n",
        "application.yml:2: server.prot is not a key; did you mean server.port?",
    ),
    (
        "eureka.sever.renewalPercentThreshold: 0.5\n",
        "application.yml:1: eureka.sever.renewalPercentThreshold is not a key; did you mean \
         eureka.server.renewal-percent-threshold?",
    ),
    ("eureka.nonsense: 1\n", "application.yml:1: eureka.nonsense is not a key"),
    (
        "management.endpoints.web.exposure.includes: '*'\n",
        "application.yml:1: management.endpoints.web.exposure.includes is not a key; did you mean \
         management.endpoints.web.exposure.include?",
    ),
    ("server:\n  port:\n    http: 1\n", "application.yml:3: server.port.http is not a key"),
    ("server: 8761\n", "application.yml:1: server takes keys under it, not a value"),
    // Values that do not parse.
    (
        "server:\n  port: 87611\n",
        "application.yml:2: server.port: \"87611\" is not a whole number from 0 to 65535",
    ),
    (
        "server:\n  port: eight\n",
        "application.yml:2: server.port: \"eight\" is not a whole number from 0 to 65535",
    ),
    (
        "eureka.server.enable-self-preservation: maybe\n",
        "application.yml:1: eureka.server.enable-self-preservation: \"maybe\" is not true or false",
    ),
    (
        "eureka.server.renewal-percent-threshold: 85\n",
        "application.yml:1: eureka.server.renewal-percent-threshold: \"85\" is not a number from 0 \
         to 1",
    ),
    (
        "eureka.server.eviction-interval-timer-in-ms: 0\n",
        "application.yml:1: eureka.server.eviction-interval-timer-in-ms: \"0\" is not a time of at \
         least 1 ms",
    ),
    (
        "myerp.server.idle-timeout: 60 seconds\n",
        "application.yml:1: myerp.server.idle-timeout: \"60 seconds\" is not a time such as 500ms, \
         10s, 5m or PT10S",
    ),
    (
        "myerp.server.max-body-bytes: 2 megs\n",
        "application.yml:1: myerp.server.max-body-bytes: \"2 megs\" is not a size such as 512KB or \
         2MB",
    ),
    (
        "server.shutdown: slowly\n",
        "application.yml:1: server.shutdown: \"slowly\" is not one of graceful, immediate",
    ),
    (
        "eureka.client.service-url.defaultZone: localhost:8761/eureka\n",
        "application.yml:1: eureka.client.service-url.defaultZone: \"localhost:8761/eureka\" is not \
         a list of http:// or https:// URLs",
    ),
    (
        "eureka.client.service-url.defaultZone: http://u:hunter2@host:99999/\n",
        "application.yml:1: eureka.client.service-url.defaultZone: \"http://***@host:99999/\" is not \
         a list of http:// or https:// URLs",
    ),
    (
        "server.address: http://0.0.0.0\n",
        "application.yml:1: server.address: \"http://0.0.0.0\" is not a host name or an IP address",
    ),
    (
        "logging.level.root: loud\n",
        "application.yml:1: logging.level.root: \"loud\" is not one of trace, debug, info, warn, \
         error, fatal, off, false",
    ),
    (
        "myerp.secret-number: hunter2\n",
        "application.yml:1: myerp.secret-number: its value is not a whole number from 0 to 9",
    ),
    // Shapes.
    (
        "server:\n  port:\n    - 1\n    - 2\n",
        "application.yml:3: server.port takes one value, not a list",
    ),
    ("server:\n  port: 1\n  port: 2\n", "application.yml:3: port is given twice in the same place"),
    (
        "eureka.server.my-url: a\neureka.server.myUrl: b\n",
        "application.yml:2: eureka.server.myUrl is given twice: eureka.server.my-url says otherwise \
         at application.yml:1",
    ),
    (
        "eureka:\n  server:\n    rate-limiter-privileged-clients[1]: b\n",
        "application.yml:3: eureka.server.rate-limiter-privileged-clients has no element 0 before \
         eureka.server.rate-limiter-privileged-clients[1]",
    ),
    (
        "server:\n\tport: 1\n",
        "application.yml:2: not valid YAML: tabs disallowed within this context (block indentation)",
    ),
    // Placeholders.
    (
        "server.port: ${PORT}\n",
        "application.yml:1: server.port: ${PORT} is defined nowhere and has no default (write \
         ${PORT:...} to give one)",
    ),
    (
        "a: ${b}\nb: ${a}\neureka.server.my-url: ${a}\n",
        "application.yml:3: eureka.server.my-url: a -> b -> a refers to itself",
    ),
    (
        "eureka.server.my-url: ${HOME\n",
        "application.yml:1: eureka.server.my-url: `${` without its closing brace",
    ),
    // What it would be unsafe to ignore.
    (
        "server.ssl.key-store: keystore.p12\n",
        "application.yml:1: server.ssl.key-store is not supported: Java key stores are not read; \
         set server.ssl.certificate and certificate-private-key to PEM files (`openssl pkcs12 -in store.p12 \
         -nodes`)",
    ),
    (
        "management.server.port: 9090\n",
        "application.yml:1: management.server.port is not supported: the actuator answers on \
         server.port; it has no port of its own",
    ),
    // Profiles and imports.
    (
        "spring.profiles: prod\nserver.port: 1\n",
        "application.yml:1: spring.profiles is not a key; did you mean \
         spring.config.activate.on-profile?",
    ),
    (
        "a: 1\n---\nspring.config.activate.on-profile: a & b | c\n",
        "application.yml:3: spring.config.activate.on-profile: & and | need parentheses between \
         them",
    ),
    (
        "a: 1\n---\nspring:\n  config.activate.on-profile: x\n  profiles.active: y\n",
        "application.yml:5: spring.profiles.active cannot be set in a document that is for some \
         profiles only",
    ),
    ("x: 1\nspring.config.import: other.yml\n", "application.yml:2: other.yml does not exist"),
    (
        "spring.config.import: configserver:http://c\n",
        "application.yml:1: spring.config.import: \"configserver:http://c\" is not a file",
    ),
    ("spring.config.import: application.yml\n", "application.yml:1: imports nest more than 8 deep"),
];

#[test]
fn wrong_files_are_refused_at_their_line() {
    assert!(WRONG_FILES.len() >= 20);
    for (text, message) in WRONG_FILES {
        assert_eq!(refusal(&yaml(text)), [*message], "for {text:?}");
    }
}

#[test]
fn wrong_arguments_are_refused_by_name() {
    for (arg, message) in [
        (
            "--server.port=x",
            "argument --server.port: server.port: \"x\" is not a whole number from 0 to 65535",
        ),
        (
            "--server.prt=1",
            "argument --server.prt: server.prt is not a key; did you mean server.port?",
        ),
        ("--server.port", "argument --server.port: needs =value: --server.port=..."),
        ("server.port=1", "argument \"server.port=1\" is not of the form --key=value"),
        ("--", "argument \"--\" is not of the form --key=value"),
        ("--spring.config.location=gone.yml", "gone.yml does not exist"),
        ("--spring.application.json={", "SPRING_APPLICATION_JSON: not valid JSON at column 1"),
        ("--spring.application.json=[]", "SPRING_APPLICATION_JSON: must be a JSON object"),
        (
            "--spring.application.json={\"server\":{\"port\":-1}}",
            "SPRING_APPLICATION_JSON: server.port: \"-1\" is not a whole number from 0 to 65535",
        ),
    ] {
        assert_eq!(refusal(&files(&[]).with_args(&[arg])), [message], "for {arg}");
    }
    assert_eq!(
        refusal(&files(&[]).with_args(&["--server.port", "8761"])),
        ["argument --server.port: needs an = before its value: --server.port=..."]
    );
}

#[test]
fn wrong_variables_are_refused_by_name() {
    for (name, value, message) in [
        (
            "SERVER_PORT",
            "http",
            "environment variable SERVER_PORT: server.port: \"http\" is not a whole number from 0 \
             to 65535",
        ),
        (
            "EUREKA_SERVER_ENABLESELFPRESERVATON",
            "false",
            "environment variable EUREKA_SERVER_ENABLESELFPRESERVATON: sets no key; did you mean \
             EUREKA_SERVER_ENABLESELFPRESERVATION?",
        ),
        ("MYERP_WHATEVER", "1", "environment variable MYERP_WHATEVER: sets no key"),
        (
            "eureka.server.no-such",
            "1",
            "environment variable eureka.server.no-such: eureka.server.no-such is not a key",
        ),
    ] {
        assert_eq!(refusal(&files(&[]).with_env(&[(name, value)])), [message], "for {name}");
    }
}

#[test]
fn all_faults_are_reported_at_once() {
    let sources = files(&[
        ("application.yml", "server:\n  port: x\n  sutdown: graceful\n"),
        ("application.properties", "a=1\neureka.server.batch-replication=2\n"),
    ])
    .with_env(&[("EUREKA_INSTANCE_REGISTRY_DEFAULTOPENFORTRAFFICCOUNT", "-1")])
    .with_args(&["--myerp.server.workers=many"]);

    let mut places: Vec<String> = refusal(&sources)
        .iter()
        .map(|message| message.split(": ").next().unwrap().to_owned())
        .collect();

    places.sort();
    assert_eq!(
        places,
        [
            "application.properties:2",
            "application.yml:2",
            "application.yml:3",
            "argument --myerp.server.workers",
            "environment variable EUREKA_INSTANCE_REGISTRY_DEFAULTOPENFORTRAFFICCOUNT",
        ]
    );
}

#[test]
fn a_secret_is_never_part_of_a_message() {
    let sources = yaml("server.port: ${DB_PASSWORD}\n").with_env(&[("DB_PASSWORD", "hunter2")]);

    assert_eq!(
        refusal(&sources),
        ["application.yml:1: server.port: its value is not a whole number from 0 to 65535"]
    );
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let text = format!("a: {}\n", "x".repeat(16 << 20));

    assert_eq!(refusal(&yaml(&text)), ["application.yml: longer than 16777216 bytes"]);
}
