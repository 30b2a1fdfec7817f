//! Reads HTTP/1.1 answers as they arrive, looking at no more of them than a measurement needs.

use anyhow::{Context, Result, bail};

/// Longest head that is taken for one.
const MAX_HEAD: usize = 16 * 1024;

/// Where in an answer the next byte belongs.
#[derive(Clone, Copy, Debug)]
enum Place {
    Head,
    /// Bytes left of a body whose length the head told.
    Body(usize),
    ChunkSize,
    /// Bytes left of a chunk, its line end included.
    Chunk(usize),
    /// Lines after the last chunk.
    Trailer,
    Done,
}

/// One answer at a time from one connection.
#[derive(Debug)]
pub struct AnswerReader {
    place: Place,
    /// The head, or the line of a chunked body, as far as it arrived.
    line: Vec<u8>,
    status: u16,
    closes: bool,
    body_bytes: usize,
    kept: Option<Vec<u8>>,
}

/// What the head of an answer says.
struct Head {
    status: u16,
    closes: bool,
    place: Place,
}

impl AnswerReader {
    /// A reader at the beginning of an answer.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            place: Place::Head,
            line: Vec::new(),
            status: 0,
            closes: false,
            body_bytes: 0,
            kept: None,
        }
    }

    /// Forgets the last answer; `keep` says whether the body of the next one is wanted.
    pub fn restart(&mut self, keep: bool) {
        self.place = Place::Head;
        self.line.clear();
        self.status = 0;
        self.closes = false;
        self.body_bytes = 0;
        self.kept = keep.then(Vec::new);
    }

    /// Status of the answer; 0 before its head is complete.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Whether the server ends the connection after this answer.
    #[must_use]
    pub const fn closes(&self) -> bool {
        self.closes
    }

    /// Bytes of the body so far, without transfer framing.
    #[must_use]
    pub const fn body_bytes(&self) -> usize {
        self.body_bytes
    }

    /// The body, if it was to be kept.
    pub const fn take_body(&mut self) -> Option<Vec<u8>> {
        self.kept.take()
    }

    /// Takes the bytes that arrived; true once the answer is complete.
    ///
    /// # Errors
    ///
    /// When they are not HTTP/1.1, or more than one answer.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<bool> {
        while !bytes.is_empty() {
            bytes = match self.place {
                Place::Head => self.feed_head(bytes)?,
                Place::Body(left) => {
                    let (taken, rest) = self.take(bytes, left);
                    let left = left.saturating_sub(taken);
                    self.place = if left == 0 { Place::Done } else { Place::Body(left) };
                    rest
                }
                Place::ChunkSize => self.feed_chunk_size(bytes)?,
                Place::Chunk(left) => self.feed_chunk(bytes, left),
                Place::Trailer => self.feed_trailer(bytes),
                Place::Done => bail!("{} bytes after the end of an answer", bytes.len()),
            };
        }
        Ok(matches!(self.place, Place::Done))
    }

    fn feed_head<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8]> {
        let before = self.line.len();
        self.line.extend_from_slice(bytes);
        // The end of the head may be split between two reads.
        let from = before.saturating_sub(3);
        let new = self.line.get(from..).unwrap_or_default();
        let Some(at) = new.windows(4).position(|four| four == b"\r\n\r\n") else {
            if self.line.len() > MAX_HEAD {
                bail!("no end of the head in {} bytes", self.line.len());
            }
            return Ok(&[]);
        };
        let end = from + at + 4;
        let head = parse_head(self.line.get(..end).unwrap_or_default())?;
        self.line.clear();
        self.status = head.status;
        self.closes = head.closes;
        self.place = head.place;
        Ok(bytes.get(end - before..).unwrap_or_default())
    }

    /// Takes at most `left` bytes of a body; gives how many, and the rest.
    fn take<'a>(&mut self, bytes: &'a [u8], left: usize) -> (usize, &'a [u8]) {
        let (body, rest) = bytes.split_at(left.min(bytes.len()));
        self.body_bytes += body.len();
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(body);
        }
        (body.len(), rest)
    }

    /// Collects bytes up to a line end; the line without it, once it is there.
    fn feed_line<'a>(&mut self, bytes: &'a [u8]) -> (bool, &'a [u8]) {
        match bytes.iter().position(|&byte| byte == b'\n') {
            Some(end) => {
                let (line, rest) = bytes.split_at(end + 1);
                self.line.extend_from_slice(line);
                (true, rest)
            }
            None => {
                self.line.extend_from_slice(bytes);
                (false, &[])
            }
        }
    }

    fn feed_chunk_size<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8]> {
        let (complete, rest) = self.feed_line(bytes);
        if complete {
            let line = str::from_utf8(&self.line).context("reading a chunk size")?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(digits, 16)
                .with_context(|| format!("reading the chunk size {line:?}"))?;
            self.line.clear();
            self.place = if size == 0 { Place::Trailer } else { Place::Chunk(size + 2) };
        }
        Ok(rest)
    }

    fn feed_chunk<'a>(&mut self, bytes: &'a [u8], left: usize) -> &'a [u8] {
        let (data, line_end) = (left.saturating_sub(2), left.min(2));
        let (taken, rest) = self.take(bytes, data);
        let skipped = if taken == data { line_end.min(rest.len()) } else { 0 };
        let left = left - taken - skipped;
        self.place = if left == 0 { Place::ChunkSize } else { Place::Chunk(left) };
        rest.get(skipped..).unwrap_or_default()
    }

    fn feed_trailer<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (complete, rest) = self.feed_line(bytes);
        if complete {
            if self.line == b"\r\n" {
                self.place = Place::Done;
            }
            self.line.clear();
        }
        rest
    }
}

impl Default for AnswerReader {
    fn default() -> Self {
        Self::new()
    }
}

fn parse_head(head: &[u8]) -> Result<Head> {
    let head = str::from_utf8(head).context("reading the head of an answer")?;
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    let status: u16 = status
        .and_then(|digits| digits.parse().ok())
        .with_context(|| format!("{first:?} is no status line of HTTP/1.1"))?;
    let (mut length, mut chunked, mut closes) = (None, false, false);
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.parse().with_context(|| format!("reading {line:?}"))?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = value.eq_ignore_ascii_case("chunked");
        } else if name.eq_ignore_ascii_case("connection") {
            closes = value.eq_ignore_ascii_case("close");
        }
    }
    let place = match (status, chunked, length) {
        (204 | 304, ..) | (_, false, Some(0)) => Place::Done,
        (_, true, _) => Place::ChunkSize,
        (_, false, Some(length)) => Place::Body(length),
        (_, false, None) => bail!("an answer without a length: {head:?}"),
    };
    Ok(Head { status, closes, place })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    const CHUNKED: &[u8] =
        b"HTTP/1.1 404 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x\r\nlo\r\n0\r\n\r\n";

    /// Feeds `answer` in pieces of `step` bytes; complete must be told at the last byte only.
    fn read(answer: &[u8], step: usize) -> AnswerReader {
        let mut reader = AnswerReader::new();
        reader.restart(true);
        let mut left = answer.len();
        for piece in answer.chunks(step) {
            left -= piece.len();
            assert_eq!(reader.feed(piece).unwrap(), left == 0, "{left} bytes before the end");
        }
        reader
    }

    #[test]
    fn answers_are_read_however_they_are_cut() {
        for step in 1..=CHUNKED.len() {
            let (mut sized, mut chunked) = (read(SIZED, step), read(CHUNKED, step));

            assert_eq!((sized.status(), chunked.status()), (200, 404));
            assert_eq!(sized.take_body().unwrap(), b"hello");
            assert_eq!(chunked.take_body().unwrap(), b"hello");
            assert_eq!((sized.body_bytes(), chunked.body_bytes()), (5, 5));
        }
    }

    #[test]
    fn an_answer_may_have_no_body_and_end_the_connection() {
        let reader = read(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 7);

        assert_eq!(reader.status(), 204);
        assert!(reader.closes());
    }

    #[test]
    fn what_is_not_one_answer_is_refused() {
        for wrong in [&b"SSH-2.0\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\n\r\n", &[SIZED, b"x"].concat()]
        {
            assert!(AnswerReader::new().feed(wrong).is_err(), "{wrong:?}");
        }
    }
}
