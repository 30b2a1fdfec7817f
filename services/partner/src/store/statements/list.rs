//! Lists of partners.

use service_kit::web::{Count, Problem, Total};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::engine::{self, push_in, push_page, push_terms};
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
    let rows = sql.build().fetch_all(&store.read).await?;
    Ok(rows.iter().map(rows::partner).collect::<Result<_, _>>()?)
}

pub(super) async fn page(store: &SqlStore, query: &PartnerQuery) -> Result<Vec<Partner>, Problem> {
    let mut sql = QueryBuilder::new(format!("SELECT {} FROM partner WHERE ", rows::COLUMNS));
    push_filter(&mut sql, &query.filter);
    push_page(&mut sql, query);
    let rows = sql.build().fetch_all(&store.read).await?;
    Ok(rows.iter().map(rows::partner).collect::<Result<_, _>>()?)
}

pub(super) async fn count(
    store: &SqlStore,
    filter: &Filter,
    count: Count,
) -> Result<Total, Problem> {
    engine::count(&store.read, "partner", count, |sql| push_filter(sql, filter)).await
}

fn push_filter(sql: &mut QueryBuilder<Engine>, filter: &Filter) {
    // Conditions are appended with AND; the first needs something before it.
    if filter.statuses.is_empty() {
        if filter.with_deleted {
            sql.push("1 = 1");
        } else {
            sql.push("status <> ").push_bind(Status::Deleted.code());
        }
    } else {
        push_in(sql, "status", filter.statuses.iter().map(|status| status.code()));
    }
    push_roles(sql, &filter.roles);
    if !filter.business_nos.is_empty() {
        sql.push(" AND ");
        push_in(sql, "business_no", filter.business_nos.iter().cloned());
    }
    for (column, range) in [("created_at", &filter.created), ("updated_at", &filter.updated)] {
        if let Some(from) = range.0 {
            sql.push(" AND ").push(column).push(" >= ").push_bind(from);
        }
        if let Some(before) = range.1 {
            sql.push(" AND ").push(column).push(" < ").push_bind(before);
        }
    }
    push_terms(sql, "partner", "code", &filter.terms);
}

/// Has one of `roles`. Whoever names all of them names everybody.
fn push_roles(sql: &mut QueryBuilder<Engine>, roles: &[Role]) {
    let [customer, supplier] = [Role::Customer, Role::Supplier].map(|role| roles.contains(&role));
    match (customer, supplier) {
        (true, false) => sql.push(" AND is_customer = ").push_bind(true),
        (false, true) => sql.push(" AND is_supplier = ").push_bind(true),
        (true, true) | (false, false) => sql,
    };
}
