//! `GET /partners/{id}`, `/by-code/{code}`, `/by-business-no/{no}`, `/batch`

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use service_kit::web::{
    Batch, Id, IfNoneMatch, Params, Problem, ProblemDocument, batch_ids, unchanged, versioned,
};

use super::App;
use crate::domain::{BusinessNo, CODE_CHARS_MAX, Partner};
use crate::view::PartnerView;

/// A partner, deleted ones too: an old order must still be able to show it.
#[utoipa::path(
    operation_id = "getPartner", get, path = "/partners/{id}", tag = "partners",
    params(("id" = Uuid, Path, description = "Id"), ("If-None-Match" = Option<String>, Header, description = "ETag the reader has")),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 304, description = "The reader has this version"),
        (status = 400, description = "Not an id", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(
    State(app): State<App>,
    Id(id): Id,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    answer(app.store.partner(id).await?, &known)
}

/// The partner with this code, deleted ones too.
#[utoipa::path(
    operation_id = "getPartnerByCode", get, path = "/partners/by-code/{code}", tag = "partners",
    params(("code" = String, Path, description = "Code, in any case"), ("If-None-Match" = Option<String>, Header, description = "ETag the reader has")),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 304, description = "The reader has this version"),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn by_code(
    State(app): State<App>,
    Path(code): Path<String>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let code = erp_values::normalized(&code, "._-", CODE_CHARS_MAX);
    let code = code.map_err(|_| Problem::not_found("partner"))?;
    answer(app.store.by_code(&code).await?, &known)
}

/// The partner with this business number that is not deleted. Branches share a number: without
/// `subBusinessNo` it is the one that is no branch, or else the first branch.
#[utoipa::path(
    operation_id = "getPartnerByBusinessNo", get, path = "/partners/by-business-no/{no}", tag = "partners",
    params(
        ("no" = String, Path, description = "Business registration number, with or without hyphens"),
        ("subBusinessNo" = Option<String>, Query, description = "Number of the branch"),
        ("If-None-Match" = Option<String>, Header, description = "ETag the reader has"),
    ),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 304, description = "The reader has this version"),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn by_business_no(
    State(app): State<App>,
    Path(number): Path<String>,
    mut params: Params,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let branch = params.one("subBusinessNo")?;
    params.finish()?;
    let number = BusinessNo::parse(&number).ok_or_else(|| Problem::not_found("partner"))?;
    answer(app.store.by_business_no(number.as_str(), branch.as_deref()).await?, &known)
}

fn answer(found: Option<Partner>, known: &IfNoneMatch) -> Result<Response, Problem> {
    let partner = found.ok_or_else(|| Problem::not_found("partner"))?;
    if known.has(partner.version) {
        return Ok(unchanged(partner.version));
    }
    let version = partner.version;
    Ok(versioned(&PartnerView::from(partner), version))
}

/// Partners by id, for services that need several.
#[utoipa::path(
    operation_id = "getPartners", get, path = "/partners/batch", tag = "partners",
    params(("ids" = Vec<String>, Query, description = "Up to 200 ids, repeated or separated by commas; nothing for none")),
    responses(
        (status = 200, body = Batch<PartnerView>),
        (status = 400, description = "Too many or not ids", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn batch(
    State(app): State<App>,
    mut params: Params,
) -> Result<Json<Batch<PartnerView>>, Problem> {
    let ids = batch_ids(&mut params)?;
    params.finish()?;
    let found = app.store.batch(&ids).await?;
    Ok(Json(Batch::of(ids, &found, |one| one.id, |one| PartnerView::from(one))))
}
