//! The `product-service` program.

use std::process::ExitCode;

use product_service::http::{App, router};
use product_service::store;
use service_kit::config::Program;
use service_kit::service;

const PROGRAM: Program = Program {
    name: "product-service",
    version: env!("CARGO_PKG_VERSION"),
    about: "products, their categories and prices",
    keys: service::KEY_TABLES,
    owned: service::OWNED,
    defaults: &[("server.port", "8081"), ("spring.application.name", "product-service")],
};

fn main() -> ExitCode {
    service::run(&service::Definition {
        program: &PROGRAM,
        database: "product",
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
