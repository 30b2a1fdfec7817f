//! Korean business registration numbers: 10 digits, the last of which checks the others (C-1).

use std::fmt;

/// Weights of the first nine digits. Source: National Tax Service.
const WEIGHTS: [u32; 9] = [1, 3, 7, 1, 3, 7, 1, 3, 5];

/// A business registration number whose check digit is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessNo(String);

impl BusinessNo {
    /// Reads digits, blanks and hyphens between them aside; `None` for what is no such number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).take(11).collect();
        has_right_check_digit(&digits).then_some(Self(digits))
    }

    /// Its digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BusinessNo {
    /// As people write it: three, two and five digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, digit) in self.0.chars().enumerate() {
            if matches!(at, 3 | 5) {
                f.write_str("-")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// Nine weighted digits, the tens of the last of them, and the check digit end in 0 together.
fn has_right_check_digit(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let Some([nine @ .., check]) = digits.as_deref() else { return false };
    if nine.len() != WEIGHTS.len() {
        return false;
    }
    let weighted: u32 = nine.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let carry = nine.last().map_or(0, |ninth| ninth * 5 / 10);
    (weighted + carry + check).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C-1: ten that are right, and a wrong neighbour of each.
    #[test]
    fn twenty_numbers() {
        let good = [
            "1234567891",
            "0000000000",
            "1000000009",
            "0000000015",
            "1111111119",
            "2222222227",
            "1018112341",
            "2208162517",
            "9999999997",
            "5058500007",
        ];
        for number in good {
            let check: u32 = number[9..].parse().unwrap();
            assert!(BusinessNo::parse(number).is_some(), "{number}");
            let wrong = format!("{}{}", &number[..9], (check + 1) % 10);
            assert!(BusinessNo::parse(&wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn hyphens_are_for_people() {
        let number = BusinessNo::parse("123-45-67891").unwrap();
        assert_eq!((number.as_str(), number.to_string().as_str()), ("1234567891", "123-45-67891"));
        assert_eq!(BusinessNo::parse("123 45 67891"), Some(number));
        for bad in ["", "-", "123456789", "12345678911", "12345O7891", "１２３４５６７８９１"]
        {
            assert_eq!(BusinessNo::parse(bad), None, "{bad}");
        }
    }
}
