//! Categories.

use http::StatusCode;
use service_kit::database::violates;
use service_kit::store::{Change, Created, Once, Write};
use service_kit::web::{FieldError, Problem};
use sqlx::error::ErrorKind;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::{FOR_UPDATE, SqlStore, Tx, begin, engine, rows};
use crate::domain::{Category, DEPTH_MAX};
use crate::store::Entity;
use crate::view;

pub(super) async fn one(store: &SqlStore, id: Uuid) -> Result<Option<Category>, Problem> {
    let select = format!("SELECT {} FROM category WHERE id = $1", rows::CATEGORY);
    let row = store.read.optional(sqlx::query(AssertSqlSafe(select)).bind(id)).await?;
    Ok(row.as_ref().map(rows::category).transpose()?)
}

pub(super) async fn all(store: &SqlStore) -> Result<Vec<Category>, Problem> {
    let select = format!("SELECT {} FROM category ORDER BY sort, code", rows::CATEGORY);
    let rows = store.read.all(sqlx::query(AssertSqlSafe(select))).await?;
    Ok(rows.iter().map(rows::category).collect::<Result<_, _>>()?)
}

pub(super) async fn create(
    store: &SqlStore,
    category: Category,
    once: Option<Once>,
) -> Result<Created<Category>, Problem> {
    let mut tx = begin(&store.write).await?;
    if let Some(once) = &once
        && let Some(before) = engine::claim(&mut tx, once, category.id, category.created.at).await?
    {
        let made = locked(&mut tx, before).await?;
        return made.map(Created::Before).ok_or_else(|| Problem::not_found("category"));
    }
    check_tree(&mut tx, &category).await?;
    let insert = "INSERT INTO category (id, code, name, parent_id, sort, version, created_at, \
                  created_by, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    sqlx::query(insert)
        .bind(category.id)
        .bind(&category.draft.code)
        .bind(&category.draft.name)
        .bind(category.draft.parent_id)
        .bind(category.draft.sort)
        .bind(category.version)
        .bind(category.created.at)
        .bind(&category.created.by)
        .bind(category.updated.at)
        .bind(&category.updated.by)
        .execute(&mut *tx)
        .await
        .map_err(taken)?;
    let write =
        Write { action: "CREATE", actor: category.created.by.clone(), at: category.created.at };
    let after = view::category_json(&category);
    let key = (Entity::Category as i16, category.id, category.version);
    engine::record(&mut tx, key, &write, &serde_json::Value::Null, &after).await?;
    engine::commit(tx).await?;
    Ok(Created::New(category))
}

pub(super) async fn change(
    store: &SqlStore,
    id: Uuid,
    write: Write,
    change: Change<Category>,
) -> Result<Category, Problem> {
    let mut tx = begin(&store.write).await?;
    let before = locked(&mut tx, id).await?.ok_or_else(|| Problem::not_found("category"))?;
    let Some(mut after) = change(&before)? else { return Ok(before) };
    after.version = before.version.saturating_add(1);
    after.updated.at = write.at;
    after.updated.by.clone_from(&write.actor);
    check_tree(&mut tx, &after).await?;
    let update = "UPDATE category SET code = $2, name = $3, parent_id = $4, sort = $5, version = $6, \
                  updated_at = $7, updated_by = $8 WHERE id = $1";
    sqlx::query(update)
        .bind(id)
        .bind(&after.draft.code)
        .bind(&after.draft.name)
        .bind(after.draft.parent_id)
        .bind(after.draft.sort)
        .bind(after.version)
        .bind(after.updated.at)
        .bind(&after.updated.by)
        .execute(&mut *tx)
        .await
        .map_err(taken)?;
    let key = (Entity::Category as i16, id, after.version);
    let (old, new) = (view::category_json(&before), view::category_json(&after));
    engine::record(&mut tx, key, &write, &old, &new).await?;
    engine::commit(tx).await?;
    Ok(after)
}

pub(super) async fn remove(
    store: &SqlStore,
    id: Uuid,
    write: Write,
    check: Change<Category>,
) -> Result<bool, Problem> {
    let mut tx = begin(&store.write).await?;
    let Some(before) = locked(&mut tx, id).await? else { return Ok(false) };
    check(&before)?;
    let removed =
        sqlx::query("DELETE FROM category WHERE id = $1").bind(id).execute(&mut *tx).await;
    match removed {
        Ok(_) => {}
        Err(error) if violates(&error, &ErrorKind::ForeignKeyViolation) => {
            let detail = "products or other categories are in it";
            return Err(Problem::conflict("CATEGORY_IN_USE", detail));
        }
        Err(error) => return Err(error.into()),
    }
    let key = (Entity::Category as i16, id, before.version.saturating_add(1));
    let old = view::category_json(&before);
    engine::record(&mut tx, key, &write, &old, &serde_json::Value::Null).await?;
    engine::commit(tx).await?;
    Ok(true)
}

async fn locked(tx: &mut Tx, id: Uuid) -> Result<Option<Category>, Problem> {
    let select = format!("SELECT {} FROM category WHERE id = $1{FOR_UPDATE}", rows::CATEGORY);
    let row = sqlx::query(AssertSqlSafe(select)).bind(id).fetch_optional(&mut **tx).await?;
    Ok(row.as_ref().map(rows::category).transpose()?)
}

/// Checks that the parent exists, that nothing is its own ancestor, and that no leaf is too deep.
async fn check_tree(tx: &mut Tx, category: &Category) -> Result<(), Problem> {
    let invalid =
        |code, message| Problem::invalid(vec![FieldError::new("parentId", code, message)]);
    let mut above = 0_usize;
    let mut parent = category.draft.parent_id;
    while let Some(id) = parent {
        if id == category.id {
            return Err(invalid("CATEGORY_CYCLE", "a category cannot be below itself"));
        }
        above = above.saturating_add(1);
        if above >= DEPTH_MAX {
            return Err(invalid("CATEGORY_DEPTH", "the tree may have 6 levels"));
        }
        // Locked, so that nobody moves an ancestor below this one meanwhile.
        let found = locked(tx, id).await?;
        parent = found
            .ok_or_else(|| invalid("UNKNOWN_CATEGORY", "there is no such category"))?
            .draft
            .parent_id;
    }
    let below = height(tx, category.id).await?;
    if above.saturating_add(below).saturating_add(1) > DEPTH_MAX {
        return Err(invalid("CATEGORY_DEPTH", "the tree may have 6 levels"));
    }
    Ok(())
}

/// Levels below a category.
async fn height(tx: &mut Tx, id: Uuid) -> Result<usize, Problem> {
    let select = "WITH RECURSIVE below (id, depth) AS (\
                  SELECT id, 0 FROM category WHERE id = $1 \
                  UNION ALL SELECT c.id, b.depth + 1 FROM category c JOIN below b ON c.parent_id = b.id \
                  WHERE b.depth < 10) \
                  SELECT CAST(COALESCE(MAX(depth), 0) AS BIGINT) FROM below";
    let depth: i64 = sqlx::query(select).bind(id).fetch_one(&mut **tx).await?.try_get(0)?;
    Ok(usize::try_from(depth).unwrap_or_default())
}

fn taken(error: sqlx::Error) -> Problem {
    if !violates(&error, &ErrorKind::UniqueViolation) {
        return error.into();
    }
    let message = "another category has it";
    let problem = Problem::new(StatusCode::CONFLICT, "DUPLICATE_CODE", format!("code: {message}"));
    problem.with_errors(vec![FieldError::new("code", "DUPLICATE_CODE", message)])
}
