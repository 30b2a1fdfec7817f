//! Drives the crate eureka-client. It renews and reads the registry every 30 s, both fixed.

use std::collections::HashMap;

use eureka_client::{BaseConfig, EurekaClient, EurekaConfig, Instance, Method, PortData};
use steps::{Value, json, port, setting};

fn config() -> BaseConfig {
    let url = setting("EUREKA_URL");
    let (_, server) = url.split_once("://").expect("a URL");
    let (authority, path) = server.split_once('/').expect("a path");
    let (host, server_port) = authority.split_once(':').expect("a port");
    let app = setting("APP");
    let own = setting("HOST");
    let page = |path: &str| format!("http://{own}:{}/{path}", port("PORT"));
    BaseConfig {
        eureka: EurekaConfig {
            host: host.to_owned(),
            port: server_port.parse().expect("a port"),
            service_path: format!("/{path}"),
            ..EurekaConfig::default()
        },
        instance: Instance {
            host_name: own.clone(),
            app: app.clone(),
            ip_addr: setting("IP"),
            vip_address: app.to_lowercase(),
            secure_vip_address: app.to_lowercase(),
            port: Some(PortData::new(port("PORT"), true)),
            home_page_url: page(""),
            status_page_url: page("info"),
            health_check_url: page("health"),
            metadata: Some(HashMap::from([("team".to_owned(), "a & b".to_owned())])),
            ..Instance::default()
        },
    }
}

fn main() {
    let mut client = None;
    steps::run(|step, words| -> Result<Value, String> {
        match (step, words, &client) {
            ("register", [], None) => {
                let started = EurekaClient::new(config());
                started.start();
                client = Some(started);
                Ok(json!({}))
            }
            // Resolves an application in the client's copy of the registry and calls it.
            ("call", [app, path], Some(client)) => {
                let call = client.make_request(app, path, Method::GET, &(), Default::default());
                let mut answer = call.map_err(|error| format!("{error:?}"))?;
                let text = answer.text().map_err(|error| error.to_string())?;
                Ok(json!({ "status": answer.status().as_u16(), "text": text }))
            }
            // The client deregisters when it is dropped.
            ("deregister", [], Some(_)) => {
                client = None;
                Ok(json!({}))
            }
            _ => Err(format!("no step {step} {words:?} now")),
        }
    });
}
