//! Request bodies, read within limits.

use std::io::Read;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::Instant;

/// How a body may be read.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Bytes at most, decoded ones too.
    pub bytes_max: usize,
    /// Time in which all of the body must have arrived: a byte now and then keeps nobody waiting.
    pub timeout: Duration,
}

/// Bytes that are read beyond the limit before the connection is given up, so that a client that
/// sends first and reads later can still see the refusal.
const OVERRUN_BYTES_MAX: usize = 64 * 1024;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// Larger than the limit.
    TooLarge,
    /// The sender stopped sending.
    TimedOut,
    /// The connection broke or the framing is wrong.
    Broken,
    /// Said to be gzip and is not.
    NotGzip,
}

/// Reads `body`, decoding gzip where `headers` say so.
///
/// # Errors
/// See [`BodyFault`].
pub async fn read<B>(headers: &HeaderMap, body: B, limits: BodyLimits) -> Result<Bytes, BodyFault>
where
    B: Body<Data = Bytes> + Unpin,
{
    let bytes = collect(body, limits).await?;
    let encoding = headers.get(header::CONTENT_ENCODING).map(http::HeaderValue::as_bytes);
    match encoding {
        Some(name) if name.eq_ignore_ascii_case(b"gzip") => gunzip(&bytes, limits.bytes_max),
        _ => Ok(bytes),
    }
}

/// Reads `body` and forgets it: what a heartbeat carries means nothing, but it must be taken off
/// the connection (W-14).
///
/// # Errors
/// See [`BodyFault`]: a request that did not arrive whole is none.
pub(super) async fn drain<B>(body: B, limits: BodyLimits) -> Result<(), BodyFault>
where
    B: Body<Data = Bytes> + Unpin,
{
    if body.is_end_stream() { Ok(()) } else { each(body, limits, drop).await }
}

async fn collect<B>(body: B, limits: BodyLimits) -> Result<Bytes, BodyFault>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    each(body, limits, |data| {
        if first.is_empty() && joined.is_empty() {
            first = data;
        } else {
            joined.extend_from_slice(&std::mem::take(&mut first));
            joined.extend_from_slice(&data);
        }
    })
    .await?;
    Ok(if joined.is_empty() { first } else { joined.freeze() })
}

/// Hands the pieces of `body` to `take`, none beyond the limit.
async fn each<B>(
    mut body: B,
    limits: BodyLimits,
    mut take: impl FnMut(Bytes),
) -> Result<(), BodyFault>
where
    B: Body<Data = Bytes> + Unpin,
{
    let told = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
    if told.is_some_and(|length| length > limits.bytes_max.saturating_add(OVERRUN_BYTES_MAX)) {
        return Err(BodyFault::TooLarge);
    }
    let deadline = Instant::now() + limits.timeout;
    let mut length = 0_usize;
    loop {
        let frame = tokio::time::timeout_at(deadline, body.frame()).await;
        let data = match frame.map_err(|_| BodyFault::TimedOut)? {
            None => break,
            Some(Err(_)) => return Err(BodyFault::Broken),
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
        };
        length = length.saturating_add(data.len());
        if length > limits.bytes_max.saturating_add(OVERRUN_BYTES_MAX) {
            return Err(BodyFault::TooLarge);
        }
        if length <= limits.bytes_max {
            take(data);
        }
    }
    if length > limits.bytes_max { Err(BodyFault::TooLarge) } else { Ok(()) }
}

fn gunzip(bytes: &[u8], bytes_max: usize) -> Result<Bytes, BodyFault> {
    let mut out = Vec::new();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    flate2::read::MultiGzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut out)
        .map_err(|_| BodyFault::NotGzip)?;
    if out.len() > bytes_max { Err(BodyFault::TooLarge) } else { Ok(out.into()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use http_body_util::Full;

    use super::*;

    const LIMITS: BodyLimits = BodyLimits { bytes_max: 1000, timeout: Duration::from_secs(30) };

    fn gzip() -> HeaderMap {
        [(header::CONTENT_ENCODING, "gzip".parse().unwrap())].into_iter().collect()
    }

    fn zipped(length: usize) -> Full<Bytes> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&vec![0; length]).unwrap();
        Full::from(encoder.finish().unwrap())
    }

    #[tokio::test]
    async fn the_limit_counts_decoded_bytes() {
        let none = HeaderMap::new();
        let full = |length| Full::from(vec![0; length]);
        assert_eq!(read(&none, full(1000), LIMITS).await.map(|b| b.len()), Ok(1000));
        assert_eq!(read(&none, full(1001), LIMITS).await, Err(BodyFault::TooLarge));
        assert_eq!(read(&none, full(1_000_000), LIMITS).await, Err(BodyFault::TooLarge));
        assert_eq!(read(&gzip(), zipped(1000), LIMITS).await.map(|b| b.len()), Ok(1000));
        assert_eq!(read(&gzip(), zipped(100_000), LIMITS).await, Err(BodyFault::TooLarge));
        assert_eq!(read(&gzip(), full(10), LIMITS).await, Err(BodyFault::NotGzip));
    }

    /// A byte every ten seconds, without end.
    struct Drip(std::pin::Pin<Box<tokio::time::Sleep>>);

    impl Body for Drip {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
            std::task::ready!(self.0.as_mut().poll(cx));
            self.0.as_mut().reset(Instant::now() + Duration::from_secs(10));
            std::task::Poll::Ready(Some(Ok(http_body::Frame::data("x".into()))))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_now_and_then_does_not_extend_the_time() {
        let drip = || Drip(Box::pin(tokio::time::sleep(Duration::from_secs(10))));
        let (started, none) = (Instant::now(), HeaderMap::new());
        assert_eq!(read(&none, drip(), LIMITS).await, Err(BodyFault::TimedOut));
        assert_eq!(started.elapsed(), LIMITS.timeout);
        assert_eq!(drain(drip(), LIMITS).await, Err(BodyFault::TimedOut));
        assert_eq!(started.elapsed(), 2 * LIMITS.timeout);
    }
}
