//! XML texts.

/// Writes `text` escaped as the Java writer does: five entities, and references for carriage
/// returns (DM-1).
///
/// Characters that no XML document may hold are replaced: the Java writer's references to them make
/// the whole document unreadable for every client, its own included.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    let mut plain_from = 0;
    for (at, character) in text.char_indices() {
        let reference;
        let escape: &str = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&apos;",
            '\t' | '\n' => continue,
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                "\u{fffd}"
            }
            control if control.is_control() => {
                reference = format!("&#x{:x};", u32::from(control));
                &reference
            }
            _ => continue,
        };
        out.extend_from_slice(text.get(plain_from..at).unwrap_or_default().as_bytes());
        out.extend_from_slice(escape.as_bytes());
        plain_from = at + character.len_utf8();
    }
    out.extend_from_slice(text.get(plain_from..).unwrap_or_default().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_entities_and_control_characters() {
        let mut out = Vec::new();
        write_text(&mut out, "a<b>&\"'\r\n\t\u{85}한🚀");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "a&lt;b&gt;&amp;&quot;&apos;&#xd;\n\t&#x85;한🚀"
        );
    }

    #[test]
    fn replaces_what_no_document_may_hold() {
        let mut out = Vec::new();
        write_text(&mut out, "\0a\u{1}b\u{1f}\u{fffe}c\u{ffff}");
        assert_eq!(String::from_utf8(out).unwrap(), "\u{fffd}a\u{fffd}b\u{fffd}\u{fffd}c\u{fffd}");
    }
}
