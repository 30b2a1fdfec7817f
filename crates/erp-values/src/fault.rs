//! What is wrong with a value someone wrote.

use erp_values::{CodeError, TextError};

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
        self.text(field, text.map(|text| erp_values::line(text, chars_max)), chars_max)
    }

    /// The same with line breaks.
    pub fn note(&mut self, field: &str, text: Option<&str>, chars_max: usize) -> Option<String> {
        self.text(field, text.map(|text| erp_values::note(text, chars_max)), chars_max)
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
        match erp_values::normalized(text, "._-", chars_max) {
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

    /// `value`, unless there are mistakes.
    ///
    /// # Errors
    /// The mistakes.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}
