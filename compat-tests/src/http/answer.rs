//! Reading one HTTP/1.1 answer from a stream.

use std::io::Read;

use anyhow::{Context, Result, bail};

use super::Response;

/// Largest head (status line and headers) that is read, in bytes.
const HEAD_BYTES_MAX: usize = 256 * 1024;

/// Reads one answer; interim answers (1xx) are skipped. Never reads beyond the answer's end.
pub(super) fn read(stream: &mut impl Read, method: &str) -> Result<Response> {
    loop {
        let (status, headers) = read_head(stream)?;
        if (100..200).contains(&status) {
            continue;
        }
        let mut response = Response { status, headers, body: Vec::new() };
        if method != "HEAD" && status != 204 && status != 304 {
            response.body = read_body(stream, &response)?;
        }
        return Ok(response);
    }
}

fn read_head(stream: &mut impl Read) -> Result<(u16, Vec<(String, String)>)> {
    let mut head = String::new();
    loop {
        let line = read_line(stream).context("reading the head of the answer")?;
        if line.is_empty() {
            break;
        }
        head.push_str(&line);
        head.push('\n');
        if head.len() > HEAD_BYTES_MAX {
            bail!("the head of the answer has no end");
        }
    }
    let mut lines = head.lines();
    let status_line = lines.next().unwrap_or_default();
    let mut words = status_line.split(' ');
    let status = match (words.next(), words.next()) {
        (Some("HTTP/1.1" | "HTTP/1.0"), Some(code)) => code.parse().ok(),
        _ => None,
    };
    let status = status.with_context(|| format!("{status_line:?} is not a status line"))?;
    let headers = lines.map(split_header).collect::<Result<_>>()?;
    Ok((status, headers))
}

fn split_header(line: &str) -> Result<(String, String)> {
    let (name, value) =
        line.split_once(':').with_context(|| format!("{line:?} is not a header line"))?;
    Ok((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

fn read_body(stream: &mut impl Read, response: &Response) -> Result<Vec<u8>> {
    if response.header("transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked")) {
        return read_chunks(stream).context("reading a chunked body");
    }
    let mut body = Vec::new();
    let Some(length) = response.header("content-length") else {
        stream.read_to_end(&mut body).context("reading a body up to the end of the connection")?;
        return Ok(body);
    };
    let length: u64 =
        length.parse().with_context(|| format!("Content-Length {length:?} is not a number"))?;
    read_exactly(stream, length, &mut body)?;
    Ok(body)
}

fn read_chunks(stream: &mut impl Read) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(stream)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = u64::from_str_radix(digits, 16)
            .with_context(|| format!("{line:?} is not the size of a chunk"))?;
        if length == 0 {
            break;
        }
        read_exactly(stream, length, &mut body)?;
        let end = read_line(stream)?;
        if !end.is_empty() {
            bail!("a chunk goes on with {end:?} after its {length} bytes");
        }
    }
    while !read_line(stream)?.is_empty() {
        // Trailers say nothing that is compared.
    }
    Ok(body)
}

fn read_exactly(stream: &mut impl Read, length: u64, body: &mut Vec<u8>) -> Result<()> {
    let read = stream.take(length).read_to_end(body).context("reading the body")?;
    if u64::try_from(read).ok() != Some(length) {
        bail!("the connection ended after {read} of {length} bytes");
    }
    Ok(())
}

/// One line without its line end, byte by byte so that nothing after it is consumed.
fn read_line(stream: &mut impl Read) -> Result<String> {
    let mut line = Vec::new();
    let mut byte = [0; 1];
    loop {
        if stream.read(&mut byte).context("reading a line")? == 0 {
            bail!("the connection ended within a line");
        }
        if byte == *b"\n" {
            break;
        }
        line.extend(byte);
        if line.len() > HEAD_BYTES_MAX {
            bail!("a line has no end");
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}
