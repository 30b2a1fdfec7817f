//! Lists of partners.

use service_kit::web::{Count, Problem, Total};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::engine::{self, Conditions, push_in};
use super::{Engine, SqlStore, rows};
use crate::domain::{Partner, Role, Status};
use crate::store::{Filter, PartnerQuery};

pub(super) async fn batch(store: &SqlStore, ids: &[Uuid]) -> Result<Vec<Partner>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql =
        QueryBuilder::<Engine>::new(format!("SELECT {} FROM partner WHERE ", rows::COLUMNS));
    push_in(&mut sql, "id", ids.iter().copied());
    let rows = store.read.all(sql.build()).await?;
    Ok(rows.iter().map(rows::partner).collect::<Result<_, _>>()?)
}

pub(super) async fn page(store: &SqlStore, query: &PartnerQuery) -> Result<Vec<Partner>, Problem> {
    let conditions = conditions(&query.filter);
    let rows = engine::page(&store.read, rows::COLUMNS, &conditions, query).await?;
    Ok(rows.iter().map(rows::partner).collect::<Result<_, _>>()?)
}

pub(super) async fn count(
    store: &SqlStore,
    filter: &Filter,
    count: Count,
) -> Result<Total, Problem> {
    engine::count(&store.read, &conditions(filter), count).await
}

/// What the rows of a list meet.
fn conditions(filter: &Filter) -> Conditions<'_> {
    let hides_deleted = filter.statuses.is_empty() && !filter.with_deleted;
    let mut all = Conditions::new("partner", move |sql| {
        if hides_deleted {
            sql.push("status <> ").push(Status::Deleted.code());
        } else {
            sql.push("1 = 1");
        }
    });
    all.and_in("business_no", filter.business_nos.clone());
    all.and_within("created_at", filter.created);
    all.and_within("updated_at", filter.updated);
    all.and_one_of("status", filter.statuses.iter().map(|status| status.code()));
    // Whoever names all roles names everybody.
    match [Role::Customer, Role::Supplier].map(|role| filter.roles.contains(&role)) {
        [true, false] => all.and_true("is_customer"),
        [false, true] => all.and_true("is_supplier"),
        [true, true] | [false, false] => {}
    }
    all.and_terms("code", &filter.terms);
    all
}
