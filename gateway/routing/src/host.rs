//! Host patterns: Ant patterns with dots between labels (PR-6).

use crate::captures::{Capture, Captures, Names};
use crate::glob::Glob;

/// A pattern such as `**.shop.example` or `{tenant}.api.example`; letters of any case.
#[derive(Clone, Debug)]
pub(crate) struct HostPattern {
    text: Box<str>,
    labels: Box<[Label]>,
}

#[derive(Clone, Debug)]
enum Label {
    /// `**`: any labels, also none.
    Many,
    One(Glob),
}

/// Which hosts a pattern can match, for finding it quickly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Only this host, in lower case.
    Exact(String),
    /// Hosts that end with these labels, in lower case.
    Suffix(String),
    /// Any.
    All,
}

impl HostPattern {
    pub(crate) fn parse(text: &str, names: &mut Names) -> Result<Self, String> {
        if text.contains('/') {
            return Err(format!("{text:?} is not a host: it has a slash"));
        }
        let mut labels = Vec::new();
        for piece in split(text).into_iter().filter(|piece| !piece.is_empty()) {
            labels.push(match piece {
                "**" => Label::Many,
                piece => Label::One(match Glob::parse(piece, "(?i)", names)? {
                    Glob::Literal(literal) => Glob::Literal(literal.to_ascii_lowercase().into()),
                    glob @ (Glob::Any | Glob::Capture(_) | Glob::Regex(_)) => glob,
                }),
            });
        }
        if labels.is_empty() {
            return Err("an empty host matches nothing".to_owned());
        }
        Ok(Self { text: Box::from(text), labels: labels.into_boxed_slice() })
    }

    /// As written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn reach(&self) -> Reach {
        let literal = |label: &&Label| match label {
            Label::One(Glob::Literal(text)) => Some(text.to_string()),
            Label::One(Glob::Any | Glob::Capture(_) | Glob::Regex(_)) | Label::Many => None,
        };
        let mut end: Vec<String> =
            self.labels.iter().rev().map_while(|label| literal(&label)).collect();
        end.reverse();
        match end.len() {
            0 => Reach::All,
            count if count == self.labels.len() => Reach::Exact(end.join(".")),
            _ => Reach::Suffix(end.join(".")),
        }
    }

    /// Whether a host fits; variables go to their slots.
    pub(crate) fn is_match(&self, host: &str, captures: &mut Captures) -> bool {
        if host.starts_with('.') || host.ends_with('.') || host.contains("..") {
            return false;
        }
        // Greedy with one way back: after the latest `**`, one label further (as for globs).
        let mut at = 0;
        let mut next = 0;
        let mut back: Option<(usize, usize)> = None;
        loop {
            let label = label_at(host, next);
            match (self.labels.get(at), label) {
                (None, None) => return true,
                (Some(Label::Many), _) => {
                    back = Some((at + 1, next));
                    at += 1;
                    continue;
                }
                (Some(Label::One(glob)), Some((start, text)))
                    if one_matches(glob, start, text, captures) =>
                {
                    at += 1;
                    next = start + text.len() + 1;
                    continue;
                }
                (None, Some(_)) | (Some(Label::One(_)), _) => {}
            }
            let Some((after, from)) = back else { return false };
            let Some((start, text)) = label_at(host, from) else { return false };
            next = start + text.len() + 1;
            at = after;
            back = Some((after, next));
        }
    }
}

fn one_matches(glob: &Glob, start: usize, text: &str, captures: &mut Captures) -> bool {
    if let Glob::Literal(literal) = glob {
        return literal.eq_ignore_ascii_case(text);
    }
    glob.is_match(text, captures, |from, to| Capture::host(start + from, start + to))
}

/// The label that starts at a byte.
fn label_at(host: &str, from: usize) -> Option<(usize, &str)> {
    let text = host.get(from..)?.split('.').next().filter(|text| !text.is_empty())?;
    Some((from, text))
}

fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == '.' && depth <= 0
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(pattern: &str, host: &str) -> Option<String> {
        let mut names = Names::default();
        let pattern = HostPattern::parse(pattern, &mut names).unwrap();
        let mut captures = Captures::default();
        captures.reset(names.len());
        pattern.is_match(host, &mut captures).then(|| {
            let values = (0..names.len()).map(|s| captures.value(s, "", host).unwrap().text);
            values.collect::<Vec<_>>().join(" ")
        })
    }

    #[test]
    fn labels_are_matched_whatever_their_case_pr_6() {
        assert!(captured("a.example", "A.Example").is_some());
        assert!(captured("a.example", "a.example:8080").is_none());
        assert!(captured("a.example:8080", "a.example:8080").is_some());
        assert_eq!(captured("{tenant}.api.example", "Acme.api.example").unwrap(), "Acme");
        assert_eq!(captured("{sub}.erp.example", "x.y.erp.example"), None);
        assert_eq!(captured("{n:\\d+}-{x}.e", "12-ab.e").unwrap(), "12 ab");
        assert!(captured("*.e", "a.e").is_some() && captured("*.e", "a.b.e").is_none());
        assert!(captured("w??.e", "WWW.e").is_some());
    }

    #[test]
    fn two_stars_are_any_labels_also_none() {
        for host in ["shop.example", "a.shop.example", "a.b.shop.example"] {
            assert!(captured("**.shop.example", host).is_some(), "{host}");
        }
        assert!(captured("**.shop.example", "ashop.example").is_none());
        assert!(captured("a.**.b.**.c", "a.b.x.b.c").is_some());
        assert!(captured("a.**.b.**.c", "a.x.c").is_none());
        assert_eq!(captured("**.{a}.example", "x.y.example").unwrap(), "y");
    }

    #[test]
    fn many_stars_and_labels_are_matched_in_bounded_time() {
        let pattern = "**.a.".repeat(50) + "b";
        assert!(captured(&pattern, &"a.".repeat(120)).is_none());
    }

    #[test]
    fn a_pattern_says_which_hosts_it_reaches() {
        let reach = |text: &str| HostPattern::parse(text, &mut Names::default()).unwrap().reach();
        assert_eq!(reach("A.example"), Reach::Exact("a.example".to_owned()));
        assert_eq!(reach("**.Shop.example"), Reach::Suffix("shop.example".to_owned()));
        assert_eq!(reach("a.*"), Reach::All);
        assert!(HostPattern::parse("http://x", &mut Names::default()).is_err());
    }
}
