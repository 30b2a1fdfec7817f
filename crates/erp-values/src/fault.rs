//! What is wrong with a value someone wrote.

use crate::{CodeError, TextError};

/// A mistake in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Name of the field.
    pub field: String,
    /// Kind of mistake, for programs.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
}

/// Mistakes found so far: all are told at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Notes a mistake.
    pub fn add(
        &mut self,
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) {
        self.0.push(Fault { field: field.into(), code, message: message.into() });
    }

    /// A text of one line, `None` if nothing is there or it is wrong.
    pub fn line(&mut self, field: &str, text: Option<&str>, chars_max: usize) -> Option<String> {
        self.text(field, text.map(|text| crate::line(text, chars_max)), chars_max)
    }

    /// The same with line breaks.
    pub fn note(&mut self, field: &str, text: Option<&str>, chars_max: usize) -> Option<String> {
        self.text(field, text.map(|text| crate::note(text, chars_max)), chars_max)
    }

    fn text(
        &mut self,
        field: &str,
        read: Option<Result<Option<String>, TextError>>,
        chars_max: usize,
    ) -> Option<String> {
        match read? {
            Ok(text) => text,
            Err(TextError::TooLong) => {
                self.add(field, "TOO_LONG", format!("must have at most {chars_max} characters"));
                None
            }
            Err(TextError::Control) => {
                self.add(field, "CONTROL_CHARACTER", "must not have control characters");
                None
            }
        }
    }

    /// A code; `None` if it is wrong.
    pub fn code(&mut self, field: &str, text: &str, chars_max: usize) -> Option<String> {
        match crate::normalized(text, "._-", chars_max) {
            Ok(code) => Some(code),
            Err(CodeError::Empty) => {
                self.add(field, "REQUIRED", "must be given");
                None
            }
            Err(CodeError::TooLong) => {
                self.add(field, "TOO_LONG", format!("must have at most {chars_max} characters"));
                None
            }
            Err(CodeError::Character) => {
                let message = "must be letters A to Z and digits, from the second on also . _ -";
                self.add(field, "INVALID_CODE", message);
                None
            }
        }
    }

    /// The value of this name in a closed list; `None` if nothing is there or nothing is named so.
    pub fn named<T>(
        &mut self,
        field: &str,
        name: Option<&str>,
        of: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let found = of(name?);
        if found.is_none() {
            self.add(field, "INVALID_VALUE", "is not a known value");
        }
        found
    }

    /// The same text, or a mistake if it is missing. `text` is what [`Faults::line`] made of it.
    pub fn required(&mut self, field: &str, text: Option<String>) -> String {
        if text.is_none() && !self.0.iter().any(|fault| fault.field == field) {
            self.add(field, "REQUIRED", "must be given");
        }
        text.unwrap_or_default()
    }

    /// `value`, unless there are mistakes.
    ///
    /// # Errors
    /// The mistakes.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_text_is_told_once_and_a_wrong_one_only_as_such() {
        let mut faults = Faults::default();
        let name = faults.line("name", Some("  "), 10);
        assert_eq!(faults.required("name", name), "");
        let spec = faults.line("spec", Some("a\u{0}"), 10);
        assert_eq!(faults.required("spec", spec), "");
        let told: Vec<_> =
            faults.0.iter().map(|fault| (fault.field.as_str(), fault.code)).collect();
        assert_eq!(told, [("name", "REQUIRED"), ("spec", "CONTROL_CHARACTER")]);
        assert!(faults.or(()).is_err());
    }
}
