//! Keys of requests that must have their effect once (H-11 to H-13).

use chrono::{DateTime, Utc};
use http::StatusCode;
use service_kit::web::Problem;
use sqlx::Row as _;
use uuid::Uuid;

use super::Tx;
use crate::store::Once;

/// Takes `once` for `id`, in the transaction of the effect. `Some` is the resource that the same
/// request made before.
pub(super) async fn claim(
    tx: &mut Tx,
    once: &Once,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<Option<Uuid>, Problem> {
    let insert = "INSERT INTO idempotency_key (scope, key, fingerprint, resource_id, created_at) \
                  VALUES ($1, $2, $3, $4, $5) ON CONFLICT (scope, key) DO NOTHING";
    let inserted = sqlx::query(insert)
        .bind(&once.scope)
        .bind(&once.key)
        .bind(once.fingerprint.as_slice())
        .bind(id)
        .bind(at)
        .execute(&mut **tx)
        .await
        .map_err(busy)?;
    if inserted.rows_affected() == 1 {
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
