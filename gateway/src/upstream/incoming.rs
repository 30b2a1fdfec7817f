//! An answer of HTTP/1 on its way in. What can be read in two ways is refused (SE-16, SE-17).

use std::mem::MaybeUninit;

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version, header};
use memchr::memmem;

/// Headers of an answer.
const HEADERS_MAX: usize = 256;
/// Bytes of a chunk's size line, or of one trailer.
const LINE_BYTES_MAX: usize = 1024;
/// Trailers of an answer.
const TRAILERS_MAX: usize = 32;

/// The answer is no HTTP, or could be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Garbage;

/// The head of an answer.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) response: Response<()>,
    pub(super) framing: Framing,
    /// Whether the connection may be used again afterwards.
    pub(super) is_kept: bool,
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes.
    Told(u64),
    /// After its last chunk.
    Chunks(Chunk),
    /// With the connection.
    Close,
}

/// Where in the chunks the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// In a size line.
    Size,
    /// In so many bytes of data.
    Data(u64),
    /// Before the line end behind data.
    End,
    /// In the trailers, of which there were so many.
    Trailers(usize),
}

/// Takes a head from the front of `read`; `None` if it is not complete.
pub(super) fn head(
    read: &mut BytesMut,
    method: &Method,
    bytes_max: usize,
) -> Result<Option<Head>, Garbage> {
    let Some(end) = memmem::find(read, b"\r\n\r\n") else {
        return if read.len() > bytes_max { Err(Garbage) } else { Ok(None) };
    };
    let end = end + 4;
    if end > bytes_max {
        return Err(Garbage);
    }
    let bytes = read.split_to(end).freeze();
    let mut headers = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut parsed = httparse::Response::new(&mut []);
    let status = httparse::ParserConfig::default()
        .parse_response_with_uninit_headers(&mut parsed, &bytes, &mut headers)
        .map_err(|_| Garbage)?;
    let (httparse::Status::Complete(length), Some(code)) = (status, parsed.code) else {
        return Err(Garbage);
    };
    if length != bytes.len() {
        return Err(Garbage);
    }
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(code).map_err(|_| Garbage)?;
    *response.version_mut() =
        if parsed.version == Some(1) { Version::HTTP_11 } else { Version::HTTP_10 };
    let mut map = HeaderMap::with_capacity(parsed.headers.len());
    for header in parsed.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| Garbage)?;
        let value = HeaderValue::from_maybe_shared(bytes.slice_ref(header.value));
        map.append(name, value.map_err(|_| Garbage)?);
    }
    *response.headers_mut() = map;
    let framing = framing(&response, method)?;
    let is_kept = is_kept(&response) && framing != Framing::Close;
    Ok(Some(Head { response, framing, is_kept }))
}

/// RFC 9112, section 6.3.
fn framing(response: &Response<()>, method: &Method) -> Result<Framing, Garbage> {
    let headers = response.headers();
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let (coding, length) = (codings.next(), lengths.next());
    if codings.next().is_some() || lengths.next().is_some() {
        return Err(Garbage);
    }
    let length = length.map(decimal).transpose()?;
    let status = response.status();
    let has_none = *method == Method::HEAD
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    match (coding, length) {
        (Some(_), Some(_)) => Err(Garbage),
        (Some(coding), None) => {
            let is_chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked");
            if !is_chunked || response.version() == Version::HTTP_10 {
                return Err(Garbage);
            }
            Ok(if has_none { Framing::Told(0) } else { Framing::Chunks(Chunk::Size) })
        }
        (None, _) if has_none => Ok(Framing::Told(0)),
        (None, Some(length)) => Ok(Framing::Told(length)),
        (None, None) => Ok(Framing::Close),
    }
}

fn decimal(value: &HeaderValue) -> Result<u64, Garbage> {
    let bytes = value.as_bytes();
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_digit) {
        return Err(Garbage);
    }
    value.to_str().ok().and_then(|text| text.parse().ok()).ok_or(Garbage)
}

fn is_kept(response: &Response<()>) -> bool {
    let mut said = response.headers().get_all(header::CONNECTION).iter();
    if response.version() == Version::HTTP_10 {
        return said.any(|value| has_token(value, "keep-alive"));
    }
    !said.any(|value| has_token(value, "close"))
}

fn has_token(value: &HeaderValue, token: &str) -> bool {
    let mut tokens = value.as_bytes().split(|&byte| byte == b',');
    tokens.any(|one| one.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

/// A piece of a body.
#[derive(Debug)]
pub(super) enum Piece {
    Data(Bytes),
    Trailers(HeaderMap),
    /// The body is complete.
    End,
}

impl Framing {
    /// Takes the next piece from the front of `read`; `None` if more must be read first.
    pub(super) fn next(&mut self, read: &mut BytesMut) -> Result<Option<Piece>, Garbage> {
        match self {
            Self::Told(0) => Ok(Some(Piece::End)),
            Self::Told(left) => Ok(data(read, left).map(Piece::Data)),
            Self::Close if read.is_empty() => Ok(None),
            Self::Close => Ok(Some(Piece::Data(read.split().freeze()))),
            Self::Chunks(chunk) => chunk.next(read),
        }
    }

    /// Whether nothing is missing.
    pub(super) const fn is_complete(self) -> bool {
        matches!(self, Self::Told(0))
    }

    /// Bytes that are worth reading at a time.
    pub(super) fn wanted(self) -> usize {
        const FEW: usize = 8 * 1024;
        const MANY: usize = 64 * 1024;
        match self {
            Self::Told(left) | Self::Chunks(Chunk::Data(left)) => {
                usize::try_from(left).unwrap_or(MANY).clamp(FEW, MANY)
            }
            Self::Chunks(_) => FEW,
            Self::Close => MANY / 4,
        }
    }
}

fn data(read: &mut BytesMut, left: &mut u64) -> Option<Bytes> {
    if read.is_empty() {
        return None;
    }
    let part = usize::try_from(*left).unwrap_or(usize::MAX).min(read.len());
    *left -= u64::try_from(part).unwrap_or(*left);
    Some(read.split_to(part).freeze())
}

impl Chunk {
    fn next(&mut self, read: &mut BytesMut) -> Result<Option<Piece>, Garbage> {
        loop {
            match self {
                Self::Size => {
                    let Some(line) = line(read)? else { return Ok(None) };
                    let size = size(&line)?;
                    *self = if size == 0 { Self::Trailers(0) } else { Self::Data(size) };
                }
                Self::Data(left) => {
                    let found = data(read, left).map(Piece::Data);
                    if *left == 0 {
                        *self = Self::End;
                    }
                    return Ok(found);
                }
                Self::End => {
                    if read.len() < 2 {
                        return Ok(None);
                    }
                    if !read.starts_with(b"\r\n") {
                        return Err(Garbage);
                    }
                    read.advance(2);
                    *self = Self::Size;
                }
                Self::Trailers(_) => return trailers(read),
            }
        }
    }
}

/// All trailers at once: they are few and small.
fn trailers(read: &mut BytesMut) -> Result<Option<Piece>, Garbage> {
    if read.starts_with(b"\r\n") {
        read.advance(2);
        return Ok(Some(Piece::End));
    }
    let Some(end) = memmem::find(read, b"\r\n\r\n") else {
        return if read.len() > TRAILERS_MAX * LINE_BYTES_MAX / 2 {
            Err(Garbage)
        } else {
            Ok(None)
        };
    };
    let bytes = read.split_to(end + 4).freeze();
    let mut headers = [httparse::EMPTY_HEADER; TRAILERS_MAX];
    let parsed = httparse::parse_headers(&bytes, &mut headers).map_err(|_| Garbage)?;
    let httparse::Status::Complete((_, parsed)) = parsed else { return Err(Garbage) };
    let mut map = HeaderMap::with_capacity(parsed.len());
    for header in parsed {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| Garbage)?;
        let value = HeaderValue::from_maybe_shared(bytes.slice_ref(header.value));
        let value = value.map_err(|_| Garbage)?;
        if super::outgoing::may_trail(&name) {
            map.append(name, value);
        }
    }
    Ok(Some(Piece::Trailers(map)))
}

/// Takes a line without its end.
fn line(read: &mut BytesMut) -> Result<Option<BytesMut>, Garbage> {
    let Some(end) = memchr::memchr(b'\n', read) else {
        return if read.len() > LINE_BYTES_MAX { Err(Garbage) } else { Ok(None) };
    };
    let mut line = read.split_to(end + 1);
    if line.len() > LINE_BYTES_MAX || !line.ends_with(b"\r\n") {
        return Err(Garbage);
    }
    line.truncate(line.len() - 2);
    Ok(Some(line))
}

/// RFC 9112, section 7.1; what follows a semicolon is not looked at.
fn size(line: &[u8]) -> Result<u64, Garbage> {
    let digits = line.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii_end();
    if digits.is_empty() || digits.len() > 15 || line.contains(&b'\r') {
        return Err(Garbage);
    }
    digits.iter().try_fold(0, |size: u64, &digit| {
        let digit = char::from(digit).to_digit(16).ok_or(Garbage)?;
        Ok(size * 16 + u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<Head>, Garbage> {
        head(&mut BytesMut::from(text), &Method::GET, 1000)
    }

    #[test]
    fn a_head_says_where_its_body_ends() {
        let framing = |lines: &str| {
            parse(&format!("HTTP/1.1 200 OK\r\n{lines}\r\n")).unwrap().unwrap().framing
        };
        assert_eq!(framing("Content-Length: 12\r\n"), Framing::Told(12));
        assert_eq!(framing("transfer-encoding: Chunked\r\n"), Framing::Chunks(Chunk::Size));
        assert_eq!(framing(""), Framing::Close);
        let none =
            parse("HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n").unwrap().unwrap();
        assert_eq!((none.framing, none.is_kept), (Framing::Told(0), true));
        assert_eq!(none.response.headers()["content-length"], "12");
        assert!(parse("HTTP/1.1 200 OK\r\nA: b\r\n").unwrap().is_none());
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for lines in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "A : b\r\n",
            "A: b\r\n c\r\n",
            "A: b\rc\r\n",
            "A: b\nB: c\r\n",
        ] {
            let text = format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
            let seen = parse(&text);
            let is_split = lines.contains("b\nB");
            assert!(seen.is_err() || is_split, "{lines:?} gives {seen:?}");
        }
        assert!(parse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert!(parse("SMTP ready\r\n\r\n").is_err());
        assert!(parse(&format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(2000))).is_err());
        assert!(parse(&format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(2000))).is_err());
    }

    #[test]
    fn only_who_says_so_or_is_new_enough_is_used_again() {
        let kept = |text: &str| parse(text).unwrap().unwrap().is_kept;
        assert!(kept("HTTP/1.1 204 No\r\n\r\n"));
        assert!(!kept("HTTP/1.1 204 No\r\nConnection: a, Close\r\n\r\n"));
        assert!(!kept("HTTP/1.0 204 No\r\n\r\n"));
        assert!(kept("HTTP/1.0 204 No\r\nConnection: Keep-Alive\r\n\r\n"));
        assert!(!kept("HTTP/1.1 200 OK\r\n\r\n"));
    }

    /// What a chunked body of these bytes gives, so many at a time; the rest behind it.
    fn chunks(text: &str, at_a_time: usize) -> Result<(String, usize, usize), Garbage> {
        let (mut framing, mut read) = (Framing::Chunks(Chunk::Size), BytesMut::new());
        let (mut all, mut trailed) = (Vec::new(), 0);
        let mut coming = text.as_bytes().chunks(at_a_time);
        loop {
            match framing.next(&mut read)? {
                Some(Piece::Data(data)) => all.extend_from_slice(&data),
                Some(Piece::Trailers(trailers)) => {
                    trailed = trailers.len();
                    break;
                }
                Some(Piece::End) => break,
                None => read.extend_from_slice(coming.next().ok_or(Garbage)?),
            }
        }
        let left = read.len() + coming.map(<[u8]>::len).sum::<usize>();
        Ok((String::from_utf8(all).unwrap(), trailed, left))
    }

    #[test]
    fn chunks_are_joined_however_they_arrive() {
        let text = "2\r\nok\r\nA;x=1\r\n0123456789\r\n0\r\ngrpc-status: 0\r\nhost: evil\r\n\r\nHT";
        for at_a_time in 1..text.len() {
            let found = chunks(text, at_a_time).unwrap();
            assert_eq!(found, ("ok0123456789".to_owned(), 1, 2), "{at_a_time} at a time");
        }
        for bad in [
            "0x2\r\nok\r\n0\r\n\r\n",
            "-2\r\n",
            "2\nok\r\n",
            "2\r\nokXX0\r\n\r\n",
            "\r\n",
            "2;\rx\r\nok\r\n",
        ] {
            assert!(chunks(bad, 1).is_err(), "{bad:?}");
        }
        assert!(chunks(&"1".repeat(5000), 1).is_err());
    }
}
