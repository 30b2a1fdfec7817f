//! Instances found by name (LB-6 to LB-13, BY-2, RT-10). The registry is scripted.

use std::net::TcpListener;
use std::sync::Arc;

use parking_lot::Mutex;

use super::*;

/// A registry that tells what is put into it.
pub(super) struct Registry {
    upstream: Upstream,
    instances: Arc<Mutex<Vec<String>>>,
}

impl Registry {
    pub(super) fn start(instances: &[(u16, &str)]) -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&told);
        let upstream = Upstream::start(move |_, _| {
            let list = shared.lock().join(",");
            let body = format!(
                r#"{{"applications":{{"versions__delta":"1","apps__hashcode":"UP_{}_","application":[{{"name":"S","instance":[{list}]}}]}}}}"#,
                shared.lock().len()
            );
            (200, "Content-Type: application/json\r\n".to_owned(), body)
        });
        let registry = Self { upstream, instances: told };
        registry.tell(instances);
        registry
    }

    /// Ports, and metadata as JSON.
    fn tell(&self, instances: &[(u16, &str)]) {
        let one = |(port, metadata): &(u16, &str)| {
            format!(
                r#"{{"instanceId":"i{port}","hostName":"127.0.0.1","app":"S","ipAddr":"127.0.0.1","status":"UP","port":{{"$":{port},"@enabled":"true"}},"securePort":{{"$":443,"@enabled":"false"}},"vipAddress":"s","metadata":{{{metadata}}},"actionType":"ADDED"}}"#
            )
        };
        *self.instances.lock() = instances.iter().map(one).collect();
    }

    pub(super) fn gateway(&self, filters: &str, more: &str) -> Gateway {
        let routes = routes(&[route("s", "lb://s", "/**", filters)]);
        let client = format!(
            "eureka.client: {{enabled: true, register-with-eureka: false, service-url: \
             {{defaultZone: '{}/eureka'}}}}\n",
            self.upstream.uri()
        );
        let gateway = Gateway::start(&format!("{routes}{client}{more}"));
        // Until the registry was read once.
        while gateway.get("/").status == 503 {
            std::thread::yield_now();
        }
        gateway
    }
}

pub(super) fn named(name: &'static str) -> Upstream {
    Upstream::start(move |_, request| {
        (200, String::new(), format!("{name} {}", request.to_lowercase()))
    })
}

pub(super) fn first_words(gateway: &Gateway, headers: &[&str], count: usize) -> String {
    let ask = |_| gateway.ask("GET", "/", headers, "").body.chars().next().unwrap_or('-');
    (0..count).map(ask).collect()
}

#[test]
fn instances_that_are_idle_take_turns_lb_6() {
    let (a, b) = (named("a"), named("b"));
    let registry = Registry::start(&[(a.port, ""), (b.port, "")]);
    for more in ["", "gateway: {lb: {algorithm: round-robin}}\n"] {
        let gateway = registry.gateway("order: 0", more);
        let words = first_words(&gateway, &[], 8);
        assert!(words == "abababab" || words == "babababa", "{words}");
    }
}

#[test]
fn one_that_nobody_answers_at_costs_no_request_by_2_rt_10_tm_10() {
    let a = named("a");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let registry = Registry::start(&[(a.port, ""), (gone, "")]);
    let gateway = registry.gateway("order: 0", "");
    for method in ["GET", "POST", "DELETE"] {
        for _ in 0..10 {
            assert_eq!(gateway.ask(method, "/", &[], "body").status, 200, "{method}");
        }
    }
}

#[test]
fn where_the_only_instance_is_gone_the_client_learns_that_st_3_st_2() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let registry = Registry::start(&[(gone, "")]);
    let gateway = registry.gateway("order: 0", "");
    assert_eq!(gateway.get("/").status, 502);
    assert!(gateway.get("/").body.contains("connect-refused"));
    assert_eq!(gateway.ask("POST", "/", &[], "x").status, 502);
}

#[test]
fn a_safe_request_that_breaks_off_goes_to_another_instance_and_others_do_not() {
    let a = named("a");
    let broken = Upstream::start(|_, _| (0, String::new(), String::new()));
    let registry = Registry::start(&[(a.port, ""), (broken.port, "")]);
    let gateway = registry.gateway("order: 0", "");
    assert!((0..20).all(|_| gateway.get("/").status == 200));
    let before = broken.count();
    let registry = Registry::start(&[(broken.port, "")]);
    let alone = registry.gateway("order: 0", "gateway: {retry: {transparent: false}}\n");
    assert_eq!(alone.ask("POST", "/", &[], "x").status, 502);
    assert!(broken.count() > before);
}

#[test]
fn a_cookie_holds_to_its_instance_and_the_instance_learns_of_it_lb_10_gf_10() {
    let (a, b) = (named("a"), named("b"));
    let registry = Registry::start(&[(a.port, ""), (b.port, "")]);
    let more = "spring.cloud.loadbalancer: {configurations: request-based-sticky-session, \
                sticky-session: {add-service-instance-cookie: true}}\n";
    let gateway = registry.gateway("order: 0", more);
    let cookie = format!("Cookie: x=1; sc-lb-instance-id=i{}", b.port);
    assert_eq!(first_words(&gateway, &[&cookie], 6), "bbbbbb");
    let told = gateway.get("/").body;
    assert!(told.contains("cookie: sc-lb-instance-id=i"), "{told}");
    let words = first_words(&gateway, &["Cookie: sc-lb-instance-id=unknown"], 4);
    assert!(words.contains('a') && words.contains('b'), "{words}");
}

#[test]
fn hints_weights_and_zones_choose_by_metadata_lb_8_lb_12_lb_13() {
    let (a, b) = (named("a"), named("b"));
    let marked = r#""hint":"blue","zone":"z1","weight":"99""#;
    let registry = Registry::start(&[(a.port, r#""weight":"1""#), (b.port, marked)]);
    let service =
        |rule: &str| format!("spring.cloud.loadbalancer: {{clients: {{s: {{{rule}}}}}}}\n");
    let hinted = registry.gateway("order: 0", "");
    let words = first_words(&hinted, &["X-SC-LB-Hint: blue"], 6);
    assert!(words.contains('a'), "a stranger steers nothing: {words}");
    let gateway = registry.gateway("order: 0", "spring.cloud.loadbalancer: {hint: {s: blue}}\n");
    assert_eq!(first_words(&gateway, &[], 6), "bbbbbb");
    let gateway =
        registry.gateway("order: 0", &service("configurations: zone-preference, zone: Z1"));
    assert_eq!(first_words(&gateway, &[], 6), "bbbbbb");
    let gateway = registry.gateway("order: 0", &service("configurations: weighted"));
    let heavy = first_words(&gateway, &[], 60).matches('b').count();
    assert!(heavy > 45, "{heavy}");
}

#[test]
fn a_retry_goes_to_another_instance_rt_9() {
    let (bad, good) = (Upstream::saying(503, "", ""), named("g"));
    let registry = Registry::start(&[(bad.port, ""), (good.port, "")]);
    let retry = "filters: [{name: Retry, args: {retries: 1}}]";
    let gateway = registry.gateway(retry, "");
    assert!((0..10).all(|_| gateway.get("/").status == 200));
}
