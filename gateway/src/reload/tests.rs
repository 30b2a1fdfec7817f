use std::fs;
use std::path::{Path, PathBuf};

use service_kit::clock::Clock;
use service_kit::health::Health;

use super::*;
use crate::config::PROGRAM;

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("reload-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, yaml: &str) {
        fs::write(self.0.join("application.yml"), yaml).unwrap();
    }

    fn start(&self) -> (Arc<Reload>, Health) {
        let reader = Reader::with_args(&PROGRAM, &[&location(&self.0)]);
        let config = reader.load().unwrap();
        let (routes, _) =
            Routes::new(Definition::read(&config).unwrap().0, &Clock::manual(0)).unwrap();
        let health = Health::new();
        let component = health.component("gatewayConfiguration", false);
        (Arc::new(Reload::new(reader, &config, Arc::new(routes), component)), health)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn location(folder: &Path) -> String {
    format!("--spring.config.location={}/", folder.display())
}

fn routes(ids: &[&str]) -> String {
    let route = |id: &&str| {
        format!("  - {{id: {id}, uri: 'http://localhost:1', predicates: [Path=/{id}]}}\n")
    };
    let routes: String = ids.iter().map(route).collect();
    format!("spring.cloud.gateway.routes:\n{routes}")
}

fn ids(reload: &Reload) -> Vec<String> {
    let live = reload.routes.now();
    live.table.routes().iter().map(|route| route.id().to_owned()).collect()
}

#[test]
fn a_file_that_changed_is_taken_over() {
    let place = Place::new("change");
    place.write(&routes(&["a"]));
    let (reload, _) = place.start();

    place.write(&routes(&["a", "b"]));
    reload.read().unwrap();

    assert_eq!(ids(&reload), ["a", "b"]);
    assert_eq!(reload.outcome(), Outcome::default());
}

#[test]
fn a_bad_file_changes_nothing_and_is_told_with_its_lines() {
    let place = Place::new("bad");
    place.write(&routes(&["a"]));
    let (reload, health) = place.start();
    health.accept_traffic(true);

    place.write(&routes(&["a", "b"]).replace("Path=/b", "Paht=/b"));
    let error = reload.read().unwrap_err().to_string();

    assert!(error.contains("application.yml:3") && error.contains("Path"), "{error}");
    assert_eq!(ids(&reload), ["a"]);
    assert_eq!(reload.outcome().faults.len(), 1);
    assert_eq!(health.probes(), (true, true), "it serves as before");

    place.write(&routes(&["c"]));
    reload.read().unwrap();
    assert_eq!((ids(&reload), reload.outcome().faults.len()), (vec!["c".to_owned()], 0));
}

#[test]
fn what_waits_for_a_restart_is_told() {
    let place = Place::new("waiting");
    place.write(&format!("{}server.port: 8080\n", routes(&["a"])));
    let (reload, _) = place.start();

    place.write(&format!(
        "{}  - {{id: b, uri: 'lb://b', predicates: [Path=/b]}}\nserver.port: 9090\n\
         spring.data.redis.host: elsewhere\n",
        routes(&["a"])
    ));
    reload.read().unwrap();

    assert_eq!(reload.outcome().waiting, ["server.port", "spring.data.redis"]);
    assert_eq!(ids(&reload).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn files_are_looked_at_in_intervals() {
    let place = Place::new("follow");
    place.write(&routes(&["a"]));
    let (reload, _) = place.start();
    let stop = CancellationToken::new();
    let following = Arc::clone(&reload).follow(Duration::from_secs(1), stop.clone());
    let looking = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        fs::write(place.0.join("new"), routes(&["b"])).unwrap();
        fs::rename(place.0.join("new"), place.0.join("application.yml")).unwrap();
        while ids(&reload) != ["b"] {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        stop.cancel();
    };
    tokio::join!(following, looking);
}
