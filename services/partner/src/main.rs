//! The `partner-service` program.

use std::process::ExitCode;

use partner_service::http::{App, router};
use partner_service::store;
use service_kit::config::Program;
use service_kit::service;

const PROGRAM: Program = Program {
    name: "partner-service",
    version: env!("CARGO_PKG_VERSION"),
    about: "customers and suppliers",
    keys: service::KEY_TABLES,
    owned: service::OWNED,
    defaults: &[("server.port", "8082"), ("spring.application.name", "partner-service")],
};

fn main() -> ExitCode {
    service::run(&service::Definition {
        program: &PROGRAM,
        database: "partner",
        migrations: store::migrations,
        router: |parts| {
            let app = App {
                store: store::open(&parts.database),
                clock: parts.clock.clone(),
                require_precondition: parts.config.get("api.require-precondition")?,
            };
            Ok(router(app))
        },
    })
}
