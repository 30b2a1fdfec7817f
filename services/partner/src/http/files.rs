//! `POST /partners/import`, `GET /partners/export`

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use futures_util::stream;
use http::HeaderMap;
use service_kit::store::Write;
use service_kit::web::{
    Caller, ExportRequest, ImportReport, Params, Problem, ProblemDocument, Unhurried, exported,
    receive_import,
};

use super::App;
use super::list::filter;
use crate::file;
use crate::import::PartnerImport;
use crate::store::{ORDERS, PartnerQuery, Store};

/// Partners of a portion.
const PORTION: u32 = 500;

/// Takes partners in from a CSV file of at most 64 MiB and 200,000 rows, in UTF-8 or windows-949.
/// The first line names the columns; those it does not name stay as they are, empty cells take a
/// value away. Rows whose `code` exists change that partner, others make one.
#[utoipa::path(
    operation_id = "importPartners", post, path = "/partners/import", tag = "partners",
    request_body(content = String, content_type = "text/csv", description = "code, name, roles, businessNo, subBusinessNo, representative, businessType, businessItem, taxInvoiceEmail, phone, paymentTerms, paymentDays, creditLimit, currency, addresses, contacts, status, version"),
    params(
        ("mode" = Option<String>, Query, description = "upsert or insert: whether a row may change a partner; upsert if not given"),
        ("onError" = Option<String>, Query, description = "abort or skip: whether wrong rows stop all or are left out; abort if not given"),
        ("dryRun" = Option<bool>, Query, description = "Whether it is only told what would be"),
        ("force" = Option<bool>, Query, description = "Whether a row may take a role away"),
        ("charset" = Option<String>, Query, description = "utf-8 or euc-kr; found out if not given"),
    ),
    responses(
        (status = 200, body = ImportReport),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Another request wrote the same partners meanwhile", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 413, description = "Too many bytes or rows", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 415, description = "No CSV", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A column that is not known, or wrong rows; nothing was kept", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn import(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
    _: Unhurried,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ImportReport>, Problem> {
    let force = params.flag("force")?;
    let (options, rows) = receive_import(params, &headers, body).await?;
    let write = Write::new("IMPORT", &caller, &app.clock);
    let import = PartnerImport::new(rows.header(), options.mode, force, write)?;
    let report = service_kit::web::import(rows, options, app.store.import(import)).await?;
    Ok(Json(report))
}

/// Partners as a CSV file, with the filters of the list, in the columns of the import.
#[utoipa::path(
    operation_id = "exportPartners", get, path = "/partners/export", tag = "partners",
    params(
        ("format" = Option<String>, Query, description = "csv"),
        ("bom" = Option<bool>, Query, description = "Whether it begins with a byte order mark; true if not given"),
        ("sort" = Option<Vec<String>>, Query, description = "field,asc or field,desc; code, name, createdAt, updatedAt"),
        ("role" = Option<Vec<String>>, Query, description = "CUSTOMER, SUPPLIER"),
        ("status" = Option<Vec<String>>, Query, description = "ACTIVE, ON_HOLD, INACTIVE, DELETED"),
        ("includeDeleted" = Option<bool>, Query, description = "Whether deleted ones are written too"),
        ("businessNo" = Option<Vec<String>>, Query, description = "Business registration number, with or without hyphens"),
        ("createdFrom" = Option<DateTime<Utc>>, Query, description = "Made at or after"),
        ("createdTo" = Option<DateTime<Utc>>, Query, description = "Made before"),
        ("updatedFrom" = Option<DateTime<Utc>>, Query, description = "Written at or after"),
        ("updatedTo" = Option<DateTime<Utc>>, Query, description = "Written before"),
        ("q" = Option<String>, Query, description = "Terms that name, code and business number have"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = 400, description = "A parameter that is not known or cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn export(
    State(app): State<App>,
    mut params: Params,
) -> Result<Response, Problem> {
    let request = ExportRequest::read(&mut params)?;
    let filter = filter(&mut params)?;
    let query = PartnerQuery::whole(&mut params, &ORDERS, filter, PORTION)?;
    params.finish()?;
    let pages = stream::try_unfold(Some(query), move |next| portion(Arc::clone(&app.store), next));
    exported("partners", request, file::header(), pages).await
}

type Next = Option<PartnerQuery>;

/// The cells of a portion, and what to ask for behind it.
async fn portion(
    store: Arc<dyn Store>,
    next: Next,
) -> Result<Option<(Vec<Vec<String>>, Next)>, Problem> {
    let Some(query) = next else { return Ok(None) };
    let mut partners = store.list(&query).await?;
    let behind = query.behind(&mut partners, |partner| partner.id);
    let cells = partners.iter().map(file::cells).collect();
    Ok(Some((cells, behind)))
}
