//! Heads that leave it unclear where a request ends.
//!
//! A request with both `Content-Length` and `Transfer-Encoding`, or with two lengths, is read one way
//! by one server and another way by the next: what one takes for a body is a request to the other.
//! hyper follows the standard in ignoring what is too much, and hides that it was there, so it is
//! looked for before hyper reads. Source: RFC 9112, sections 6.1 and 6.3.

use http::{HeaderMap, Request, Version, header};

use super::size::HeadSize;

const LENGTH: &[u8] = b"content-length";
const CODING: &[u8] = b"transfer-encoding";

/// Bytes of a line that are kept while its end is not there: enough to know both names.
const KEPT_BYTES: usize = 20;

/// Follows the bytes of a connection line by line.
///
/// Bodies are followed too, as it does not know where they begin; a body is only taken for an
/// unclear head if it has such lines itself.
#[derive(Debug, Default)]
pub(super) struct HeadWatch {
    has_length: bool,
    has_coding: bool,
    has_two_lengths: bool,
    /// Whether the lines are those of a head for certain, and not perhaps of a body.
    is_head: bool,
    /// Whether a line of the head has come: empty ones before it do not count.
    has_begun: bool,
    /// Whether the first line of the head has a `#`: hyper takes what follows for no part of the
    /// target, others do (PN-12; RFC 9112, section 3.2: a target has no fragment).
    has_fragment: bool,
    /// Whether lines may end without their carriage return.
    takes_bare_lines: bool,
    size: HeadSize,
    /// Last byte of a line whose end has not arrived.
    last: Option<u8>,
    /// Beginning of a line whose end has not arrived.
    kept: [u8; KEPT_BYTES],
    kept_length: usize,
}

impl HeadWatch {
    /// A watch over heads whose lines may, or may not, end without their carriage return.
    pub(super) fn new(takes_bare_lines: bool, size: HeadSize) -> Self {
        Self { takes_bare_lines, size, ..Self::default() }
    }

    /// Whether the lines behind the first of the latest head are more than they may be.
    pub(super) const fn is_too_large(&self) -> bool {
        self.size.has_too_many()
    }

    /// How much of the latest `bytes` to read, if they go on with a first line that is too long.
    pub(super) fn cut(&self, bytes: usize) -> Option<usize> {
        let is_in_line = self.is_head && !self.has_begun;
        is_in_line.then(|| self.size.cut(bytes)).flatten()
    }

    /// The next bytes are the first of a head.
    pub(super) const fn begin(&mut self) {
        self.is_head = true;
        self.has_begun = false;
        self.has_fragment = false;
        self.size.begin();
    }

    /// Looks at the next `bytes`; true if a head ended in them that says where it ends twice, or a
    /// line of one without the carriage return that it must have (SE-8), or a fragment in a target.
    pub(super) fn is_unclear(&mut self, bytes: &[u8]) -> bool {
        let (mut unclear, mut rest) = (false, bytes);
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, later) = rest.split_at(end);
            if self.is_head {
                let last = line.last().copied().or(self.last);
                unclear |= last != Some(b'\r') && !self.takes_bare_lines;
                let is_empty = line.len() <= 1 && self.kept_length + line.len() <= 1;
                if self.has_begun {
                    self.size.add_field(line.len() + 1);
                }
                self.look_for_fragment(line);
                unclear |= self.has_fragment && !self.has_begun;
                self.is_head = !(is_empty && self.has_begun);
                self.has_begun |= !is_empty;
            }
            self.last = None;
            unclear |= if self.kept_length == 0 {
                self.line(line)
            } else {
                self.keep(line);
                let (kept, length) = (self.kept, std::mem::take(&mut self.kept_length));
                self.line(kept.get(..length).unwrap_or_default())
            };
            rest = later.get(1..).unwrap_or_default();
        }
        self.last = rest.last().copied().or(self.last);
        if self.is_head {
            let size = &mut self.size;
            if self.has_begun { size.add_field(rest.len()) } else { size.add_line(rest.len()) }
        }
        self.look_for_fragment(rest);
        self.keep(rest);
        unclear
    }

    fn look_for_fragment(&mut self, bytes: &[u8]) {
        if self.is_head && !self.has_begun {
            self.has_fragment |= memchr::memchr(b'#', bytes).is_some();
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.kept.get_mut(self.kept_length..).unwrap_or_default();
        let taken = room.len().min(bytes.len());
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.kept_length += taken;
    }

    /// Looks at a line, or its beginning, without its end; true if it ends an unclear head.
    fn line(&mut self, line: &[u8]) -> bool {
        match line.first() {
            None | Some(b'\r') => {
                let unclear = self.has_two_lengths || (self.has_length && self.has_coding);
                (self.has_length, self.has_coding, self.has_two_lengths) = (false, false, false);
                return unclear;
            }
            Some(b'c' | b'C') if is_named(line, LENGTH) => {
                self.has_two_lengths |= self.has_length;
                self.has_length = true;
            }
            Some(b't' | b'T') => self.has_coding |= is_named(line, CODING),
            Some(_) => {}
        }
        false
    }
}

fn is_named(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && line.get(name.len()) == Some(&b':')
}

/// Whether a request that hyper took is one that every server before us reads alike: from one host
/// (RFC 9112, section 3.2), and with no other coding than chunks.
pub(super) fn is_clear<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let needs_host = request.version() >= Version::HTTP_11;
    has_one(headers, &header::HOST, needs_host)
        && headers
            .get_all(header::TRANSFER_ENCODING)
            .iter()
            .enumerate()
            .all(|(index, value)| index == 0 && value.as_bytes().eq_ignore_ascii_case(b"chunked"))
}

fn has_one(headers: &HeaderMap, name: &header::HeaderName, needed: bool) -> bool {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => !needed,
        (Some(_), second) => second.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &[u8] =
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nHost: x\r\ntransfer-ENCODING: chunked\r\n\r\n";

    const FRAGMENT: &[u8] = b"GET /a#b HTTP/1.1\r\nHost: x\r\nX-A: #\r\n\r\n";

    #[test]
    fn a_target_with_a_fragment_is_unclear_and_a_header_with_one_is_not() {
        for size in 1..40 {
            let mut watch = HeadWatch::default();
            watch.begin();
            let seen = FRAGMENT.chunks(size).filter(|part| watch.is_unclear(part)).count();
            assert_eq!(seen, 1, "{size} bytes at a time");
            watch.begin();
            let mut clear = b"GET /a HTTP/1.1\r\nHost: x\r\nX-A: #\r\n\r\n#".chunks(size);
            assert!(!clear.any(|part| watch.is_unclear(part)), "{size} bytes at a time");
        }
    }

    const TWO: &[u8] = b"PUT / HTTP/1.1\r\ncontent-length: 5\r\nContent-Length: 5\r\n\r\n";

    #[test]
    fn an_unclear_head_is_seen_however_its_bytes_arrive() {
        for (head, size) in [BOTH, TWO].into_iter().flat_map(|head| (1..40).map(move |n| (head, n)))
        {
            let mut watch = HeadWatch::default();
            let seen: Vec<bool> = head.chunks(size).map(|part| watch.is_unclear(part)).collect();
            assert_eq!(seen.iter().filter(|&&seen| seen).count(), 1, "{size} bytes at a time");
            assert_eq!(seen.last(), Some(&true));
        }
        let bare = String::from_utf8(BOTH.to_vec()).unwrap().replace('\r', "");
        assert!(HeadWatch::default().is_unclear(bare.as_bytes()));
        assert!(HeadWatch::new(true, HeadSize::default()).is_unclear(bare.as_bytes()));
    }

    #[test]
    fn a_line_of_a_head_ends_with_both_its_characters_and_one_of_a_body_as_it_likes() {
        let clear = b"\r\nPUT / HTTP/1.1\r\nContent-Length: 4\r\n\r\na\nb\n";
        let bare: [&[u8]; 4] = [
            b"GET /#x HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\n\n",
        ];
        let seen = |bytes: &[u8], size| {
            let mut watch = HeadWatch::default();
            watch.begin();
            bytes.chunks(size).fold(false, |seen, part| watch.is_unclear(part) | seen)
        };
        let mut lenient = HeadWatch::new(true, HeadSize::default());
        lenient.begin();
        assert!(!lenient.is_unclear(b"GET / HTTP/1.1\nHost: x\n\n"));
        for size in 1..40 {
            assert!(!seen(clear, size), "{size} bytes at a time");
            assert!(bare.iter().all(|head| seen(head, size)), "{size} bytes at a time");
        }
    }

    #[test]
    fn one_of_them_is_nothing_and_each_head_counts_alone() {
        let mut watch = HeadWatch::default();
        for head in [
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
            "GET / HTTP/1.1\r\nX: Content-Length: 5\r\nTransfer-Encoding-2: x\r\n\r\n",
            "GET /Content-Length: HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ] {
            assert!(!watch.is_unclear(head.as_bytes()), "{head}");
        }
    }

    #[test]
    fn a_request_has_one_host_and_no_other_coding_than_chunks() {
        let with = |lines: &[(&str, &str)], version| {
            let mut request = Request::builder().version(version);
            for (name, value) in lines {
                request = request.header(*name, *value);
            }
            is_clear(&request.body(()).unwrap())
        };
        let (host, chunked) = (("host", "x"), ("transfer-encoding", "Chunked"));
        assert!(with(&[host], Version::HTTP_11) && with(&[host, chunked], Version::HTTP_11));
        assert!(with(&[], Version::HTTP_10));
        for lines in [
            &[][..],
            &[host, host],
            &[host, chunked, chunked],
            &[host, ("transfer-encoding", "gzip, chunked")],
            &[host, ("transfer-encoding", "chunked, chunked")],
        ] {
            assert!(!with(lines, Version::HTTP_11), "{lines:?}");
        }
    }
}
