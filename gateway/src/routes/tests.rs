use gateway_routing::{Node, Property};
use service_kit::config::{Config, Sources};

use super::*;
use crate::config::PROGRAM;

fn definition(yaml: &str) -> Definition {
    let files = std::collections::BTreeMap::from([("application.yml".to_owned(), yaml.to_owned())]);
    let config = Config::load(&PROGRAM, &Sources::files(files)).unwrap();
    Definition::read(&config).unwrap().0
}

/// Routes of a file with these ids, each for the path of its name.
fn file(ids: &[&str]) -> Definition {
    let route = |id: &&str| {
        format!("    - {{id: {id}, uri: 'http://localhost:1', predicates: [Path=/{id}]}}\n")
    };
    let routes: String = ids.iter().map(route).collect();
    definition(&format!("spring.cloud.gateway:\n  routes:\n{routes}"))
}

fn made(id: &str, group: &str) -> RouteDefinition {
    let property = |path: &str, value: &str| Property {
        path: path.to_owned(),
        value: value.to_owned(),
        origin: gateway_routing::Origin::unknown(),
    };
    RouteDefinition::read(&Node::from_properties([
        property("id", id),
        property("uri", "http://localhost:2"),
        property("predicates[0]", "Path=/made"),
        property("metadata.group", group),
    ]))
    .unwrap()
}

fn ids(routes: &Routes) -> Vec<String> {
    routes.now().table.routes().iter().map(|route| route.id().to_owned()).collect()
}

#[test]
fn what_did_not_change_keeps_what_hangs_on_it() {
    let (routes, _) = Routes::new(file(&["a", "b"]), &Clock::manual(0)).unwrap();
    let before = routes.now();
    let key = |live: &Live, at| live.attached(at).unwrap().key;
    let (a, b) = (key(&before, 0), key(&before, 1));

    routes.replace(file(&["b", "c"])).unwrap();

    let after = routes.now();
    assert_eq!(ids(&routes), ["b", "c"]);
    // Line numbers are part of a definition only for messages.
    assert_eq!((key(&after, 0), after.generation), (b, 2));
    assert!(key(&after, 1) != a && key(&after, 1) != b);
    assert_eq!(before.table.routes().len(), 2, "a request under way keeps its routes");
}

#[test]
fn a_faulty_configuration_changes_nothing() {
    let (routes, _) = Routes::new(file(&["a"]), &Clock::manual(0)).unwrap();
    let mut faulty = file(&["a", "b"]);
    faulty.gateway.routes[1].uri = "nowhere".to_owned();

    let error = routes.replace(faulty).unwrap_err().to_string();

    assert!(error.contains("application.yml:4") && error.contains("route b"), "{error}");
    assert_eq!((ids(&routes), routes.now().generation), (vec!["a".to_owned()], 1));
}

#[test]
fn saved_routes_wait_for_a_refresh_and_survive_a_reload() {
    let (routes, _) = Routes::new(file(&["a"]), &Clock::manual(0)).unwrap();
    routes.save(vec![made("m", "g1"), made("n", "g2")]).unwrap();
    assert_eq!(ids(&routes), ["a"]);

    routes.refresh(Some(("group", "g1"))).unwrap();
    assert_eq!(ids(&routes), ["a", "m"]);
    routes.refresh(None).unwrap();
    routes.replace(file(&["z"])).unwrap();
    assert_eq!(ids(&routes), ["z", "m", "n"]);

    assert!(routes.forget("m") && !routes.forget("m") && !routes.forget("z"));
    assert_eq!(ids(&routes), ["z", "m", "n"]);
    routes.refresh(None).unwrap();
    assert_eq!(ids(&routes), ["z", "n"]);
}

#[test]
fn a_saved_route_stands_for_the_files_with_its_id() {
    let (routes, _) = Routes::new(file(&["a"]), &Clock::manual(0)).unwrap();
    routes.save(vec![made("a", "g")]).unwrap();
    routes.refresh(None).unwrap();
    let uri = || routes.now().table.route("a").unwrap().definition().uri.clone();
    assert_eq!((ids(&routes).len(), uri().as_str()), (1, "http://localhost:2"));

    routes.forget("a");
    routes.refresh(None).unwrap();
    assert_eq!(uri(), "http://localhost:1");
}

#[test]
fn nothing_is_saved_if_one_of_several_is_wrong() {
    let (routes, _) = Routes::new(file(&["a"]), &Clock::manual(0)).unwrap();
    let mut wrong = made("n", "g");
    wrong.uri = "localhost:8080".to_owned();

    assert!(routes.save(vec![made("m", "g"), wrong]).is_err());

    routes.refresh(None).unwrap();
    assert_eq!(ids(&routes), ["a"]);
}
