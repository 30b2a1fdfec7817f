//! What may stand behind a body (HD-14, SE-10): neither what frames it nor who somebody is.

use bytes::Bytes;
use gateway_routing::hygiene::is_reserved;
use http::{HeaderMap, HeaderName};
use http_body::Frame;

use super::outgoing::may_trail;

/// The frame with those trailers alone that may be there; data as it is.
pub(super) fn cleaned(frame: Frame<Bytes>) -> Frame<Bytes> {
    if frame.is_data() {
        return frame;
    }
    match frame.into_trailers() {
        Ok(trailers) if trailers.keys().all(may_pass) => Frame::trailers(trailers),
        Ok(trailers) => {
            let mut own = HeaderMap::with_capacity(trailers.len());
            for name in trailers.keys().filter(|name| may_pass(name)) {
                for value in trailers.get_all(name) {
                    own.append(name, value.clone());
                }
            }
            Frame::trailers(own)
        }
        Err(frame) => frame,
    }
}

fn may_pass(name: &HeaderName) -> bool {
    may_trail(name) && !is_reserved(name)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn trailers_cannot_be_what_only_a_head_may_say_se_10() {
        let not = ["host", "x-forwarded-for", "x-user-id", "x_user_id"];
        let names = ["grpc-status", "x-checksum", "x-checksum"].into_iter().chain(not);
        let mut all = HeaderMap::new();
        for name in names {
            all.append(HeaderName::from_static(name), HeaderValue::from_static("0"));
        }
        let own = cleaned(Frame::trailers(all)).into_trailers().unwrap();
        assert_eq!((own.len(), own.get_all("x-checksum").iter().count()), (3, 2));
        assert!(not.iter().all(|name| !own.contains_key(*name)));
        assert!(cleaned(Frame::data(Bytes::from_static(b"x"))).is_data());
    }
}
