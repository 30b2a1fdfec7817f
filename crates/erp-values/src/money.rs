//! Money: whole minor units of a currency, never a float (G-3, G-4).

use std::fmt;

/// Largest amount in minor units, either way: what a double holds exactly.
pub const AMOUNT_MAX: i64 = 999_999_999_999_999;

/// Currencies of ISO 4217 that are in use.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD \
     BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP \
     GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR \
     KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN \
     MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR \
     SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD \
     UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";
/// Those without minor units.
const WHOLE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Those with thousandths.
const THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// A currency of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// South Korean won.
    pub const KRW: Self = Self(*b"KRW");

    /// The currency with this code, in capitals.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let letters: [u8; 3] = code.as_bytes().try_into().ok()?;
        listed(CURRENCIES, code).then_some(Self(letters))
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits behind the decimal point of its major unit.
    #[must_use]
    pub fn exponent(&self) -> u32 {
        if listed(WHOLE, self.code()) {
            0
        } else if listed(THOUSANDTHS, self.code()) {
            3
        } else {
            2
        }
    }
}

fn listed(list: &str, code: &str) -> bool {
    code.len() == 3 && list.split_ascii_whitespace().any(|listed| listed == code)
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why there is no such money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// More than [`AMOUNT_MAX`] either way.
    Amount,
    /// Two different currencies.
    Currency,
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    amount_minor: i64,
    currency: Currency,
}

impl Money {
    /// `amount_minor` minor units of `currency`.
    ///
    /// # Errors
    /// It is larger than [`AMOUNT_MAX`] either way.
    pub const fn new(amount_minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if amount_minor < -AMOUNT_MAX || amount_minor > AMOUNT_MAX {
            return Err(MoneyError::Amount);
        }
        Ok(Self { amount_minor, currency })
    }

    /// Minor units.
    #[must_use]
    pub const fn amount_minor(&self) -> i64 {
        self.amount_minor
    }

    /// Its currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The sum of two amounts.
    ///
    /// # Errors
    /// See [`MoneyError`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currency);
        }
        let sum = self.amount_minor.checked_add(other.amount_minor).ok_or(MoneyError::Amount)?;
        Self::new(sum, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_those_of_the_standard() {
        assert_eq!(Currency::parse("KRW").map(|won| won.exponent()), Some(0));
        assert_eq!(Currency::parse("USD").map(|dollar| dollar.exponent()), Some(2));
        assert_eq!(Currency::parse("KWD").map(|dinar| dinar.exponent()), Some(3));
        for unknown in ["krw", "XXX", "KR", "KRWW", "", "K W", "AED AFN"] {
            assert_eq!(Currency::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn amounts_end_where_doubles_stop_being_exact() {
        let won = |amount| Money::new(amount, Currency::KRW);
        assert!(won(AMOUNT_MAX).is_ok() && won(-AMOUNT_MAX).is_ok());
        assert_eq!(won(AMOUNT_MAX + 1), Err(MoneyError::Amount));
        assert_eq!(won(i64::MIN), Err(MoneyError::Amount));
        let most = won(AMOUNT_MAX).unwrap();
        assert_eq!(most.plus(won(1).unwrap()), Err(MoneyError::Amount));
        let dollar = Money::new(1, Currency::parse("USD").unwrap()).unwrap();
        assert_eq!(most.plus(dollar), Err(MoneyError::Currency));
        assert_eq!(won(2).unwrap().plus(won(3).unwrap()), won(5));
    }
}
