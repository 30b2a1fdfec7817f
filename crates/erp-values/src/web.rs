//! How values travel: money as JSON, mistakes as 422, searches as terms.

use serde::{Deserialize, Serialize};
use service_kit::web::{FieldError, Problem, invalid_parameter};
use utoipa::ToSchema;

use crate::{Currency, Fault, Faults, Money, MoneyError, search_key};

/// Characters of a search.
const SEARCH_CHARS_MAX: usize = 200;
/// Terms of a search.
const TERMS_MAX: usize = 10;

/// An amount of money as it is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Money)]
pub struct MoneyView {
    /// Minor units of the currency: won, cents.
    #[schema(minimum = -999_999_999_999_999_i64, maximum = 999_999_999_999_999_i64)]
    pub amount: i64,
    /// ISO 4217 code.
    #[schema(min_length = 3, max_length = 3)]
    pub currency: String,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { amount: money.amount_minor(), currency: money.currency().code().to_owned() }
    }
}

/// An amount of money as clients write it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyInput {
    /// Minor units of the currency: won, cents.
    #[schema(minimum = 0, maximum = 999_999_999_999_999_i64)]
    amount: i64,
    /// ISO 4217 code.
    currency: String,
}

impl MoneyInput {
    /// The money of `field`; `None` if it is wrong.
    pub fn read(&self, faults: &mut Faults, field: &str) -> Option<Money> {
        let currency = currency(faults, &format!("{field}.currency"), Some(&self.currency))?;
        match Money::new(self.amount, currency) {
            Ok(money) => Some(money),
            Err(MoneyError::Amount | MoneyError::Currency) => {
                faults.add(format!("{field}.amount"), "OUT_OF_RANGE", "has more than 15 digits");
                None
            }
        }
    }
}

/// The currency of `field`; `None` if nothing is there or it is wrong.
pub fn currency(faults: &mut Faults, field: &str, code: Option<&str>) -> Option<Currency> {
    let currency = Currency::parse(code?);
    if currency.is_none() {
        faults.add(field, "INVALID_VALUE", "must be an ISO 4217 code in capitals");
    }
    currency
}

impl From<Faults> for Problem {
    /// 422 with all mistakes.
    fn from(faults: Faults) -> Self {
        let error = |fault: Fault| FieldError::new(fault.field, fault.code, fault.message);
        Self::invalid(faults.0.into_iter().map(error).collect())
    }
}

/// Terms of a search, folded, all of which must be found.
///
/// # Errors
/// 400 if it is too long or has too many.
pub fn search_terms(q: Option<&str>) -> Result<Vec<String>, Problem> {
    let q = q.unwrap_or_default();
    if q.chars().nth(SEARCH_CHARS_MAX).is_some() {
        return Err(invalid_parameter("q", "is too long"));
    }
    let folded = search_key(q);
    let mut terms: Vec<String> =
        folded.split(' ').filter(|term| !term.is_empty()).map(String::from).collect();
    terms.dedup();
    if terms.len() > TERMS_MAX {
        return Err(invalid_parameter("q", "has too many terms"));
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_with_its_mistakes() {
        let read = |amount, currency: &str| {
            let mut faults = Faults::default();
            let input = MoneyInput { amount, currency: currency.to_owned() };
            let field = |faults: Faults| faults.0.into_iter().map(|fault| fault.field).collect();
            input.read(&mut faults, "price").ok_or_else(|| -> String { field(faults) })
        };
        assert_eq!(read(5, "KRW"), Ok(Money::new(5, Currency::KRW).unwrap()));
        assert_eq!(read(5, "krw"), Err("price.currency".to_owned()));
        assert_eq!(read(i64::MAX, "KRW"), Err("price.amount".to_owned()));
    }

    #[test]
    fn a_search_is_a_few_folded_terms() {
        assert_eq!(search_terms(Some("  Ｍ８  볼트 볼트")).unwrap(), ["m8", "볼트"]);
        assert!(search_terms(None).unwrap().is_empty());
        assert!(search_terms(Some(&"가".repeat(200))).is_ok());
        assert!(search_terms(Some(&"가".repeat(201))).is_err());
        assert!(search_terms(Some("1 2 3 4 5 6 7 8 9 10 11")).is_err());
    }
}
