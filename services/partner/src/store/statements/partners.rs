//! Partners one by one.

use erp_values::Money;
use http::StatusCode;
use service_kit::database::violates;
use service_kit::store::{Change, Created, Once, Write};
use service_kit::web::{FieldError, Problem};
use sqlx::error::ErrorKind;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Encode, QueryBuilder, Type};
use uuid::Uuid;

use super::{Engine, FOR_UPDATE, SqlStore, Tx, begin, engine, rows};
use crate::domain::{BusinessNo, Partner, Role, Status};
use crate::store::PARTNER;
use crate::view::{self, AddressView, ContactView};

/// The partner whose `column` is `value`.
pub(super) async fn one<'a, T>(
    store: &SqlStore,
    column: &'static str,
    value: T,
) -> Result<Option<Partner>, Problem>
where
    T: Encode<'a, Engine> + Type<Engine> + Send + 'a,
{
    let select = format!("SELECT {} FROM partner WHERE {column} = $1", rows::COLUMNS);
    let row = store.read.optional(sqlx::query(AssertSqlSafe(select)).bind(value)).await?;
    Ok(row.as_ref().map(rows::partner).transpose()?)
}

pub(super) async fn by_business_no(
    store: &SqlStore,
    number: &str,
    branch: Option<&str>,
) -> Result<Option<Partner>, Problem> {
    let mut sql = QueryBuilder::<Engine>::new(format!("SELECT {} FROM partner", rows::COLUMNS));
    sql.push(" WHERE business_no = ").push_bind(number.to_owned());
    sql.push(" AND status <> ").push_bind(Status::Deleted.code());
    if let Some(branch) = branch {
        sql.push(" AND sub_no = ").push_bind(branch.to_owned());
    }
    sql.push(" ORDER BY sub_no LIMIT 1");
    let row = store.read.optional(sql.build()).await?;
    Ok(row.as_ref().map(rows::partner).transpose()?)
}

pub(super) async fn create(
    store: &SqlStore,
    mut partner: Partner,
    once: Option<Once>,
) -> Result<Created<Partner>, Problem> {
    let mut tx = begin(&store.write).await?;
    if let Some(once) = &once
        && let Some(before) = engine::claim(&mut tx, once, partner.id, partner.created.at).await?
    {
        let made = locked(&mut tx, before).await?;
        return made.map(Created::Before).ok_or_else(|| Problem::not_found("partner"));
    }
    if partner.code.is_empty() {
        partner.code = next_code(&mut tx, partner.draft.roles.series()).await?;
    }
    match insert(&mut tx, &partner).await {
        Ok(()) => {}
        Err(error) if violates(&error, &ErrorKind::UniqueViolation) => {
            drop(tx);
            return Err(taken(store, &partner, true).await);
        }
        Err(error) => return Err(error.into()),
    }
    let write =
        Write { action: "CREATE", actor: partner.created.by.clone(), at: partner.created.at };
    let key = (PARTNER, partner.id, partner.version);
    let (before, after) = (serde_json::Value::Null, view::json(&partner));
    engine::record(&mut tx, key, &write, &before, &after).await?;
    engine::commit(tx).await?;
    Ok(Created::New(partner))
}

pub(super) async fn change(
    store: &SqlStore,
    id: Uuid,
    write: Write,
    change: Change<Partner>,
) -> Result<Partner, Problem> {
    let mut tx = begin(&store.write).await?;
    let before = locked(&mut tx, id).await?.ok_or_else(|| Problem::not_found("partner"))?;
    let Some(mut after) = change(&before)? else { return Ok(before) };
    stamp(&mut after, &before, &write);
    match update(&mut tx, &after).await {
        Ok(()) => {}
        Err(error) if violates(&error, &ErrorKind::UniqueViolation) => {
            drop(tx);
            return Err(taken(store, &after, false).await);
        }
        Err(error) => return Err(error.into()),
    }
    let key = (PARTNER, id, after.version);
    engine::record(&mut tx, key, &write, &view::json(&before), &view::json(&after)).await?;
    engine::commit(tx).await?;
    Ok(after)
}

/// Makes `after` the version behind `before`, by `write`.
pub(super) fn stamp(after: &mut Partner, before: &Partner, write: &Write) {
    after.version = before.version.saturating_add(1);
    after.updated.at = write.at;
    after.updated.by.clone_from(&write.actor);
}

/// The partner, kept from others until the end of the transaction.
pub(super) async fn locked(tx: &mut Tx, id: Uuid) -> Result<Option<Partner>, Problem> {
    let select = format!("SELECT {} FROM partner WHERE id = $1{FOR_UPDATE}", rows::COLUMNS);
    let row = sqlx::query(AssertSqlSafe(select)).bind(id).fetch_optional(&mut **tx).await?;
    Ok(row.as_ref().map(rows::partner).transpose()?)
}

pub(super) async fn insert(tx: &mut Tx, partner: &Partner) -> Result<(), sqlx::Error> {
    let query = bound(INSERT, partner).bind(partner.created.at).bind(&partner.created.by);
    query.execute(&mut **tx).await.map(drop)
}

pub(super) async fn update(tx: &mut Tx, partner: &Partner) -> Result<(), sqlx::Error> {
    bound(UPDATE, partner).execute(&mut **tx).await.map(drop)
}

/// The next code of a series: its letter and six digits. Codes somebody took by hand are left out.
pub(super) async fn next_code(tx: &mut Tx, series: &'static str) -> Result<String, Problem> {
    loop {
        let code = format!("{series}{:06}", engine::next_number(tx, series).await?);
        let select = "SELECT 1 FROM partner WHERE code = $1";
        if sqlx::query(select).bind(&code).fetch_optional(&mut **tx).await?.is_none() {
            return Ok(code);
        }
    }
}

/// Which of its unique values another partner has.
async fn taken(store: &SqlStore, partner: &Partner, is_new: bool) -> Problem {
    if is_new && matches!(one(store, "id", partner.id).await, Ok(Some(_))) {
        let detail = "there is a partner with this id";
        return Problem::new(StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", detail);
    }
    let field = match one(store, "code", partner.code.as_str()).await {
        Ok(Some(other)) if other.id != partner.id => "code",
        Ok(_) => "businessNo",
        Err(problem) => return problem,
    };
    let message = "another partner has it";
    let problem = Problem::conflict("DUPLICATE_CODE", format!("{field}: {message}"));
    problem.with_errors(vec![FieldError::new(field, "DUPLICATE_CODE", message)])
}

const INSERT: &str = "INSERT INTO partner (id, code, name, is_customer, is_supplier, business_no, \
     sub_no, representative, business_type, business_item, tax_invoice_email, phone, addresses, \
     contacts, terms_type, terms_days, credit_limit, currency, status, hold_reason, version, \
     updated_at, updated_by, name_key, search, created_at, created_by) VALUES ($1, $2, $3, $4, $5, \
     $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, \
     $26, $27)";

const UPDATE: &str = "UPDATE partner SET code = $2, name = $3, is_customer = $4, is_supplier = $5, \
     business_no = $6, sub_no = $7, representative = $8, business_type = $9, business_item = $10, \
     tax_invoice_email = $11, phone = $12, addresses = $13, contacts = $14, terms_type = $15, \
     terms_days = $16, credit_limit = $17, currency = $18, status = $19, hold_reason = $20, \
     version = $21, updated_at = $22, updated_by = $23, name_key = $24, search = $25 WHERE id = $1";

type Query<'a> = sqlx::query::Query<'a, Engine, <Engine as sqlx::Database>::Arguments>;

/// Binds what an insert and an update share, in their common order.
fn bound<'a>(sql: &'static str, partner: &'a Partner) -> Query<'a> {
    let draft = &partner.draft;
    let addresses: Vec<AddressView> =
        draft.addresses.iter().cloned().map(AddressView::from).collect();
    let contacts: Vec<ContactView> =
        draft.contacts.iter().cloned().map(ContactView::from).collect();
    sqlx::query(sql)
        .bind(partner.id)
        .bind(&partner.code)
        .bind(&draft.name)
        .bind(draft.roles.has(Role::Customer))
        .bind(draft.roles.has(Role::Supplier))
        .bind(draft.business_no.as_ref().map(BusinessNo::as_str))
        .bind(draft.sub_business_no.as_deref().unwrap_or_default())
        .bind(&draft.representative)
        .bind(&draft.business_type)
        .bind(&draft.business_item)
        .bind(&draft.tax_invoice_email)
        .bind(&draft.phone)
        .bind(Json(addresses))
        .bind(Json(contacts))
        .bind(draft.payment_terms.kind().code())
        .bind(draft.payment_terms.days())
        .bind(draft.credit_limit.as_ref().map(Money::amount_minor))
        .bind(draft.currency.code().to_owned())
        .bind(partner.status.code())
        .bind(&partner.hold_reason)
        .bind(partner.version)
        .bind(partner.updated.at)
        .bind(&partner.updated.by)
        .bind(partner.name_key())
        .bind(partner.search())
}
