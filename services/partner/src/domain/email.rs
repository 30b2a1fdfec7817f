//! Mail addresses, as far as they can be checked without sending a mail.

use erp_values::Faults;

/// Characters of a mail address (RFC 5321, section 4.5.3.1.3).
const CHARS_MAX: usize = 254;
/// Characters before the `@`.
const LOCAL_CHARS_MAX: usize = 64;

/// A mail address; `None` if nothing is there or it is wrong.
pub(super) fn email(faults: &mut Faults, field: &str, text: Option<&str>) -> Option<String> {
    let email = faults.line(field, text, CHARS_MAX)?;
    if is_address(&email) {
        return Some(email);
    }
    faults.add(field, "EMAIL", "must be a mail address");
    None
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let label = |label: &str| {
        let ends = |c: char| c.is_alphanumeric();
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && label.starts_with(ends)
            && label.ends_with(ends)
    };
    (1..=LOCAL_CHARS_MAX).contains(&local.chars().count())
        && !local.chars().any(|c| c.is_whitespace() || matches!(c, '@' | ',' | ';' | '<' | '>'))
        && domain.contains('.')
        && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_mail_could_reach_is_refused() {
        for good in ["a@b.kr", "tax.invoice+1@hanbit-gongu.co.kr", "담당@한빛.한국", "o'hara@x.com"]
        {
            assert!(is_address(good), "{good}");
        }
        let long = format!("{}@b.kr", "a".repeat(65));
        for bad in [
            "a", "a@b", "@b.kr", "a@", "a b@c.kr", "a@b..kr", "a@-b.kr", "a@b@c.kr", "<a@b.kr>",
            &long,
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
