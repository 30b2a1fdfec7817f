//! `GET /products/{id}/history`, `/prices`

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use erp_values::web::MoneyView;
use erp_values::{Currency, Money};
use serde::Serialize;
use service_kit::store::{AuditRow, history_page};
use service_kit::web::{Id, Page, PageRequest, Params, Problem, ProblemDocument, Total, micros};
use utoipa::ToSchema;

use super::App;
use crate::store::{Entity, PriceRow};

/// Prices from one moment on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PriceView {
    /// When they began to hold.
    #[serde(serialize_with = "micros")]
    valid_from: DateTime<Utc>,
    /// What it was sold for.
    sale_price: Option<MoneyView>,
    /// What it was bought for.
    purchase_price: Option<MoneyView>,
    /// Who set them.
    actor: String,
}

impl From<PriceRow> for PriceView {
    fn from(row: PriceRow) -> Self {
        let currency = row.currency.as_deref().and_then(Currency::parse);
        let money = |amount: Option<i64>| {
            let money = Money::new(amount?, currency?).ok()?;
            Some(MoneyView::from(money))
        };
        let (sale_price, purchase_price) = (money(row.sale_amount), money(row.purchase_amount));
        Self { valid_from: row.valid_from, sale_price, purchase_price, actor: row.actor }
    }
}

/// Who changed what, newest first.
#[utoipa::path(
    operation_id = "listProductHistory", get, path = "/products/{id}/history", tag = "products",
    params(("id" = Uuid, Path, description = "Id"), ("page" = Option<u32>, Query, description = "Number of the page, from 0"), ("size" = Option<u32>, Query, description = "Entries of a page")),
    responses(
        (status = 200, body = Page<AuditRow>),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn history(
    State(app): State<App>,
    Id(id): Id,
    mut params: Params,
) -> Result<Json<Page<AuditRow>>, Problem> {
    let request = PageRequest::numbered(&mut params)?;
    params.finish()?;
    let product = app.store.product(id).await?.ok_or_else(|| Problem::not_found("product"))?;
    let limit = request.size.saturating_add(1);
    let rows = app.store.history(Entity::Product, id, request.offset(), limit).await?;
    Ok(Json(history_page(&request, rows, product.version)))
}

/// Prices, newest first; with `at` those that held at that moment and before (P-5).
#[utoipa::path(
    operation_id = "listProductPrices", get, path = "/products/{id}/prices", tag = "products",
    params(("id" = Uuid, Path, description = "Id"), ("at" = Option<DateTime<Utc>>, Query, description = "Moment"), ("page" = Option<u32>, Query, description = "Number of the page, from 0"), ("size" = Option<u32>, Query, description = "Entries of a page")),
    responses(
        (status = 200, body = Page<PriceView>),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn prices(
    State(app): State<App>,
    Id(id): Id,
    mut params: Params,
) -> Result<Json<Page<PriceView>>, Problem> {
    let at = params.parsed::<DateTime<Utc>>("at")?;
    let request = PageRequest::numbered(&mut params)?;
    params.finish()?;
    app.store.product(id).await?.ok_or_else(|| Problem::not_found("product"))?;
    let limit = request.size.saturating_add(1);
    let rows = app.store.prices(id, at, request.offset(), limit).await?;
    let prices = rows.into_iter().map(PriceView::from).collect();
    Ok(Json(Page::with_lookahead(&request, prices, Total::Unknown)))
}
