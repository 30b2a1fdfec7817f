//! JSON of answers that filters change (FO-9). Such a body is held as a whole, up to a limit; what
//! cannot be read is refused, because it may hold what must not get out.

use std::future::poll_fn;
use std::io::Read as _;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use gateway_routing::{Answer, Chain, ResponseHead};
use http::header;
use http_body::Body as _;

use crate::fault;
use crate::message::Body;

/// The body as filters leave it; headers that do not fit it any more go.
pub(super) async fn edit(
    chain: &Chain,
    head: &mut ResponseHead,
    body: Body,
    bytes_max: usize,
) -> Result<Body, Box<Answer>> {
    if !chain.buffers_response(head) || body.is_end_stream() {
        return Ok(body);
    }
    let whole = read(body, bytes_max).await?;
    let encoding = head.headers.get(header::CONTENT_ENCODING).map(|own| own.as_bytes().to_vec());
    let plain = match encoding.as_deref() {
        None | Some(b"identity") => whole.clone(),
        Some(b"gzip" | b"x-gzip") => unpack(&whole, bytes_max)?,
        Some(_) => return Err(Box::new(fault::unreadable("its encoding is not known"))),
    };
    let Some(edited) = chain.edit_body(&plain) else { return Ok(Body::Full(whole)) };
    for name in [header::CONTENT_ENCODING, header::ETAG] {
        head.headers.remove(name);
    }
    head.headers.insert(header::CONTENT_LENGTH, edited.len().into());
    Ok(Body::Full(edited.into()))
}

async fn read(mut body: Body, bytes_max: usize) -> Result<Bytes, Box<Answer>> {
    let mut whole = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| Box::new(fault::unreadable("it broke off")))?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len().saturating_add(data.len()) > bytes_max {
            return Err(Box::new(fault::unreadable("it is longer than gateway.edit.body-max")));
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

fn unpack(packed: &[u8], bytes_max: usize) -> Result<Bytes, Box<Answer>> {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut plain = Vec::new();
    let read = MultiGzDecoder::new(packed).take(limit).read_to_end(&mut plain);
    if read.is_err() {
        return Err(Box::new(fault::unreadable("it is not what its encoding says")));
    }
    if plain.len() > bytes_max {
        return Err(Box::new(fault::unreadable("it is longer than gateway.edit.body-max")));
    }
    Ok(plain.into())
}
