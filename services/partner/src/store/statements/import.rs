//! Files of partners.

use std::collections::HashMap;

use async_trait::async_trait;
use service_kit::store::Write;
use service_kit::web::{CsvRow, Known, Outcome, Planned, Problem};
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::engine::{self, TakeRows, met_another, push_in};
use super::{Engine, FOR_UPDATE, Tx, partners, rows};
use crate::domain::{BusinessNo, Partner, Status};
use crate::import::{PartnerImport, unique};
use crate::store::PARTNER;
use crate::view;

#[async_trait]
impl TakeRows for PartnerImport {
    async fn take(&mut self, tx: &mut Tx, rows: &[CsvRow]) -> Result<Vec<Outcome>, Problem> {
        let known = known(tx, self, rows).await?;
        let planned = self.plan(rows, known);
        write(tx, &planned, &self.rows.write).await?;
        Ok(planned.iter().map(Planned::outcome).collect())
    }
}

/// What there is of what `rows` name; partners are kept from others until the end.
async fn known(
    tx: &mut Tx,
    import: &PartnerImport,
    rows: &[CsvRow],
) -> Result<Known<Partner>, Problem> {
    let codes: Vec<String> = rows.iter().filter_map(|row| import.rows.code(row)).collect();
    let mut by_key: HashMap<String, Partner> = HashMap::new();
    if !codes.is_empty() {
        let select = format!("SELECT {} FROM partner WHERE ", rows::COLUMNS);
        let mut sql = QueryBuilder::<Engine>::new(select);
        push_in(&mut sql, "code", codes);
        // In one order, so that two files do not wait for each other.
        sql.push(" ORDER BY code").push(FOR_UPDATE);
        for row in sql.build().fetch_all(&mut **tx).await? {
            let partner = rows::partner(&row)?;
            by_key.insert(partner.code.clone(), partner);
        }
    }
    // A row may name the branch alone: the number is the partner's then.
    let own = by_key.values().filter_map(|partner| partner.draft.business_no.as_ref());
    let own: Vec<String> = own.map(|number| BusinessNo::as_str(number).to_owned()).collect();
    let named = rows.iter().filter_map(|row| import.rows.business_no(row));
    let owners = owners(tx, named.chain(own).collect()).await?;
    let mut codes = HashMap::new();
    for row in rows {
        if let Some(series) = import.rows.series(row) {
            codes.insert(row.line, partners::next_code(tx, series).await?);
        }
    }
    Ok(Known { by_key, owners, codes })
}

/// Who has which of these business numbers, with its branch.
async fn owners(tx: &mut Tx, numbers: Vec<String>) -> Result<HashMap<String, Uuid>, Problem> {
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = QueryBuilder::<Engine>::new("SELECT business_no, sub_no, id FROM partner WHERE ");
    push_in(&mut sql, "business_no", numbers);
    sql.push(" AND status <> ").push_bind(Status::Deleted.code());
    let found = sql.build().fetch_all(&mut **tx).await?;
    let read = found.iter().map(|row| {
        let (number, branch): (String, String) =
            (row.try_get("business_no")?, row.try_get("sub_no")?);
        Ok((unique(&number, &branch), row.try_get("id")?))
    });
    read.collect::<Result<_, sqlx::Error>>().map_err(Problem::from)
}

async fn write(tx: &mut Tx, planned: &[Planned<Partner>], by: &Write) -> Result<(), Problem> {
    let mut audit = Vec::new();
    for one in planned {
        let (action, before, after) = match one {
            Planned::New(after) => {
                partners::insert(tx, after).await.map_err(met_another)?;
                ("CREATE", serde_json::Value::Null, after)
            }
            Planned::Changed { before, after } => {
                partners::update(tx, after).await.map_err(met_another)?;
                ("UPDATE", view::json(before), after)
            }
            Planned::Unchanged | Planned::Failed(_) => continue,
        };
        audit.push(((PARTNER, after.id, after.version), action, before, view::json(after)));
    }
    Ok(engine::record_all(tx, by, audit).await?)
}
