//! Time of one pick, by balancer and by number of instances. `cargo bench -p eureka-client`.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::hint::black_box;
use std::time::Instant;

use eureka_client::wire::{Application, Applications, InstanceInfo};
use eureka_client::{
    Balance, BuildError, Client, RandomChoice, RoundRobin, TwoChoices, Weighted, Zoned,
};

const PICKS: u32 = 50_000;
/// The best round counts: in the others the machine had more to do.
const ROUNDS: u32 = 40;
/// Applications beside the one that is looked up.
const OTHERS: usize = 200;

fn application(name: &str, instances: usize) -> Application {
    let instance = |id| InstanceInfo {
        app: name.into(),
        instance_id: Some(format!("{name}-{id}").into()),
        vip_address: Some(name.to_lowercase().into()),
        metadata: [("zone", if id % 2 == 0 { "a" } else { "b" })].into_iter().collect(),
        ..InstanceInfo::empty(0)
    };
    Application { name: name.into(), instances: (0..instances).map(instance).collect() }
}

fn client(instances: usize) -> Result<Client, BuildError> {
    let mut list = Applications::default();
    list.applications.push(application("PRODUCT-SERVICE", instances));
    list.applications.extend((0..OTHERS).map(|i| application(&format!("OTHER-{i}"), 2)));
    let builder = Client::builder().server("http://localhost:8761/eureka").fetch_only();
    builder.zones(["a", "b"]).backup(list).build()
}

fn main() -> Result<(), BuildError> {
    let balancers: [(&str, &dyn Balance); 5] = [
        ("round robin", &RoundRobin),
        ("random", &RandomChoice),
        ("weighted", &Weighted),
        ("two choices", &TwoChoices),
        ("zoned round robin", &Zoned(RoundRobin)),
    ];
    println!("{:<20}{:>12}{:>12}", "balancer", "instances", "ns per pick");
    for instances in [2, 20, 1_000] {
        let client = client(instances)?;
        for (name, balance) in balancers {
            let round = |_| {
                let begun = Instant::now();
                for _ in 0..PICKS {
                    black_box(client.pick(black_box("Product-Service"), balance));
                }
                begun.elapsed().as_nanos() / u128::from(PICKS)
            };
            let each = (0..ROUNDS).map(round).min().unwrap_or_default();
            println!("{name:<20}{instances:>12}{each:>12}");
        }
    }
    Ok(())
}
