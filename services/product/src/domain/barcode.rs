//! Barcodes of articles: GTIN with 8, 12, 13 or 14 digits.

/// A GTIN whose check digit is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barcode(String);

impl Barcode {
    /// Reads digits, blanks and hyphens between them aside; `None` for what is no GTIN.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).take(15).collect();
        let known = matches!(digits.len(), 8 | 12 | 13 | 14);
        (known && has_right_check_digit(&digits)).then_some(Self(digits))
    }

    /// Its digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// From the right, every other digit counts threefold, the check digit itself once; the sum ends
/// in 0 (GS1 General Specifications 7.9).
fn has_right_check_digit(digits: &str) -> bool {
    let mut sum = 0_u32;
    for (place, c) in digits.chars().rev().enumerate() {
        let Some(digit) = c.to_digit(10) else { return false };
        sum = sum.saturating_add(if place % 2 == 1 { digit * 3 } else { digit });
    }
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_digit_is_found() {
        for good in
            ["8801234567893", "96385074", "036000291452", "10614141000415", "880-1234-567893"]
        {
            assert!(Barcode::parse(good).is_some(), "{good}");
        }
        for bad in ["8801234567890", "96385075", "123", "", "88012345678931", "88O1234567893"] {
            assert!(Barcode::parse(bad).is_none(), "{bad}");
        }
    }
}
