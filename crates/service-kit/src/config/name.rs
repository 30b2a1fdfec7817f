//! Names of keys and how loosely Spring compares them.
//!
//! `enable-self-preservation`, `enableSelfPreservation` and `enable_self_preservation` are one key;
//! `EUREKA_SERVER_ENABLESELFPRESERVATION` and `EUREKA_SERVER_ENABLE_SELF_PRESERVATION` are the same
//! key seen from the environment. Source: Spring Boot reference, "Relaxed Binding".

/// Splits a name at its dots and before its brackets; dots inside brackets belong to the segment.
///
/// `a.b[0].[c.d]` has the segments `a`, `b`, `[0]`, `[c.d]`.
pub(super) fn segments(name: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut in_brackets = false;
    for (at, c) in name.char_indices() {
        let cut = match c {
            '[' if !in_brackets => {
                in_brackets = true;
                at > start
            }
            ']' => {
                in_brackets = false;
                false
            }
            '.' => !in_brackets,
            _ => false,
        };
        if cut {
            found.extend(name.get(start..at).filter(|part| !part.is_empty()));
        }
        if c == '.' && !in_brackets {
            start = at.saturating_add(1);
        } else if cut {
            start = at;
        }
    }
    found.extend(name.get(start..).filter(|part| !part.is_empty()));
    found
}

/// The form in which two spellings of a name are equal: lower case, no dashes or underscores.
///
/// A bracketed segment is kept as written, since Spring takes it literally.
pub(super) fn canonical(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for segment in segments(name) {
        if segment.starts_with('[') {
            out.push_str(segment);
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.extend(
                segment.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase),
            );
        }
    }
    out
}

/// Name and index of a list element: `a.b[3]` is (`a.b`, 3). `None` for anything else.
pub(super) fn list_element(name: &str) -> Option<(&str, usize)> {
    let (root, rest) = name.rsplit_once('[')?;
    let index = rest.strip_suffix(']')?.parse().ok()?;
    Some((root, index))
}

/// What follows the first `skip` segments of `name`, as written, brackets of a literal removed.
pub(super) fn tail(name: &str, skip: usize) -> String {
    let parts: Vec<&str> = segments(name)
        .into_iter()
        .skip(skip)
        .map(|part| {
            part.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(part)
        })
        .collect();
    parts.join(".")
}

/// What follows the first `skip` segments of `name`, as written. `is_variable`: numbers are
/// positions of lists, as variables have no brackets.
pub(super) fn subtree_path(name: &str, skip: usize, is_variable: bool) -> String {
    let mut path = String::new();
    for segment in segments(name).into_iter().skip(skip) {
        if is_variable && segment.bytes().all(|b| b.is_ascii_digit()) {
            path.extend(["[", segment, "]"]);
            continue;
        }
        if !path.is_empty() && !segment.starts_with('[') {
            path.push('.');
        }
        path.push_str(segment);
    }
    path
}

/// The two spellings Spring accepts for a key in the environment: dashes dropped, and dashes as
/// underscores. They are equal for a key without dashes.
pub(super) fn environment_forms(name: &str) -> [String; 2] {
    let spell = |dash: Option<char>| {
        let mut out = String::with_capacity(name.len());
        for c in name.chars() {
            match c {
                '-' => out.extend(dash),
                '.' | '[' => out.push('_'),
                ']' => {}
                other => out.extend(other.to_uppercase()),
            }
        }
        out
    };
    [spell(None), spell(Some('_'))]
}

/// Fewest single-character insertions, deletions, replacements and swaps of neighbours between
/// two names. Quadratic, so callers bound the length of what they pass.
pub(super) fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let width = right.len().saturating_add(1);
    let mut before_last: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut previous_left = None;
    for (row, &l) in left.iter().enumerate() {
        let mut current = Vec::with_capacity(width);
        current.push(row.saturating_add(1));
        let mut previous_right = None;
        for (column, &r) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let replaced = at(&last, column).saturating_add(usize::from(l != r));
            let inserted = at(&current, column).saturating_add(1);
            let deleted = at(&last, column.saturating_add(1)).saturating_add(1);
            let mut best = replaced.min(inserted).min(deleted);
            if previous_left == Some(r) && previous_right == Some(l) {
                let swapped = at(&before_last, column.wrapping_sub(1)).saturating_add(1);
                best = best.min(swapped);
            }
            current.push(best);
            previous_right = Some(r);
        }
        before_last = std::mem::replace(&mut last, current);
        previous_left = Some(l);
    }
    last.last().copied().unwrap_or(0)
}

/// Whether a value under this key must never be shown: passwords, secrets, tokens, private keys.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = canonical(name);
    ["password", "secret", "token", "credential", "passphrase"]
        .iter()
        .any(|word| name.contains(word))
        || name.ends_with("key")
}

/// The value with the user and password of any URL in it replaced by `***`.
pub(super) fn without_url_credentials(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after.find(['/', '?', '#', ',', ' ']).unwrap_or(after.len());
        let (authority, remainder) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                out.push_str("***@");
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = remainder;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_key_are_equal() {
        let kebab = canonical("eureka.server.retention-time-in-m-s-in-delta-queue");

        assert_eq!(kebab, canonical("eureka.server.retentionTimeInMSInDeltaQueue"));
        assert_eq!(kebab, canonical("EUREKA.SERVER.RETENTION_TIME_IN_MS_IN_DELTA_QUEUE"));
    }

    #[test]
    fn dots_separate_except_inside_brackets() {
        assert_eq!(segments("a.b[0].[c.d]"), ["a", "b", "[0]", "[c.d]"]);
        assert_eq!(canonical("a.B-b[0].[C.d]"), "a.bb[0][C.d]");
    }

    #[test]
    fn the_tail_of_a_map_key_keeps_its_spelling() {
        assert_eq!(tail("eureka.instance.metadata-map.my.Key-1", 3), "my.Key-1");
        assert_eq!(tail("eureka.instance.metadataMap[my.key]", 3), "my.key");
    }

    #[test]
    fn list_elements_are_told_from_other_names() {
        assert_eq!(list_element("a.b[12]"), Some(("a.b", 12)));
        assert_eq!(list_element("a.b[x]"), None);
        assert_eq!(list_element("a.b"), None);
    }

    #[test]
    fn both_environment_spellings_are_known() {
        assert_eq!(
            environment_forms("server.max-http-header-size"),
            ["SERVER_MAXHTTPHEADERSIZE", "SERVER_MAX_HTTP_HEADER_SIZE"]
        );
    }

    #[test]
    fn distance_counts_a_swap_once() {
        assert_eq!(edit_distance("port", "prot"), 1);
        assert_eq!(edit_distance("port", "ports"), 1);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }

    #[test]
    fn credentials_in_urls_are_hidden() {
        assert_eq!(
            without_url_credentials("http://u:p@a:1/eureka/,https://b/x,http://c@d"),
            "http://***@a:1/eureka/,https://b/x,http://***@d"
        );
    }

    #[test]
    fn secrets_are_recognised_by_name() {
        assert!(is_secret("spring.security.user.password"));
        assert!(is_secret("eureka.client.tls.keyStorePassword"));
        assert!(is_secret("aws.secretKey"));
        assert!(!is_secret("eureka.client.tls.key-store"));
        assert!(!is_secret("server.port"));
    }
}
