//! A pick allocates nothing, whoever chooses and whoever is out.

#![expect(clippy::unwrap_used, reason = "a client that cannot be made fails the test")]

use eureka_client::wire::{Application, Applications, InstanceInfo};
use eureka_client::{
    Balance, Client, Ejection, RandomChoice, RoundRobin, SystemClock, TwoChoices, Weighted, Zoned,
};

fn client() -> Client {
    let instance = |id: u32| InstanceInfo {
        app: "PRODUCT-SERVICE".into(),
        instance_id: Some(id.to_string().into()),
        vip_address: Some("product-service,also".into()),
        ..InstanceInfo::empty(0)
    };
    let instances = (0..20).map(instance).collect();
    let application = Application { name: "PRODUCT-SERVICE".into(), instances };
    let list = Applications { applications: vec![application], ..Applications::default() };
    Client::builder().server("http://e/eureka").fetch_only().backup(list).build().unwrap()
}

#[test]
fn a_pick_allocates_nothing() {
    let client = client();
    let out = client.instances("product-service");
    for endpoint in &out[..10] {
        for _ in 0..5 {
            endpoint.call().failed(Ejection::default(), &SystemClock::new());
        }
    }
    let balancers: [&dyn Balance; 5] =
        [&RoundRobin, &RandomChoice, &Weighted, &TwoChoices, &Zoned(TwoChoices)];
    // The first look at the clock or the snapshot may set something up for the thread.
    assert!(client.pick("also", &RoundRobin).is_some());

    for balance in balancers {
        let used = allocation_counter::measure(|| {
            for name in ["product-service", "PRODUCT-SERVICE", "Also", "nobody"] {
                for _ in 0..100 {
                    std::hint::black_box(client.pick(name, balance));
                }
            }
        });
        assert_eq!(used.count_total, 0, "{balance:?}");
    }
    let used = allocation_counter::measure(|| {
        std::hint::black_box(client.instances("product-service"));
    });
    assert!(used.count_total > 0, "the counter counts");
}
