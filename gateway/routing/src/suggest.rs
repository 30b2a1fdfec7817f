//! The valid word somebody probably meant.

use crate::tree::canonical;

/// Longer words are not compared: the comparison is quadratic.
const WORD_MAX: usize = 80;

/// The closest of `words`, if it is close enough to be what was meant.
#[must_use]
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > WORD_MAX {
        return None;
    }
    let wanted = canonical(word);
    let far = (wanted.chars().count() / 3).max(2);
    words
        .into_iter()
        .map(|other| (distance(&wanted, &canonical(other)), other))
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// Insertions, deletions and replacements between two words (Levenshtein), one row at a time.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, l) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut beside = index + 1;
        if let Some(first) = row.first_mut() {
            *first = beside;
        }
        for (cell, r) in row.iter_mut().skip(1).zip(&right) {
            let replaced = diagonal + usize::from(l != *r);
            diagonal = *cell;
            beside = replaced.min(*cell + 1).min(beside + 1);
            *cell = beside;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_and_nonsense_finds_none() {
        let words = ["StripPrefix", "PrefixPath", "SetPath"];
        assert_eq!(nearest("StripPrefx", words), Some("StripPrefix"));
        assert_eq!(nearest("strip-prefix", words), Some("StripPrefix"));
        assert_eq!(nearest("setpat", words), Some("SetPath"));
        assert_eq!(nearest("Lollipop", words), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
