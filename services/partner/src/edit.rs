//! What a written partner becomes, by itself or of what it was.

use erp_values::Stamp;
use serde_json::Value;
use service_kit::web::{FieldError, Precondition, Problem};
use uuid::Uuid;

use crate::domain::{Partner, Status};
use crate::input::PartnerInput;
use crate::view;

/// A new partner; its `code` is empty where the next of a series is wanted.
///
/// # Errors
/// 422 with all mistakes.
pub(crate) fn made(input: PartnerInput, stamp: Stamp) -> Result<Partner, Problem> {
    input.check_read_only(&Value::Null)?;
    let status = input.first_status()?;
    let (code, draft) = input.check(None)?;
    Ok(Partner {
        id: Uuid::now_v7(),
        code: code.unwrap_or_default(),
        draft,
        status,
        hold_reason: None,
        version: 1,
        created: stamp.clone(),
        updated: stamp,
    })
}

/// `before` with what `input` says; `None` if that is what it is already.
pub(crate) fn rewritten(
    before: &Partner,
    input: PartnerInput,
    condition: &Precondition,
    force: bool,
) -> Result<Option<Partner>, Problem> {
    condition.check(before.version)?;
    input.check_read_only(&view::json(before))?;
    let (code, draft) = input.check(Some(before))?;
    if !force && draft.roles.lacks_one_of(before.draft.roles) {
        let message = "a role is removed only with force=true";
        let problem = Problem::conflict("FORCE_REQUIRED", format!("roles: {message}"));
        return Err(problem.with_errors(vec![FieldError::new("roles", "FORCE_REQUIRED", message)]));
    }
    let code = code.unwrap_or_else(|| before.code.clone());
    let after = Partner { code, draft, ..before.clone() };
    if after == *before {
        return Ok(None);
    }
    check_alive(before)?;
    Ok(Some(after))
}

/// 409 for a deleted partner.
///
/// # Errors
/// It is deleted.
pub(crate) fn check_alive(partner: &Partner) -> Result<(), Problem> {
    if partner.status == Status::Deleted {
        return Err(Problem::conflict("ILLEGAL_STATE", "a deleted partner cannot be changed"));
    }
    Ok(())
}
