//! `POST /partners/{id}/contacts/{contactId}/erase`

use axum::extract::State;
use axum::response::Response;
use service_kit::store::Write;
use service_kit::web::{Caller, Ids, IfMatch, Problem, ProblemDocument, versioned};

use super::App;
use crate::view::PartnerView;

/// Erases what is known of a contact: name, title, telephone and mail, in the partner and in its
/// history, for good (C-4). Works for contacts that were removed before, and for deleted partners.
/// May be repeated; only an answer with 200 says that all is done.
#[utoipa::path(
    operation_id = "eraseContact", post, path = "/partners/{id}/contacts/{contactId}/erase", tag = "partners",
    params(
        ("id" = Uuid, Path, description = "Id"),
        ("contactId" = Uuid, Path, description = "Id of the contact"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version meant"),
    ),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner or contact", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; repeat it until it is done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn erase(
    State(app): State<App>,
    Ids(ids): Ids<2>,
    caller: Caller,
    matches: IfMatch,
) -> Result<Response, Problem> {
    let [id, contact] = ids;
    let condition = matches.condition(None, false)?;
    let write = Write::new("ERASE_CONTACT", &caller, &app.clock);
    let partner = app.store.erase_contact(id, contact, write, condition).await?;
    Ok(versioned(&PartnerView::from(&partner), partner.version))
}
