use super::*;
use crate::Property;

fn gateway(pairs: &[(&str, &str)]) -> GatewayDefinition {
    let tree = Node::from_properties(pairs.iter().map(|(path, value)| Property {
        path: format!("discovery.locator.{path}"),
        value: (*value).to_owned(),
        origin: Origin::new("a.yml:1"),
    }));
    GatewayDefinition::read(tree).unwrap()
}

fn instance(service: &str, id: &str, metadata: &[(&str, &str)]) -> Instance {
    let metadata = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Instance {
        service_id: service.to_owned(),
        instance_id: id.to_owned(),
        metadata: metadata.collect(),
        ..Instance::default()
    }
}

#[test]
fn it_is_off_by_default_dl_1() {
    assert!(Locator::read(&gateway(&[]), &[]).unwrap().is_none());
}

#[test]
fn one_route_per_service_with_the_name_in_lower_case_if_asked_dl_2_to_dl_7() {
    let locator = |lower| {
        let own = gateway(&[("enabled", "true"), ("lower-case-service-id", lower)]);
        Locator::read(&own, &[]).unwrap().unwrap()
    };
    let instances =
        [instance("B", "2", &[]), instance("ECHO", "b", &[]), instance("ECHO", "a", &[])];
    let routes = locator("true").routes(&instances);
    assert_eq!(routes.len(), 2);
    assert_eq!(routes[1].id, "ReactiveCompositeDiscoveryClient_ECHO");
    assert_eq!(routes[1].uri, "lb://ECHO");
    assert_eq!(routes[1].predicates[0].args[0].value, "/echo/**");
    assert_eq!(routes[1].filters[0].args[0].value, "/echo/?(?<remaining>.*)");
    assert_eq!(routes[1].filters[0].args[1].value, "/${remaining}");
    assert_eq!(locator("false").routes(&instances)[1].predicates[0].args[0].value, "/ECHO/**");
}

#[test]
fn own_parts_replace_the_generated_ones_dl_8() {
    let own = gateway(&[
        ("enabled", "true"),
        ("predicates[0].name", "Host"),
        ("predicates[0].args.pattern", "serviceId+'.example'"),
        ("filters[0].name", "AddRequestHeader"),
        ("filters[0].args.name", "'X'"),
        ("filters[0].args.value", "metadata['zone']"),
    ]);
    let routes =
        Locator::read(&own, &[]).unwrap().unwrap().routes(&[instance("a", "1", &[("zone", "z")])]);
    assert_eq!(routes[0].predicates.len(), 1);
    assert_eq!(routes[0].predicates[0].args[0].value, "a.example");
    assert_eq!(routes[0].filters[0].args[1].value, "z");
}

#[test]
fn instances_can_be_left_out_and_metadata_is_not_believed_dl_4_dl_10_dl_12() {
    let own = gateway(&[("enabled", "true"), ("include-expression", "metadata['edge']=='true'")]);
    let keys = ["response-timeout".to_owned()];
    let locator = Locator::read(&own, &keys).unwrap().unwrap();
    let edge = [("edge", "true"), ("response-timeout", "5"), ("cors", "x")];
    let routes = locator.routes(&[instance("a", "1", &[]), instance("a", "2", &edge)]);
    assert_eq!(routes.len(), 1);
    assert_eq!(routes[0].metadata.entries().len(), 1);
    assert!(locator.routes(&[instance("a", "1", &[])]).is_empty());
}

#[test]
fn the_instance_with_the_lowest_id_describes_its_service_dl_12() {
    let own = gateway(&[("enabled", "true"), ("url-expression", "'http://'+host+':'+port")]);
    let locator = Locator::read(&own, &[]).unwrap().unwrap();
    let at = |id: &str, port| Instance { host: id.to_owned(), port, ..instance("a", id, &[]) };
    let routes = locator.routes(&[at("c", 3), at("a", 1), at("b", 2)]);
    assert_eq!(routes[0].uri, "http://a:1");
    assert_eq!(routes.len(), 1);
}

#[test]
fn expressions_that_could_call_something_stop_the_start() {
    let own = gateway(&[("enabled", "true"), ("url-expression", "T(java.lang.Runtime)")]);
    let errors = Locator::read(&own, &[]).unwrap_err();
    assert!(errors[0].to_string().starts_with("a.yml:1: discovery.locator:"), "{}", errors[0]);
}
