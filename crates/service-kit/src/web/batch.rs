//! Several resources at once, for services that need them together.

use std::collections::HashMap;

use serde::Serialize;
use uuid::Uuid;

use super::params::{Params, invalid_parameter};
use super::problem::Problem;

/// Ids of one batch.
const IDS_MAX: usize = 200;

/// Resources by id.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Batch<T> {
    /// Those there are, in the order of the request.
    pub content: Vec<T>,
    /// Ids nobody has.
    pub missing: Vec<Uuid>,
}

impl<T> Batch<T> {
    /// What was found of `ids`, each told as `view`.
    pub fn of<R>(
        ids: Vec<Uuid>,
        found: &[R],
        id: impl Fn(&R) -> Uuid,
        view: impl Fn(&R) -> T,
    ) -> Self {
        let by_id: HashMap<Uuid, &R> = found.iter().map(|one| (id(one), one)).collect();
        let mut batch = Self { content: Vec::new(), missing: Vec::new() };
        for id in ids {
            match by_id.get(&id) {
                Some(one) => batch.content.push(view(one)),
                None => batch.missing.push(id),
            }
        }
        batch
    }
}

/// The parameter `ids`: repeated or separated by commas, at most 200.
///
/// # Errors
/// 400 for too many, or for what is no id.
pub fn batch_ids(params: &mut Params) -> Result<Vec<Uuid>, Problem> {
    let given = params.all("ids");
    let texts = given.iter().flat_map(|value| value.split(',')).map(str::trim);
    let mut ids = Vec::new();
    for text in texts.filter(|text| !text.is_empty()) {
        if ids.len() == IDS_MAX {
            return Err(invalid_parameter("ids", "must be at most 200"));
        }
        let id = Uuid::try_parse(text).map_err(|_| invalid_parameter("ids", "must be UUIDs"))?;
        ids.push(id);
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Vec<u128>, Problem> {
        let ids = batch_ids(&mut Params::parse(query)?)?;
        Ok(ids.iter().map(Uuid::as_u128).collect())
    }

    #[test]
    fn ids_are_repeated_or_listed() {
        let [a, b] = [1, 2].map(Uuid::from_u128);
        assert_eq!(read(&format!("ids={a},%20{b},&ids={a}")).unwrap(), [1, 2, 1]);
        assert!(read("").unwrap().is_empty());
        assert!(read("ids=7").is_err());
        let many = |count| format!("ids={}", vec![a.to_string(); count].join(","));
        assert_eq!(read(&many(200)).unwrap().len(), 200);
        assert!(read(&many(201)).is_err());
    }

    #[test]
    fn the_order_is_that_of_the_request() {
        let ids = [3, 1, 2].map(Uuid::from_u128).to_vec();
        let found = [Uuid::from_u128(1), Uuid::from_u128(3)];
        let batch = Batch::of(ids, &found, |id| *id, |id| id.as_u128());
        assert_eq!((batch.content, batch.missing), (vec![3, 1], vec![Uuid::from_u128(2)]));
    }
}
