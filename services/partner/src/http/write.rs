//! `POST /partners`, `PUT` and `PATCH /partners/{id}`

use axum::extract::State;
use axum::response::Response;
use erp_values::Stamp;
use serde_json::Value;
use service_kit::store::{Change, Once, Write, now};
use service_kit::web::{
    Caller, FieldError, Id, IdempotencyKey, IfMatch, Json, Params, Problem, ProblemDocument,
    created, from_value, merge_patch, versioned,
};
use uuid::Uuid;

use super::App;
use crate::domain::Partner;
use crate::edit;
use crate::input::PartnerInput;
use crate::view::{self, PartnerView};

/// Makes a partner: `ACTIVE`, unless `INACTIVE` is asked for.
#[utoipa::path(
    operation_id = "createPartner", post, path = "/partners", tag = "partners", request_body = PartnerInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key has one effect")),
    responses(
        (status = 201, body = PartnerView, headers(("ETag" = String, description = "Version"), ("Location" = String, description = "Where it is"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its code or business number is taken, or the same request is being worked on", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A field that is not valid", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(body): Json<Value>,
) -> Result<Response, Problem> {
    let once = Once::of_post(key, "/partners", &caller, &body);
    let input: PartnerInput = from_value(body)?;
    if input.version().is_some_and(|version| version != 0) {
        let error = FieldError::new("version", "READ_ONLY", "a new partner has no version yet");
        return Err(Problem::invalid(vec![error]));
    }
    let partner = edit::made(input, Stamp { at: now(&app.clock), by: caller.user })?;
    let (partner, replayed) = app.store.create(partner, once).await?.into_parts();
    let location = format!("/partners/{}", partner.id);
    Ok(created(&PartnerView::from(&partner), &location, partner.version, replayed))
}

/// Replaces a partner. Its status is changed by the actions, not here. Addresses and contacts that
/// are not sent are removed; those sent without an id are new.
#[utoipa::path(
    operation_id = "replacePartner", put, path = "/partners/{id}", tag = "partners", request_body = PartnerInput,
    params(
        ("id" = Uuid, Path, description = "Id"),
        ("force" = Option<bool>, Query, description = "Whether a role may be removed"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to change"),
    ),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Another version, taken, deleted, or a role would go", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A field that is not valid", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 428, description = "Which version?", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn replace(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
    params: Params,
    Json(input): Json<PartnerInput>,
) -> Result<Response, Problem> {
    let force = forced(params)?;
    let condition = matches.condition(input.version(), app.require_precondition)?;
    let change = move |before: &Partner| {
        edit::check_alive(before)?;
        edit::rewritten(before, input, &condition, force)
    };
    changed(&app, id, &caller, Box::new(change)).await
}

/// Changes single fields (RFC 7396): `null` takes a value away, a list replaces the whole list.
#[utoipa::path(
    operation_id = "patchPartner", patch, path = "/partners/{id}", tag = "partners",
    request_body(content = PartnerInput, content_type = "application/merge-patch+json"),
    params(
        ("id" = Uuid, Path, description = "Id"),
        ("force" = Option<bool>, Query, description = "Whether a role may be removed"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to change"),
    ),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Another version, taken, deleted, or a role would go", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A field that is not valid", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 428, description = "Which version?", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn patch(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
    params: Params,
    Json(patch): Json<Value>,
) -> Result<Response, Problem> {
    let force = forced(params)?;
    // Read alone first, so that its mistakes are told as such.
    let input: PartnerInput = from_value(patch.clone())?;
    let condition = matches.condition(input.version(), app.require_precondition)?;
    let change = move |before: &Partner| {
        edit::check_alive(before)?;
        let mut whole = view::json(before);
        merge_patch(&mut whole, patch);
        edit::rewritten(before, from_value(whole)?, &condition, force)
    };
    changed(&app, id, &caller, Box::new(change)).await
}

fn forced(mut params: Params) -> Result<bool, Problem> {
    let force = params.flag("force")?;
    params.finish()?;
    Ok(force)
}

async fn changed(
    app: &App,
    id: Uuid,
    caller: &Caller,
    change: Change<Partner>,
) -> Result<Response, Problem> {
    let write = Write::new("UPDATE", caller, &app.clock);
    let partner = app.store.change(id, write, change).await?;
    Ok(versioned(&PartnerView::from(&partner), partner.version))
}
