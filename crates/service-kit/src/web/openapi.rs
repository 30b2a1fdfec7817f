//! The OpenAPI document, and a page to try what it describes.

use axum::Router;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderValue, header};
use utoipa::openapi::OpenApi;

/// The page: reads the document and offers a form for each operation.
const PAGE: &str = include_str!("openapi.html");
const SCRIPT: &str = include_str!("openapi.js");
const STYLE: &str = include_str!("openapi.css");

/// `/v3/api-docs` with the document, `/swagger-ui.html` with a page to try it: where Spring's
/// users look for them.
pub fn openapi_routes(document: &OpenApi) -> Router {
    let json = Bytes::from(serde_json::to_vec(document).unwrap_or_default());
    let document = move || {
        let json = json.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], json) }
    };
    Router::new()
        .route("/v3/api-docs", get(document))
        .route("/swagger-ui.html", get(page))
        .route(
            "/swagger-ui/openapi.js",
            get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT) }),
        )
        .route(
            "/swagger-ui/openapi.css",
            get(|| async { ([(header::CONTENT_TYPE, "text/css")], STYLE) }),
        )
}

async fn page() -> impl IntoResponse {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy))];
    (headers, Html(PAGE))
}
