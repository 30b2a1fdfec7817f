//! `GET /products/{id}/history`, `/prices`

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use erp_values::{Currency, Money};
use serde::Serialize;
use serde_json::Value;
use service_kit::web::{Page, PageLimits, PageRequest, Params, Problem, ProblemDocument, Total};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::common::Id;
use crate::store::{AuditRow, Entity, PriceRow};
use crate::view::{MoneyView, micros};

/// One write.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditView {
    /// Version that it made.
    version: i64,
    /// What was done.
    action: String,
    /// Who did it.
    actor: String,
    /// When.
    #[serde(serialize_with = "micros")]
    at: DateTime<Utc>,
    /// Each changed field: what it was, and what it is.
    #[schema(value_type = std::collections::BTreeMap<String, Vec<Value>>)]
    changes: Value,
}

impl From<AuditRow> for AuditView {
    fn from(row: AuditRow) -> Self {
        let AuditRow { version, action, actor, at, changes } = row;
        Self { version, action, actor, at, changes }
    }
}

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
    get, path = "/products/{id}/history", tag = "products",
    params(("id" = Uuid, Path, description = "Id"), ("page" = Option<u32>, Query, description = "Number of the page, from 0"), ("size" = Option<u32>, Query, description = "Entries of a page")),
    responses(
        (status = 200, body = Page<AuditView>),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn history(
    State(app): State<App>,
    Id(id): Id,
    mut params: Params,
) -> Result<Json<Page<AuditView>>, Problem> {
    let request = request(&mut params)?;
    params.finish()?;
    let product = app.store.product(id).await?.ok_or_else(|| Problem::not_found("product"))?;
    let limit = request.size.saturating_add(1);
    let rows = app.store.history(Entity::Product, id, request.offset(), limit).await?;
    // Versions have no gaps: there is a row for each.
    let total = Total::Exact(u64::try_from(product.version).unwrap_or_default());
    Ok(Json(page(&request, rows.into_iter().map(AuditView::from).collect(), total)))
}

/// Prices, newest first; with `at` those that held at that moment and before (P-5).
#[utoipa::path(
    get, path = "/products/{id}/prices", tag = "products",
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
    let request = request(&mut params)?;
    params.finish()?;
    app.store.product(id).await?.ok_or_else(|| Problem::not_found("product"))?;
    let limit = request.size.saturating_add(1);
    let rows = app.store.prices(id, at, request.offset(), limit).await?;
    Ok(Json(page(&request, rows.into_iter().map(PriceView::from).collect(), Total::Unknown)))
}

fn request(params: &mut Params) -> Result<PageRequest, Problem> {
    PageRequest::read(params, &[], &[], "", &PageLimits::default())
}

fn page<T>(request: &PageRequest, mut content: Vec<T>, total: Total) -> Page<T> {
    let size = usize::try_from(request.size).unwrap_or(usize::MAX);
    let has_more = content.len() > size;
    content.truncate(size);
    Page::new(request, content, total, has_more, None)
}
