//! Keys of requests that must have their effect once (H-11 to H-13).

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::{SKIP_LOCKED, Tx};
use crate::store::Once;
use crate::web::Problem;

/// How long a key is known (H-12).
const KEPT: TimeDelta = TimeDelta::days(7);
/// Forgotten keys that one request takes away: more than it brings.
const SWEPT: i64 = 10;

/// Takes `once` for `id`, in the transaction of the effect. `Some` is the resource that the same
/// request made before.
///
/// # Errors
/// 422 if the key was used for another request, 409 while the same request is being worked on.
pub async fn claim(
    tx: &mut Tx,
    once: &Once,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<Option<Uuid>, Problem> {
    let forgotten = at - KEPT;
    let insert = "INSERT INTO idempotency_key (scope, key, fingerprint, resource_id, created_at) \
                  VALUES ($1, $2, $3, $4, $5) ON CONFLICT (scope, key) DO UPDATE \
                  SET fingerprint = excluded.fingerprint, resource_id = excluded.resource_id, \
                  created_at = excluded.created_at WHERE idempotency_key.created_at < $6";
    let inserted = sqlx::query(insert)
        .bind(&once.scope)
        .bind(&once.key)
        .bind(once.fingerprint.as_slice())
        .bind(id)
        .bind(at)
        .bind(forgotten)
        .execute(&mut **tx)
        .await
        .map_err(busy)?;
    if inserted.rows_affected() == 1 {
        sweep(tx, forgotten).await?;
        return Ok(None);
    }
    let select =
        "SELECT fingerprint, resource_id FROM idempotency_key WHERE scope = $1 AND key = $2";
    let row = sqlx::query(select).bind(&once.scope).bind(&once.key).fetch_one(&mut **tx).await?;
    let fingerprint: Vec<u8> = row.try_get("fingerprint")?;
    if fingerprint != once.fingerprint {
        let detail = "this Idempotency-Key was used for another request";
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Err(Problem::new(status, "IDEMPOTENCY_KEY_REUSED", detail));
    }
    Ok(Some(row.try_get("resource_id")?))
}

/// Takes away some keys that are known no longer, so that the table does not grow for ever.
async fn sweep(tx: &mut Tx, forgotten: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let delete = format!(
        "DELETE FROM idempotency_key WHERE (scope, key) IN (SELECT scope, key FROM idempotency_key \
         WHERE created_at < $1 ORDER BY created_at LIMIT $2{SKIP_LOCKED})"
    );
    let delete = sqlx::query(AssertSqlSafe(delete)).bind(forgotten).bind(SWEPT);
    delete.execute(&mut **tx).await.map(drop)
}

/// PostgreSQL gave up waiting for the transaction of an equal request.
fn busy(error: sqlx::Error) -> Problem {
    let code =
        error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
    if code.as_deref() == Some("55P03") {
        let detail = "the same request is being worked on";
        return Problem::conflict("IDEMPOTENCY_IN_PROGRESS", detail).retry_after(1);
    }
    error.into()
}
