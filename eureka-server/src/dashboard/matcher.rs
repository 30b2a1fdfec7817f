//! Which instances a search text finds.

use super::model::InstanceRow;

/// Most words of a search that are used.
const WORDS_MAX: usize = 8;

/// A search text made ready to be compared with many instances.
///
/// Words are separated by blanks; an instance is found when each word is part of one of its texts
/// (application, id, host, address, VIPs, group, zone, metadata names and values), in any letter
/// case. A word `name=value` also finds metadata whose name holds the first and whose value holds
/// the second part.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    words: Vec<Word>,
}

#[derive(Clone, Debug)]
struct Word {
    /// Lower case, never empty.
    text: String,
    /// Both sides of `=` when there is one.
    pair: Option<(String, String)>,
}

impl Matcher {
    /// Reads a search text; a blank one finds everything.
    pub(super) fn new(search: &str) -> Self {
        let words = search.split_whitespace().take(WORDS_MAX).map(|word| {
            let text = word.to_lowercase();
            let pair = text.split_once('=').map(|(name, value)| (name.into(), value.into()));
            Word { text, pair }
        });
        Self { words: words.collect() }
    }

    /// Whether `row` is found.
    pub(super) fn finds(&self, row: &InstanceRow<'_>) -> bool {
        self.words.iter().all(|word| word.is_in(row))
    }
}

impl Word {
    fn is_in(&self, row: &InstanceRow<'_>) -> bool {
        let texts = [row.app, row.id, row.host, row.ip, row.vip, row.secure_vip, row.group];
        if texts.into_iter().chain(row.zone).any(|text| contains(text, &self.text)) {
            return true;
        }
        row.metadata.iter().any(|(name, value)| {
            let is_pair =
                |(left, right): &(String, String)| contains(name, left) && contains(value, right);
            contains(name, &self.text)
                || contains(value, &self.text)
                || self.pair.as_ref().is_some_and(is_pair)
        })
    }
}

/// Whether `text` holds `needle`, which is lower case, in any letter case.
///
/// Runs once per field of every instance, so the common case allocates nothing.
fn contains(text: &str, needle: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(needle);
    }
    let Some(&first) = needle.as_bytes().first() else { return true };
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let Some(last_start) = text.len().checked_sub(needle.len()) else { return false };
    (0..=last_start).any(|at| {
        text.get(at).is_some_and(|byte| byte.to_ascii_lowercase() == first)
            && text.get(at..at + needle.len()).is_some_and(|part| part.eq_ignore_ascii_case(needle))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn finds(search: &str) -> bool {
        let metadata = [("Zone", "Seoul-A"), ("owner", "주문팀"), ("weight", "10")];
        let metadata = metadata.into_iter().collect();
        let row = InstanceRow {
            host: "node-7.example",
            ip: "10.0.0.7",
            vip: "order-service",
            secure_vip: "secure-orders",
            group: "SHOP",
            zone: Some("ap-2a"),
            metadata: &metadata,
            ..fixture::row("ORDER-SERVICE", "node-7:order:8084")
        };
        Matcher::new(search).finds(&row)
    }

    #[test]
    fn every_text_is_searched_in_any_letter_case() {
        for search in [
            "",
            "  ",
            "order-SERV",
            "NODE-7:order",
            ".example",
            "10.0.0.",
            "secure-o",
            "shop",
            "AP-2A",
            "zone",
            "seoul",
            "주문",
            "owner",
        ] {
            assert!(finds(search), "{search}");
        }
        for search in ["payment", "10.0.0.8", "주문팀장", "zones", "orderservice"] {
            assert!(!finds(search), "{search}");
        }
    }

    #[test]
    fn every_word_has_to_be_found() {
        assert!(finds("order seoul 10.0.0.7"));
        assert!(!finds("order busan 10.0.0.7"));
    }

    #[test]
    fn a_pair_is_found_in_one_entry_of_the_metadata() {
        assert!(finds("zone=seoul-a"));
        assert!(finds("owner=주문"));
        assert!(finds("weight="));
        assert!(!finds("weight=seoul"));
    }

    #[test]
    fn a_needle_longer_than_the_text_is_not_found() {
        assert!(!contains("ab", "abc"));
        assert!(contains("abc", "abc"));
        assert!(contains("xABc", "abc"));
        assert!(!contains("", "a"));
    }
}
