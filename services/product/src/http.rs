//! The HTTP interface: which path is which handler.

mod categories;
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
    info(title = "product-service", description = "Products, categories and prices."),
    tags(
        (name = "products", description = "Products and their prices"),
        (name = "categories", description = "The tree of categories"),
    )
)]
struct Document;

/// Routes with their description.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(list::list, write::create))
        .routes(routes!(read::by_sku))
        .routes(routes!(read::by_barcode))
        .routes(routes!(read::batch))
        .routes(routes!(read::uoms))
        .routes(routes!(files::import))
        .routes(routes!(files::export))
        .routes(routes!(categories::list, categories::create))
        .routes(routes!(categories::get, categories::replace, categories::remove))
        .routes(routes!(read::get, write::replace, write::patch, remove::remove))
        .routes(routes!(transition::activate))
        .routes(routes!(transition::discontinue))
        .routes(routes!(transition::restore))
        .routes(routes!(history::history))
        .routes(routes!(history::prices))
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
