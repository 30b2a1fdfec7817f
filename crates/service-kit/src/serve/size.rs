//! How large heads are: their first line and the lines behind it, each with a limit of its own, as
//! Spring's servers have it (DS-5).

use http::{Method, StatusCode, Uri};

/// Bytes of a request's first line beside its method and target: two spaces and the version.
const AROUND: usize = " ".len() + " HTTP/1.1".len();

/// What ends a first line that is too long before its end has come, so that it can be answered.
pub(super) const CUT: &[u8] = b" HTTP/1.1\r\nHost: cut\r\n\r\n";

/// Bytes of the head under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeadSize {
    line_max: usize,
    fields_max: usize,
    line: usize,
    fields: usize,
}

impl HeadSize {
    /// Limits of the first line, and of all lines behind it; 0 is none.
    pub(super) const fn new(line_max: usize, fields_max: usize) -> Self {
        Self { line_max, fields_max, line: 0, fields: 0 }
    }

    /// A head begins.
    pub(super) const fn begin(&mut self) {
        (self.line, self.fields) = (0, 0);
    }

    /// So many bytes more of the first line.
    pub(super) const fn add_line(&mut self, bytes: usize) {
        self.line = self.line.saturating_add(bytes);
    }

    /// A line of so many bytes behind the first.
    pub(super) const fn add_field(&mut self, bytes: usize) {
        self.fields = self.fields.saturating_add(bytes);
    }

    /// Whether the lines behind the first are too many or too long.
    pub(super) const fn has_too_many(&self) -> bool {
        self.fields_max > 0 && self.fields > self.fields_max
    }

    /// How much of the latest `bytes`, all of a first line without its end, is worth reading if that
    /// line is too long.
    pub(super) const fn cut(&self, bytes: usize) -> Option<usize> {
        if self.line_max == 0 || self.line <= self.line_max {
            return None;
        }
        let before = self.line.saturating_sub(bytes);
        let enough = self.line_max.saturating_add(1).saturating_sub(before);
        Some(if enough < bytes { enough } else { bytes })
    }
}

/// The status of a request whose first line is longer than `line_max`, if it is.
pub(super) fn too_long(method: &Method, target: &Uri, line_max: usize) -> Option<StatusCode> {
    let path = target.path_and_query().map_or(0, |target| target.as_str().len());
    let authority = target.authority().map_or(0, |name| name.as_str().len());
    let line = method.as_str().len() + AROUND + path + authority;
    (line > line_max).then_some(StatusCode::URI_TOO_LONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_behind_its_limit_and_not_before() {
        let mut size = HeadSize::new(10, 0);
        size.add_line(10);
        assert_eq!(size.cut(10), None);
        size.add_line(7);
        assert_eq!(size.cut(7), Some(1));
        size.begin();
        size.add_line(300);
        assert_eq!(size.cut(300), Some(11));
        size.add_field(1_000_000);
        assert!(!size.has_too_many());
    }

    #[test]
    fn all_of_the_line_counts() {
        let status = |max| too_long(&Method::GET, &Uri::from_static("/abc?d"), max);
        assert_eq!("GET /abc?d HTTP/1.1".len(), 19);
        assert_eq!((status(19), status(18)), (None, Some(StatusCode::URI_TOO_LONG)));
    }
}
