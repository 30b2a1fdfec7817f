//! What may stand behind a body (HD-14, SE-10).

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;

use super::outgoing::may_trail;

/// The frame with those trailers alone that may be there; data as it is.
pub(super) fn cleaned(frame: Frame<Bytes>) -> Frame<Bytes> {
    if frame.is_data() {
        return frame;
    }
    match frame.into_trailers() {
        Ok(trailers) if trailers.keys().all(may_trail) => Frame::trailers(trailers),
        Ok(trailers) => {
            let mut own = HeaderMap::with_capacity(trailers.len());
            for name in trailers.keys().filter(|name| may_trail(name)) {
                for value in trailers.get_all(name) {
                    own.append(name, value.clone());
                }
            }
            Frame::trailers(own)
        }
        Err(frame) => frame,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn trailers_cannot_be_what_only_a_head_may_say_se_10() {
        let names = ["grpc-status", "host", "x-forwarded-for", "x-checksum", "x-checksum"];
        let mut all = HeaderMap::new();
        for name in names {
            all.append(HeaderName::from_static(name), HeaderValue::from_static("0"));
        }
        let own = cleaned(Frame::trailers(all)).into_trailers().unwrap();
        assert_eq!((own.len(), own.get_all("x-checksum").iter().count()), (3, 2));
        assert!(!own.contains_key("host"));
        assert!(cleaned(Frame::data(Bytes::from_static(b"x"))).is_data());
    }
}
