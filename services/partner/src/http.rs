//! The HTTP interface: which path is which handler.

mod erase;
mod files;
mod history;
mod list;
mod read;
mod remove;
mod transition;
mod write;

use std::sync::Arc;

use axum::Router;
use service_kit::clock::Clock;
use service_kit::web::{finished_document, openapi_routes};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::store::Store;

/// What handlers share.
#[derive(Clone, Debug)]
pub struct App {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Clock,
    /// Whether writes must say which version they change (H-10).
    pub require_precondition: bool,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "partner-service", description = "Customers and suppliers."),
    tags((name = "partners", description = "Customers and suppliers"))
)]
struct Document;

/// Routes with their description.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(list::list, write::create))
        .routes(routes!(read::by_code))
        .routes(routes!(read::by_business_no))
        .routes(routes!(read::batch))
        .routes(routes!(files::import))
        .routes(routes!(files::export))
        .routes(routes!(read::get, write::replace, write::patch, remove::remove))
        .routes(routes!(transition::hold))
        .routes(routes!(transition::release))
        .routes(routes!(transition::activate))
        .routes(routes!(transition::deactivate))
        .routes(routes!(transition::restore))
        .routes(routes!(erase::erase))
        .routes(routes!(history::history))
}

/// The OpenAPI document of all routes (H-16).
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    finished_document(described().into_openapi())
}

/// The routes.
pub fn router(app: App) -> Router {
    let (router, document) = described().split_for_parts();
    router.with_state(app).merge(openapi_routes(&finished_document(document)))
}
