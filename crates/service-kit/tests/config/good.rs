//! What a single source means: spellings, kinds, lists, maps, placeholders, warnings.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{files, load, yaml};

#[test]
fn defaults_come_from_the_tables_and_the_program() {
    let config = load(&files(&[]));

    assert_eq!(config.get::<u16>("server.port"), Ok(8761));
    assert_eq!(config.get::<f64>("eureka.server.renewal-percent-threshold"), Ok(0.85));
    assert_eq!(
        config.get::<String>("eureka.instance.instance-id"),
        Ok("localhost:8761".to_owned())
    );
    assert_eq!(config.find::<String>("eureka.server.my-url"), Ok(None));
    assert_eq!(config.warnings(), [] as [&str; 0]);
    assert_eq!(config.profiles(), ["default"]);
}

#[test]
fn every_spelling_of_a_key_is_that_key() {
    for spelling in [
        "eureka.server.retention-time-in-m-s-in-delta-queue",
        "eureka.server.retentionTimeInMSInDeltaQueue",
        "eureka.server.retention_time_in_m_s_in_delta_queue",
        "EUREKA.SERVER.RETENTIONTIMEINMSINDELTAQUEUE",
    ] {
        let config = load(&yaml(&format!("{spelling}: 7\n")));
        assert_eq!(
            config.get::<Duration>("eureka.server.retention-time-in-m-s-in-delta-queue"),
            Ok(Duration::from_millis(7)),
            "{spelling}"
        );
    }
}

#[test]
fn every_spelling_of_a_variable_is_its_key() {
    for variable in [
        "EUREKA_SERVER_ENABLESELFPRESERVATION",
        "EUREKA_SERVER_ENABLE_SELF_PRESERVATION",
        "eureka_server_enableselfpreservation",
        "eureka.server.enable-self-preservation",
    ] {
        let config = load(&files(&[]).with_env(&[(variable, "false")]));
        assert_eq!(
            config.get::<bool>("eureka.server.enable-self-preservation"),
            Ok(false),
            "{variable}"
        );
    }
}

#[test]
fn times_take_units_or_the_unit_of_their_key() {
    let config = load(&yaml(
        "eureka.server:\n  eviction-interval-timer-in-ms: 5s\n  \
         expected-client-renewal-interval-seconds: 15\nmyerp.server.idle-timeout: PT1M30S\n",
    ));

    let get = |key| config.get::<Duration>(key).unwrap();
    assert_eq!(get("eureka.server.eviction-interval-timer-in-ms"), Duration::from_secs(5));
    assert_eq!(
        get("eureka.server.expected-client-renewal-interval-seconds"),
        Duration::from_secs(15)
    );
    assert_eq!(get("myerp.server.idle-timeout"), Duration::from_secs(90));
}

#[test]
fn lists_come_with_commas_or_as_elements() {
    let expected = vec!["a".to_owned(), "b".to_owned()];
    let key = "eureka.server.rate-limiter-privileged-clients";
    for sources in [
        yaml("eureka.server.rate-limiter-privileged-clients: a, b\n"),
        yaml("eureka.server.rate-limiter-privileged-clients: [a, b]\n"),
        files(&[("application.properties", &format!("{key}[1]=b\n{key}[0]=a\n"))]),
        files(&[]).with_env(&[
            ("EUREKA_SERVER_RATELIMITERPRIVILEGEDCLIENTS_0", "a"),
            ("EUREKA_SERVER_RATELIMITERPRIVILEGEDCLIENTS_1_", "b"),
        ]),
        files(&[]).with_args(&[&format!("--{key}=a,b")]),
    ] {
        assert_eq!(load(&sources).get::<Vec<String>>(key).as_ref(), Ok(&expected), "{sources:?}");
    }
}

#[test]
fn lists_of_more_than_ten_elements_keep_their_order() {
    let items: Vec<String> = (0..12).map(|index| format!("c{index}")).collect();
    let text = format!("eureka.server.rate-limiter-privileged-clients: [{}]\n", items.join(", "));

    let list = load(&yaml(&text)).get("eureka.server.rate-limiter-privileged-clients");

    assert_eq!(list, Ok(items));
}

#[test]
fn maps_keep_their_keys_as_written() {
    let config = load(&yaml(
        "eureka:\n  instance:\n    metadataMap:\n      myKey: 1\n      my-key: 2\n      \
         \"[a.b]\": 3\n      empty:\n      nested:\n        deep: 4\n  client:\n    \
         availability-zones:\n      eu-west-1: [z1, z2]\n",
    ));

    let expected =
        [("myKey", "1"), ("my-key", "2"), ("a.b", "3"), ("empty", ""), ("nested.deep", "4")];
    let expected: BTreeMap<String, String> =
        expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    assert_eq!(config.map("eureka.instance.metadata-map"), expected);
    assert_eq!(
        config.get::<Vec<String>>("eureka.client.availability-zones.eu-west-1"),
        Ok(vec!["z1".to_owned(), "z2".to_owned()])
    );
}

#[test]
fn a_variable_meets_the_map_entry_that_a_file_spells_its_way() {
    let config = load(
        &yaml("eureka.client.service-url.defaultZone: http://a/\neureka.instance.metadata-map.zoneName: a\n")
            .with_env(&[
                ("EUREKA_CLIENT_SERVICEURL_DEFAULTZONE", "http://b/,http://c/"),
                ("EUREKA_INSTANCE_METADATAMAP_ZONENAME", "b"),
                ("EUREKA_INSTANCE_METADATA_MAP_OTHER", "c"),
            ]),
    );

    assert_eq!(
        config.map("eureka.client.service-url").into_iter().collect::<Vec<_>>(),
        [("defaultZone".to_owned(), "http://b/,http://c/".to_owned())]
    );
    assert_eq!(
        config.map("eureka.instance.metadata-map").into_iter().collect::<Vec<_>>(),
        [("other".to_owned(), "c".to_owned()), ("zoneName".to_owned(), "b".to_owned())]
    );
}

#[test]
fn placeholders_see_keys_variables_defaults_and_what_the_process_knows() {
    let mut sources = yaml(
        "app.url: http://${eureka.instance.hostname}:${server.port}/${app.path:x}/\n\
         eureka.instance.hostname: ${HOST_NAME:fallback}\n\
         eureka.instance.instance-id: ${spring.cloud.client.hostname}/${random.uuid}\n\
         eureka.server.my-url: ${app.url}${UNSET:${app.more:}}\n",
    )
    .with_env(&[("HOST_NAME", "eureka-1"), ("APP_PATH", "from-env")]);
    sources.builtin = vec![("spring.cloud.client.hostname".to_owned(), "box".to_owned())];

    let config = load(&sources);

    assert_eq!(
        config.get::<String>("eureka.server.my-url"),
        Ok("http://eureka-1:8761/from-env/".to_owned())
    );
    let id: String = config.get("eureka.instance.instance-id").unwrap();
    assert_eq!(id.split('/').next(), Some("box"));
    assert_eq!(id.len(), "box/".len() + 36);
    assert_eq!(config.warnings(), [] as [&str; 0]);
}

#[test]
fn a_variable_wins_over_a_file_inside_placeholders_and_arguments_over_both() {
    let sources = yaml("my.host: file\neureka.server.my-url: ${my.host}\n");

    let seen = |sources| load(&sources).get::<String>("eureka.server.my-url").unwrap();
    assert_eq!(seen(sources.clone()), "file");
    assert_eq!(seen(sources.clone().with_env(&[("MY_HOST", "env")])), "env");
    assert_eq!(seen(sources.with_env(&[("MY_HOST", "env")]).with_args(&["--my.host=arg"])), "arg");
}

#[test]
fn empty_values_mean_the_default() {
    let config = load(
        &yaml("server:\n  port:\neureka:\n  server:\n  instance:\n    metadata-map: {}\n")
            .with_env(&[("SERVER_SHUTDOWN", "")]),
    );

    assert_eq!(config.get::<u16>("server.port"), Ok(8761));
    assert_eq!(config.get::<String>("server.shutdown"), Ok("graceful".to_owned()));
}

#[test]
fn older_names_are_the_same_key() {
    for text in [
        "eureka.server.defaultOpenForTrafficCount: 0\n",
        "eureka.instance.registry.defaultOpenForTrafficCount: 0\n",
    ] {
        let config = load(&yaml(text));
        assert_eq!(
            config.get::<u32>("eureka.instance.registry.default-open-for-traffic-count"),
            Ok(0)
        );
    }
    assert_eq!(
        load(&yaml("server.max-http-header-size: 16KB\n"))
            .get::<usize>("server.max-http-request-header-size"),
        Ok(16 << 10)
    );
}

#[test]
fn keys_without_effect_warn_once_they_differ_from_the_default() {
    let silent = load(&yaml("eureka.server.batch-replication: false\n"));
    let loud = load(&yaml("eureka.server.batch-replication: true\n"));

    assert_eq!(silent.warnings(), [] as [&str; 0]);
    assert_eq!(
        loud.warnings(),
        ["application.yml:1: eureka.server.batch-replication has no effect: always batches"]
    );
}

#[test]
fn keys_of_others_are_one_warning() {
    let config = load(&yaml(
        "spring:\n  freemarker:\n    cache: false\n  main.banner-mode: off\nmyown: 1\nused: 2\n\
         eureka.server.my-url: ${used}\n",
    ));

    assert_eq!(
        config.warnings(),
        ["these keys mean nothing here: myown, spring.freemarker.cache, spring.main.banner-mode"]
    );
}

#[test]
fn variables_of_others_do_not_stop_the_start() {
    let config = load(&yaml("eureka.server.my-url: ${EUREKA_SERVER_HOST}\n").with_env(&[
        ("EUREKA_SERVER_HOST", "referenced"),
        // What Kubernetes adds for a service named eureka-server, and one named server.
        ("EUREKA_SERVER_SERVICE_HOST", "10.0.0.7"),
        ("EUREKA_SERVER_SERVICE_PORT", "8761"),
        ("EUREKA_SERVER_SERVICE_PORT_HTTP", "8761"),
        ("EUREKA_SERVER_PORT", "tcp://10.0.0.7:8761"),
        ("EUREKA_SERVER_PORT_8761_TCP", "tcp://10.0.0.7:8761"),
        ("EUREKA_SERVER_PORT_8761_TCP_ADDR", "10.0.0.7"),
        ("SERVER_PORT", "tcp://10.0.0.8:80"),
        ("SERVER_SOFTWARE", "something"),
        ("EUREKA_SERVER_URL", "http://eureka:8761"),
    ]));

    assert_eq!(config.get::<u16>("server.port"), Ok(8761));
    assert_eq!(
        config.warnings(),
        ["these environment variables set no key: SERVER_SOFTWARE, EUREKA_SERVER_URL"]
    );
}

#[test]
fn secrets_are_hidden_wherever_a_configuration_is_shown() {
    let config = load(
        &yaml(
            "myerp.key-password: hunter2\nspring.security.user.password: hunter2\n\
             eureka.client.service-url.defaultZone: http://u:hunter2@a/\n\
             eureka.instance.metadata-map.x: ${APP_TOKEN}\n",
        )
        .with_env(&[("APP_TOKEN", "hunter2")]),
    );

    assert_eq!(config.get::<String>("myerp.key-password"), Ok("hunter2".to_owned()));
    let shown = format!("{config:?} {:?}", config.effective().collect::<Vec<_>>());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("http://***@a/"), "{shown}");
}

#[test]
fn mistakes_of_the_program_are_errors_too() {
    let config = load(&files(&[]));

    assert!(config.get::<bool>("no.such.key").is_err());
    assert!(config.get::<bool>("server.port").is_err());
    assert!(config.get::<String>("eureka.server.my-url").is_err());
}

#[test]
fn active_keys_that_nothing_asks_for_are_known() {
    let config = load(&files(&[]));
    let is_unread = |key| config.unread().contains(&key);

    assert!(is_unread("server.port") && is_unread("eureka.instance.metadata-map.*"));
    assert!(!is_unread("eureka.server.batch-replication"), "it has no effect");
    assert!(!is_unread("spring.profiles.*"), "the configuration reads it");

    assert_eq!(config.get::<u16>("server.port"), Ok(8761));
    let _ = config.map("eureka.instance.metadata-map");
    assert!(!is_unread("server.port") && !is_unread("eureka.instance.metadata-map.*"));
}

fn tree(config: &service_kit::config::Config) -> Vec<(String, String, String)> {
    let all = config.tree("spring.cloud.gateway.*").into_iter();
    all.map(|one| (one.path, one.value, one.origin.to_string())).collect()
}

#[test]
fn a_tree_is_handed_over_as_written_and_in_its_order() {
    let text = "spring.cloud.gateway:\n  routes:\n  - id: b\n    filters:\n    \
                - SetPath=/${remaining}\n    - PrefixPath=/${nobody:x}\n  \
                globalcors:\n    cors-configurations:\n      '[/z/**]': {maxAge: 1}\n      \
                '[/a/**]': {maxAge: 2}\n";
    let shown = |path: &str, value: &str, line: u32| {
        (path.to_owned(), value.to_owned(), format!("application.yml:{line}"))
    };
    let expected = [
        shown("routes[0].id", "b", 3),
        shown("routes[0].filters[0]", "SetPath=/${remaining}", 5),
        shown("routes[0].filters[1]", "PrefixPath=/x", 6),
        shown("globalcors.cors-configurations[/z/**].maxAge", "1", 9),
        shown("globalcors.cors-configurations[/a/**].maxAge", "2", 10),
    ];
    let mut found = tree(&load(&yaml(text)));
    for (_, _, origin) in &mut found {
        *origin = origin.rsplit('/').next().unwrap().to_owned();
    }
    assert_eq!(found, expected);
}

#[test]
fn a_higher_source_replaces_the_outermost_list_of_a_tree() {
    let text = "spring.cloud.gateway.routes:\n- id: a\n  filters: [x, y]\n- id: b\n";
    let environment = [("SPRING_CLOUD_GATEWAY_ROUTES_0_URI", "http://x")];
    let found = tree(&load(&yaml(text).with_env(&environment)));
    let paths: Vec<&str> = found.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(paths, ["routes[0].uri"]);
}
