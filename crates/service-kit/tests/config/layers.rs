//! Which source wins: files, profiles, imports, environment, JSON, arguments.

use service_kit::config::Sources;

use crate::{Memory, files, load, refusal, yaml};

fn port(sources: &Sources<Memory>) -> u16 {
    load(sources).get("server.port").unwrap()
}

#[test]
fn later_sources_win() {
    let mut all = files(&[]);
    let mut add = |path: &str, port: u16| {
        all.files.insert(path.to_owned(), format!("server.port: {port}\n"));
        all.clone()
    };
    assert_eq!(port(&add("application.yaml", 1)), 1);
    assert_eq!(port(&add("application.yml", 2)), 2);
    assert_eq!(port(&add("application.properties", 3)), 3);
    assert_eq!(port(&add("config/application.yml", 4)), 4);
    assert_eq!(port(&add("application-default.yml", 5)), 5);
    let all = all.with_env(&[("SERVER_PORT", "6")]);
    assert_eq!(port(&all), 6);
    let all = all.with_env(&[
        ("SERVER_PORT", "6"),
        ("SPRING_APPLICATION_JSON", "{\"server\":{\"port\":7}}"),
    ]);
    assert_eq!(port(&all), 7);
    assert_eq!(port(&all.with_args(&["--server.port=1", "--server.port=8"])), 8);
}

#[test]
fn a_later_list_replaces_an_earlier_one_as_a_whole() {
    let sources = files(&[
        ("application.yml", "eureka.server.rate-limiter-privileged-clients: [a, b, c]\n"),
        ("application-x.yml", "eureka.server.rate-limiter-privileged-clients: [d]\n"),
    ])
    .with_args(&["--spring.profiles.active=x"]);

    let list = load(&sources).get::<Vec<String>>("eureka.server.rate-limiter-privileged-clients");

    assert_eq!(list, Ok(vec!["d".to_owned()]));
}

#[test]
fn documents_apply_by_profile_and_the_last_one_wins() {
    let sources = yaml(
        "server.port: 1\n---\nspring.config.activate.on-profile: prod\nserver.port: 2\n---\n\
         spring.config.activate.on-profile: \"prod & eu\"\nserver.port: 3\n---\n\
         spring.config.activate.on-profile: [dev, test]\nserver.port: 4\n",
    );
    for (profiles, expected) in [("other", 1), ("prod", 2), ("prod,eu", 3), ("test", 4)] {
        let active = format!("--spring.profiles.active={profiles}");
        assert_eq!(port(&sources.clone().with_args(&[&active])), expected, "{profiles}");
    }
}

#[test]
fn profiles_come_from_files_groups_and_includes() {
    let sources = files(&[
        (
            "application.yml",
            "spring:\n  profiles:\n    active: prod\n    include: [common]\n    group:\n      \
             prod: [db, mq]\nserver.port: 1\n",
        ),
        ("application-mq.properties", "server.port=5\n"),
        ("application-db.yml", "server.port: 4\n"),
    ]);

    let config = load(&sources);

    assert_eq!(config.profiles(), ["prod", "db", "mq", "common"]);
    assert_eq!(config.get::<u16>("server.port"), Ok(5));
    let other = sources.with_env(&[("SPRING_PROFILES_ACTIVE", "db")]);
    assert_eq!(load(&other).profiles(), ["db", "common"]);
    assert_eq!(load(&other).warnings(), [] as [&str; 0]);
}

#[test]
fn a_location_replaces_and_an_additional_location_adds() {
    let sources = files(&[
        ("application.yml", "server.port: 1\n"),
        ("/etc/demo/demo.yml", "server.port: 2\n"),
        ("/etc/demo/demo-prod.yml", "server.port: 3\n"),
        ("/etc/dir/application.yml", "eureka.server.my-url: dir\n"),
    ]);
    let seen = |args: &[&str]| {
        let config = load(&sources.clone().with_args(args));
        let url = config.find::<String>("eureka.server.my-url").unwrap();
        (config.get::<u16>("server.port").unwrap(), url.unwrap_or_default())
    };

    assert_eq!(seen(&["--spring.config.location=/etc/demo/demo.yml"]), (2, String::new()));
    assert_eq!(
        seen(&[
            "--spring.config.location=file:/etc/demo/demo.yml",
            "--spring.profiles.active=prod"
        ]),
        (3, String::new())
    );
    assert_eq!(
        seen(&["--spring.config.location=classpath:/,optional:gone.yml,/etc/dir/"]),
        (8761, "dir".to_owned())
    );
    assert_eq!(seen(&["--spring.config.additional-location=/etc/dir/"]), (1, "dir".to_owned()));
    let env = [("SPRING_CONFIG_ADDITIONAL_LOCATION", "file:/etc/dir/")];
    let config = load(&sources.clone().with_env(&env));
    assert_eq!(config.get::<String>("eureka.server.my-url"), Ok("dir".to_owned()));
    assert_eq!(config.warnings(), [] as [&str; 0]);
}

#[test]
fn another_name_of_the_files_can_be_chosen() {
    let sources =
        files(&[("application.yml", "server.port: 1\n"), ("demo.yml", "server.port: 2\n")]);

    assert_eq!(port(&sources.with_env(&[("SPRING_CONFIG_NAME", "demo")])), 2);
}

#[test]
fn imports_come_right_after_the_document_that_asks() {
    let sources = files(&[
        (
            "application.yml",
            "server.port: 1\nspring.config.import: [\"optional:file:./more.yml\", \
             \"optional:configserver:http://c\", \"optional:gone.yml\"]\n---\n\
             eureka.server.my-url: last\n",
        ),
        ("more.yml", "server.port: 2\neureka.server.my-url: imported\n"),
    ]);

    let config = load(&sources);

    assert_eq!(config.get::<u16>("server.port"), Ok(2));
    assert_eq!(config.get::<String>("eureka.server.my-url"), Ok("last".to_owned()));
    assert_eq!(
        config.warnings(),
        ["application.yml:2: optional:configserver:http://c is not imported"]
    );
}

#[test]
fn documents_can_be_for_kubernetes_only() {
    let sources = yaml(
        "server.port: 1\n---\nspring.config.activate.on-cloud-platform: kubernetes\n\
         server.port: 2\n",
    );

    assert_eq!(port(&sources), 1);
    assert_eq!(port(&sources.with_env(&[("KUBERNETES_SERVICE_HOST", "10.0.0.1")])), 2);
}

#[test]
fn the_place_of_a_value_is_known() {
    let config = load(
        &yaml("server:\n  port: 1\n")
            .with_env(&[("SERVER_SHUTDOWN", "immediate")])
            .with_args(&["--eureka.server.my-url=x"]),
    );
    let place = |key| config.origin(key).unwrap().to_string();

    assert_eq!(place("server.port"), "application.yml:2");
    assert_eq!(place("server.shutdown"), "environment variable SERVER_SHUTDOWN");
    assert_eq!(place("eureka.server.my-url"), "argument --eureka.server.my-url");
    assert_eq!(place("myerp.server.workers"), "default");
    assert!(config.is_set("server.port") && !config.is_set("myerp.server.workers"));
}

#[test]
fn files_import_files_up_to_a_depth() {
    let mut sources = files(&[("application.yml", "spring.config.import: f1.yml\n")]);
    let mut import = |from: usize, text: String| {
        sources.files.insert(format!("f{from}.yml"), text);
        sources.clone()
    };
    for from in 1..8 {
        let _ = import(from, format!("spring.config.import: f{}.yml\n", from + 1));
    }

    assert_eq!(port(&import(8, "server.port: 8\n".to_owned())), 8);
    let _ = import(9, "server.port: 9\n".to_owned());
    let deeper = import(8, "spring.config.import: f9.yml\n".to_owned());
    assert_eq!(refusal(&deeper), ["f8.yml:1: imports nest more than 8 deep"]);
}
