use std::path::PathBuf;

use eureka_client::{Client, Source, wire};

use crate::support::{Fake, FakeRegistry, Reply, beside, client, instance};

/// A file name of its own for each test, gone with it.
struct KeptFile(PathBuf);

impl KeptFile {
    fn new(name: &str) -> Self {
        let name = format!("eureka-client-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn keeping(servers: &[&Fake], file: &KeptFile) -> eureka_client::ClientBuilder {
    client(servers).fetch_only().configure(|s| s.snapshot_file = Some(file.0.clone()))
}

async fn until_kept(client: &Client, server: &Fake, file: &KeptFile) {
    beside(client, async {
        while !file.0.exists() {
            server.until_more("GET", 1).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_start_without_any_server_knows_what_was_known_last() {
    let file = KeptFile::new("cold");
    let registry = FakeRegistry::default();
    registry.add(instance("a", 1));
    let server = registry.serve().await;
    let first = keeping(&[&server], &file).build().unwrap();
    until_kept(&first, &server, &file).await;
    server.now(|_| Reply::status(500));

    let second = keeping(&[&server], &file).build().unwrap();

    assert_eq!(second.source(), Source::Disk);
    assert!(second.age().is_some());
    assert_eq!(second.instances("a").len(), 1);
    beside(&second, server.until_more("GET", 3)).await;
    assert_eq!((second.instances("a").len(), second.source()), (1, Source::Disk));

    // A server that comes back is asked for everything, and its word counts.
    registry.remove("a-1");
    registry.add(instance("b", 2));
    let before = server.asked().len();
    server.now(move |asked| registry.answer(asked));
    beside(&second, second.until_fetched()).await;
    assert_eq!(server.lines()[before], "GET /eureka/apps/");
    assert_eq!((second.services(), second.source()), (vec!["b".to_owned()], Source::Server));
}

#[tokio::test]
async fn a_broken_file_is_as_good_as_none() {
    let file = KeptFile::new("broken");
    std::fs::write(&file.0, "eureka-client registry 1 5\n{").unwrap();
    let registry = FakeRegistry::default();
    registry.add(instance("a", 1));
    let server = registry.serve().await;

    let client = keeping(&[&server], &file).build().unwrap();

    assert_eq!(client.source(), Source::Nothing);
    beside(&client, client.until_fetched()).await;
    assert_eq!(client.instances("a").len(), 1);
}

#[tokio::test]
async fn a_backup_is_used_where_nothing_was_kept() {
    let file = KeptFile::new("backup");
    let server = FakeRegistry::default().serve().await;
    let backup = || wire::Applications {
        applications: vec![wire::Application {
            name: "B".into(),
            instances: vec![instance("b", 2)],
        }],
        ..wire::Applications::default()
    };

    let client = keeping(&[&server], &file).backup(backup()).build().unwrap();
    assert_eq!((client.source(), client.age()), (Source::Backup, None));
    assert_eq!(client.instances("b").len(), 1);

    beside(&client, client.until_fetched()).await;
    assert_eq!((client.source(), client.instances("b").len()), (Source::Server, 0));
}
