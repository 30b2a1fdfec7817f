//! When a partner pays.

use erp_values::{Faults, closed_list};

/// Days that a bill may stay open.
const DAYS_MAX: i16 = 180;

closed_list! {
    /// When a partner pays.
    TermsType {
        Prepaid = 1, "PREPAID", "Before anything is shipped.";
        NetDays = 2, "NET_DAYS", "So many days after the bill.";
    }
}

/// Terms of payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaymentTerms {
    /// Before anything is shipped: what holds where nothing was agreed.
    #[default]
    Prepaid,
    /// So many days after the bill, 0 to 180.
    NetDays(i16),
}

impl PaymentTerms {
    /// Terms of `kind` with `days`; notes what is wrong.
    pub fn read(faults: &mut Faults, kind: Option<&str>, days: Option<i16>) -> Option<Self> {
        if kind.is_none() {
            faults.add("paymentTerms.type", "REQUIRED", "must be given");
        }
        match (faults.named("paymentTerms.type", kind, TermsType::named)?, days) {
            (TermsType::Prepaid, None) => Some(Self::Prepaid),
            (TermsType::Prepaid, Some(_)) => {
                faults.add("paymentTerms.days", "NOT_ALLOWED", "are for NET_DAYS only");
                None
            }
            (TermsType::NetDays, None) => {
                faults.add("paymentTerms.days", "REQUIRED", "must be given with NET_DAYS");
                None
            }
            (TermsType::NetDays, Some(days)) if (0..=DAYS_MAX).contains(&days) => {
                Some(Self::NetDays(days))
            }
            (TermsType::NetDays, Some(_)) => {
                faults.add("paymentTerms.days", "OUT_OF_RANGE", "must be 0 to 180");
                None
            }
        }
    }

    /// Their type.
    #[must_use]
    pub const fn kind(self) -> TermsType {
        match self {
            Self::Prepaid => TermsType::Prepaid,
            Self::NetDays(_) => TermsType::NetDays,
        }
    }

    /// Days after the bill.
    #[must_use]
    pub const fn days(self) -> Option<i16> {
        match self {
            Self::Prepaid => None,
            Self::NetDays(days) => Some(days),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_belong_to_net_days_alone() {
        let read = |kind, days| {
            let mut faults = Faults::default();
            let terms = PaymentTerms::read(&mut faults, kind, days);
            terms.ok_or_else(|| faults.0[0].code)
        };
        assert_eq!(read(Some("PREPAID"), None), Ok(PaymentTerms::Prepaid));
        assert_eq!(read(Some("NET_DAYS"), Some(0)), Ok(PaymentTerms::NetDays(0)));
        assert_eq!(read(Some("NET_DAYS"), Some(180)), Ok(PaymentTerms::NetDays(180)));
        assert_eq!(read(Some("NET_DAYS"), Some(181)), Err("OUT_OF_RANGE"));
        assert_eq!(read(Some("NET_DAYS"), Some(-1)), Err("OUT_OF_RANGE"));
        assert_eq!(read(Some("NET_DAYS"), None), Err("REQUIRED"));
        assert_eq!(read(Some("PREPAID"), Some(30)), Err("NOT_ALLOWED"));
        assert_eq!(read(None, Some(30)), Err("REQUIRED"));
        assert_eq!(read(Some("COD"), None), Err("INVALID_VALUE"));
    }
}
