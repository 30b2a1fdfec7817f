//! Drives the crate rust-eureka. It has no heartbeats and no status calls.

use rust_eureka::EurekaClient;
use rust_eureka::errors::EurekaClientError;
use rust_eureka::request::{DataCenterInfo, DcName, Instance, LeaseInfo, RegisterRequest, Status};
use rust_eureka::response;
use steps::{Value, json, port, setting};

/// What a caller of the client would use of each instance.
fn seen(instances: &[response::Instance]) -> Value {
    let list: Vec<Value> = instances
        .iter()
        .map(|one| {
            json!({
                "host": one.host_name,
                "ip": one.ip_addr,
                "port": one.port,
                "status": String::from(&one.status),
                "vip": one.vip_address,
                "lease": one.lease_info.as_ref().map(|lease| lease.duration_in_secs),
                "metadata": one.metadata,
                "dirty": one.last_dirty_timestamp,
            })
        })
        .collect();
    json!({ "instances": list })
}

fn registration(app: &str) -> RegisterRequest {
    let host = setting("HOST");
    let page = |path: &str| format!("http://{host}:{}/{path}", port("PORT"));
    RegisterRequest {
        instance: Instance {
            host_name: host.clone(),
            app: app.to_owned(),
            ip_addr: setting("IP"),
            vip_address: app.to_lowercase(),
            secure_vip_address: app.to_lowercase(),
            status: Status::Up,
            port: Some(port("PORT")),
            secure_port: Some(443),
            homepage_url: page(""),
            status_page_url: page("info"),
            health_check_url: page("health"),
            data_center_info: DataCenterInfo { name: DcName::MyOwn, metadata: None },
            lease_info: Some(LeaseInfo { eviction_duration_in_secs: Some(30) }),
            metadata: serde_json::Map::new(),
        },
    }
}

fn main() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("tokio");
    let client = EurekaClient::new("compat", &setting("BASE"));
    let app = setting("APP");
    steps::run(|step, words| -> Result<Value, String> {
        let said = |error: EurekaClientError| format!("{error:?}");
        match (step, words) {
            ("register", []) => {
                runtime.block_on(client.register(&app, &registration(&app))).map_err(said)?;
                Ok(json!({}))
            }
            ("apps", []) => {
                let all = runtime.block_on(client.get_applications()).map_err(said)?.applications;
                let mut instances = Vec::new();
                for application in all.applications {
                    instances.extend(application.instance);
                }
                let mut answer = seen(&instances);
                answer["hash"] = json!(all.apps_hashcode);
                Ok(answer)
            }
            ("app", [name]) => {
                let answer = runtime.block_on(client.get_application(name)).map_err(said)?;
                Ok(seen(&answer.application.instance))
            }
            ("deregister", []) => {
                let host = setting("HOST");
                runtime.block_on(client.deregister(&app, &host)).map_err(said)?;
                Ok(json!({}))
            }
            _ => Err(format!("no step {step} {words:?}")),
        }
    });
}
