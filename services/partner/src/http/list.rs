//! `GET /partners`

use axum::extract::State;
use axum::response::Response;
use erp_values::web::search_terms;
use http::Uri;
use service_kit::web::{Page, Params, Problem, ProblemDocument, invalid_parameter, linked};

use super::App;
use crate::domain::{BusinessNo, Role, Status};
use crate::store::{Filter, ORDERS, PartnerQuery};
use crate::view::PartnerView;

/// Partners in pages. Filters of one name are alternatives, of different names all hold.
#[utoipa::path(
    operation_id = "listPartners", get, path = "/partners", tag = "partners",
    params(
        ("page" = Option<u32>, Query, description = "Number of the page, from 0"),
        ("size" = Option<u32>, Query, description = "Entries of a page, 20 if not given, at most 2000"),
        ("sort" = Option<Vec<String>>, Query, description = "field,asc or field,desc; code, name, createdAt, updatedAt"),
        ("cursor" = Option<String>, Query, description = "Where the page begins: nextCursor of the one before, empty for the first"),
        ("count" = Option<String>, Query, description = "exact or none"),
        ("role" = Option<Vec<String>>, Query, description = "CUSTOMER, SUPPLIER"),
        ("status" = Option<Vec<String>>, Query, description = "ACTIVE, ON_HOLD, INACTIVE, DELETED"),
        ("includeDeleted" = Option<bool>, Query, description = "Whether deleted ones are listed too"),
        ("businessNo" = Option<Vec<String>>, Query, description = "Business registration number, with or without hyphens"),
        ("createdFrom" = Option<DateTime<Utc>>, Query, description = "Made at or after"),
        ("createdTo" = Option<DateTime<Utc>>, Query, description = "Made before"),
        ("updatedFrom" = Option<DateTime<Utc>>, Query, description = "Written at or after"),
        ("updatedTo" = Option<DateTime<Utc>>, Query, description = "Written before"),
        ("q" = Option<String>, Query, description = "Terms that name, code and business number have; one or two characters are beginnings of code or name"),
    ),
    responses(
        (status = 200, body = Page<PartnerView>, headers(("Link" = Option<String>, description = "Where the next page is"))),
        (status = 400, description = "A parameter that is not known or cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    uri: Uri,
    mut params: Params,
) -> Result<Response, Problem> {
    let filter = filter(&mut params)?;
    let query = PartnerQuery::read(&mut params, &ORDERS, filter)?;
    params.finish()?;
    let partners = app.store.list(&query).await?;
    let total = match query.known_total(&partners) {
        Some(total) => total,
        None => app.store.count(&query.filter, query.count()).await?,
    };
    let page = query.page(partners, total, |one| one.id, PartnerView::from);
    Ok(linked(&uri, &page))
}

/// Reads the filters.
pub(super) fn filter(params: &mut Params) -> Result<Filter, Problem> {
    Ok(Filter {
        roles: all_named(params, "role", Role::named)?,
        statuses: all_named(params, "status", Status::named)?,
        with_deleted: params.flag("includeDeleted")?,
        business_nos: all_named(params, "businessNo", |text| {
            BusinessNo::parse(text).map(|number| number.as_str().to_owned())
        })?,
        created: (params.parsed("createdFrom")?, params.parsed("createdTo")?),
        updated: (params.parsed("updatedFrom")?, params.parsed("updatedTo")?),
        terms: search_terms(params.one("q")?.as_deref())?,
    })
}

fn all_named<T>(
    params: &mut Params,
    name: &str,
    of: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Problem> {
    let values = params.all(name);
    let read = values.iter().map(|value| of(value));
    read.map(|one| one.ok_or_else(|| invalid_parameter(name, "is not a known value"))).collect()
}
