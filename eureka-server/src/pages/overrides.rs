//! `GET /serverinfo/statusoverrides`: the overrides in force.

use std::sync::Weak;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use eureka_wire::InstanceStatus;
use http::{StatusCode, header};
use serde_json::{Map, Value};

use crate::app::App;

pub(super) fn routes() -> Router<Weak<App>> {
    Router::new().route("/serverinfo/statusoverrides", get(overrides))
}

/// Answers 200 with a JSON object of statuses by instance id; the last of equal ids counts.
///
/// Netflix's server has it below its own root; Spring's hides it. Source: `ServerInfoResource`.
async fn overrides(State(app): State<Weak<App>>) -> Response {
    let Some(app) = app.upgrade() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let overrides: Map<String, Value> = app
        .registry()
        .leases(app.now())
        .into_iter()
        .filter(|lease| lease.info.overridden_status != InstanceStatus::Unknown)
        .map(|lease| (lease.info.id().to_owned(), lease.info.overridden_status.as_str().into()))
        .collect();
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, Value::Object(overrides).to_string()).into_response()
}
