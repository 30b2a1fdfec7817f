//! A name for each request that is logged, so that its lines can be found together.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use http::{HeaderMap, HeaderName};

/// Where a proxy or client tells the id it knows the request by.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Bytes of an id that is taken over.
const BYTES_MAX: usize = 64;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// The sender's id where it has a usable one, else a number that no other request of this process
/// has. Made only for requests that are logged.
pub(crate) fn request_id(headers: &HeaderMap) -> Cow<'_, str> {
    let told = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let usable = told.filter(|id| {
        (1..=BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    });
    match usable {
        Some(id) => Cow::Borrowed(id),
        None => Cow::Owned(format!("{:x}", NEXT.fetch_add(1, Relaxed))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_over_a_usable_id_and_makes_others_unique() {
        let with = |value: &str| -> HeaderMap {
            [(REQUEST_ID.clone(), value.parse().unwrap())].into_iter().collect()
        };
        assert_eq!(request_id(&with("abc-1")), "abc-1");
        let long = "x".repeat(65);
        let made: Vec<_> = ["", "a b", &long].map(|id| request_id(&with(id)).into_owned()).into();
        assert!(made.iter().all(|id| !id.contains(' ') && id.len() <= 16), "{made:?}");
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}
