//! A client that does one step per line of its input and answers each with a JSON object.
//!
//! For tests that start it as a program. The environment says what it is: `EUREKA_URL` (URLs
//! separated by commas), `APP`, `INSTANCE_ID`, `HOST`, `IP`, `PORT`, `INTERVAL_MS` of everything it
//! does by itself, and `SNAPSHOT`, a file to keep the registry in, if any.

#![expect(clippy::print_stdout, reason = "answers are what it is for")]

use std::time::Duration;

use eureka_client::wire::{InstanceStatus, StatusCounts};
use eureka_client::{Client, Endpoint, Instance};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let client = client()?;
    let steps = async {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Some(line) = lines.next_line().await? {
            let words: Vec<_> = line.split(' ').collect();
            let outcome = step(&client, &words).await;
            let (ok, mut answer) = match outcome {
                Ok(answer) => (true, answer),
                Err(error) => (false, json!({ "error": error.to_string() })),
            };
            if let Some(members) = answer.as_object_mut() {
                members.insert("step".to_owned(), words.first().copied().into());
                members.insert("ok".to_owned(), ok.into());
            }
            println!("{answer}");
            if words.first() == Some(&"deregister") {
                break;
            }
        }
        client.shutdown().await?;
        Ok::<(), Box<dyn std::error::Error>>(())
    };
    let (ran, done) = tokio::join!(client.run(), steps);
    ran?;
    done
}

fn client() -> Outcome<Client> {
    let var = std::env::var;
    let interval = Duration::from_millis(var("INTERVAL_MS")?.parse()?);
    let instance = Instance::new(var("APP")?, var("HOST")?, var("IP")?, var("PORT")?.parse()?)
        .id(var("INSTANCE_ID")?)
        .metadata("team", "a & b")
        .lease(interval, Duration::from_secs(90));
    let client = Client::builder()
        .server(&var("EUREKA_URL")?)
        .instance(instance)
        .configure(|settings| {
            settings.fetch_interval = interval;
            settings.replication_interval = interval;
            settings.snapshot_file = var("SNAPSHOT").ok().map(Into::into);
        })
        .build()?;
    Ok(client)
}

async fn step(client: &Client, words: &[&str]) -> Outcome<Value> {
    match *words {
        ["register"] => {
            client.ready();
            client.until_registered().await;
            Ok(json!({}))
        }
        ["status", name] => {
            client.set_status(InstanceStatus::parse(name).ok_or("no such status")?);
            Ok(json!({}))
        }
        ["metadata", key, value] => {
            client.set_metadata(key, value);
            Ok(json!({}))
        }
        ["own"] => Ok(json!({
            "registered": client.is_registered(),
            "status": client.status().map(InstanceStatus::as_str),
            "remoteStatus": client.remote_status().as_str(),
            "server": client.server().map(|server| server.to_string()),
        })),
        ["instances", name] => Ok(json!({ "instances": listed(&client.instances(name)) })),
        ["all"] => {
            let snapshot = client.snapshot();
            let all = snapshot.endpoints();
            let hash = StatusCounts::tally(all.iter().map(|endpoint| endpoint.info())).to_string();
            let source = format!("{:?}", client.source());
            Ok(json!({ "instances": listed(all), "hash": hash, "source": source }))
        }
        ["call", url] => {
            let answer = client.http().get(url).send().await?;
            Ok(json!({ "status": answer.status().as_u16(), "text": answer.text().await? }))
        }
        ["deregister"] => {
            client.shutdown().await?;
            Ok(json!({}))
        }
        _ => Err("no such step".into()),
    }
}

fn listed(endpoints: &[std::sync::Arc<Endpoint>]) -> Vec<Value> {
    let tell = |endpoint: &std::sync::Arc<Endpoint>| {
        let info = endpoint.info();
        json!({
            "app": info.app,
            "id": info.id(),
            "host": info.host_name,
            "port": info.port.number,
            "status": info.status.as_str(),
            "metadata": info.metadata.iter().collect::<std::collections::BTreeMap<_, _>>(),
        })
    };
    endpoints.iter().map(tell).collect()
}
